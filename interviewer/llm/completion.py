"""What a server sends back: from bytes that may be anything to the text of a reply, and the names of its models."""

import json
import re
from typing import Any

from interviewer.errors import GradingError
from interviewer.llm.error_report import read_report
from interviewer.llm.failures import Failure, LLMRequestError, reported_failure
from interviewer.llm.json_reply import InvalidReply, begun_object, json_object
from interviewer.llm.logprobs import Token, read_tokens
from interviewer.models import Model, Usage
from interviewer.text.clean import clean, clean_line

__all__ = ["Completion", "InvalidReply", "begun_object", "error_text", "json_object", "read_completion"]
_CUT_OFF = {"length", "max_tokens", "model_length", "max_output_tokens", "max_length", "max_new_tokens", "token_limit"}
_FILTERED = {"content_filter", "safety", "sensitive", "guardrail_intervened", "prohibited_content", "blocklist", "recitation"}
_FAILED = {"error", "network_error", "insufficient_system_resource", "abort", "aborted"}
_THOUGHTS = ("reasoning_content", "reasoning", "thinking", "reasoning_details")
_NO_CHAT = re.compile(
    r"embed|rerank|moderation|whisper|transcri|\btts\b|dall-?e|image|diffusion|\bclip\b|\b(?:bge|gte|e5|minilm|ocr|sora)\b",
    re.IGNORECASE,
)


class Completion(Model):
    """What matters of a chat completion."""

    content: str
    finish: str
    """Why it ended: `stop`, `length` when it was cut off, empty when the server does not say, or the server's own word."""
    usage: Usage
    tokens: tuple[Token, ...] = ()
    """What the reply is made of, where the server tells their probabilities."""
    reasoned: bool = False
    """The model thought before it replied: what cuts it off is taken by thoughts, too."""
    model: str = ""
    """The model that says it replied."""


def is_cut_off(finish: object) -> bool:
    """Tell whether a `finish_reason` says that the limit of tokens ended the reply."""
    return isinstance(finish, str) and finish.casefold() in _CUT_OFF


def fits_request(said: str, asked: str, before: str) -> bool:
    """Tell whether a reply of the model `said` answers a request to the model `asked`.

    Servers name aliases, versions and files, and routers choose a model; so a name that is no form of the one asked for fits
    as long as it is the one that replied `before` (empty: none did).
    """
    one, other = (re.sub(r"[^a-z0-9]", "", name.rpartition("/")[2].casefold()) for name in (said, asked))
    return not said or one in other or other in one or said == before or not before or "auto" in other


def read_completion(body: bytes, host: str = "the server") -> Completion:
    """Read a chat completion from the body of a 200 response.

    Raises:
        GradingError: it is something else; the message says what. An LLMRequestError where another try may help.
    """
    data = read_object(body, host)
    choices = data.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise GradingError(f"{host} sent a reply without an answer in it")
    if len(choices) > 1:
        raise _flawed(f"{host} sent {len(choices)} replies to one request")
    choice = choices[0]
    if choice.get("error"):
        raise LLMRequestError(reported_failure(choice, host))
    message = choice.get("message")
    message = message if isinstance(message, dict) else {}
    if isinstance(refusal := message.get("refusal"), str) and refusal:
        raise GradingError(f"the model declined: {clean_line(refusal)}")
    finish = choice.get("finish_reason")
    finish = finish.casefold() if isinstance(finish, str) else ""
    if finish in _FILTERED:
        raise GradingError("the server's content filter stopped the reply")
    if finish in _FAILED:
        raise _flawed(f"{host} reports that the reply broke off ({finish})")
    usage = data.get("usage")
    reasoned = _reasoned(message, usage)
    content = _content(message, finish)
    if not content and not is_cut_off(finish):
        instead = "only reasoning" if reasoned else "a tool call" if message.get("tool_calls") else ""
        what = f"the model replied with {instead} and no answer" if instead else "the model's reply was empty"
        raise GradingError(what, next_step="try another model: --model NAME")
    cleaned = clean(content)
    return Completion(
        content=cleaned,
        finish="length" if is_cut_off(finish) else finish,
        usage=_usage(usage),
        tokens=read_tokens(choice.get("logprobs"), content) if cleaned == content else (),
        reasoned=reasoned,
        model=clean_line(name, 120) if isinstance(name := data.get("model"), str) else "",
    )


