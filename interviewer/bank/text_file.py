"""The text of a file that somebody made, of a size that can be read."""

from pathlib import Path

from interviewer.errors import InputError
from interviewer.text.clean import clean_line

SIZE_LIMIT = 5_000_000
"""Largest bank file in bytes; the built-in bank is about a ninth of that."""
_LINES = 100_000
"""Ten times those of the built-in bank."""
SPLIT = "split it into several files"


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file of a sensible size.

    Raises:
        InputError: there is no such file, it is too large or too long, or it is not UTF-8.
    """
    try:
        if not path.is_file():
            raise InputError(f"there is no file {clean_line(str(path))}", next_step="check the path")
        if path.stat().st_size > SIZE_LIMIT:
            raise InputError(f"{path} is larger than {SIZE_LIMIT // 1_000_000} MB", next_step=SPLIT)
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text (byte {error.start})", next_step="save it as UTF-8") from error
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", next_step="check its permissions") from error
    if text.count("\n") > _LINES:
        raise InputError(f"{path} has more than {_LINES:,} lines", next_step=SPLIT)
    return text
