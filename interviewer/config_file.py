"""Changing config.toml by a command: the server that grades; what a person wrote there stays as it is."""

import json
import tomllib

from interviewer.context import Paths
from interviewer.errors import InputError
from interviewer.settings import UserConfig, check_address, read_config
from interviewer.text.atomic_write import OWNER_ONLY, write_atomically
from interviewer.text.clean import clean_line, clean_path


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
