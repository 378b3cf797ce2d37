"""The page of a run, and of a model: what it says, that it is safe, and that anyone can read it."""

import base64
import json
import re
import shlex
import shutil

import html5lib
import hypothesis
import numpy as np
import pandas as pd
import pytest
from absl import flags
from helpers import (
    QUICK,
    ROOT,
    called,
    main,
    make_random_recogniser,
    make_recogniser,
    make_table,
    table_of,
    write_tables,
)
from hypothesis import strategies as st

from cada_tf.audio.feature_set import FeatureConfig
from cada_tf.errors import InputError
from cada_tf.runs.record import Record
from cada_tf.runs.results import read_results
from figures.report import card, corpora, estimates, findings, model, page, results, settings, usage
from figures.report import run as run_page
from figures.report.page import Page, Prose, Section, Table

REPORT, ADAPT = "figures.report", "cada_tf.apps.adapt"
PICTURES = 7
HOSTILE = "<script>alert(1)</script>"
HOSTILE_CARD = f"""\
# {HOSTILE} ![x](https://example.org/x.png) [y](javascript:alert(1))

<img src=x onerror=alert(1)>

## Estimated performance

| system | UA % | 95 % interval |
| --- | --- | --- |
| {HOSTILE} | 60.0 | 40 to 80 |
| "><b>x</b> | 1e9 | not known |

## {HOSTILE}

    cada-adapt "{HOSTILE}

* **{HOSTILE}** `{HOSTILE}` <https://example.org>
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The directory of a run: two trials of two folds, 2 and 4 examples."""
    folder = tmp_path_factory.mktemp("report")
    tables = write_tables(folder, speakers=5)
    main(*tables, *QUICK, "--methods=all-source,fine-tune,cada", f"--output_dir={folder}/out")
    return folder / "out"


@pytest.fixture(scope="module")
def made(pool, tmp_path_factory):
    """A model that cada-adapt made, without its suffix."""
    folder = tmp_path_factory.mktemp("model")
    flags = [*write_tables(folder, counts=(9, 9), speakers=3), "--trials=1", "--folds=2"]
    words = [ADAPT, *flags, "--output=my model", "--jobs=1", "--learning_curve"]
    status, _, err, _ = pool.apply_async(called, (words, folder)).get(timeout=300)
    assert not status, err
    return folder / "my model"


@pytest.fixture(scope="module")
def hostile_run(run, tmp_path_factory):
    """A run whose corpora, classes, a method and a setting are markup."""
    folder = tmp_path_factory.mktemp("hostile")
    table = read_results(run / "results.csv").rename(
        columns={"recall_positive": f"recall_{HOSTILE}"}
    )
    table = table.assign(source=HOSTILE, target=f"'\"><img src=x onerror=alert(1)>{HOSTILE}")
    table["method"] = table["method"].replace("fine-tune", HOSTILE)
    table.to_csv(folder / "results.csv", index=False)
    record = json.loads((run / "run.json").read_text())
    record["method_sources"][HOSTILE] = HOSTILE
    record["settings"] |= {"drop": [HOSTILE], HOSTILE: HOSTILE, "source": HOSTILE}
    record["versions"][HOSTILE] = HOSTILE
    (folder / "run.json").write_text(json.dumps(record))
    return folder


@pytest.fixture(scope="module")
def hostile_model(tmp_path_factory):
    """A model whose classes, features, emotions and card are markup."""
    path = tmp_path_factory.mktemp("hostile") / "x"
    return make_random_recogniser(
        classes=(HOSTILE, "positive"),
        features=2,
        valence={HOSTILE: HOSTILE, "other": None},
        card=HOSTILE_CARD,
    ).save(path)


@pytest.fixture(scope="module")
def pages(run, made, hostile_run, hostile_model):
    """Name → HTML of pages of each kind."""
    runs = {"run": run, "committed": ROOT / "results" / "nemo-emodb", "hostile run": hostile_run}
    models = {"model": made, "hostile model": hostile_model}
    found = {
        name: run_page.make_page(results.read_run(p, "cada"), "r.html") for name, p in runs.items()
    }
    found |= {name: model.make_page(path, "m.html") for name, path in models.items()}
    return {name: page.render(made) for name, made in found.items()}


