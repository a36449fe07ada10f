"""Reads the bytes that a server sends: a reply with its `logprobs`, or a list of models. Anything may be in them."""

import json
import math
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from interviewer.errors import GradingError
from interviewer.llm.error_report import read_report
from interviewer.llm.failures import LATER, Failure, LLMRequestError, reported_failure
from interviewer.models import Model, Usage
from interviewer.text.clean import clean, clean_line

_CUT_OFF = {"length", "max_tokens", "model_length", "max_output_tokens", "max_length", "max_new_tokens", "token_limit"}
_FILTERED = {"content_filter", "safety", "sensitive", "guardrail_intervened", "prohibited_content", "blocklist", "recitation"}
_FAILED = {"error", "network_error", "insufficient_system_resource", "abort", "aborted"}
_THOUGHTS = ("reasoning_content", "reasoning", "thinking", "reasoning_details")
_NO_CHAT = re.compile(
    r"embed|rerank|moderation|whisper|transcri|\btts\b|dall-?e|image|diffusion|\bclip\b|\b(?:bge|gte|e5|minilm|ocr|sora)\b",
    re.IGNORECASE,
)


class Token(NamedTuple):
    """A piece of a reply, and the probability of each text that the server considered in its place."""

    text: str
    alternatives: dict[str, float]


class Completion(Model):
    """The parts of a chat completion that are used."""

    content: str
    finish: str
    """Why it ended: `stop`, `length` when it was cut off, empty when the server does not say, or the server's own word."""
    usage: Usage
    tokens: tuple[Token, ...] = ()
    """The tokens of the reply, where the server tells their probabilities."""
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
    as long as it is the one that replied `before` (empty: no model has).
    """
    one, other = (re.sub(r"[^a-z0-9]", "", name.rpartition("/")[2].casefold()) for name in (said, asked))
    return not said or one in other or other in one or said == before or not before or "auto" in other


def read_completion(body: bytes, host: str = "the server") -> Completion:
    """Read a chat completion from the body of a 200 response.

    Raises:
        GradingError: it is something else; the message says what, `usage` what it cost. An LLMRequestError where another try
            may help.
    """
    data = read_object(body, host)
    usage = _usage(data.get("usage"))
    try:
        return _completion(data, usage, host)
    except GradingError as error:
        error.usage = usage
        raise


def _completion(data: dict[str, Any], usage: Usage, host: str) -> Completion:
    choices = data.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise GradingError(f"{host} sent a reply without an answer in it")
    if len(choices) > 1:
        raise transient_error(f"{host} sent {len(choices)} replies to one request")
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
        raise transient_error(f"{host} reports that the reply broke off ({finish})")
    reasoned = _reasoned(message, data.get("usage"))
    content = _content(message, finish)
    if not content and not is_cut_off(finish):
        instead = "only reasoning" if reasoned else "a tool call" if message.get("tool_calls") else ""
        what = f"the model replied with {instead} and no answer" if instead else "the model's reply was empty"
        raise GradingError(what, next_step="try another model: --model NAME")
    cleaned = clean(content)
    return Completion(
        content=cleaned,
        finish="length" if is_cut_off(finish) else finish,
        usage=usage,
        tokens=read_logprobs(choice.get("logprobs"), content) if cleaned == content else (),
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
    told = any(isinstance(data.get(name), str) for name in ("message", "msg", "error_msg"))
    alone = data.get("choices") is None and (data.get("object") == "error" or data.get("errors") or "detail" in data or told)
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
    return read_report(data).message or "an error"


def transient_error(what: str) -> LLMRequestError:
    """Return the error for a reply with a flaw that another try may not have."""
    return LLMRequestError(Failure(what, LATER, transient=True, kind="server"))


def _json(body: bytes, host: str) -> object:
    try:
        return json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        if body.lstrip()[:1] == b"<":
            what = "the address answers with a web page, not an OpenAI-compatible API; is /v1 missing?"
            raise GradingError(what) from None
        raise GradingError(f"{host} sent {'a malformed' if body.strip() else 'an empty'} reply") from None


def _content(message: dict[str, Any], finish: str) -> str:
    if (content := content_text(message.get("content"))).strip():
        return content
    # vLLM may take a reply without thoughts for thoughts. What merely mentions an object may be a draft.
    thoughts = next((said for name in _THOUGHTS if isinstance(said := message.get(name), str) and said.strip()), "")
    return thoughts if not is_cut_off(finish) and re.match(r"\s*(?:```\w*\s*)?\{", thoughts) else ""


def content_text(content: object) -> str:
    """Return the text of a message's content, which may come as a list of parts or as the object itself."""
    if isinstance(content, list):
        texts = [part.get("text") if isinstance(part, dict) else part for part in content if not is_thought(part)]
        return "".join(text for text in texts if isinstance(text, str))
    if isinstance(content, dict):
        return json.dumps(content)
    return content if isinstance(content, str) else ""


