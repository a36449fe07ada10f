"""What a failure means, in words for a person: one table for whatever a server may answer."""

import re
from collections.abc import Container
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Literal, NamedTuple

from interviewer.errors import GradingError
from interviewer.llm.capabilities import part_named
from interviewer.llm.error_report import ErrorReport, read_report, seconds_to_wait
from interviewer.llm.redaction import redact, without_keylike
from interviewer.settings import Settings
from interviewer.text.clean import clean_line

About = Literal[
    "request", "schema", "limit", "model", "unloaded", "size", "key", "credit", "access", "account", "region", "answer",
    "rate", "busy", "loading", "memory", "server", "address", "report", "flaw", "other"
]  # fmt: skip


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
    """Tries are not counted: it will pass by itself, or the next one asks for less."""
    about: About = "other"
    """The kind of failure: see RULES. `request` is about what was asked in which form, which can be asked for in less."""
    part: str = ""
    """The optional part of the request (see capabilities.PARTS) that it is about, where it names one."""
    said: str = ""
    """The server's own words, on one line, without keys."""

    @property
    def limited(self) -> bool:
        """Whether the server asks for fewer requests."""
        return self.about in {"rate", "busy"}

    @property
    def message(self) -> str:
        asked = f" and asks to wait {self.after:.0f} seconds" if self.limited and self.after and self.after >= 1 else ""
        return f"{self.cause}{asked}" + (f": {self.said}" if self.said else "")


