"""Where the files that ship with the program are: beside the package in a checkout, inside it in a wheel.

The folders prompts/ and data/ stand at the top of the repository; pyproject.toml copies them to interviewer/share/ in a wheel.
"""

import tomllib
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).parent


def resource(*parts: str, package: Path = _PACKAGE) -> Path:
    """Return the path of a shipped file or folder, such as `resource("prompts", "grade.md")`.

    Args:
        parts: the path from the top of the repository, which a wheel keeps below `share/` in the package.
        package: the folder of the package.
    """
    installed = package.joinpath("share", *parts)
    return installed if installed.exists() else package.parent.joinpath(*parts)


def load_toml(name: str) -> dict[str, Any]:
    """Return the content of a TOML file in data/, such as `load_toml("rubric.toml")`.

    Nothing is kept: callers cache what they make of it.

    Raises:
        OSError: the file is missing, so the installation is damaged.
    """
    return tomllib.loads(resource("data", name).read_text(encoding="utf-8"))
