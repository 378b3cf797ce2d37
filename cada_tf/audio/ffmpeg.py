"""Recordings that the user's ffmpeg decodes: M4A, MP4, WebM, AMR, WMA and others.

A file may come from anyone. So ffmpeg is told the format, by the file's first bytes, rather than
left to guess: as a playlist a file could name others. It may open files alone, no network, and is
given an open file, so that no name reaches its command line. It writes samples to a pipe, of which
we read as much as is wanted; when we end, in whatever way, it finds the pipe closed, and ends.
"""

import selectors
import shutil
import struct
import subprocess
import tempfile
from typing import BinaryIO

import numpy as np

from cada_tf.audio.formats import NAMES
from cada_tf.audio.problems import REMEDY
from cada_tf.audio.sound import Sound
from cada_tf.errors import InputError
from cada_tf.text import one_line

PROGRAM = "ffmpeg"
INSTALL = "Install ffmpeg (apt, brew or conda install ffmpeg; ffmpeg.org), or convert to WAV."
HEADER = struct.Struct(">4sIIIII")
"""Of Sun's AU, the simplest format with rate and channels: magic bytes, where the samples begin,
their bytes (unknown here), encoding, rate, channels."""
FLOAT32 = 6
"""AU's number of that encoding; big-endian."""
MAX_HEADER = 1 << 16
"""Bytes before the samples."""
PATIENCE = 60
"""Seconds in which ffmpeg must give something; half an hour of speech takes it about one."""
LONGEST_ERROR = 1 << 16
"""Bytes of ffmpeg's messages that are read."""


class FFmpegSound(Sound):
    """A recording that ffmpeg decodes. Of several tracks it is the first of sound.

    Args:
        file: its path.
        demuxer: what ffmpeg calls its format.

    Raises:
        InputError: there is no ffmpeg, or it makes no audio of the file.
    """

    def __init__(self, file: str, demuxer: str) -> None:
        program = shutil.which(PROGRAM)
        if program is None:
            raise InputError(
                f"{file}: expected the program ffmpeg, which decodes {NAMES[demuxer]}, found none. "
                f"{INSTALL} {REMEDY}"
            )
        self.file = file
        self.messages = tempfile.TemporaryFile()  # noqa: SIM115  # a full pipe would stop it
        try:
            self.process = start(program, file, demuxer, self.messages)
        except OSError as error:
            self.messages.close()
            raise InputError(
                f"{file}: expected to decode it by ffmpeg, found: {error.strerror or error}. "
                f"{REMEDY}"
            ) from error
        try:
            self.read_header()
        except BaseException:
            self.close()
            raise

    def read_header(self) -> None:
        """Reads up to the first sample."""
        header = self.read(HEADER.size)
        if len(header) < HEADER.size:
            raise self.failure()
        magic, offset, _, encoding, self.rate, self.channels = HEADER.unpack(header)
        sound = (magic, encoding) == (b".snd", FLOAT32) and self.rate and self.channels
        if not (sound and HEADER.size <= offset < MAX_HEADER):
            raise self.failure()
        self.read(offset - HEADER.size)

    def decode(self, count: int) -> np.ndarray:
        frame = 4 * self.channels
        data = self.read(count * frame)
        samples = np.frombuffer(data[: len(data) // frame * frame], ">f4").astype(np.float32)
        return samples.reshape(-1, self.channels).T

    def check_whole(self, length: int) -> None:  # noqa: ARG002  # ffmpeg knows it
        # A file of these formats that is cut off is no error to ffmpeg, though it says so.
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise self.failure() from None
        if status or self.said():
            raise self.failure()

    def read(self, count: int) -> bytes:
        """The next ``count`` bytes; fewer at the end.

        Raises:
            InputError: they do not come.
        """
        pipe, parts, missing = self.process.stdout, [], count
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while missing:
                if not selector.select(PATIENCE):
                    raise InputError(
                        f"{self.file}: expected audio, found that ffmpeg gave none for {PATIENCE} "
                        f"s. {REMEDY}"
                    )
                part = pipe.read(min(missing, 1 << 20))
                if not part:
                    break
                parts.append(part)
                missing -= len(part)
        return b"".join(parts)

    def said(self) -> str:
        """What ffmpeg said is wrong, its first line."""
        self.messages.seek(0)
        lines = self.messages.read(LONGEST_ERROR).decode(errors="replace").strip().splitlines()
        # Before the words stands which of its parts says them, at what address.
        return one_line(lines[0].rpartition("] ")[2], 200) if lines else ""

    def failure(self) -> InputError:
        """The error for a file that ffmpeg makes no whole audio of."""
        reason = (self.said() or "it gave no audio").rstrip(".")
        return InputError(
            f"{self.file}: expected audio, ffmpeg could not decode all of it: {reason}. {REMEDY}"
        )

    def close(self) -> None:
        self.process.kill()
        self.process.stdout.close()
        self.process.wait()
        self.messages.close()


def start(program: str, file: str, demuxer: str, messages: BinaryIO) -> subprocess.Popen:
    """Starts ffmpeg on a file, with a pipe of what it makes of it; ``messages`` gets its words.

    Raises:
        OSError: the file cannot be opened, or ffmpeg not be started.
    """
    with open(file, "rb") as stream:  # ffmpeg has a copy of it
        return subprocess.Popen(
            command(program, demuxer, stream.fileno()),
            bufsize=0,  # so that what has come is never in a buffer while a selector waits for it
            pass_fds=[stream.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=messages,
        )


def command(program: str, demuxer: str, descriptor: int) -> list[str]:
    """The command that decodes an open file to its standard output."""
    quiet = ["-nostdin", "-hide_banner", "-v", "error", "-xerror", "-threads", "1"]
    source = ["-protocol_whitelist", "file", "-f", demuxer, "-i", f"file:/dev/fd/{descriptor}"]
    sink = ["-map", "0:a:0", "-map_metadata", "-1", "-c:a", "pcm_f32be", "-f", "au", "pipe:1"]
    return [program, *quiet, *source, *sink]
