"""What may be wrong with a recording's file, in one line."""

from cada_tf.errors import InputError
from cada_tf.text import printable

NO_MP3_FRAME = 7
"""libsndfile's number of the error that it takes a file without any frame of MP3 for."""
OR_LEAVE_OUT = ", or leave it out with `skip_bad_files`."
"""The end of a remedy; of no use to who has chosen so."""
REMEDY = f"Replace the file{OR_LEAVE_OUT}"


def unreadable(file: str, error: OSError) -> InputError:
    """The error for a recording that the file system does not let be read."""
    return InputError(
        f"{file}: expected a readable recording, found: {error.strerror or error}. {REMEDY}"
    )


def undecodable(file: str, error: Exception) -> InputError:
    """The error for a file that a decoder makes no audio of."""
    text = getattr(error, "error_string", str(error))  # libsndfile's, without the file's name
    if getattr(error, "code", None) == NO_MP3_FRAME:  # of a file that begins as MP3 does
        text = "No MP3 in it."
    reason = text.splitlines()[0] if text else type(error).__name__
    return InputError(f"{file}: expected audio, could not decode it: {reason} {REMEDY}")


def reason_of(error: InputError, name: str) -> str:
    """The problem of the recording ``name`` alone: the message without its name and remedy."""
    return str(error).removeprefix(f"{printable(name)}: ").removesuffix(f" {REMEDY}")