KINDS = pytest.mark.parametrize(
    "kind", ["run", "committed", "hostile run", "model", "hostile model"]
)


def tree_of(html):
    """The elements of a page; raises for markup that is not valid."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)


def words_of(element) -> str:
    return " ".join("".join(element.itertext()).split())


@KINDS
def test_a_page_is_valid_and_can_be_read_by_all(pages, kind):
    tree = tree_of(pages[kind])
    assert tree.get("lang") == "en"
    assert len(tree.findall(".//h1")) == len(tree.findall(".//main")) == 1
    skip = tree.find(".//body")[0]
    assert (skip.tag, skip.get("href")) == ("a", "#main")
    names = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(names) == len(set(names))
    assert {link.get("href")[1:] for link in tree.iter("a")} <= set(names)
    for table in tree.iter("table"):
        assert words_of(table.find("caption"))
        assert {cell.get("scope") for cell in table.findall(".//thead//th")} <= {"col"}
        assert all(row[0].get("scope") == "row" for row in table.findall(".//tbody/tr"))
    for picture in tree.iter("img"):
        assert len(picture.get("alt")) > 40
        assert int(picture.get("width")) > 0
    for figure in tree.iter("figure"):
        assert words_of(figure.find("figcaption/h3"))
        assert words_of(figure.find("figcaption/p")).endswith(".")


@KINDS
def test_a_page_loads_nothing_and_runs_nothing(pages, kind):
    html, tree = pages[kind], tree_of(pages[kind])
    assert not list(tree.iter("script"))
    assert not [name for element in tree.iter() for name in element.attrib if name[:2] == "on"]
    assert {e.tag for e in tree.iter() if e.get("src")} <= {"img"}
    for element in tree.iter():
        for name in ("src", "href", "srcset", "action", "data", "poster", "style", "background"):
            value = element.get(name, "#")
            assert value.startswith(("#", "data:image/svg+xml;base64,", "data:image/png;base64,"))
    assert "url(" not in html
    assert "@import" not in html
    for picture in tree.iter("img"):
        data = base64.b64decode(picture.get("src").partition(",")[2])
        links = re.findall(rb'(?:href|src)="([^"]*)"', data)
        assert all(link.startswith((b"#", b"data:image/png;base64,")) for link in links)
    policy = tree.find(".//meta[@http-equiv]").get("content")
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("hostile run", [f"{HOSTILE} → '\"><img src=x onerror=alert(1)>{HOSTILE}: 3 systems"]),
        ("hostile model", [f"{HOSTILE} ![x](https://example.org/x.png) [y](javascript:alert(1))"]),
    ],
)
def test_markup_in_names_stays_text(pages, kind, shown):
    tree = tree_of(pages[kind])
    assert words_of(tree.find(".//h1")) == shown[0]
    assert words_of(tree).count(HOSTILE) > 6
    pictures = [image.get("src") for image in tree.iter("img")]
    assert pictures
    assert "x" not in pictures


def test_the_page_of_a_run(pages, run):
    tree, table = tree_of(pages["run"]), read_results(run / "results.csv")
    words = words_of(tree)
    assert words_of(tree.find(".//h1")) == "wide → narrow: 3 systems"
    assert len(list(tree.iter("img"))) == PICTURES
    assert "Not drawn" not in words
    assert len(pages["run"]) < 3_000_000
    cada = table[table["method"].eq("cada") & table["examples"].eq(4)]
    (row,) = [r for r in tree.iter("tr") if words_of(r).startswith("CADA ") and "±" in words_of(r)]
    assert words_of(row[2]).startswith(f"{100 * cada['ua'].mean():.1f}±")
    summary = (run / "summary.txt").read_text()
    (lead,) = re.findall(r"^mean +(\S+ \[.*?\]).*", summary.split("Examples")[-1], re.M)
    assert lead.replace(" [", " [") in words
    assert "wide (source) 100 60 40 4" in words
    assert "narrow (target) 50 30 20 5" in words
    for setting in ("folds 2 5", "max_epochs 3 100", "hidden 8 256"):
        assert setting in words
    assert "openSMILE, which measures the functionals, is free for research" in words
    assert str(run.parent) not in pages["run"]


def test_the_same_run_gives_the_same_page(pages, run):
    again = run_page.make_page(results.read_run(run / "results.csv", "cada"), "r.html")
    assert page.render(again) == pages["run"]


def test_the_command_of_a_page_makes_the_run_again(run):
    """The flags of ``experiments.run`` take it, and have the values that were given."""
    given = results.read_run(run, "cada")
    words = shlex.split(settings.command(given).replace("\\\n", ""))
    assert words[:3] == ["python", "-m", "experiments.run"]
    flags.FLAGS.unparse_flags()
    flags.FLAGS(["run", *words[3:]])
    assert flags.FLAGS.source == ["table:PATH/wide.csv"]
    found = {name: flags.FLAGS[name].value for name in ("folds", "trials", "max_epochs", "hidden")}
    assert found == {"folds": 2, "trials": 2, "max_epochs": 3, "hidden": ["8"]}
    assert flags.FLAGS.methods == ["all-source", "fine-tune", "cada"]
    assert flags.FLAGS.examples == ["2", "4"]


def test_a_run_of_which_little_was_kept(pages):
    """Pictures that cannot be drawn are named with the reason, which names no folder."""
    tree = tree_of(pages["committed"])
    words = words_of(tree)
    assert len(list(tree.iter("img"))) == 2
    _, _, lacking = words.partition("Not drawn, with the reason: ")
    assert lacking.count("found nothing") == PICTURES - 2
    assert "Confusion matrices. source.parquet: expected the source of a run" in lacking
    assert "results/" not in words.replace("--results=", "")
    assert "nemo (3812 utterances" in words


UNEQUAL = {
    ("all-source", None): [[0.5, 0.51], [0.49, 0.5], [0.5, 0.5]],
    ("fine-tune", 2): [[0.55, 0.75], [0.75, 0.55], [0.6, 0.8]],
    ("fada", 2): [[0.9, 0.91], [0.92, 0.9], [0.9, 0.92]],
    ("cada", 2): [[0.66, 0.67], [0.65, 0.66], [0.67, 0.66]],
}


def found_in(uas, method="cada", record=None, **columns):
    return results.Run(ROOT, table_of(uas, **columns), None, record, method, None)


def test_a_finding_is_what_the_intervals_say():
    """A lead whose interval holds zero, or that Holm's correction takes back, is none."""
    found = found_in(UNEQUAL)
    leads = found.leads[found.leads["examples"].isna()].set_index("rival")
    assert leads.loc["fine-tune", "low"] < 0 < leads.loc["fine-tune", "high"]
    assert re.fullmatch(
        r"From a to b, in the mean over its splits with 2 labelled examples, CADA is significantly "
        r"ahead of all-source \(\+16\.2 \[.*?\] points\), and significantly behind FADA "
        r"\(−24\.7 \[.*?\] points\), and not significantly ahead of or behind fine-tune "
        r"\(−0\.5 \[.*?\] points\) \(5 %, after Holm's correction\)\.",
        findings.finding(found),
    )
    one = {cell: trials[:1] for cell, trials in UNEQUAL.items()}
    one[("fada", 2)] = [[0.7, 0.7]]
    assert "significantly ahead of all-source" not in findings.finding(found_in(one))
    alone = {cell: uas for cell, uas in UNEQUAL.items() if cell[0] == "cada"}
    assert "no lead is stated" in findings.finding(found_in(alone))
    assert "There are none" in findings.leads(found_in(alone)).blocks[0]


