"""What a failure means, in words for a person: one table for whatever a server may answer."""

import re
from collections.abc import Container
from dataclasses import dataclass
from typing import Literal

from interviewer.errors import GradingError
from interviewer.llm.capabilities import part_named
from interviewer.llm.error_report import ErrorReport, read_report, seconds_to_wait
from interviewer.text.clean import clean_line

_KEYLIKE = re.compile(
    r"\b(?:(?:sk|pk|rk|gsk|xai|nvapi|pplx)[-_]|(?:(?:key|hf)[-_]|Bearer\s+|AIza|eyJ)(?=[\w*.-]*[\d*]))[\w*.-]{6,}",
    re.IGNORECASE,
)
About = Literal[
    "request", "schema", "limit", "model", "size", "key", "credit", "access", "answer", "rate", "server", "address", ""
]


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure: the cause, what to do, and whether another try makes sense."""

    cause: str
    """In our words, the same for each failure of a kind."""
    next_step: str = ""
    transient: bool = False
    after: float | None = None
    """Seconds that the server asked to wait."""
    patient: bool = False
    """It will pass by itself, so wait until the deadline instead of counting tries."""
    limited: bool = False
    """The server asked for fewer requests."""
    counts: bool = True
    """It speaks against the server: many in a row mean that the next row will fare no better."""
    about: About = ""
    """What the server did not accept. `request`: some part of it; `schema`: it could not keep to the schema this time;
    `limit`: the number of tokens asked for; `size`: the prompt; `answer`: what the candidate wrote."""
    part: str = ""
    """The optional part of the request (see capabilities.PARTS) that it is about, where it names one."""
    said: str = ""
    """The server's own words, on one line, without keys."""

    @property
    def message(self) -> str:
        asked = f" and asks to wait {self.after:.0f} seconds" if self.limited and self.after and self.after >= 1 else ""
        return f"{self.cause}{asked}" + (f": {self.said}" if self.said else "")


