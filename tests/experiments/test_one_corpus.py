"""What a feature set is worth within one corpus, on speakers that were not trained on."""

import numpy as np
import pandas as pd
import pytest

from cada_tf.evaluation import one_corpus


def test_speakers_offsets_hide_the_classes_until_each_is_standardised():
    rng = np.random.default_rng(0)
    classes = np.tile(["a", "b"], 40)
    speakers = np.repeat(["s", "t", "u", "v"], 20)
    offsets = np.repeat([0.0, 300.0, -300.0, 900.0], 20)
    x = np.where(classes == "a", 1.0, -1.0) + offsets + 0.1 * rng.normal(size=80)
    x = np.stack([x, np.full(80, 5.0)], 1)  # a constant one changes nothing
    ours = one_corpus.standardise_groups(x, speakers)
    assert one_corpus.leave_one_speaker_out(x, classes, speakers) < 0.7
    assert one_corpus.leave_one_speaker_out(ours, classes, speakers) == 1
    groups = pd.DataFrame(ours).groupby(speakers)
    np.testing.assert_allclose(groups.mean(), 0, atol=1e-12)
    np.testing.assert_allclose(groups.std(ddof=0)[0], 1)


def test_one_speaker_is_refused(tables, forked):
    table = tables[0].partition("table:")[2]
    rows = pd.read_csv(table).assign(speaker="anna")
    rows.to_csv(table, index=False)
    status, out, err = forked("experiments.one_corpus", f"--corpus=table:{table}")
    assert (status, out) == (2, "")
    assert "--corpus: expected at least two speakers, found 1 in" in err


def test_the_program(tables, forked):
    status, out, err = forked("experiments.one_corpus", "--corpus=" + tables[0].partition("=")[2])
    assert status == 0, err
    first, plain, by_speaker = out.splitlines()
    assert first.endswith("4 speakers, 2 classes; 62 features")
    assert float(plain.rpartition(" ")[2]) == pytest.approx(100, abs=50)
    assert by_speaker.startswith("UA in %, by speaker (TRANSDUCTIVE): ")
