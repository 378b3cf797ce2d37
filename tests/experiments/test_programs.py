"""The programs as users start them: results, figures, and one line for each mistake."""

import json
import re
import time
from pathlib import Path

import audiofile
import numpy as np
import pandas as pd
import pytest
from helpers import QUICK, ends_within, finished, main, start, unparse, voice

from cada_tf import load_corpus
from cada_tf.apps import program
from cada_tf.audio.features import FEATURE_NAMES
from cada_tf.config import Draw, FoldsBy
from cada_tf.corpora import table_paths
from cada_tf.errors import InputError
from cada_tf.methods import METHODS
from cada_tf.protocol.cell import Cell
from cada_tf.runs.archive import Archive
from cada_tf.runs.results import read_results
from experiments import run as experiment
from figures import curves
from figures import tables as tables_figure
from figures.cells import chosen_cells


def test_a_run_from_table_to_figure(tables, tmp_path):
    status, out, err = finished("experiments.run", *tables, *QUICK, f"--output_dir={tmp_path}/out")
    assert status == 0, err
    assert "Results when using wide as source domain and narrow as target" in out
    assert f"results table: {tmp_path}/out/results.csv" in out
    assert f"figure: {tmp_path}/out/curve.png" in out
    table = read_results(tmp_path / "out" / "results.csv")
    assert len(table) == 2 * 2 * (2 + 6 * 2)
    assert not table["transductive"].any()
    # What reaches the user: our own lines, none of TensorFlow's or openSMILE's.
    assert [line.split(":")[0] for line in err.splitlines()] == [
        "wide",
        "narrow",
        *(line.split(":")[0] for line in err.splitlines()[2:] if ": UA " in line),
    ]
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written >= {"results.csv", "run.json", "summary.txt", "curve.png", "curve.pdf"}
    assert str(tmp_path) not in (tmp_path / "out" / "run.json").read_text()


def test_transductive_is_said_everywhere(tables, tmp_path, caplog, capsys):
    main(*tables, *QUICK, "--methods=all-source", "--scaling=corpus", f"--output_dir={tmp_path}/o")
    assert "TRANSDUCTIVE" in caplog.text
    assert "TRANSDUCTIVE" in capsys.readouterr().out
    assert read_results(tmp_path / "o" / "results.csv")["transductive"].all()


def test_folds_by_speaker_are_said_everywhere(tables, tmp_path, capsys):
    given = [*tables, *QUICK, "--methods=all-source,fine-tune", "--examples=2"]
    by_speaker, default = ([*given, f"--output_dir={tmp_path}/{name}"] for name in ("s", "u"))
    main(*by_speaker, "--folds_by=speaker", "--trials=1")
    assert "SPEAKER-INDEPENDENT" in capsys.readouterr().out
    table = read_results(tmp_path / "s" / "results.csv")
    assert set(table["folds_by"]) == {"speaker"}
    main(*by_speaker, "--folds_by=speaker")  # goes on
    assert set(read_results(tmp_path / "s" / "results.csv")["trial"]) == {0, 1}
    problem = Archive(tmp_path / "s").problem
    split = problem.split(1, 0)
    assert not set(problem.target.speakers[split.train]) & set(problem.target.speakers[split.test])
    with pytest.raises(InputError, match="`folds_by` was speaker, now it is utterance"):
        main(*by_speaker)
    text = tables_figure.render(table)  # without run.json
    assert "SPEAKER-INDEPENDENT: folds keep speakers apart" in text
    main(*default)
    record = tmp_path / "u" / "run.json"
    assert "folds_by" not in (tmp_path / "u" / "results.csv").read_text()
    values = json.loads(record.read_text())
    assert values["settings"].pop("folds_by") == "utterance"
    record.write_text(json.dumps(values))  # as of earlier versions
    assert Archive(tmp_path / "u").problem.folds_by is FoldsBy.UTTERANCE
    main(*default)
    with pytest.raises(InputError, match="`folds_by` was utterance, now it is speaker"):
        main(*default, "--folds_by=speaker")


