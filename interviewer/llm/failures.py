"""Explains failures of servers: cause, next step and whether a retry helps, by the table data/failures.toml."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import chain
from math import inf
from types import MappingProxyType
from typing import Annotated, Literal

from interviewer.errors import GradingError
from interviewer.llm.capabilities import part_named
from interviewer.llm.error_report import ErrorReport, read_report, seconds_to_wait
from interviewer.llm.redaction import redact
from interviewer.models import FromList, Model
from interviewer.resources import load_toml
from interviewer.settings import Settings
from interviewer.text.clean import clean_line
from interviewer.text.secrets import without_keylike
from interviewer.text.words import duration

FailureKind = Literal[
    "request", "schema", "limit", "model", "unloaded", "size", "key", "credit", "access", "account", "region", "answer",
    "rate", "quota", "busy", "loading", "memory", "broken", "server", "address", "unspecified", "upstream", "other"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure: the cause, what to do, and whether another try makes sense."""

    cause: str
    """The cause in our words, the same for each failure of a kind."""
    next_step: str = ""
    transient: bool = False
    retry_after: float | None = None
    """Seconds that the server asked to wait."""
    until_deadline: bool = False
    """Tries are not counted: it will pass by itself, or the next one asks for less."""
    kind: FailureKind = "other"
    """The kind of failure: see data/failures.toml. A `request` in another form, with fewer parts, may be accepted."""
    part: str = ""
    """The optional part of the request (see capabilities.PARTS) that it is about, where it names one."""
    server_message: str = ""
    """The server's own words, on one line, without keys."""

    @property
    def limited(self) -> bool:
        """Whether the server asks for fewer requests."""
        return self.kind in {"rate", "quota", "busy"}

    @property
    def message(self) -> str:
        told = self.retry_after is not None and self.retry_after >= (1 if self.limited else 120)
        asked = f" and asks to wait {duration(self.retry_after or 0)}" if told else ""
        return f"{self.cause}{asked}" + (f": {self.server_message}" if self.server_message else "")


class LLMRequestError(GradingError):
    """A request that failed."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message, next_step=failure.next_step)
        self.failure = failure
        self.rate_limited = failure.kind in {"rate", "quota"}
        if failure.kind == "quota" and failure.retry_after is None:
            self.retry_after = inf


class FailurePolicy(Model):
    """What to tell the person about failures of one kind, and whether to retry."""

    cause: str
    next_step: str = ""
    transient: bool = False


class FailureRule(Model):
    """How a failure of one kind is recognised."""

    kind: FailureKind
    among: FailureKind | None = None
    """The kind that it is a special case of: it is looked for among failures of that kind only."""
    codes: Annotated[tuple[str, ...], FromList] = ()
    statuses: Annotated[tuple[str, ...], FromList] = ()
    words: Annotated[tuple[str, ...], FromList] = ()

    def fits(self, status: int, text: str) -> bool:
        """Tell whether an error with this status and text is of the kind."""
        if {str(status), f"{status // 100}xx", "any"}.isdisjoint(self.statuses):
            return False
        return not self.words or any(re.search(words, text, re.IGNORECASE) for words in self.words)


class FailureTable(Model):
    """The contents of data/failures.toml."""

    policies: dict[FailureKind, FailurePolicy]
    rules: Annotated[tuple[FailureRule, ...], FromList]


@lru_cache
def failure_table() -> FailureTable:
    """Return data/failures.toml, validated."""
    return FailureTable.model_validate(load_toml("failures.toml"))


LATER = "try again later"
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


def classify(report: ErrorReport, status: int, model: str) -> FailureKind:
    """Return the kind of an error; `status` is 0 where it tells none."""
    codes = report.codes | ({str(status)} if status else set())
    text = report.message.replace(model, "<model>") if model else report.message
    rules = [rule for rule in failure_table().rules if rule.among is None]
    by_code = (rule.kind for rule in rules if not codes.isdisjoint(rule.codes))
    by_status = (rule.kind for rule in rules if rule.fits(status, text))
    kind = next(chain(by_code, by_status))
    return next((rule.kind for rule in failure_table().rules if rule.among == kind and rule.fits(status, text)), kind)


def explain(
    report: ErrorReport, status: int, host: str, model: str | None, headers: Mapping[str, str] = MappingProxyType({})
) -> Failure:
    """Return what a failure means: by its codes, else by its status (0: unknown), and only then by its words."""
    if not 300 <= status < 600:
        told = [int(code) for code in sorted(report.codes) if re.fullmatch(r"[45]\d\d", code)]
        told += [known for known, codes in _STATUSES.items() if not report.codes.isdisjoint(codes.split())]
        status = next(iter(told), 0)
    kind, part = classify(report, status, model or ""), part_named(report.param) or part_named(report.message)
    # A refusal of a part may come as any status; but "stream" alone in a failure tells what broke off.
    broken = kind == "upstream" or (kind == "server" and status >= 500)
    refused = part != "stream" or re.search(r"(?:not|n't|un|no) ?(?:yet )?support", report.message, re.IGNORECASE)
    if part and (kind in {"account", "access", "address", "unspecified", "other"} or (broken and refused)):
        kind = "request"
    policy = failure_table().policies[kind]
    after = seconds_to_wait(headers, report, limited=kind in {"rate", "quota"})
    transient = policy.transient or (kind == "quota" and after is not None)
    return Failure(
        policy.cause.format(host=host, model=clean_line(model or "asked for", 80), status=status),
        policy.next_step,
        transient=transient,
        retry_after=(after or 1.0) if kind == "loading" else after if transient else None,
        until_deadline=kind in {"loading", "rate", "quota"},
        kind=kind,
        part=part,
        server_message=clean_line(report.message),
    )


def reported_failure(data: object, host: str) -> Failure:
    """Explain an error that came inside a 200, whole or as an event of a stream."""
    return explain(read_report(data, without_keylike), 0, host, None)


def recorded_failure(status: int, body: object, settings: Settings, model: str) -> Failure:
    """Explain the failure of one request of a batch, which came in a file."""
    return explain(read_report(body, partial(redact, settings=settings)), status, settings.host, model)
