"""config.toml: reading it, and changing the server that grades by a command; what a person wrote there stays as it is."""

import json
import tomllib
from typing import Literal

from pydantic import Field, ValidationError

from interviewer.context import Paths
from interviewer.errors import InputError
from interviewer.models import Model, first_error
from interviewer.text.address import check_address
from interviewer.text.atomic_write import OWNER_ONLY, write_atomically
from interviewer.text.clean import clean_line, clean_path

GraderChoice = Literal["auto", "llm", "embedded"]


class UserConfig(Model):
    """The contents of config.toml."""

    grader: GraderChoice | None = None
    model: str | None = None
    base_url: str | None = None
    api_key: str | None = None
    timeout: float | None = None
    deadline: float | None = None
    max_tokens: int | None = Field(default=None, le=1_000_000)  # one of thousands of digits fits into no message
    transcription_model: str | None = None
    transcription_url: str | None = None


def read_config(paths: Paths) -> UserConfig:
    """Read config.toml; an empty one where there is none.

    Raises:
        InputError: it cannot be read, or holds what is no setting.
    """
    path = paths.settings
    shown = clean_path(path)
    try:
        return UserConfig.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return UserConfig()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {shown}: {error}") from error
    except ValidationError as error:
        raise InputError(
            f"{shown}: {first_error(error)}", next_step=f"settings: {', '.join(UserConfig.model_fields)}"
        ) from error
    except (ValueError, RecursionError) as error:  # also numbers of thousands of digits, and thousands of nested lists
        raise InputError(
            f"{shown} is not valid TOML: {clean_line(str(error))}", next_step="correct the line, or delete the file"
        ) from error


def choose_server(paths: Paths, base_url: str | None, model: str | None) -> None:
    """Write the server that is to grade into config.toml, readable by its owner only, or take it out; other lines stay.

    Raises:
        InputError: the address cannot be used, or the file cannot be read or written.
    """
    config = read_config(paths)
    chosen = {"base_url": check_address(base_url, "the address"), "model": clean_line(model or "") or None}
    if base_url:
        chosen["grader"] = None  # a choice against an LLM would come before it
    lines = paths.settings.read_text(encoding="utf-8").splitlines() if paths.settings.exists() else []
    kept = [line for line in lines if line.partition("=")[0].strip().strip("\"'") not in chosen]
    text = "".join(f"{line}\n" for line in (*(f"{name} = {json.dumps(v)}" for name, v in chosen.items() if v), *kept))
    try:
        understood = UserConfig.model_validate(tomllib.loads(text)) == config.model_copy(update=chosen)
    except ValueError:
        understood = False
    if not understood:  # such as a value of several lines
        raise InputError(
            f"{clean_path(paths.settings)} cannot be changed by a program", next_step="edit base_url and model in it"
        )
    paths.settings.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_atomically(paths.settings, text, OWNER_ONLY)