@pytest.mark.exhaustive
def test_killed_at_any_moment_a_run_ends_the_same(tables, tmp_path):
    arguments = [*tables, *QUICK, "--trials=4", "--stack_size=1", "--max_epochs=20"]
    # Each process traces the network of each method, for seconds.
    arguments += ["--methods=all-source,fine-tune,cada,all-target", "--notensorboard"]
    main(*arguments, f"--output_dir={tmp_path}/whole")
    killed = [*arguments, f"--output_dir={tmp_path}/killed"]
    table = tmp_path / "killed" / "results.csv"
    for rows, jobs in ((1, 1), (15, 2)):
        process = start("experiments.run", *killed, f"--jobs={jobs}", start_new_session=True)
        while not table.exists() or len(read_results(table)) < rows:
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        process.kill()
        process.communicate()
    assert ends_within(20, process.pid), "workers outlived the run"
    main(*killed)
    assert table.read_bytes() == (tmp_path / "whole" / "results.csv").read_bytes()


def test_extract_writes_what_table_reads(forked, tmp_path):
    rows = []
    for i in range(6):
        audiofile.write(tmp_path / f"{i}.wav", voice(0.2, pitch=100 + 30 * i), 16_000)
        rows.append((f"{i}.wav", f"s{i % 2}", "anger" if i % 2 else "joy"))
    listing = pd.DataFrame(rows, columns=["file", "speaker", "emotion"])
    listing.to_csv(tmp_path / "list.csv", index=False)
    outputs = [tmp_path / "features.csv", tmp_path / "features.parquet"]
    for run, output in zip((finished, forked), outputs, strict=True):
        status, out, err = run(
            "experiments.extract", f"--corpus=table:{tmp_path}/list.csv", f"--output={output}"
        )
        assert (status, out) == (0, f"features of 6 utterances: {output}\n"), err
    csv, parquet = (load_corpus(f"table:{output}") for output in outputs)
    pd.testing.assert_frame_equal(csv, parquet)
    assert list(csv["class"]) == ["positive", "negative"] * 3
    assert csv[list(FEATURE_NAMES)].dtypes.eq(np.float32).all()
    status, _, err = forked("experiments.extract", f"--corpus=table:{outputs[0]}", "--output=x.txt")
    assert status == 2
    assert err == "error: --output: expected FILE.csv or FILE.parquet, found x.txt.\n"


def test_an_extracted_table_moves_with_its_recordings(forked, tmp_path):
    """What cannot be used is left out, and no warning tells to do so again."""
    home = tmp_path / "old"
    (home / "audio" / "deep").mkdir(parents=True)
    (home / "tables").mkdir()
    names = ["audio/a.wav", "audio/deep/b.wav", "c.wav", "audio/bad.wav"]
    for i, name in enumerate(names):
        audiofile.write(home / name, voice(0.2, pitch=100 + 30 * i), 16_000)
    (home / "audio" / "bad.wav").write_bytes(b"")
    listing = pd.DataFrame({"file": names, "speaker": "s", "emotion": ["anger", "joy"] * 2})
    listing.to_csv(home / "list.csv", index=False)
    arguments = [f"--corpus=table:{home}/list.csv", "--skip_bad_files"]
    for output, expected in (
        (home / "all.csv", names[:3]),
        (home / "tables" / "all.csv", [f"../{name}" for name in names[:3]]),
    ):
        status, _, err = forked("experiments.extract", *arguments, f"--output={output}")
        assert (status, err.count("\n")) == (0, 2), err
        assert "skip_bad_files" not in err
        assert list(pd.read_csv(output)["file"]) == expected
    home.rename(tmp_path / "new")
    for table in ("all.csv", "tables/all.csv"):
        path = tmp_path / "new" / table
        pd.read_csv(path)[["file", "speaker", "emotion"]].to_csv(path, index=False)
        assert len(load_corpus(f"table:{path}")) == 3  # it finds the recordings
    listing[3:].to_csv(tmp_path / "new" / "list.csv", index=False)
    arguments[0] = f"--corpus=table:{tmp_path}/new/list.csv"
    status, _, err = forked("experiments.extract", *arguments, f"--output={tmp_path}/x.csv")
    assert status == 2
    assert "none of the 1 recordings can be used" in err
    assert "skip_bad_files" not in err


