"""Whatever is in a recording or a model file: an answer or an ``InputError``, nothing else.

``CADA_FUZZ=5000`` tries that many of each kind instead of a few.
"""

import io
import itertools
import json
import os
import pickle
import warnings
import zipfile

import numpy as np
import pytest
import soundfile
from helpers import CONFIG, RATE, make_recogniser, voice
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import cada_tf
from cada_tf.errors import InputError
from cada_tf.recogniser.prediction import predict
from cada_tf.recogniser.predictions import OK, UNUSABLE, PredictionCounts
from cada_tf.recogniser.recogniser import Recogniser
from cada_tf.recogniser.table_row import TableRow

EXAMPLES = int(os.environ.get("CADA_FUZZ", "100"))
RECOGNISERS = [
    make_recogniser(feature_config=CONFIG._replace(sampling_rate=rate)) for rate in (RATE, 0)
]


def encoded(format, subtype=None, channels=1):
    """A short recording, as bytes."""
    stream = io.BytesIO()
    soundfile.write(stream, np.stack([voice(0.2)] * channels, 1), RATE, subtype, format=format)
    return stream.getvalue()


WHOLE = {
    ".wav": [
        *(encoded("WAV", subtype) for subtype in ("PCM_16", "PCM_24", "FLOAT", "ULAW")),
        *(encoded("WAV", "IMA_ADPCM"), encoded("WAVEX", channels=2), encoded("AIFF")),
    ],
    ".flac": [encoded("FLAC"), encoded("FLAC", channels=2)],
    ".ogg": [encoded("OGG", "VORBIS"), encoded("OGG", "OPUS")],
    ".mp3": [encoded("MP3"), encoded("MP3", channels=2)],
}
FIELDS = [(4, 4), (16, 4), (20, 2), (22, 2), (24, 4), (28, 4), (32, 2), (34, 2), (40, 4)]
"""Where a WAV file's header has its numbers, and of how many bytes they are."""
NUMBERS = [0, 1, 2, 3, 7, 8, 24, 64, 255, 999, 1000, 1025, 2**15, 65535, 48_000, 768_000, 768_001]
NUMBERS += [2**24 - 1, 2**31 - 1, 2**31, 2**32 - 8, 2**32 - 1]


@st.composite
def damaged(draw, contents):
    """Bytes of a file after one to four accidents, most of them to its header."""
    data = bytearray(contents)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, min(len(data), 100)) | st.integers(0, len(data)))
        match draw(st.integers(0, 5)):
            case 0:
                offset, width = draw(st.sampled_from(FIELDS))
                number = draw(st.sampled_from(NUMBERS)) % 256**width
                data[offset : offset + width] = number.to_bytes(width, "little")
            case 1:
                new = draw(st.binary(min_size=1, max_size=8))
                data[place : place + len(new)] = new
            case 2:
                data[place:place] = draw(st.binary(max_size=50))
            case 3:
                del data[place : place + draw(st.integers(1, 200))]
            case 4:
                del data[place:]
            case 5:
                data[place:] = draw(st.binary(max_size=500))
    return bytes(data)


recordings = st.sampled_from(sorted(WHOLE)).flatmap(
    lambda suffix: st.tuples(
        st.just(suffix), st.sampled_from(WHOLE[suffix]).flatmap(lambda whole: damaged(whole))
    )
)


def check_answers(file):
    """Asserts that there are answers to a file, and what the exit status would be."""
    part = TableRow(name=str(file), path=str(file), start=0.05, end=0.15)
    ways = ((file, None), (file, 0.5), (part, None))
    for recogniser, (what, segments) in itertools.product(RECOGNISERS, ways):
        counts, statuses = PredictionCounts(), set()
        for answer in predict(recogniser, [what], segments=segments, min_duration=0, jobs=1):
            assert answer.status in (OK, UNUSABLE)
            assert (answer.problem == "") == (answer.status == OK)
            assert "\n" not in answer.problem
            statuses.add(answer.status)
            counts.add(answer)
        assert counts.recordings == 1
        assert counts.exit_status == (OK not in statuses)


@settings(max_examples=EXAMPLES)
@given(recordings)
def test_any_recording_gets_an_answer(tmp_path_factory, recording):
    suffix, data = recording
    file = tmp_path_factory.getbasetemp() / f"damaged{suffix}"
    file.write_bytes(data)
    check_answers(file)


