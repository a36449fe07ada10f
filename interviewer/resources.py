"""Where the files that ship with the program are: beside the package in a checkout, inside it in a wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def resource(*parts: str) -> Path:
    """Return the path of a shipped file or folder, such as `resource("prompts", "grade.md")`."""
    installed = _PACKAGE / "share" / Path(*parts)
    return installed if installed.exists() else _PACKAGE.parent / Path(*parts)