def test_paths_in_an_extracted_table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "real" / "tables").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real" / "tables")
    (tmp_path / "real" / "tables" / "linked").symlink_to("/usr")
    assert table_paths.path_from(Path("link"), "link/linked/a.wav") == "linked/a.wav"
    assert table_paths.path_from(Path("link"), "a.wav") == "../../a.wav"
    assert table_paths.path_from(Path(), "./x/../a.wav") == "a.wav"
    assert table_paths.names_from(Path(), ["/a.wav", "b.wav"]) == ["/a.wav", "b.wav"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--methods=cda"], "--methods: expected any of .* found 'cda'. Did you mean cada?"),
        (["--examples=3"], "--examples: expected multiples of 2, .* found 3"),
        (["--examples=two"], "--examples: expected whole numbers from 0 to 1000000"),
        (["--examples=-2"], "--examples: expected whole numbers from 0 to 1000000"),
        (["--examples=0", "--methods=cada,fada"], "--examples: expected at least 1 of each class"),
        (["--methods=label-target"], "at least 11 of each class.* found 2,4. Choose more"),
        (["--examples=2,40"], "`examples`: expected at most 10 examples a class"),
        (["--examples=2,40", "--draw=random"], "`examples`: expected at most 25, as the training"),
        (["--source_shares=negative"], "expected CLASS=NUMBER, .* found 'negative'"),
        (["--source_shares=negative=1"], "expected a share of each class of the source, negative"),
        (["--hidden=0"], "--hidden: expected whole numbers from 1 to 65536"),
        (["--folds=21"], "expected at least `folds=21` utterances of each class, found 20"),
        (["--source=nowhere:x"], "found 'nowhere'"),
        (["--source=emdob:x"], "Did you mean emodb?"),
        (["--source=table:absent.csv"], "absent.csv"),
        (["--target=emodb:absent"], "emodb: expected a directory at absent, found nothing"),
        (["--cache_dir=setup.cfg", "--target=demo-actors"], "expected a folder"),
        (["--folds_by=speaker", "--folds=5"], "speakers of each class.* found 4 of negative"),
        (["--folds_by=speaker", "--examples=32"], "at most 10 examples a class.* of positive"),
    ],
)
def test_mistakes_are_told_and_nothing_is_written(tables, tmp_path, arguments, message):
    with pytest.raises(InputError, match=message) as caught:
        main(*tables, *QUICK, f"--output_dir={tmp_path}/out", *arguments)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_the_same_corpus_twice_is_refused(tables, tmp_path):
    same = tables[0].replace("source", "target")
    with pytest.raises(InputError, match="expected different corpora, found table:"):
        main(tables[0], same, f"--output_dir={tmp_path}/out")
    copy = tmp_path / "copy.csv"
    copy.write_bytes((tmp_path / "wide.csv").read_bytes())
    with pytest.raises(InputError, match="found the same corpus"):
        main(tables[0], f"--target=table:{copy}", f"--output_dir={tmp_path}/out")


def test_readings_of_the_draw_and_of_class_shares(tables, tmp_path, caplog):
    """Both are said, recorded, and change results."""
    caplog.set_level("INFO", "cada_tf")
    given = [*tables, *QUICK, "--methods=all-source,fine-tune", "--notensorboard"]
    main(*given, f"--output_dir={tmp_path}/plain")
    readings = ["--draw=random", "--source_shares=negative=1,positive=2"]
    main(*given, *readings, f"--output_dir={tmp_path}/other")
    assert "wide: thinned to 20 negative, 40 positive" in caplog.text
    summary = (tmp_path / "other" / "summary.txt").read_text()
    assert "Labelled examples were drawn without regard to class, but for one of each." in summary
    tables_read = [read_results(tmp_path / name / "results.csv") for name in ("plain", "other")]
    assert "draw" not in tables_read[0]
    assert set(tables_read[1]["draw"]) == {"random"}
    assert (tables_read[0]["ua"] != tables_read[1]["ua"]).mean() > 0.5
    archive = Archive(tmp_path / "other")
    assert archive.problem.drawn is Draw.RANDOM
    assert len(archive.problem.source) == 60
    with pytest.raises(InputError, match="`draw` was random, now it is stratified"):
        main(*given, readings[1], f"--output_dir={tmp_path}/other")
    with pytest.raises(InputError, match="`source_shares` was negative=1,positive=2, now it is "):
        main(*given, readings[0], f"--output_dir={tmp_path}/other")


def test_other_flags_on_the_same_directory_are_refused(tables, tmp_path):
    arguments = [*tables, *QUICK, "--methods=all-source", f"--output_dir={tmp_path}/out"]
    main(*arguments)
    before = (tmp_path / "out" / "results.csv").read_bytes()
    with pytest.raises(InputError, match="`seed` was 0, now it is 1"):
        main(*arguments, "--seed=1")
    table = pd.read_csv(tmp_path / "narrow.csv")
    table.iloc[0, -1] += 1
    table.to_csv(tmp_path / "narrow.csv", index=False)
    with pytest.raises(InputError, match="`target` was narrow"):
        main(*arguments)
    assert (tmp_path / "out" / "results.csv").read_bytes() == before


