"""Public corpora whose file names, or folders, say who speaks and in which emotion.

RAVDESS (Livingstone & Russo 2018), URDU (Latif et al. 2018), TurEV-DB (Canpolat et al. 2020),
CREMA-D (Cao et al. 2014), SAVEE (Haq & Jackson 2009) and TESS (Pichora-Fuller & Dupuis 2020).
"""

import dataclasses
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from cada_tf.audio.formats import KNOWN_FORMATS
from cada_tf.corpora.classes import label_corpus
from cada_tf.corpora.corpus import (
    NEGATIVE,
    POSITIVE,
    Options,
    existing_directory,
    log,
    recordings_below,
)
from cada_tf.errors import InputError

VALENCE = {
    **dict.fromkeys(("anger", "boredom", "disgust", "fear", "sadness"), NEGATIVE),
    **dict.fromkeys(("calm", "happiness", "neutral"), POSITIVE),
    "surprise": None,  # of either valence
}


@dataclasses.dataclass(frozen=True)
class NamedFiles:
    """How a corpus names its recordings.

    Args:
        name: of the corpus.
        pattern: of a recording's path below the folder, from any folder on, with the groups
            ``speaker`` and ``emotion``; what the group ``other`` matches is left out.
        example: a path of that form, for messages.
        emotions: what ``emotion`` may match, in any case → the emotion's common name.
        other: what the recordings of the group ``other`` are, for the log.
    """

    name: str
    pattern: str
    example: str
    emotions: Mapping[str, str]
    other: str = ""

    def read(self, path: str, options: Options) -> pd.DataFrame:
        """Reads the corpus.

        Args:
            path: its folder; recordings may be in folders below.
            options: ``classes``, ``drop``.

        Raises:
            InputError: no such folder, no recordings, a file name that is not the corpus's.
        """
        folder = existing_directory(path, self.name)
        files, labels, others = [], [], 0
        for file in recordings_below(folder):
            match = self.match(Path(file), folder)
            if match.groupdict().get("other"):
                others += 1
                continue
            files.append(file)
            emotion = self.emotions[match["emotion"].lower()]
            labels.append((match["speaker"], emotion))
        if others:
            log.info("%s: left out %d recordings of %s", self.name, others, self.other)
        if not files and not others:
            raise InputError(
                f"{self.name}: expected recordings ({KNOWN_FORMATS}) in {folder} or below, found "
                "none. Check the path."
            )
        if not files:
            raise InputError(
                f"{self.name}: expected recordings such as {self.example} in {folder}, found "
                f"{self.other} alone. Check the path."
            )
        speakers, emotions = zip(*labels, strict=True)
        return label_corpus(self.name, files, speakers, emotions, options, valence=VALENCE)

    def match(self, file: Path, folder: Path) -> re.Match:
        """What the name of a recording says.

        Raises:
            InputError: it is not of the corpus.
        """
        # Above the folder, too, as it may be that of an emotion.
        found = re.search(f"(?:^|/){self.pattern}$", file.resolve().as_posix(), re.IGNORECASE)
        if not found:
            raise InputError(
                f"{file}: expected a recording of {self.name}, named such as {self.example}, found "
                f"{file.relative_to(folder)}. Move the file out of the folder or check the path."
            )
        return found


ALL = [
    NamedFiles(
        "ravdess",
        r"0[1-3]-(?:01|(?P<other>02))-(?P<emotion>0[1-8])(?:-0[12]){3}-(?P<speaker>\d\d)\.\w+",
        "Actor_01/03-01-05-01-01-01-01.wav",
        {
            **{"01": "neutral", "02": "calm", "03": "happiness", "04": "sadness"},
            **{"05": "anger", "06": "fear", "07": "disgust", "08": "surprise"},
        },
        other="song",
    ),
    NamedFiles(
        "urdu",
        r"(?P<speaker>S[MF]\d+)_F\d+_(?P<emotion>[AHNS])\d+\.\w+",
        "Angry/SM1_F10_A010.wav",
        {"a": "anger", "h": "happiness", "n": "neutral", "s": "sadness"},
    ),
    NamedFiles(
        "turev",
        r"(?P<emotion>Angry|Calm|Happy|Sad)/(?P<speaker>\d+)_[^/]*\.\w+",
        "Angry/1157_kz_acik.wav",
        {"angry": "anger", "calm": "calm", "happy": "happiness", "sad": "sadness"},
    ),
    NamedFiles(
        "crema-d",
        r"(?P<speaker>1\d{3})_[A-Z]{3}_(?P<emotion>ANG|DIS|FEA|HAP|NEU|SAD)_[A-Z]{1,2}\.\w+",
        "1001_DFA_ANG_XX.wav",
        {
            **{"ang": "anger", "dis": "disgust", "fea": "fear", "hap": "happiness"},
            **{"neu": "neutral", "sad": "sadness"},
        },
    ),
    NamedFiles(
        "savee",
        r"(?P<speaker>DC|JE|JK|KL)[/_](?P<emotion>sa|su|[adfhn])\d\d\.\w+",
        "DC/a01.wav",
        {
            **{"a": "anger", "d": "disgust", "f": "fear", "h": "happiness", "n": "neutral"},
            **{"sa": "sadness", "su": "surprise"},
        },
    ),
    NamedFiles(
        "tess",
        r"(?P<speaker>[OY]A)F?_[a-z]+_(?P<emotion>angry|disgust|fear|happy|neutral|ps|sad)\.\w+",
        "OAF_angry/OAF_back_angry.wav",
        {
            **{"angry": "anger", "disgust": "disgust", "fear": "fear", "happy": "happiness"},
            **{"neutral": "neutral", "ps": "surprise", "sad": "sadness"},
        },
    ),
]

READERS: dict[str, Callable[[str, Options], pd.DataFrame]] = {one.name: one.read for one in ALL}
"""Name → reader, for the registry."""