class LLMRequestError(GradingError):
    """A request that failed."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message, next_step=failure.next_step)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class _Rule:
    """A meaning of failures. It fits by a code of theirs; else by the status and, where it has any, by words."""

    cause: str
    """`{host}`, `{model}` and `{status}` are filled in."""
    next_step: str = ""
    codes: str = ""
    """Codes, types and statuses that mean nothing else, wherever they stand."""
    statuses: Container[int] = ()
    """0: an error in a 200 that tells no status."""
    words: str = ""
    about: About = ""
    transient: bool = False
    patient: bool = False
    limited: bool = False
    counts: bool = True


_REFUSALS = (0, 400, 404, 405, 422, 501)
_FAILURES = (0, *range(500, 600))
LATER = "try again later"
_REGRADE = "add credit there, then: interviewer regrade"
_SMALLER = "shorten it, or use a model with a larger context"
_MODELS = "see which are: interviewer doctor"
# The first rule that fits by a code, else the first that fits by status and words. Sources: the error references of OpenAI,
# Anthropic, Google, Groq, OpenRouter, MiniMax and Zhipu, and what Ollama, llama.cpp, LM Studio, vLLM and TGI answer.
RULES = (
    _Rule(
        "{host} refuses a reply of that length",
        "set INTERVIEWER_MAX_TOKENS lower",
        statuses=(400, 422),
        words=r"max_(?:completion_|new_)?tokens\b(?!.*\bcontext).{0,60}(?:too large|at most|less than|exceed|maximum)",
        about="limit",
    ),
    _Rule(
        "the answer is too long for this model",
        _SMALLER,
        codes="context_length_exceeded string_above_max_length request_too_large exceed_context_size_error "
        "tokens_limit_reached 413",
        statuses=(0, 400, 422, 500),
        words=r"context (?:length|window|size)|too long|too many (?:input |prompt )?tokens|exceed.{0,40}context"
        r"|maximum.{0,60}\btokens",
        about="size",
        counts=False,
    ),
    _Rule(
        "{host} is out of credit",
        _REGRADE,
        codes="insufficient_quota insufficient_balance insufficient_credits billing_hard_limit_reached billing_not_active "
        "payment_required exceeded_current_quota_error arrearage 402 1113",
        statuses=(0, 400, 403, 429),
        words=r"insufficient.{0,20}(?:balance|credit|funds)|credit balance|(?:no|out of|all available|monthly included) credits"
        r"|spending limit|余额不足|欠费",
        about="credit",
    ),
    _Rule(
        "{host} declines this answer",
        "say it in other words, or use another server",
        codes="content_filter content_policy_violation moderation_blocked responsibleaipolicyviolation data_inspection_failed",
        statuses=(0, 400, 403, 422),
        words=r"moderation|flagged|content (?:filter|policy|management)|safety (?:system|filter|polic)|inappropriate content",
        about="answer",
        counts=False,
    ),
    _Rule(
        "{host} does not serve the place that you ask from",
        "use another server: OPENAI_BASE_URL",
        codes="unsupported_country_region_territory",
        statuses=(0, 400, 401, 403, 451),
        words=r"\b(?:country|territory|your region|location is not)\b",
        about="access",
    ),
    _Rule(
        "{host} rejected the key",
        "check OPENAI_API_KEY",
        codes="invalid_api_key api_key_invalid invalid_authentication invalid_token token_expired missing_api_key 1004 2049",
        statuses=(0, 400, 403, 422),
        words=r"\bkey\b.{0,40}(?:not valid|invalid|expired|missing|revoked|disabled|required)|login fail|unauthori[sz]ed"
        r"|(?:invalid|incorrect|expired|missing|no) (?:api|auth|access|secret|bearer|token|credential)",
        about="key",
    ),
    _Rule(
        "{host} has no model loaded",
        "load one there, or set INTERVIEWER_MODEL",
        statuses=range(400, 600),
        words=r"\bno models?\b.{0,20}\bloaded|please load a model",
        about="access",
    ),
    _Rule(
        "the model {model} was not found",
        _MODELS,
        codes="model_not_found model_not_available model_deprecated model_decommissioned invalid_model unknown_model "
        "deploymentnotfound",
        statuses=(0, 400, 422),
        words=r"(?:\bmodel\b|<model>).{0,60}(?:not (?:found|exist|available|a valid)|no longer|deprecated|decommissioned)"
        r"|(?:invalid|unknown|no such) model",
        about="model",
    ),
    _Rule(
        "{host} does not allow this",
        "see what your account and its policy settings there allow",
        codes="access_denied insufficient_permissions account_deactivated",
        statuses=(401, 403, 404),
        words=r"\b(?:scopes?|permissions?|polic\w+|privacy|not allowed|have access|forbidden|verified|deactivated|suspended)\b",
        about="access",
    ),
    _Rule("{host} rejected the key", "check OPENAI_API_KEY", statuses=(401,), about="key"),
    _Rule("{host} does not allow this", "check OPENAI_API_KEY and what its account may use", statuses=(403,), about="access"),
    _Rule("{host} refuses the request", statuses=(404,), words=r"\bparameters?\b", about="request"),
    _Rule("the model {model} was not found", _MODELS, statuses=(404,), words=r"\bmodel\b|<model>", about="model"),
    _Rule(
        "{host} has no chat completions at this address",
        "does OPENAI_BASE_URL end in /v1?",
        statuses=(404, 405),
        about="address",
    ),
    _Rule(
        "{host} has too little memory for this model",
        "use a smaller model, or free memory there",
        statuses=(0, 400, *range(500, 600)),
        words=r"(?:more|enough|insufficient|out of|less) (?:(?:system|gpu|video|free) )?memory|unable to allocate",
        about="server",
    ),
    _Rule(
        "{host} is overloaded",
        LATER,
        codes="overloaded_error overloaded engine_overloaded engine_overloaded_error model_overloaded 529",
        statuses=_FAILURES,
        words=r"overload|(?:over|at|no|out of) (?:\w+ )?capacity|high (?:demand|load|traffic)|\bbusy\b|no (?:\w+ )?slots?\b",
        about="rate",
        transient=True,
        limited=True,
    ),
    _Rule(
        "{host} limits the rate of requests",
        LATER,
        codes="rate_limit_exceeded rate_limit_reached too_many_requests slow_down throttling throttlingexception 429",
        statuses=(0, 403, *range(500, 600)),
        words=r"rate.?limit|too many requests|throttl|quota exceeded|per minute",
        about="rate",
        transient=True,
        limited=True,
        counts=False,
    ),
    _Rule(
        "{host} is loading the model",
        statuses=(0, 503),
        words=r"(?<!to )(?<!error )(?<!fail )\bload(?:ing)?\b|being loaded|(?:warm|start)ing up|not ready",
        about="server",
        transient=True,
        patient=True,
    ),
    _Rule(
        "the reply did not keep to the schema",
        "use a larger model",
        codes="json_validate_failed",
        about="schema",
        transient=True,
    ),
    _Rule("{host} refuses the request", statuses=(400, 422, 501), about="request"),
    _Rule(
        "{host} failed with status {status}",
        LATER,
        statuses=(408, 409, 425, 499, *range(500, 600)),
        about="server",
        transient=True,
    ),
    _Rule(
        "{host} reports",
        LATER,
        statuses=(0,),
        words=r"internal|upstream|provider|disconnect|unavailable|tim(?:ed?|ing) ?out|timeout|connection|again|server.?error",
        about="server",
        transient=True,
    ),
    _Rule("{host} reports", statuses=(0,)),
    _Rule("{host} answered with status {status}", "interviewer doctor", statuses=range(600)),
)
# What a status would have said, for errors that come inside a 200.
_STATUS_OF = {
    "invalid_request_error": 400,
    "invalid_argument": 400,
    "badrequesterror": 400,
    "authentication_error": 401,
    "unauthenticated": 401,
    "permission_error": 403,
    "permission_denied": 403,
    "not_found_error": 404,
    "not_found": 404,
    "rate_limit_error": 429,
    "resource_exhausted": 429,
    "server_error": 500,
    "api_error": 500,
    "internal": 500,
    "internalservererror": 500,
    "unavailable": 503,
    "deadline_exceeded": 504,
}


def _find(report: ErrorReport, status: int, model: str) -> _Rule:
    codes = report.codes | ({str(status)} if status else set())
    text = report.said.replace(model, "<model>") if model else report.said
    by_code = (rule for rule in RULES if not codes.isdisjoint(rule.codes.split()))
    by_status = (
        rule for rule in RULES if status in rule.statuses and (not rule.words or re.search(rule.words, text, re.IGNORECASE))
    )
    return next(by_code, None) or next(by_status)


def explain(report: ErrorReport, status: int, host: str, model: str | None, after: float | None = None) -> Failure:
    """Return what a failure means: by its codes, else by its status (0: unknown), and only then by its words."""
    if not 300 <= status < 600:
        numbers = [int(code) for code in sorted(report.codes) if re.fullmatch(r"[45]\d\d", code)]
        status = next(iter(numbers or [_STATUS_OF[code] for code in sorted(report.codes) if code in _STATUS_OF]), 0)
    rule = _find(report, status, model or "")
    part = part_named(report.param) or part_named(report.said)
    about = rule.about
    cause = rule.cause.format(host=host, model=clean_line(model or "asked for", 80), status=status)
    if part and about in {"access", "address", "request"} and status in {401, 403, *_REFUSALS}:
        about, cause = "request", f"{host} refuses the request"
    elif part and part != "stream" and about == "server" and status >= 500:  # there "stream" is what broke off
        about = "request"
    return Failure(
        cause,
        rule.next_step if about != "request" else "",
        transient=rule.transient and about != "request",
        after=(after or 1.0) if rule.patient else after if rule.transient else None,
        patient=rule.patient,
        limited=rule.limited,
        counts=rule.counts,
        about=about,
        part=part,
        said=report.said,
    )


def reported_failure(data: object, host: str) -> Failure:
    """Explain an error that came inside a 200, whole or as an event of a stream."""
    report = read_report(data, without_keylike)
    return explain(report, 0, host, None, seconds_to_wait({}, report))


def without_keylike(text: str) -> str:
    """Return a text without what looks like a key."""
    return _KEYLIKE.sub("…", text)