def is_thought(part: object) -> bool:
    """Tell whether a part of a message's content is what the model thought before it replied."""
    return isinstance(part, dict) and str(part.get("type", "")).startswith(("think", "reason", "redacted"))


def _reasoned(message: dict[str, Any], usage: object) -> bool:
    details = usage.get("completion_tokens_details") if isinstance(usage, dict) else None
    counted = details.get("reasoning_tokens") if isinstance(details, dict) else None
    content = message.get("content")
    return (
        any(message.get(name) for name in _THOUGHTS)
        or (isinstance(counted, int) and counted > 0)
        or (isinstance(content, list) and any(map(is_thought, content)))
        or (isinstance(content, str) and content.lstrip()[:8].lower().startswith(("<think", "[think")))
    )


def _usage(data: object) -> Usage:
    def count(name: str) -> int:
        value = data.get(name) if isinstance(data, dict) else None
        return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else 0

    return Usage(prompt_tokens=count("prompt_tokens"), completion_tokens=count("completion_tokens"), requests=1)


def read_logprobs(data: object, content: str) -> tuple[Token, ...]:
    """Read the `logprobs` of a chat completion whose text is `content`; empty if they are not what they should be.

    The tokens returned begin where `content` does, so that a place in it can be found among them. Some servers list tokens
    that they have cut off the text: a code fence before it, the end of the turn after it.
    """
    entries = data.get("content") if isinstance(data, dict) else None
    if not isinstance(entries, list):
        return ()
    tokens = tuple(_read_token(entry) for entry in entries if isinstance(entry, dict))
    skipped = "".join(token.text for token in tokens).find(content)
    if skipped < 0:
        return ()
    kept: list[Token] = []
    for token in tokens:
        if skipped < len(token.text) or not token.text:
            kept.append(token._replace(text=token.text[skipped:]) if skipped else token)
        skipped = max(0, skipped - len(token.text))
    return tuple(kept)


def choice_probabilities(tokens: Sequence[Token], place: int, choices: Sequence[str]) -> dict[str, float]:
    """Return the probability of each choice at a place in the reply, summing to 1; empty where it is not known.

    Tokens need not end where words do: one that fits several choices (`co` of covered and contradicted) decides nothing
    yet, and the next one is looked at.
    """
    found = dict.fromkeys(choices, 0.0)
    start, share, said = 0, 1.0, ""
    for token in tokens:
        end = start + len(token.text)
        if end > place:
            before = token.text[: max(0, place - start)]
            open_ = 0.0
            for text, probability in token.alternatives.items():
                if not text.startswith(before):
                    continue
                fitting = _fitting(said + text[len(before) :], choices)
                if len(fitting) == 1:
                    found[fitting[0]] += share * probability
                elif text == token.text:
                    open_ = probability
            said += token.text[len(before) :]
            if not open_ or len(_fitting(said, choices)) < 2:
                break
            share *= open_
        start = end
    total = sum(found.values())
    return {choice: chance / total for choice, chance in found.items()} if total > 0 else {}


def _fitting(text: str, choices: Sequence[str]) -> list[str]:
    return [choice for choice in choices if text and (choice.startswith(text) or text.startswith(choice))]


def _read_token(entry: dict[str, object]) -> Token:
    listed = entry.get("top_logprobs")
    options = [option for option in [entry, *(listed if isinstance(listed, list) else [])] if isinstance(option, dict)]
    alternatives: dict[str, float] = {}
    for option in options:
        text, chance = option.get("token"), option.get("logprob")
        if isinstance(text, str) and isinstance(chance, int | float) and not isinstance(chance, bool) and chance <= 0:
            alternatives[text] = math.exp(chance)
    text = entry.get("token")
    return Token(text if isinstance(text, str) else "", alternatives)