def test_label_target_is_left_out_where_it_has_too_few(tables, tmp_path, caplog):
    main(*tables, *QUICK, "--methods=all-source,label-target", f"--output_dir={tmp_path}/out")
    assert "label-target: left out, as it needs at least 11 examples a class" in caplog.text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "expected --source, --target, --output_dir, found none"),
        (["--scaling=each"], "--scaling=each: value should be one of"),
        (["--scaling=sorce"], "Did you mean source?"),
        (["--trials=0"], "--trials=0"),
        (["--held_out=1"], "--held_out=1.0: expected a share below 1"),
        (["--input_noise=inf"], "--input_noise=inf: expected a finite number"),
        (["--ccsa_weight=1.5"], "--ccsa_weight=1.5: "),
        (["--mean_teacher_decay=1"], "--mean_teacher_decay=1"),
        (["--self_training_threshold=-0.1"], "--self_training_threshold=-0.1: "),
        (["--learning_rate=nan"], "--learning_rate=nan: expected a finite number"),
        (["--flagfile=absent"], "error: Unable to open flagfile: "),
        (["--sead=1"], "error: no flag --sead. Did you mean seed?"),
        (["surplus"], "expected flags alone, found 'surplus'"),
    ],
)
def test_flags_that_are_wrong(tables, arguments, message, capsys):
    unparse()
    given = [*tables, "--output_dir=out", *arguments] if arguments else []
    with pytest.raises(SystemExit) as caught:
        program.parse(["run", *given])
    out, err = capsys.readouterr()
    assert (caught.value.code, out) == (2, "")
    assert err.startswith("error: ")
    assert message in err
    assert err.count("\n") == 1


def test_a_mistake_ends_the_program_in_one_line(tables, forked):
    status, out, err = forked("experiments.run", *tables, "--output_dir=setup.cfg")
    assert (status, out) == (2, "")
    assert err.splitlines()[-1].startswith("error: --output_dir: expected a folder")
    assert "Traceback" not in err


@pytest.mark.slow
def test_real_speech(corpora, tmp_path):
    """nEMO's functionals → EMODB's recordings, the main job with few trials."""
    status, _, err = finished(
        "experiments.run",
        f"--source=table:{corpora}/nemo/gemaps.csv",
        f"--target=emodb:{corpora}/emodb",
        "--methods=all-source,cada,all-target",
        "--trials=1",
        "--examples=12",
        "--patience=5",
        "--jobs=1",
        "--notensorboard",
        f"--output_dir={tmp_path}/out",
    )
    assert status == 0, err
    assert "emodb: 385 negative, 150 positive, 10 speakers" in err
    table = read_results(tmp_path / "out" / "results.csv")
    ua = table.groupby("method")["ua"].mean()
    # Far from chance and in the paper's order, with room for one trial's luck.
    assert ua["all-target"] > 0.72
    assert ua["all-target"] > ua["cada"] > ua["all-source"]


@pytest.mark.slow
def test_the_demo(tmp_path):
    """``make demo``, with fewer methods and trials."""
    status, _, err = finished(
        "experiments.run",
        "--flagfile=experiments/demo.flags",
        "--methods=all-source,cada,all-target",
        "--trials=1",
        "--examples=12",
        f"--output_dir={tmp_path}/out",
    )
    assert status == 0, err
    assert "demo-children: 500 negative, 1000 positive, 26 speakers" in err
    assert "demo-actors: 385 negative, 150 positive, 10 speakers" in err
    ua = read_results(tmp_path / "out" / "results.csv").groupby("method")["ua"].mean()
    assert ua["all-target"] > 0.7
    assert ua["all-target"] > ua["cada"] > ua["all-source"]


