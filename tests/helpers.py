"""What test modules share: made corpora and recognisers, and programs run in and out of process."""

import contextlib
import dataclasses
import functools
import io
import itertools
import os
import runpy
import signal
import subprocess
import sys
import time
from pathlib import Path

import audiofile
import numpy as np
import pandas as pd
import soundfile
from absl import flags

from cada_tf.audio.feature_set import FeatureConfig
from cada_tf.audio.features import FEATURE_NAMES
from cada_tf.audio.opensmile import FEATURE_SET, VERSION
from cada_tf.protocol.pairs import Group
from cada_tf.protocol.problem import LabelledSet
from cada_tf.recogniser.recogniser import Recogniser
from cada_tf.runs.results import read_results

ROOT = Path(__file__).parents[1]
PROGRAMS = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__main__")
    for folder in ("cada_tf/apps", "experiments", "figures")
    for path in ROOT.glob(f"{folder}/**/*.py")
    if '\nif __name__ == "__main__":' in path.read_text()
)
"""The modules that are programs."""
QUICK = ["--trials=2", "--folds=2", "--max_epochs=3", "--hidden=8", "--examples=2,4", "--jobs=1"]
RATE = 16_000
FEATURES = 8
"""Width of the examples of the networks in tests."""
CONFIG = FeatureConfig(FEATURE_SET.name, VERSION, RATE)
NUMBERS = flags.IntegerParser | flags.FloatParser


def make_features(labels: np.ndarray, shift: float, seed: int) -> np.ndarray:
    """Features ``[n, 62]`` of two overlapping classes, moved by ``shift`` as a domain is."""
    rng = np.random.default_rng(seed)
    signal = np.linspace(-0.6, 0.6, len(FEATURE_NAMES)) * (2 * labels[:, None] - 1)
    noise = rng.normal(size=(len(labels), len(FEATURE_NAMES)))
    return (signal + noise + shift * np.sin(np.arange(len(FEATURE_NAMES)))).astype(np.float32)


def make_table(counts=(30, 20), shift=0.0, seed=0, speakers=4) -> pd.DataFrame:
    """A corpus with features: ``counts`` utterances of negative and positive."""
    labels = np.repeat([0, 1], counts)
    files = [f"{seed}_{i:03d}.wav" for i in range(len(labels))]
    table = pd.DataFrame(
        make_features(labels, shift, seed),
        columns=list(FEATURE_NAMES),
        index=pd.Index(files, name="file"),
    )
    names = np.array(["negative", "positive"])[labels]
    table.insert(0, "speaker", [f"s{i % speakers}" for i in range(len(labels))])
    table.insert(1, "emotion", names)
    table.insert(2, "class", names)
    table.attrs["name"] = f"made{seed}"
    return table


def write_tables(folder: Path, counts=(30, 20), speakers=4) -> list[str]:
    """``--source`` and ``--target`` of two small tables with features; ``counts`` of the target."""
    make_table((60, 40), seed=1).to_csv(folder / "wide.csv")
    make_table(counts, shift=0.7, seed=2, speakers=speakers).to_csv(folder / "narrow.csv")
    return [f"--source=table:{folder}/wide.csv", f"--target=table:{folder}/narrow.csv"]


def make_set(counts, shift=0.0, seed=0, speakers=4) -> LabelledSet:
    labels = np.repeat(np.arange(len(counts)), counts)
    features = make_features(labels % 2, shift, seed)
    features[:, 0] += labels
    names = np.array([f"s{i % speakers}" for i in range(len(labels))])
    return LabelledSet(f"made{seed}", features, labels, names)


def voice(seconds=0.5, pitch=120.0, rate=RATE, seed=0):
    """A buzz with a little noise, enough of a voice for openSMILE."""
    t = np.arange(int(seconds * rate)) / rate
    buzz = sum(np.sin(2 * np.pi * pitch * k * t) / k for k in range(1, 12))
    noise = np.random.default_rng(seed).normal(size=len(t))
    return (0.2 * buzz + 0.01 * noise).astype(np.float32)


def corpus_of(files):
    table = pd.DataFrame(
        {"speaker": "s", "emotion": "neutral", "class": "positive"},
        index=pd.Index([str(file) for file in files], name="file"),
    )
    table.attrs["name"] = "made"
    return table