def read_object(body: bytes, host: str = "the server") -> dict[str, Any]:
    """Read the JSON object in the body of a 200 response.

    Raises:
        GradingError: there is none, or it reports an error. An LLMRequestError where another try may help.
    """
    data = _json(body, host)
    if not isinstance(data, dict):
        raise GradingError(f"{host} sent a malformed reply")
    refused = isinstance(base := data.get("base_resp"), dict) and base.get("status_code") not in (0, None)
    alone = data.get("choices") is None and (data.get("object") == "error" or data.get("errors") or "detail" in data)
    if data.get("error") or data.get("type") == "error" or refused or alone:
        raise LLMRequestError(reported_failure(data, host))
    return data


def read_models(body: bytes, host: str = "the server") -> tuple[str, ...]:
    """Return the names in a list of models, those that can chat first.

    Raises:
        GradingError: it is no such list, or reports an error.
    """
    data = _json(body, host)
    if isinstance(data, dict):
        if data.get("error"):
            raise LLMRequestError(reported_failure(data, host))
        listed = data["data"] if "data" in data else data.get("models", 0)
        data = [] if listed is None else listed
    if not isinstance(data, list):
        raise GradingError(f"{host} has no list of models; is /v1 missing in the address?")
    chats: dict[str, bool] = {}
    for entry in data:
        name = next((entry[key] for key in ("id", "name", "model") if entry.get(key)), "") if isinstance(entry, dict) else entry
        if isinstance(name, str) and (name := clean_line(name, 120)):
            kind = str(entry.get("type") or entry.get("task") or "") if isinstance(entry, dict) else ""
            chats.setdefault(name, not _NO_CHAT.search(f"{name.replace('_', '-')} {kind}"))
    return tuple(sorted(chats, key=lambda name: not chats[name]))


def error_text(data: object) -> str:
    """Return the message of an error object, cleaned, on one line."""
    return read_report(data).said or "an error"


def _flawed(what: str) -> LLMRequestError:
    """Return the error for a reply that another try may do without."""
    return LLMRequestError(Failure(what, "try again later", transient=True, about="server"))


def _json(body: bytes, host: str) -> object:
    try:
        return json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        if body.lstrip()[:1] == b"<":
            what = "the address answers with a web page, not an OpenAI-compatible API; is /v1 missing?"
            raise GradingError(what) from None
        raise GradingError(f"{host} sent {'a malformed' if body.strip() else 'an empty'} reply") from None


def _content(message: dict[str, Any], finish: str) -> str:
    """Return the text of a message, which may come as a list of parts or as the object itself."""
    content = message.get("content")
    if isinstance(content, list):
        texts = [part.get("text") if isinstance(part, dict) else part for part in content if not _is_thought(part)]
        content = "".join(text for text in texts if isinstance(text, str))
    if isinstance(content, dict):
        content = json.dumps(content)
    if isinstance(content, str) and content.strip():
        return content
    # vLLM may take a reply without thoughts for thoughts. What merely mentions an object may be a draft.
    thoughts = next((said for name in _THOUGHTS if isinstance(said := message.get(name), str) and said.strip()), "")
    return thoughts if not is_cut_off(finish) and re.match(r"\s*(?:```\w*\s*)?\{", thoughts) else ""


def _is_thought(part: object) -> bool:
    return isinstance(part, dict) and str(part.get("type", "")).startswith(("think", "reason", "redacted"))


def _reasoned(message: dict[str, Any], usage: object) -> bool:
    details = usage.get("completion_tokens_details") if isinstance(usage, dict) else None
    counted = details.get("reasoning_tokens") if isinstance(details, dict) else None
    content = message.get("content")
    return (
        any(message.get(name) for name in _THOUGHTS)
        or (isinstance(counted, int) and counted > 0)
        or (isinstance(content, list) and any(map(_is_thought, content)))
        or (isinstance(content, str) and content.lstrip()[:8].lower().startswith(("<think", "[think")))
    )


def _usage(data: object) -> Usage:
    def count(name: str) -> int:
        value = data.get(name) if isinstance(data, dict) else None
        return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else 0

    return Usage(prompt_tokens=count("prompt_tokens"), completion_tokens=count("completion_tokens"), requests=1)
