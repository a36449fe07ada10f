"""The user's own banks: one YAML file each, in their data folder."""

from pathlib import Path

from interviewer.bank.bank import Bank, load_bank
from interviewer.errors import InputError


def user_banks(folder: Path) -> tuple[str, ...]:
    """Return the names of the user's banks, in order."""
    return tuple(sorted(file.stem for file in folder.glob("*.yaml"))) if folder.is_dir() else ()


def bank_file(name: str, folder: Path) -> Path:
    """Return the file of a bank that is given by its name or by its path.

    Raises:
        InputError: there is neither; the message names those that there are.
    """
    own = folder / f"{name}.yaml"
    if name in user_banks(folder):
        return own
    if (path := Path(name)).is_file():
        return path
    known = ", ".join(user_banks(folder))
    raise InputError(
        f"there is no bank {name!r}",
        next_step=f"yours are: {known}" if known else "bring one in: interviewer bank import FILE",
    )


def open_bank(name: str | None, folder: Path) -> Bank:
    """Return the bank of this name or path, or the built-in one if none is named."""
    return load_bank(bank_file(name, folder) if name is not None else None)
