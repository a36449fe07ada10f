"""What is stored: answers with their gradings, follow-ups and disputes, sessions, and questions to ask again."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Self

from pydantic import AwareDatetime, Field

from interviewer.models.base import (
    DEPTHS,
    Bar,
    Depth,
    FromList,
    Measure,
    Mode,
    Model,
    Prose,
    ReadingKind,
    Result,
    Slug,
    Text,
    Verdict,
)
from interviewer.models.grading import GraderInfo, Grading
from interviewer.models.question import Question
from interviewer.models.score import Score


class Exchange(Model):
    """A follow-up question and its answer."""

    follow_up: Text
    key_point: Slug
    """The point it is about."""
    answer: Prose
    """Empty if the follow-up was skipped."""
    created: AwareDatetime
    depth: Annotated[Depth | None, Field(exclude=True)] = None
    """The depth of a probe, kept in memory until the next one is asked; None for a follow-up of the bank."""


class Dispute(Model):
    """An objection to one verdict, and its result."""

    key_point: Slug
    argument: Text
    before: Verdict
    after: Verdict
    found: ReadingKind | None = None
    """What an unconfirmed estimate had found of the point."""
    reason: Text
    """Why the verdict changed or stayed."""
    grader: GraderInfo
    """The grader that judged the objection."""
    created: AwareDatetime


class Round(Model):
    """Which round of a drill an answer belongs to."""

    number: Annotated[int, Field(ge=1)]
    of: Annotated[int, Field(ge=1)]
    seconds: Annotated[int, Field(ge=1)]
    """The time for it, which ends the answer at a terminal; in a pipe there is no clock."""

    @classmethod
    def at(cls, number: int, seconds: Sequence[int]) -> Self:
        """Return the round with this number, from 1; one after the last has the time of the last."""
        return cls(number=number, of=len(seconds), seconds=seconds[min(number, len(seconds)) - 1])

    def __str__(self) -> str:
        return f"round {self.number} of {self.of}: {self.seconds} seconds"


class Attempt(Model):
    """One answer to one question, with the question as it was asked, and its latest grading."""

    id: int
    session: int
    question: Question
    answer: str
    created: AwareDatetime
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """The duration of the speech if `spoken`, else from the question on screen to the answer sent; None if not timed."""
    spoken: bool = False
    self_rating: Annotated[int, Field(ge=0, le=100)] | None = None
    """The score that the candidate expected before seeing it; None if not asked."""
    after_model_answer: bool = False
    """Whether the model answer was shown earlier in this session: such an answer counts in no mean and no schedule."""
    round: Round | None = None
    """The round of a drill; later rounds count in no mean and no schedule, since they have less time."""
    bar: Bar | None = None
    """The bar that its session is compared with, if any."""
    grading: Grading | None = None
    exchanges: Annotated[tuple[Exchange, ...], FromList] = ()
    disputes: Annotated[tuple[Dispute, ...], FromList] = ()

    @property
    def score(self) -> Score | None:
        """The score of its newest grading; None if there is none."""
        return self.grading.score if self.grading else None

    @property
    def measure(self) -> Measure | None:
        """The origin of its score: an LLM, the embedded grader, or the person; None without a score."""
        return self.grading.measure if self.grading and self.grading.score else None

    @property
    def unconfirmed(self) -> bool:
        """Whether its score is an estimate that the person has not confirmed."""
        return self.grading is not None and self.grading.score is not None and self.grading.unconfirmed

    @property
    def counts(self) -> bool:
        """Whether its score counts in means and schedules."""
        return not self.after_model_answer and (self.round is None or self.round.number == 1)

    @property
    def graded_text(self) -> str:
        """The answer and what was said to follow-ups: the text that is graded."""
        return "\n\n".join([self.answer, *(exchange.answer for exchange in self.exchanges if exchange.answer)])

    @property
    def depths(self) -> tuple[Depth, ...]:
        """The depths that the next follow-up may have: deeper than the last."""
        last = self.exchanges[-1].depth if self.exchanges else None
        return DEPTHS[DEPTHS.index(last) + 1 :] if last else DEPTHS

    @property
    def full_text(self) -> str:
        """All that was said, arguments of disputes included: the text that the spans of its grading point into."""
        return "\n\n".join([self.graded_text, *(dispute.argument for dispute in self.disputes)])


class PastGrading(Model):
    """One of the gradings of an attempt, all of which are kept."""

    created: AwareDatetime
    grading: Grading


class SessionOptions(Model):
    """The rules of a session, chosen before it begins."""

    mode: Mode = "practice"
    """`grade` is a single answer given to `interviewer grade`, `debrief` the transcript of a real interview."""
    follow_ups: Annotated[int, Field(ge=0)] = 0
    """The most follow-ups to one answer."""
    time_limit: Annotated[int, Field(ge=1)] | None = None
    """Seconds for each question."""
    rate: bool = False
    """Whether the person is asked to rate each answer before its score is shown."""
    rounds: Annotated[tuple[Annotated[int, Field(ge=1)], ...], FromList] = ()
    """The seconds of each round of a drill, in which the same question comes again."""
    bar: Bar | None = None
    """What its scores are compared with; None if no bar was chosen."""


class Session(SessionOptions):
    """One session: the questions planned, its rules, and when it began and ended."""

    id: int
    created: AwareDatetime
    question_ids: Annotated[tuple[Slug, ...], FromList]
    skipped: Annotated[tuple[Slug, ...], FromList] = ()
    finished: AwareDatetime | None = None


class Review(Model):
    """One graded answer as the scheduler sees it: which question, when, and its score."""

    question: Slug
    created: AwareDatetime
    kind: Measure
    overall: Annotated[int, Field(ge=0, le=100)]


class Outcome(Model):
    """What came of a round of real interviews, as the person noted it."""

    day: date
    result: Result
    note: Prose = ""
    """Which round it was, in the person's words; one of each day and note."""
    session: int | None = None
    """The session that its transcript was graded in."""
    created: AwareDatetime


class SavedQuestion(Model):
    """A question that somebody wants to come back to."""

    question: Slug
    created: AwareDatetime