@settings(max_examples=EXAMPLES // 2)
@given(
    arrays(
        np.float32,
        st.tuples(st.sampled_from([0, 1, 100, 959, 960, 8000, 20_000]), st.integers(1, 3)),
        elements=st.sampled_from(np.float32([0, 0.1, -0.5, 1, -1, 7.9, 8.1, 1e-45, 3e38, -3e38]))
        | st.floats(width=32),
        fill=st.floats(-1, 1, width=32),
    ),
    st.sampled_from([1, 50, 1000, RATE, 768_000, 10_000_000]),
)
def test_any_samples_get_an_answer(tmp_path_factory, samples, rate):
    file = tmp_path_factory.getbasetemp() / "samples.wav"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the peak, as a header tells it
        soundfile.write(file, samples, rate, subtype="FLOAT")
    check_answers(file)


# Model files


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """What is in a model file: name → bytes."""
    path = make_recogniser().save(tmp_path_factory.mktemp("model") / "m")
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return stream.getvalue()


def check_model(tmp_path_factory, data):
    """Asserts that a model file is refused in a line, or read; returns whether it is read."""
    file = tmp_path_factory.getbasetemp() / "model.keras"
    file.write_bytes(data)
    try:
        recogniser = cada_tf.load(file)
    except InputError as error:
        message = str(error)
    else:
        assert isinstance(recogniser, Recogniser)
        return True
    assert message.startswith(f"{file}: expected ")
    assert "\n" not in message
    return False


@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_damaged_model_files(tmp_path_factory, parts, data):
    part = data.draw(st.sampled_from(["all", "config.json", "model.weights.h5"]))
    if part == "all":
        damage = data.draw(damaged(packed(parts)))
    else:  # inside of an archive whose checksums are right
        damage = packed(parts | {part: data.draw(damaged(parts[part]))})
    check_model(tmp_path_factory, damage)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_changed_configs(tmp_path_factory, parts, data):
    config = json.loads(parts["config.json"])
    places = [config, config["config"], config["config"]["measured"]]
    place = data.draw(st.sampled_from(places))
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(anything)
    check_model(tmp_path_factory, packed(parts | {"config.json": json.dumps(config).encode()}))


@pytest.mark.parametrize(
    "changes",
    [
        {"module": "os", "class_name": "system", "registered_name": "cada_tf>RecogniserNetwork"},
        {"module": "os", "class_name": "system", "registered_name": "system", "config": "touch X"},
        {"module": "keras.layers", "class_name": "Lambda", "registered_name": None},
    ],
)
def test_nothing_in_a_model_file_is_executed(tmp_path_factory, parts, monkeypatch, changes):
    monkeypatch.setattr(os, "system", pytest.fail)
    config = json.loads(parts["config.json"]) | changes
    data = packed(parts | {"config.json": json.dumps(config).encode()})
    read = check_model(tmp_path_factory, data)
    # Where no class is looked for by its module and name, these do not matter.
    assert read == (changes["registered_name"] == "cada_tf>RecogniserNetwork")


class Trap:
    def __reduce__(self):
        return pytest.fail, ("it was unpickled",)


@pytest.mark.parametrize(  # an archive has the time in it, so that its bytes are no name
    "data",
    [b"", b"not a model\n" * 20, pickle.dumps(Trap()), packed({}), packed({"x": b""})],
    ids=["empty", "text", "pickle", "empty archive", "archive of other files"],
)
def test_other_files_are_no_models(tmp_path_factory, data):
    assert not check_model(tmp_path_factory, data)


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path_factory):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", bytes(300 << 20))
    assert not check_model(tmp_path_factory, stream.getvalue())


@pytest.mark.parametrize("classes", [["a", "b", "c"], ["a", "\ud800"], ["a", "a"], ["a", 1]])
def test_classes_that_are_not_of_the_weights_or_no_text_are_refused(
    tmp_path_factory, parts, classes
):
    assert check_model(tmp_path_factory, packed(parts))
    config = json.loads(parts["config.json"])
    config["config"] |= {"classes": classes, "valence": {}}
    data = packed(parts | {"config.json": json.dumps(config).encode()})
    assert not check_model(tmp_path_factory, data)


@pytest.mark.parametrize("value", [None, 0, 1, 1.0, "", "true", [], [True], {}, {"true": True}])
def test_by_speaker_is_true_or_false_and_nothing_like_it(tmp_path_factory, parts, value):
    """Neither by Python's rules of what is true, nor by equality with it."""
    config = json.loads(parts["config.json"])
    for content, read in ((value, False), (True, True), (False, True)):
        config["config"]["by_speaker"] = content
        data = packed(parts | {"config.json": json.dumps(config).encode()})
        assert check_model(tmp_path_factory, data) is read