def test_the_papers_numbers_and_what_is_to_be_known_beforehand():
    columns = {"source": "aibo-ohm", "target": "emodb", "transductive": True}
    found = found_in(UNEQUAL | {("cada", 2): UNEQUAL["cada", 2][:2]}, **columns)
    sized, alone, *words = findings.results(found).blocks
    assert ["CADA (paper)", "58±4"] in sized.rows
    assert alone.heads == ["System", "UA", "UA in the paper"]
    assert alone.rows[0][2] == "55±2"
    assert not words, "what is to be known beforehand is not said again"
    made = run_page.make_page(found, "r.html")
    assert [note.split(":")[0] for note in made.notes] == ["TRANSDUCTIVE", "INCOMPLETE"]


def test_settings_that_differ_and_those_that_do_not_matter():
    record = Record(
        {
            "fada_gamma": 0.5,
            "patience": 9,
            "hidden": ["256"],
            "emodb_extra": True,
            "classes": ["x=y"],
        },
        {"trials": 1},
        method_options={"mine": 3},
    )
    found = {s.name: s for s in settings.settings_of(record, ["all-source", "cada"])}
    assert {s.name for s in found.values() if s.changed} == {
        "patience",
        "emodb_extra",
        "classes",
        "mine",
    }
    assert found["patience"].row == ["patience", "9", "5"]
    assert found["mine"].row == ["mine", "3", "not known"]
    assert found["negative" if "negative" in found else "source_shares"].row[1:] == ["none", "none"]
    command = settings.command(found_in(UNEQUAL, record=record))
    for flag in ("--emodb_extra", "--classes=FILE", "--patience=9", "--fada_gamma=0.5", "--mine=3"):
        assert f"    {flag} \\\n" in command


