"""What ``auto`` chooses, and that it says why."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers import make_set
from hypothesis import given
from hypothesis import strategies as st

from cada_tf.adaptation import method_choice, method_prior
from cada_tf.adaptation.method_choice import Evidence, choose_method, combine, measure_evidence
from cada_tf.adaptation.scaling_choice import between_speakers, choose_scaling, class_mixing
from cada_tf.config import Scaling
from cada_tf.methods import METHODS, make_config, makes_network
from cada_tf.protocol.problem import LabelledSet, Problem, unlabelled_set
from cada_tf.study.declaration_file import read_study
from cada_tf.study.results import StudyResults

RESULTS = Path(__file__).parents[2] / "results" / "study-defaults"
DECLARATION = Path(__file__).parents[2] / "experiments" / "study_defaults.yaml"


def make_problem(source=None, target=None, pool=None):
    """A source and a target of four mixed speakers each, and its pool; each may be replaced."""
    source, target = source or make_set((40, 40), seed=1), target or make_set((12, 12), seed=2)
    if pool is None:
        other = make_set((30, 30), seed=3)
        pool = unlabelled_set("pool", other.features, other.speakers)
    problem = Problem(source, target, ("negative", "positive"), folds=2, trials=1)
    return dataclasses.replace(problem, pool=pool)


def by_class(corpus):
    """The same, each of whose speakers has one class."""
    speakers = np.char.add(corpus.speakers, np.array(["-", "+"])[corpus.labels])
    return dataclasses.replace(corpus, speakers=speakers)


def shifted(corpus, size):
    """The same with voices that differ by ``size``."""
    places = np.unique(corpus.speakers, return_inverse=True)[1]
    return dataclasses.replace(corpus, features=corpus.features + size * places[:, None])


def test_by_speaker_where_speakers_are_known_and_mixed():
    choice = choose_scaling(make_problem())
    assert choice[:2] == (Scaling.SPEAKER_ENROLLED, "min-max")
    assert choice.reason == "as speakers are known, and classes are mixed in each"


def test_one_scale_for_all_where_they_are_not():
    source, target, other = make_set((40, 40), seed=1), make_set((12, 12)), make_set((30, 30))
    nobody = dataclasses.replace(source, speakers=np.full(len(source), "unknown"))
    strangers = unlabelled_set("pool", other.features, np.full(60, "unknown"))
    many = unlabelled_set("pool", other.features, np.arange(60).astype(str))
    few = dataclasses.replace(target, speakers=np.arange(24).astype(str))
    apart = unlabelled_set("pool", shifted(other, 9).features, other.speakers)
    for reason, changed in {
        "as the speakers of the target are not all known": {"pool": strangers},
        f"as the speakers of {source.name} are not all known": {"source": nobody},
        "as 84 of 84 recordings of the target are of speakers with fewer than 10": {"pool": many},
        f"as the speakers of {source.name} each have": {"source": by_class(source)},
        "as the labelled speakers of the target each have": {"target": by_class(target)},
        "as the speakers of the target differ much, and no labels": {"target": few, "pool": apart},
    }.items():
        choice = choose_scaling(make_problem(**changed))
        assert choice.reason.startswith(reason)
        assert choice[:2] == (Scaling.CORPUS_ENROLLED, "z-score")


def test_labels_may_tell_that_voices_alone_differ():
    target, other = make_set((12, 12), seed=2), shifted(make_set((30, 30), seed=3), 9)
    pool = unlabelled_set("pool", other.features, other.speakers)
    choice = choose_scaling(make_problem(target=shifted(target, 9), pool=pool))
    assert choice.scaling is Scaling.SPEAKER_ENROLLED


def test_without_unlabelled_recordings_the_scale_is_the_sources():
    problem = dataclasses.replace(make_problem(), pool=None)
    assert choose_scaling(problem)[:2] == (Scaling.SOURCE, "min-max")


def test_mixing_by_hand():
    labels = np.array([0, 1, 0, 1])
    for speakers, expected in {"aabb": 1.5, "abab": 0, "abcd": 1, "aaaa": 1}.items():
        corpus = LabelledSet("c", np.zeros((4, 1)), labels, np.array([*speakers]))
        assert class_mixing(corpus) == pytest.approx(expected)
    alike = LabelledSet("c", np.zeros((4, 1)), np.zeros(4, int), np.array([*"aabb"]))
    assert class_mixing(alike) == 1


def test_variance_between_speakers():
    """In simulations its share is that which was simulated; by few speakers nothing is known."""
    rng, count = np.random.default_rng(0), 300
    speakers = np.repeat(np.arange(count), 20)
    for share in (0.0, 0.4, 0.9):
        voices = rng.normal(size=(count, 5))[speakers] * np.sqrt(share)
        x = voices + rng.normal(size=(len(speakers), 5)) * np.sqrt(1 - share)
        corpus = LabelledSet("c", x, np.zeros(len(x), int), speakers.astype(str))
        assert between_speakers(corpus) == pytest.approx(share, abs=0.05)
    for few in (speakers[:20], np.arange(30)):
        corpus = LabelledSet("c", x[: len(few)], np.zeros(len(few), int), few.astype(str))
        assert between_speakers(corpus) == 0


leads = st.floats(-0.3, 0.3)


@given(st.lists(st.tuples(leads, leads), min_size=2, max_size=5), st.floats(0.01, 0.2))
def test_limits_of_what_is_known(pairs, spread):
    """Sure labels decide alone, unsure ones not at all; in between both."""
    names = [f"m{i}" for i in range(len(pairs))]
    prior, seen = (dict(zip(names, values, strict=True)) for values in zip(*pairs, strict=True))
    sure = combine(prior, spread, Evidence(seen, 1e-9))
    unsure = combine(prior, spread, Evidence(seen, 1e9))
    assert sure.table["lead"].tolist() == pytest.approx(sorted(seen.values(), reverse=True))
    for found in (unsure, combine(prior, spread, None), combine(prior, spread, Evidence(seen, 0))):
        assert found.table["lead"].tolist() == pytest.approx(sorted(prior.values(), reverse=True))
        assert prior[found.method] == pytest.approx(max(prior.values()), abs=1e-9)
    half = combine(prior, spread, Evidence(seen, spread))
    assert half.weight == pytest.approx(0.5)
    for row in half.table.itertuples():
        assert row.lead == pytest.approx((row.prior + row.evidence) / 2)


def test_evidence_by_hand():
    labels = np.array([0, 0, 1, 1, 1, 1])
    hits = {"a": np.array([1, 0, 1, 1, 1, 1]), "b": np.array([1, 0, 0, 0, 1, 1])}
    found = measure_evidence(hits, labels)
    assert found.leads == pytest.approx({"a": 0.125, "b": -0.125})  # UA 0.75 and 0.5
    # Half the differences of class 1 are ±0.5 and half 0: variance 1/12, of 4; none of class 0.
    assert found.error == pytest.approx(np.sqrt((1 / 12) / 4 / 4))


@pytest.mark.parametrize("pooled", [False, True])
def test_candidates_are_trained_and_the_best_is_taken(tmp_path, pooled, monkeypatch):
    few = {"all-source": [0.1] * 3, "fine-tune+cada": [0.0] * 3, "cada": [-0.1] * 3}
    monkeypatch.setattr(method_choice, "PRIORS", {pooled: method_prior.Prior(few, spread=1e-6)})
    problem = make_problem()
    if not pooled:
        problem = dataclasses.replace(problem, pool=None)
    config = make_config(scaling=choose_scaling(problem).scaling, max_epochs=2, hidden=(4,))
    choice = choose_method(problem, config, cache_dir=tmp_path, jobs=1)
    assert choice.method == "all-source"  # the labels weigh next to nothing
    assert choice.weight < 0.01
    assert np.isfinite(choice.table["evidence"]).all()
    assert "expected 10.0 points ahead of fine-tune+cada, 100 % by what is known" in choice.reason
    small = dataclasses.replace(problem, target=make_set((2, 2), seed=2))
    without = choose_method(small, config, cache_dir=tmp_path, jobs=1)
    assert (without.method, without.weight) == ("all-source", 0)
    assert without.table["evidence"].isna().all()


def test_the_priors_are_of_methods_that_recognisers_can_be_made_of():
    for pooled, prior in method_prior.PRIORS.items():
        for name, values in prior.leads.items():
            assert makes_network(name)
            assert pooled or not METHODS[name].unlabelled
            assert len(values) == len(method_prior.SIZES)
        assert np.allclose(np.sum([*prior.leads.values()], axis=0), 0, atol=1e-3)
        assert 0 < prior.spread < 0.1
    assert set(method_prior.PRIORS) == {False, True}


@pytest.mark.skipif(not RESULTS.exists(), reason="the committed results are in a checkout alone")
@pytest.mark.parametrize("pooled", [False, True])
def test_the_priors_are_those_of_the_committed_rows(pooled):
    results = StudyResults(read_study(DECLARATION), RESULTS)
    (scaling,) = [
        name for name, options in results.study.scalings.items() if bool(options) == pooled
    ]
    ua, prior = results.ua(), method_prior.PRIORS[pooled]
    found = method_prior.measure_prior(ua[ua["scaling"] == scaling], [*prior.leads])
    assert found.spread == pytest.approx(prior.spread, abs=5.1e-5)
    for name, values in prior.leads.items():
        assert found.leads[name] == pytest.approx(list(values), abs=5.1e-5), name


def test_a_prior_of_made_up_runs():
    """Two pairs on which the leads are alike but for 1 point either way."""
    ua = {("b", 2): 0.6, ("b", 12): 0.6, ("b", 50): 0.7}
    ua |= {("a", size): 0.5 for size in method_prior.EXAMPLES}
    rows = [{"method": m, "examples": n, "mean": v} for (m, n), v in ua.items()]
    one = pd.DataFrame(rows).assign(source="c", target="d")
    other = one.assign(mean=one["mean"] + 0.02 * (one["method"] == "a"), source="e")
    prior = method_prior.measure_prior(pd.concat([one, other]), ["a", "b"])
    assert prior.leads["b"] == pytest.approx([0.045, 0.045, 0.095])
    assert prior.leads["a"] == pytest.approx([-v for v in prior.leads["b"]])
    assert prior.spread == pytest.approx(np.sqrt(2 * 2 * 3 * 0.005**2 / 3))
    assert method_prior.lead_at(prior.leads["b"], np.sqrt(6 * 25)) == pytest.approx(0.07)
    assert method_prior.lead_at(prior.leads["b"], 500) == prior.leads["b"][-1]
