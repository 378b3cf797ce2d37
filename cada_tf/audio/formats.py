"""The formats of recordings, told by a file's suffix or by its first bytes.

libsndfile decodes some. For the others the program ffmpeg is needed, which is the user's.
"""

LIBSNDFILE_SUFFIXES = (".wav", ".flac", ".ogg", ".mp3", ".opus", ".oga", ".aif", ".aiff", ".caf")
FFMPEG_SUFFIXES = (".m4a", ".mp4", ".mov", ".3gp", ".aac", ".webm", ".weba", ".mka", ".mkv")
FFMPEG_SUFFIXES += (".amr", ".wma")
AUDIO_SUFFIXES = (*LIBSNDFILE_SUFFIXES, *FFMPEG_SUFFIXES)
"""Of what is taken for a recording where a folder is named."""
KNOWN_FORMATS = "WAV, FLAC, OGG, Opus, MP3, AIFF or CAF; by ffmpeg M4A, MP4, WebM, AMR, AAC or WMA"
"""For people."""
MAGIC_BYTES = (b"RIFF", b"RIFX", b"RF64", b"riff", b"NIST", b"FORM", b".snd", b"fLaC", b"OggS")
MAGIC_BYTES += (b"caff", b"ID3", b"\xff")
"""First bytes of what libsndfile decodes. Given others, its MP3 decoder prints messages of its
own."""
DEMUXERS = {
    b"\x1aE\xdf\xa3": "matroska",  # WebM
    b"#!AMR": "amr",
    b"0&\xb2u\x8ef\xcf\x11": "asf",  # WMA
    b"\xff\xf0": "aac",
    b"\xff\xf1": "aac",
    b"\xff\xf8": "aac",
    b"\xff\xf9": "aac",
}
"""First bytes → what ffmpeg calls the format. ADTS, of AAC, begins as no MP3 does: its layer is 0.
"""
NAMES = {"mov": "M4A or MP4", "matroska": "WebM", "amr": "AMR", "asf": "WMA", "aac": "AAC"}
"""What people call what ffmpeg calls so."""
BOXES = (b"ftyp", b"moov", b"mdat", b"wide")
"""Bytes 4 to 8 of M4A, MP4, MOV and 3GP."""
MAGIC_LENGTH = 12
"""Bytes from which formats are told."""


def demuxer_of(start: bytes) -> str | None:
    """What ffmpeg calls the format of a file with these first bytes; None if it is not needed."""
    if start[4:8] in BOXES:
        return "mov"
    return next((name for magic, name in DEMUXERS.items() if start.startswith(magic)), None)


def is_audio(start: bytes) -> bool:
    """Whether these may be the first bytes of a recording, whatever decodes it."""
    return start.startswith(MAGIC_BYTES) or demuxer_of(start) is not None