def test_semi_supervised_is_said_everywhere(tables, tmp_path, caplog, capsys):
    """With no labels, methods that need them are left out; the directory goes on with more."""
    out = tmp_path / "out"
    given = [*tables, *QUICK, "--notensorboard", f"--output_dir={out}"]
    given += ["--methods=fine-tune,cada-semi,cada-unlabelled,label-target"]
    main(*given, "--examples=0", "--trials=1")
    warned = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert warned == [
        "SEMI-SUPERVISED: cada-semi, cada-unlabelled use unlabelled target utterances of the "
        "training folds, none of the test folds.",
        "left out at 0 examples, as they need labels: fine-tune, label-target",
    ]
    sentence = (
        "SEMI-SUPERVISED: CADA-semi, CADA-unlabelled used unlabelled utterances of the training "
        "folds."
    )
    assert sentence in capsys.readouterr().out
    table = read_results(out / "results.csv")
    sizes = table.groupby("method")["examples"].unique().map(list)
    assert sizes["cada-semi"] == [0]
    assert set(sizes.index) == {"cada-semi", "cada-unlabelled"}
    before = (out / "results.csv").read_text().splitlines()
    assert "scaling" not in before[0]
    caplog.clear()
    main(*given, "--examples=0,2", "--trials=1")  # goes on
    assert "label-target: left out, as it needs at least 11 examples a class" in caplog.text
    assert capsys.readouterr().out.count(sentence) == 1
    after = (out / "results.csv").read_text().splitlines()
    assert set(before) < set(after)
    table = read_results(out / "results.csv")
    sizes = table.groupby("method")["examples"].unique().map(list)
    assert (sizes["cada-semi"], sizes["fine-tune"]) == ([0, 2], [2])
    assert Archive(out).load(Cell("cada-semi", 0)).history["loss"].shape[:2] == (1, 2)
    chosen = chosen_cells(table, examples=0)
    assert chosen == [Cell("cada-semi", 0), Cell("cada-unlabelled", None)]
    # The columns 0 and 2 of the table, and the curve's places.
    assert re.search(r"^Examples +0 +2$", tables_figure.render(table), re.M)
    figure = curves.make_figure(table)
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0", "2"]
    assert "SEMI-SUPERVISED: CADA-semi, CADA-unlabelled" in figure.get_suptitle()
    for line in axes.lines:
        assert np.isfinite(np.asarray(line.get_xydata(), float)).all()


def test_semi_supervised_scaling_is_said_everywhere(tables, tmp_path, caplog, capsys):
    given = [*tables, *QUICK, "--notensorboard", "--methods=all-source,fine-tune", "--examples=2"]
    given += ["--trials=1"]
    for scaling in ("corpus-enrolled", "speaker-enrolled"):
        out = tmp_path / scaling
        caplog.clear()
        main(*given, f"--scaling={scaling}", f"--output_dir={out}")
        assert f"SEMI-SUPERVISED: --scaling={scaling} uses unlabelled target utterances" in (
            caplog.text
        )
        assert "TRANSDUCTIVE" not in caplog.text
        sentence = f"SEMI-SUPERVISED: scaling={scaling} used unlabelled utterances of the training"
        assert sentence in capsys.readouterr().out
        table = read_results(out / "results.csv")
        assert set(table["scaling"]) == {scaling}
        assert not table["transductive"].any()
        assert list(table.columns).index("scaling") < list(table.columns).index("method")
        assert sentence in tables_figure.render(table)  # without run.json
        title = curves.make_figure(table).get_suptitle()
        assert f"SEMI-SUPERVISED: scaling={scaling}" in title
        csv = tables_figure.render(table, format=tables_figure.Format.CSV)
        assert f",{scaling}," in csv
        (out / "results.csv").write_text((out / "results.csv").read_text().replace(scaling, "both"))
        with pytest.raises(InputError, match="column scaling, instead of any of corpus-enrolled"):
            read_results(out / "results.csv")
    main(*given, f"--output_dir={tmp_path}/source")
    with pytest.raises(InputError, match="`scaling` was source, now it is corpus-enrolled"):
        main(*given, f"--output_dir={tmp_path}/source", "--scaling=corpus-enrolled")
    assert "SEMI-SUPERVISED" not in capsys.readouterr().out


def test_methods_that_are_not_named_are_not_run(tables, forked):
    """Those of the literature; --help names them."""
    status, out, _ = forked("experiments.run", "--help")
    assert status == 0
    words = " ".join(out.split())
    assert "any of all-source, fine-tune" in words
    assert "mean-teacher, dann, deep-coral, ccsa, dsne" in words
    unparse()
    program.parse(["run", *tables, "--output_dir=out"])
    assert experiment.chosen_methods() == [name for name, m in METHODS.items() if not m.related]


def test_no_example_of_any_method(tables, tmp_path):
    """Of the default methods, at 0 examples, those remain that take none."""
    main(
        *tables,
        *QUICK,
        "--notensorboard",
        "--examples=0",
        "--trials=1",
        f"--output_dir={tmp_path}/o",
    )
    table = read_results(tmp_path / "o" / "results.csv")
    assert set(table["method"]) == {"all-source", "all-target"}