def test_of_several_sources_each_is_counted():
    source, target = make_table((6, 4)), make_table((3, 2), seed=1).assign(speaker="unknown")
    parts = [source.assign(corpus="a"), source.iloc[:7].assign(corpus="<b>")]
    joined = pd.concat(parts)
    counts = corpora.counts({"source": joined, "target": target})
    assert counts.heads == ["Corpus", "Utterances", "negative", "positive", "Speakers"]
    assert counts.rows == [
        ["a (source)", "10", "6", "4", "4"],
        ["<b> (source)", "7", "6", "1", "4"],
        ["made1 (target)", "5", "3", "2", "unknown"],
    ]
    (emotions,) = corpora.crossed({"target": target}, "emotion").blocks
    assert emotions.rows == [["negative (target)", "3", "0"], ["positive (target)", "0", "2"]]


def test_what_was_left_out_is_what_the_record_says():
    def left_out(**settings):
        record = Record({"seed": 0} | settings, {"trials": 1})
        return " ".join(corpora.left_out(found_in(UNEQUAL, record=record, source="emodb")))

    assert "neither positive nor negative" in left_out()
    assert "No recording was left out as unusable" in left_out()
    assert "281" not in left_out(emodb_extra=True)
    assert "281 files" in left_out(emodb_extra=False)
    assert "without a class in the file of classes: boredom." in left_out(
        classes=["anger=negative", "boredom="]
    )
    assert "copies of others among them" in left_out(skip_bad_files=True)
    assert "left out: fear, <b>." in left_out(drop=["fear", "<b>"])
    assert "the shares negative=1,positive=2" in left_out(
        source_shares=["negative=1", "positive=2"]
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "svm-labels",
            "The support vector machine beside the networks. On the few labelled target",
        ),
        ("cada", "Class-wise adversarial domain adaptation (Section 3, Algorithm 1). The paper's"),
        ("cada+svm-pooled+svm-labels", "Methods that answer together: what tells more of a class"),
        ("mine", "A method outside of the package, whose module is not loaded."),
    ],
)
def test_what_a_system_is(name, said):
    assert run_page.what_it_is(name).startswith(said)


def test_the_page_of_a_model(pages, made):
    tree = tree_of(pages["model"])
    words = words_of(tree)
    assert words_of(tree.find(".//h1")) == "narrow: negative, positive in speech"
    finding = words_of(tree.find(".//header/p"))
    own, *_ = re.findall(r"^  cada +(\d+\.\d)", "\n".join(rows_of_card(made)), re.M)
    assert f"cada recognises an estimated {float(own):.0f} % of the recordings" in finding
    for rival in ("all-source", "label-target", "fine-tune"):
        assert f"{rival} (" in finding
    assert "For a new speaker: of 100 recordings" in words
    assert [words_of(figure.find("figcaption/h3")) for figure in tree.iter("figure")] == [
        "Estimates",
        "Learning curve",
    ]
    for said in (
        "Probabilities are calibrated by temperature scaling on 18 labelled target utterances",
        "cada-predict 'my model' recordings/",
        "recogniser = cada_tf.load('my model')",
        "it does not tell what a person feels",
        "openSMILE, which measures the functionals, is free for research",
        "not known: ask whoever owns the recordings",
        "my model.md: the card.",
        "my model-curve.csv: the learning curve as a table.",
        "python -m figures.report '--model=my model.keras' --output=m.html",
    ):
        assert said in words, said
    assert str(made.parent) not in pages["model"]
    assert len(re.findall("Estimated UA|Differences of", words)) >= 2


