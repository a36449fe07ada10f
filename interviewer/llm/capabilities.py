"""What a server and its model accept, remembered across runs so that no request has to fail first each time."""

import contextlib
import re
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from interviewer.models import Model


class Capabilities(Model):
    """Which optional parts of a request one model at one server accepts."""

    json_schema: bool = True
    temperature: bool = True
    logprobs: bool = True
    stream: bool = True
    stream_options: bool = True
    reasoning_effort: bool = False
    max_completion_tokens: bool = False
    transcript_details: bool = True
    """It can be asked how sure it is of a transcript."""

    def without(self, complaint: str) -> "Capabilities | None":
        """Return what is left after a server complained, or None when the complaint is about something else."""
        text = complaint.lower()
        if self.stream and "stream_options" in text:
            return self.model_copy(update={"stream_options" if self.stream_options else "stream": False})
        if self.stream and re.search(r"\bstream", text):  # whatever it does not go together with is worth more
            return self.model_copy(update={"stream": False})
        if self.logprobs and "logprob" in text:
            return self.model_copy(update={"logprobs": False})
        if self.temperature and "temperature" in text:
            return self.model_copy(update={"temperature": False})
        if self.reasoning_effort and "reasoning" in text:
            return self.model_copy(update={"reasoning_effort": False})
        if "max_tokens" in text and "max_completion_tokens" in text and not self.max_completion_tokens:
            return self.model_copy(update={"max_completion_tokens": True})
        if self.max_completion_tokens and "max_completion_tokens" in text:
            return self.model_copy(update={"max_completion_tokens": False})
        if self.json_schema and any(word in text for word in ("response_format", "json_schema", "schema", "grammar")):
            return self.model_copy(update={"json_schema": False})
        return None


_ALL = TypeAdapter(dict[str, Capabilities])
_REASONING = ("gpt-5", "gpt-6", "o1", "o3", "o4")


def default_capabilities(endpoint: str, model: str) -> Capabilities:
    """Return what a model may be expected to accept before it was ever asked."""
    if "api.openai.com" in endpoint:
        reasons = model.startswith(_REASONING)
        return Capabilities(temperature=not reasons, logprobs=not reasons, reasoning_effort=reasons, max_completion_tokens=True)
    return Capabilities()


def load_capabilities(file: Path, endpoint: str, model: str) -> Capabilities:
    """Return what was learned about a model at an endpoint, or what may be default_capabilities."""
    return _load(file).get(f"{endpoint} {model}") or default_capabilities(endpoint, model)


def save_capabilities(file: Path, endpoint: str, model: str, learned: Capabilities) -> None:
    """Keep what was learned. It only saves a request, so a folder that cannot be written is no failure."""
    known = _load(file) | {f"{endpoint} {model}": learned}
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = file.with_suffix(".new")
        fresh.write_bytes(_ALL.dump_json(known, indent=2))
        fresh.replace(file)


def _load(file: Path) -> dict[str, Capabilities]:
    try:
        return _ALL.validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return {}