class LLMRequestError(GradingError):
    """A request that failed."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message, next_step=failure.next_step)
        self.failure = failure
        self.rate_limited = failure.about == "rate"


class Meaning(NamedTuple):
    """What is said of failures of one kind and done about them. `{host}`, `{model}` and `{status}` are filled in."""

    cause: str
    next_step: str = ""
    transient: bool = False


class Rule(NamedTuple):
    """How a failure of one kind is recognised: by a code; else by the status and, where there are any, by words."""

    about: About
    codes: str = ""
    """Codes, types and statuses that mean nothing else, wherever they stand."""
    statuses: Container[int] = ()
    """0: an error in a 200 that tells no status."""
    words: str = ""


LATER = "try again later"
MEANINGS: dict[About, Meaning] = {
    "limit": Meaning("{host} refuses a reply of that length", "set INTERVIEWER_MAX_TOKENS lower"),
    "size": Meaning("the answer is too long for this model", "shorten it, or use a model with a larger context"),
    "credit": Meaning("{host} is out of credit", "add credit there, then: interviewer regrade"),
    "answer": Meaning("{host} declines this answer", "say it in other words, or use another server"),
    "region": Meaning("{host} does not serve the place that you ask from", "use another server: OPENAI_BASE_URL"),
    "key": Meaning("{host} rejected the key", "check OPENAI_API_KEY"),
    "unloaded": Meaning("{host} has no model loaded", "load one there, or set INTERVIEWER_MODEL"),
    "model": Meaning("the model {model} was not found", "see which are: interviewer doctor"),
    "account": Meaning("{host} does not allow this", "see what your account and its policy settings there allow"),
    "access": Meaning("{host} does not allow this", "check OPENAI_API_KEY and what its account may use"),
    "request": Meaning("{host} refuses the request"),
    "schema": Meaning("the reply did not keep to the schema", "use a larger model", transient=True),
    "address": Meaning("{host} has no chat completions at this address", "does OPENAI_BASE_URL end in /v1?"),
    "memory": Meaning("{host} has too little memory for this model", "use a smaller model, or free memory there"),
    "busy": Meaning("{host} is overloaded", LATER, transient=True),
    "rate": Meaning("{host} limits the rate of requests", LATER, transient=True),
    "loading": Meaning("{host} is loading the model", transient=True),
    "server": Meaning("{host} failed with status {status}", LATER, transient=True),
    "flaw": Meaning("{host} reports", LATER, transient=True),
    "report": Meaning("{host} reports"),
    "other": Meaning("{host} answered with status {status}", "interviewer doctor"),
}
_FAILURES = range(500, 600)
# The first rule that fits by a code, else the first that fits by status and words. Sources: the error references of OpenAI,
# Anthropic, Google, Groq, OpenRouter, MiniMax and Zhipu, and what Ollama, llama.cpp, LM Studio, vLLM and TGI answer.
RULES = (
    Rule(
        "limit",
        statuses=(400, 422),
        words=r"max_(?:completion_|new_)?tokens\b(?!.*\bcontext).{0,60}(?:too large|at most|less than|exceed|maximum)",
    ),
    Rule(
        "size",
        "context_length_exceeded string_above_max_length request_too_large exceed_context_size_error tokens_limit_reached 413",
        (0, 400, 422, 500),
        r"context (?:length|window|size)|too long|too many (?:input |prompt )?tokens|exceed.{0,40}context"
        r"|maximum.{0,60}\btokens",
    ),
    Rule(
        "credit",
        "insufficient_quota insufficient_balance insufficient_credits billing_hard_limit_reached billing_not_active "
        "payment_required exceeded_current_quota_error arrearage 402 1113",
        (0, 400, 403, 429),
        r"insufficient.{0,20}(?:balance|credit|funds)|credit balance|(?:no|out of|all available|monthly included) credits"
        r"|spending limit|余额不足|欠费",
    ),
    Rule(
        "answer",
        "content_filter content_policy_violation moderation_blocked responsibleaipolicyviolation data_inspection_failed",
        (0, 400, 403, 422),
        r"moderation|flagged|content (?:filter|policy|management)|safety (?:system|filter|polic)|inappropriate content",
    ),
    Rule(
        "region",
        "unsupported_country_region_territory",
        (0, 400, 401, 403, 451),
        r"\b(?:country|territory|your region|location is not)\b",
    ),
    Rule(
        "key",
        "invalid_api_key api_key_invalid invalid_authentication invalid_token token_expired missing_api_key 1004 2049",
        (0, 400, 403, 422),
        r"\bkey\b.{0,40}(?:not valid|invalid|expired|missing|revoked|disabled|required)|login fail|unauthori[sz]ed"
        r"|(?:invalid|incorrect|expired|missing|no) (?:api|auth|access|secret|bearer|token|credential)",
    ),
    Rule("unloaded", "", range(400, 600), r"\bno models?\b.{0,20}\bloaded|please load a model"),
    Rule(
        "model",
        "model_not_found model_not_available model_deprecated model_decommissioned invalid_model unknown_model "
        "deploymentnotfound",
        (0, 400, 422),
        r"(?:\bmodel\b|<model>).{0,60}(?:not (?:found|exist|available|a valid)|no longer|deprecated|decommissioned)"
        r"|(?:invalid|unknown|no such) model",
    ),
    Rule(
        "account",
        "access_denied insufficient_permissions account_deactivated",
        (401, 403, 404),
        r"\b(?:scopes?|permissions?|polic\w+|privacy|not allowed|have access|forbidden|verified|deactivated|suspended)\b",
    ),
    Rule("key", statuses=(401,)),
    Rule("request", "", (404,), r"\bparameters?\b"),
    Rule("model", "", (404,), r"\bmodel\b|<model>"),
    Rule("address", statuses=(404, 405)),
    Rule(
        "memory",
        "",
        (0, 400, *_FAILURES),
        r"(?:more|enough|insufficient|out of|less) (?:(?:system|gpu|video|free) )?memory|unable to allocate",
    ),
    Rule(
        "busy",
        "overloaded_error overloaded engine_overloaded engine_overloaded_error model_overloaded 529",
        (0, *_FAILURES),
        r"overload|(?:over|at|no|out of) (?:\w+ )?capacity|high (?:demand|load|traffic)|\bbusy\b|no (?:\w+ )?slots?\b",
    ),
    Rule(
        "rate",
        "rate_limit_exceeded rate_limit_reached too_many_requests slow_down throttling throttlingexception 429",
        (0, 403, *_FAILURES),
        r"rate.?limit|too many requests|throttl|quota exceeded|per minute",
    ),
    Rule("loading", "", (0, 503), r"(?<!to )(?<!error )(?<!fail )\bload(?:ing)?\b|being loaded|(?:warm|start)ing up|not ready"),
    Rule("schema", "json_validate_failed"),
    Rule("access", statuses=(403,)),
    Rule("request", statuses=(400, 422, 501)),
    Rule("server", statuses=(408, 409, 425, 499, *_FAILURES)),
    Rule(
        "flaw",
        "",
        (0,),
        r"internal|upstream|provider|disconnect|unavailable|tim(?:ed?|ing) ?out|timeout|connection|again|server.?error",
    ),
    Rule("report", statuses=(0,)),
    Rule("other", statuses=range(600)),
)
# What the status would have been, for errors that come inside a 200.
_STATUSES = {
    400: "invalid_request_error invalid_argument badrequesterror",
    401: "authentication_error unauthenticated",
    403: "permission_error permission_denied",
    404: "not_found_error not_found",
    429: "rate_limit_error resource_exhausted",
    500: "server_error api_error internal internalservererror",
    503: "unavailable deadline_exceeded",
}


def about(report: ErrorReport, status: int, model: str) -> About:
    """Return the kind of an error; `status` is 0 where it tells none."""
    codes = report.codes | ({str(status)} if status else set())
    text = report.said.replace(model, "<model>") if model else report.said
    by_code = (rule.about for rule in RULES if not codes.isdisjoint(rule.codes.split()))
    by_status = (
        rule.about
        for rule in RULES
        if status in rule.statuses and (not rule.words or re.search(rule.words, text, re.IGNORECASE))
    )
    return next(chain(by_code, by_status))


def explain(report: ErrorReport, status: int, host: str, model: str | None, after: float | None = None) -> Failure:
    """Return what a failure means: by its codes, else by its status (0: unknown), and only then by its words."""
    if not 300 <= status < 600:
        told = [int(code) for code in sorted(report.codes) if re.fullmatch(r"[45]\d\d", code)]
        told += [known for known, codes in _STATUSES.items() if not report.codes.isdisjoint(codes.split())]
        status = next(iter(told), 0)
    kind, part = about(report, status, model or ""), part_named(report.param) or part_named(report.said)
    # A refusal of a part may come as any status; but "stream" in a failure tells what broke off.
    broken = kind == "flaw" or (kind == "server" and status >= 500)
    if part and (kind in {"account", "access", "address", "report", "other"} or (broken and part != "stream")):
        kind = "request"
    meaning = MEANINGS[kind]
    return Failure(
        meaning.cause.format(host=host, model=clean_line(model or "asked for", 80), status=status),
        meaning.next_step,
        transient=meaning.transient,
        after=(after or 1.0) if kind == "loading" else after if meaning.transient else None,
        patient=kind in {"loading", "rate"},
        about=kind,
        part=part,
        said=report.said,
    )


def reported_failure(data: object, host: str) -> Failure:
    """Explain an error that came inside a 200, whole or as an event of a stream."""
    report = read_report(data, without_keylike)
    return explain(report, 0, host, None, seconds_to_wait({}, report))


def recorded_failure(status: int, body: object, settings: Settings, model: str) -> Failure:
    """Explain the failure of one request of a batch, which came in a file."""
    return explain(read_report(body, partial(redact, settings=settings)), status, settings.host, model)