def rows_of_card(made):
    return [line.replace("|", " ") for line in made.with_suffix(".md").read_text().splitlines()]


def test_another_card_beside_the_model_is_told(tmp_path):
    path = make_recogniser(card="# A card").save(tmp_path / "m")
    path.with_suffix(".md").write_text("# Another")
    (files,) = [s for s in model.make_page(path, "m.html").sections if s.title == "Files"]
    assert (
        "m.md: another card than that in the model, which this page shows." in files.blocks[0].items
    )


def test_what_is_to_be_known_of_a_model_comes_first(tmp_path):
    text = (
        "# T\n\n## Estimated performance\n\n**Warning:** too few, 4 a\\_b.\n\n## Settings\n\n"
        "    cada-adapt --drop=fear --skip_bad_files\n\n"
        "Seed 0. SEMI-SUPERVISED: it also uses others."
    )
    made = model.make_page(make_recogniser(card=text).save(tmp_path / "m"), "m.html")
    assert made.notes == ["Warning: too few, 4 a_b.", "SEMI-SUPERVISED: it also uses others."]
    (left_out,) = [s for s in made.sections if s.title == "What was left out"]
    assert left_out.blocks[0].items[0] == "Emotions: fear."
    assert left_out.blocks[0].items[1].startswith("Recordings that could not be used, and copies")


def test_a_model_without_a_card(tmp_path):
    path = make_recogniser().save(tmp_path / "m")
    made = model.make_page(path, "m.html")
    assert made.title == "negative, positive in speech"
    assert made.finding == "How good the model is, is not known: its card has no estimate."
    assert tree_of(page.render(made)) is not None


@pytest.mark.parametrize(
    ("points", "between", "said"),
    [
        ("1.0", "0.5 to 1.5", "better than x (+1.0 points [0.5, 1.5])"),
        ("−1.0", "−1.5 to −0.5", "worse than x (−1.0 points [−1.5, −0.5])"),
        ("1.0", "−0.5 to 2.5", "not known to be better or worse than x (+1.0 points [−0.5, 2.5])"),
        (
            "0.0",
            "not known from 5 folds",
            "not known to be better or worse than x (+0.0 points, interval not known)",
        ),
    ],
)
def test_a_lead_of_a_card_is_what_its_interval_says(points, between, said):
    heads = "| difference | points | 95 % interval |\n| --- | --- | --- |\n"
    sections = card.read(f"{heads}| cada − x | {points} | {between} |")
    assert estimates.compared(estimates.leads_of(sections)) == f"It is {said}."


def test_an_estimate_in_words():
    text = (
        "| system | UA % | 95 % interval |\n| --- | --- | --- |\n"
        "| cada | 64.1 | 41 to 86 |\n| all-source | 54.5 | 40 to 60 |\n| odd | many | few |"
    )
    sections = card.read(text)
    (table,) = card.find_tables(sections, card.ESTIMATES)
    assert estimates.parse(table) == [("cada", 64.1, 41, 86), ("all-source", 54.5, 40, 60)]
    assert "between 41 and 86 % is plausible" in estimates.finding(sections, 50)
    assert "perhaps no better than guessing (50 %)" in estimates.finding(sections, 50)
    assert "which is better than guessing (25 %)" in estimates.finding(sections, 25)
    assert "64 rightly" in estimates.meaning(sections, 50)[0]


def test_a_card_is_read_as_text():
    introduction, first, second = card.read(
        "# T\n\n## A\n\nOne **two** `three`\nfour\n\n"
        "Of it:\n\n| a | b |\n|--|--|\n| \\<i\\> | 1 |\n"
        "\n## B\n\n## \n\n1. x\n2. y\n\n```\ncode\n```\n![p](http://x/y.png)\n"
    )[:3]
    assert introduction.blocks == [Prose([("", "T")])]
    paragraph, table = first.blocks
    assert paragraph.parts == [
        *[("", "One "), ("strong", "two"), ("", " ")],
        *[("code", "three"), ("", " "), ("", "four")],
    ]
    assert table == Table("Of it", ["a", "b"], [["<i>", "1"]])
    assert second == Section("B", [])
    assert card.read("## \n\nx")[1].title == card.UNTITLED
    assert len(card.read("## x\n" * 1000)) == card.MOST_SECTIONS + 1
    shown = page.render(Page("t", "", [], card.read("[a](//x) ![b](//x) <//x> &amp; <b>\x1b[0m")))
    assert "[a](//x) ![b](//x) &lt;//x&gt; &amp;amp; &lt;b&gt;\\x1b[0m" in shown