def bad_recordings(folder: Path) -> dict[str, Path]:
    files = {
        kind: folder / f"{kind}.wav"
        for kind in ("empty", "text", "truncated", "short", "silent", "nothing", "nan", "header")
    }
    for suffix in ("flac", "ogg", "mp3"):
        files[suffix] = folder / f"truncated.{suffix}"
        soundfile.write(files[suffix], voice(2.0), RATE)
        files[suffix].write_bytes(files[suffix].read_bytes()[:2000])
    files["empty"].write_bytes(b"")
    files["text"].write_text("this is not audio\n" * 50)
    audiofile.write(files["truncated"], voice(), RATE)
    files["truncated"].write_bytes(files["truncated"].read_bytes()[:5000])
    audiofile.write(files["short"], voice(0.05), RATE)
    audiofile.write(files["silent"], np.zeros(RATE, np.float32), RATE)
    audiofile.write(files["nothing"], np.zeros((1, 0), np.float32), RATE)
    soundfile.write(files["nan"], np.full(RATE, np.nan, np.float32), RATE, subtype="FLOAT")
    files["header"].write_bytes(b"RIFF\x24\x00\x00\x00WAVEfmt ")
    return files


def table_of(uas, source="a", target="b", transductive=False) -> pd.DataFrame:
    rows = [
        {"method": m, "examples": n, "trial": t, "fold": f, "ua": ua, "epochs": 1}
        for (m, n), trials in uas.items()
        for t, folds in enumerate(trials)
        for f, ua in enumerate(folds)
    ]
    columns = {"source": source, "target": target, "transductive": transductive}
    return pd.DataFrame(rows).assign(**columns).astype({"examples": "Int64"})


def softmax(logits):
    exponents = np.exp(logits - logits.max(-1, keepdims=True))
    return exponents / exponents.sum(-1, keepdims=True)


def built(model, **compile_arguments):
    model.build((None, FEATURES))
    model.compile(**compile_arguments)
    return model


def quadruples(n=5, classes=2):
    """Random quadruples ``[n, 4, 2, FEATURES]`` with classes as the groups demand."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 4, 2, FEATURES)).astype(np.float32)
    first = rng.integers(classes, size=(n, 4))
    second = first.copy()
    second[:, Group.G3 :] = (second[:, Group.G3 :] + 1) % classes
    return x, np.stack([first, second], axis=-1).astype(np.int32)


def make_recogniser(seed=0, **changes):
    """A recogniser with random weights, neither too sure nor too unsure."""
    rng = np.random.default_rng(seed)
    shapes = ((62, 8), (1, 8), (8, 4), (1, 4))
    made = Recogniser(
        classes=("negative", "positive"),
        features=FEATURE_NAMES,
        factor=np.full(62, 0.001, np.float32),
        offset=np.zeros(62, np.float32),
        weights=[rng.normal(size=shape).astype(np.float32) for shape in shapes],
        feature_config=CONFIG,
    )
    return dataclasses.replace(made, **changes)


def make_random_recogniser(
    classes=("angry", "happy", "neutral"),
    domains=2,
    hidden=(8,),
    features=5,
    temperature=1.5,
    seed=0,
    **fields,
):
    """A recogniser of random weights, and of functionals that differ in place and spread."""
    rng = np.random.default_rng(seed)
    widths = [features, *hidden, domains * len(classes)]
    weights = []
    for i, o in itertools.pairwise(widths):
        weights += [rng.normal(size=(i, o)) / np.sqrt(i), 0.3 * rng.normal(size=(1, o))]
    factor = 10 ** rng.uniform(-2, 2, features)
    return Recogniser(
        **{
            "classes": classes,
            "features": tuple(f"functional {i}" for i in range(features)),
            "factor": factor.astype(np.float32),
            "offset": rng.uniform(-3, 3, features).astype(np.float32),
            "weights": [w.astype(np.float32) for w in weights],
            "temperature": temperature,
            "card": "# Card",
        }
        | fields
    )


def make_functionals(recogniser, n, seed=1):
    """Functionals ``[n, F]``, float32, most of which are in [-1, 1] when they are scaled."""
    scaled = np.random.default_rng(seed).uniform(-1.2, 1.2, (n, len(recogniser.features)))
    return ((scaled - recogniser.offset) / recogniser.factor).astype(np.float32)


def interruptible():
    """Gives a new process Ctrl-C back, which pytest-xdist's workers ignore."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(program, *arguments, **options):
    """A program, by its module's name, in a process of its own."""
    options = {"preexec_fn": interruptible} | options
    command = [sys.executable, "-m", program, *map(str, arguments)]
    return subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options
    )