@hypothesis.given(st.text(st.sampled_from("#|-*`\\\n <>&\"'a![](:)1\x00\u202e\ufffe")) | st.text())
def test_whatever_a_card_is_the_page_is_valid_and_has_no_markup_of_it(text):
    sections = card.read(text)
    html = page.render(Page(text, estimates.finding(sections, 50), [text], sections))
    own = page.render(Page("", "", [""], [Section("", ["", Prose([]), page.Items([""])])]))
    tags = {element.tag for element in tree_of(html).iter()}
    blocks = {"table", "caption", "thead", "tbody", "tr", "th", "td", "div", "span"}
    assert tags <= {e.tag for e in tree_of(own).iter()} | blocks | {"pre", "code", "strong", "em"}


@pytest.mark.parametrize(
    ("config", "changes", "command", "python"),
    [
        (FeatureConfig("eGeMAPSv02", "2.6.0", 16_000), {}, "m recordings/", 'predict_files(["a'),
        (FeatureConfig("columns:x", "1", 0), {}, "m table.csv", "predict_proba(x)"),
        (None, {}, "m table.csv", "predict_proba(x)"),
        (FeatureConfig("onnx:w", "1", 0), {}, "m recordings/ --features=onnx:PATH", "'onnx:PATH')"),
        (
            FeatureConfig("GeMAPSv01b", "2.6.0", 0),
            {"by_speaker": True},
            "m recordings/ --speakers=folder",
            "for_speaker(x)",
        ),
    ],
)
def test_how_a_model_is_used(config, changes, command, python):
    described = usage.describe(make_recogniser(feature_config=config, **changes), "m")
    codes = [block.text for block in described.blocks if isinstance(block, page.Code)]
    assert codes[0] == f"cada-predict {command}"
    assert python in codes[1]
    compile(codes[1], "usage", "exec")


def test_large_pictures_are_png_and_long_tables_are_cut(monkeypatch):
    table = Table("t", ["a", "b"], [[str(n), "1"] for n in range(page.MOST_ROWS + 3)])
    html = page.render(Page("t", "f", [], [Section("s", [table])]))
    assert "3 more rows are left out." in html
    assert len(list(tree_of(html).iter("tr"))) == 1 + page.MOST_ROWS
    assert page.named(["a"] * 5, 3) == ["a", "a", "a", "and 2 more"]
    figure = estimates.make_figure([estimates.Estimate("a$b$", 50, 40, 60)], 50)
    assert page.to_picture(figure, "", "", "").address.startswith("data:image/svg+xml;base64,")
    monkeypatch.setattr(page, "LARGEST_SVG", 10)
    assert page.to_picture(figure, "", "", "").address.startswith("data:image/png;base64,iVBORw0K")


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        *[("60.0±5.0 (3/4)", True), ("+1.2 [0.1, 2.3]*", True), ("[−1.0, 2.0]", True)],
        *[("1,234", True), ("48 to 90", True), ("< 0.001", True), ("−0.5", True)],
        *[("3.11.7", False), ("c3b4f8", False), ("all-source", False), ("2254 negative", False)],
    ],
)
def test_numbers_stand_to_the_right(cell, number):
    assert page.is_number(cell) is number
    assert Table("t", ["a", "b"], [["x", cell], ["y", ""]]).numeric[1] is number


def test_the_program(forked, run, made, tmp_path):
    for given in (f"--results={run}", f"--model={made}"):
        status, out, err = forked(REPORT, given, f"--output={tmp_path}/x.html")
        assert (status, out, err) == (0, f"page: {tmp_path}/x.html\n", "")
        assert tree_of((tmp_path / "x.html").read_text()) is not None
    status, _, err = forked(REPORT, f"--results={run}", "--compare=cda", f"--output={tmp_path}/y")
    assert status == 2
    assert "--compare: expected a method of the results with a rival there, found 'cda'" in err
    assert [path.name for path in tmp_path.iterdir()] == ["x.html"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--output=x.html"], "--results, --model: expected one of them, found neither."),
        (["--results=a", "--model=b", "--output=x.html"], "expected one of them, found both."),
        (["--results=absent"], "expected --output, found none"),
        # before the work, and so before the run is looked for
        (["--results=absent", "--output=absent/x.html"], "--output: expected a folder at absent"),
        (["--results=absent", "--output=absent.html"], "--results: expected a run's directory"),
        (["--model=absent", "--output=absent.html"], "expected a model file, found nothing."),
    ],
)
def test_mistakes_end_in_one_line(forked, arguments, message):
    status, out, err = forked(REPORT, *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert message in err
    assert not (ROOT / "x.html").exists()
    assert not (ROOT / "absent.html").exists()


def opened(browser, tmp_path, html, width=1280, **features):
    """Opens a page in the browser, of a width and with media features; returns its address."""
    path = tmp_path / "page.html"
    path.write_text(html)
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    media = features.pop("media", "")
    named = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": named})
    browser.get(path.as_uri())
    return path.as_uri()


@KINDS
def test_in_a_browser(browser, tmp_path, pages, kind):
    """No violation of axe's rules in light and dark, and a narrow screen scrolls no page."""
    axe = pytest.importorskip("axe_core_python.selenium").Axe()
    for scheme in ("light", "dark"):
        opened(browser, tmp_path, pages[kind], prefers_color_scheme=scheme)
        browser.execute_script("document.querySelectorAll('details').forEach(e => e.open = true)")
        found = axe.run(browser)["violations"]
        assert not [(v["id"], v["nodes"][0]["html"][:200]) for v in found]
    opened(browser, tmp_path, pages[kind], width=360)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 360
    assert browser.execute_script("return [...document.images].every(i => i.naturalWidth > 0)")


def test_a_browser_asks_for_nothing_else_and_prints_what_is_folded(browser, tmp_path, pages):
    address = opened(browser, tmp_path, pages["run"], media="print")
    assert not [entry["message"] for entry in browser.get_log("browser")]
    asked = "return performance.getEntriesByType('resource').map(entry => entry.name)"
    assert all(name.startswith("data:") for name in browser.execute_script(asked))
    assert browser.current_url == address
    visible = """return [...document.querySelectorAll('main > section > details table')]
      .map(table => table.checkVisibility())"""
    assert all(shown := browser.execute_script(visible))
    assert len(shown) > 3
    opened(browser, tmp_path, pages["run"])
    assert not any(browser.execute_script(visible)), "on a screen they are folded"


def test_a_run_of_which_no_method_takes_examples():
    alone = {("all-source", None): [[0.5, 0.6]] * 2, ("all-target", None): [[0.8, 0.9]] * 2}
    made = run_page.make_page(found_in(alone), "r.html")
    (drawn,) = [b for s in made.sections for b in s.blocks if isinstance(b, page.Picture)]
    assert drawn.alternative.startswith("UA by number of labelled examples: none. Level lines: all")
    assert tree_of(page.render(made)) is not None


def test_what_a_run_without_run_json_does_not_say(run, tmp_path):
    shutil.copy(run / "results.csv", tmp_path)
    made = run_page.make_page(results.read_run(tmp_path, "cada"), "r.html")
    words = words_of(tree_of(page.render(made)))
    assert words.count("The folder has no run.json") == 2
    assert "python -m experiments.run" not in words


def test_a_damaged_run_is_refused(run, tmp_path):
    shutil.copy(run / "results.csv", tmp_path)
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(InputError, match="expected the settings of a run"):
        results.read_run(tmp_path, "cada")


def test_the_gist_of_a_picture_is_of_its_numbers(pages, run):
    table = read_results(run / "results.csv")
    gists = [image.get("alt") for image in tree_of(pages["run"]).iter("img")]
    mean = 100 * table.groupby(["method", "examples"])["ua"].mean()
    assert f"CADA {mean['cada', 2]:.1f} % at 2, {mean['cada', 4]:.1f} % at 4" in gists[0]
    rows = table[table["method"].eq("cada") & table["examples"].eq(4)]
    recall = 100 * np.mean(rows["recall_positive"])
    assert f"{recall:.1f} % of positive" in gists[2].split(";")[0]