def finished(program, *arguments):
    """Exit status, output and errors of a program in a process of its own."""
    process = start(program, *arguments)
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def ends_within(seconds, group):
    """Whether the last process of the group is gone by then."""
    for _ in range(10 * seconds):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def unparse():
    """Makes the flags as if no program had read any."""
    flags.FLAGS.unparse_flags()
    for name in flags.FLAGS:
        flags.FLAGS[name].unparse()


def main(*arguments):
    """``experiments.run`` in this process."""
    from experiments import run  # it makes flags, which other programs in a worker have as well

    unparse()
    flags.FLAGS(["run", *map(str, arguments)])
    run.main()


def called(arguments, folder=ROOT):
    """Exit status, output, errors and own flags (name, number?, default?) of a program."""
    os.chdir(folder)
    os.environ["COLUMNS"] = "80"
    sys.argv, status = list(arguments), 0
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in "oe")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
        except SystemExit as end:
            status = end.code
    kinds = [
        (flag.name, isinstance(flag.parser, NUMBERS), flag.default is not None)
        for module, defined in flags.FLAGS.flags_by_module_dict().items()
        if module.startswith((str(ROOT), "cada_tf", "experiments", "figures"))
        for flag in defined
    ]
    return status, *(stream.buffer.getvalue().decode() for stream in (out, err)), kinds


def eventually(condition, seconds=60):
    """Waits until the condition holds, and gives what it says then."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.2)
    return found


def alone(*flags):
    """A run in this process, which keeps the networks that it has traced."""
    main(*flags, "--jobs=1", "--notensorboard")


def rows_of(folder):
    """How many rows a run has written; a torn or doubled one would not be read."""
    path = folder / "results.csv"
    return len(read_results(path)) if path.exists() else 0


def wait_for(rows, folder, process):
    while rows_of(folder) < rows:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


def put_in_place(path, kind):
    """A directory, a FIFO or a device (a link to one) in the place of a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    make = {"directory": os.mkdir, "fifo": os.mkfifo}
    make.get(kind, functools.partial(os.symlink, "/dev/zero"))(path)


def write_onnx_model(folder, frames=False, logits=False):
    """Writes a small speech model in audonnx's layout, in place of a wav2vec 2.0.

    A learned basis of 160 samples, rectified: in frames, ``[batch, time, 5]``, or their mean.

    Args:
        folder: new.
        frames: whether the output ``hidden_states`` has them.
        logits: whether there is a second output, twice the first three of five features.

    Returns:
        The basis, ``[5, 1, 160]``.
    """
    import audonnx
    from onnx import TensorProto, helper, numpy_helper

    def value(name, *shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    kernel = (0.1 * np.random.default_rng(0).normal(size=(5, 1, 160))).astype(np.float32)
    constants = {"kernel": kernel, "one": np.array([1]), "head": 2 * np.eye(5, 3, dtype="f4")}
    nodes = [
        helper.make_node("Unsqueeze", ["signal", "one"], ["wave"]),
        helper.make_node("Conv", ["wave", "kernel"], ["basis"], strides=[160]),
        helper.make_node("Abs", ["basis"], ["magnitudes"]),
        helper.make_node("Transpose", ["magnitudes"], ["in_time"], perm=[0, 2, 1]),
        helper.make_node("Identity", ["in_time"], ["hidden_states"])
        if frames
        else helper.make_node("ReduceMean", ["in_time"], ["hidden_states"], axes=[1], keepdims=0),
    ]
    outputs = [value("hidden_states", *(["batch", "time"] if frames else ["batch"]), 5)]
    if logits:
        nodes.append(helper.make_node("MatMul", ["hidden_states", "head"], ["logits"]))
        outputs.append(value("logits", "batch", 3))
    initializers = [numpy_helper.from_array(array, name) for name, array in constants.items()]
    inputs = [value("signal", "batch", "samples")]
    graph = helper.make_graph(nodes, "speech", inputs, outputs, initializers)
    opset = helper.make_opsetid("", 13)
    Path(folder).mkdir()
    model = helper.make_model(graph, opset_imports=[opset], ir_version=8)
    audonnx.Model(model).to_yaml(f"{folder}/model.yaml")
    return kernel
