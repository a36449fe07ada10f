"""A session without its screen: which questions are left, and how answers are saved, graded and disputed."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from interviewer.context import Context
from interviewer.errors import GradingError, InputError
from interviewer.grading.confirmation import confirmed
from interviewer.grading.dispute import Objection, improves, resolve
from interviewer.grading.grade import embedded_grader, grade_answer
from interviewer.grading.grader import Grader, VerdictsCallback
from interviewer.grading.rescore import rescore, rescore_by_person
from interviewer.grading.segment import clean_answer, segment
from interviewer.models import (
    ANSWER_LIMIT,
    Attempt,
    Dispute,
    Exchange,
    FollowUp,
    Grading,
    KeyPoint,
    PointVerdict,
    Probe,
    Question,
    Round,
    Score,
    Session,
    Verdict,
)
from interviewer.practice.follow_up_choice import Patience, find_follow_up
from interviewer.practice.proposals import Proposals
from interviewer.storage.store import Store
from interviewer.text.clean import clean


@dataclass(frozen=True, slots=True)
class SessionRunner:
    """A session under way: its store, its questions, and the grader of its answers."""

    context: Context
    store: Store
    session: Session
    questions: tuple[Question, ...]
    grader: Grader
    proposals: Proposals | None = None
    """Where an LLM proposes key points for questions without any."""
    patience: Patience = field(default_factory=Patience)

    async def warm(self) -> None:
        """Load what is heavy while the first answer is typed. Never fails."""
        graders = [self.grader]
        if self.session.follow_ups and embedded_grader() is not self.grader:
            graders.append(embedded_grader())
        await asyncio.gather(*(grader.warm() for grader in graders))

    def prepare(self, question: Question) -> None:
        """Have key points proposed while the person answers, if the question has none."""
        if self.proposals:
            self.proposals.begin(self.grader, question)

    async def close(self) -> None:
        """Stop what runs in the background, and close the grader."""
        if self.proposals:
            await self.proposals.close()
        await self.grader.close()

    @property
    def next_step(self) -> str:
        """The command to go on with after the session was left: for a question, for a grade, to confirm one, or to see it."""
        if self.is_open():
            return f"go on: interviewer resume {self.session.id}"
        attempts = self.store.attempts(self.session.id)
        if ungraded(attempts):
            return f"grade what was answered: interviewer regrade {self.session.id}"
        if any(attempt.unconfirmed for attempt in attempts):
            return f"confirm its estimates: interviewer confirm {self.session.id}"
        return f"see it: interviewer show {self.session.id}"

    def remaining(self) -> tuple[Question, ...]:
        """Return the questions that were neither answered nor skipped, or whose answer was begun again."""
        current = self.store.session(self.session.id)
        answers = Counter(attempt.question.id for attempt in self.store.attempts(self.session.id))
        rounds = len(self.session.rounds) or 1
        done = {name for name, count in answers.items() if count >= rounds} - self.store.drafts(self.session.id)
        # What was typed before /skip is kept, but does not open the question again.
        return tuple(question for question in self.questions if question.id not in done | set(current.skipped))

    def next_round(self, question: Question) -> Round | None:
        """Return which round of a drill the next answer to a question is; None outside of drills."""
        rounds = self.session.rounds
        return Round.at(len(self.store.attempts(self.session.id, question.id)) + 1, rounds) if rounds else None

    def is_open(self) -> bool:
        """Return whether something is left to do: a question, or the debrief of an interview that was left before it."""
        before_debrief = (
            self.session.mode in {"interview", "debrief"}
            and self.session.finished is None
            and bool(self.store.attempts(self.session.id))
        )
        return before_debrief or (self.session.mode != "debrief" and bool(self.remaining()))

    async def save_answer(self, question: Question, text: str, seconds: float | None, *, spoken: bool = False) -> Attempt:
        """Write an answer to disk; it is durable when this returns. For a spoken answer, `seconds` is the length of the speech.

        Raises:
            InputError: the answer is empty or too long.
            StoreError: it could not be written.
        """
        answer, place = clean_answer(text), self.next_round(question)
        attempt = await asyncio.to_thread(
            self.store.add_attempt, self.session.id, question, answer, self.context.now(), seconds, spoken=spoken
        )
        return attempt.model_copy(update={"round": place, "bar": self.session.bar})

    async def grade(
        self, attempt: Attempt, on_verdicts: VerdictsCallback | None = None, grader: Grader | None = None
    ) -> Attempt:
        """Grade an answer with its follow-ups, and store the result, be it a score or the reason why there is none.

        `grader` stands in for that of the session.

        Raises:
            GradingError: an attempt that has a score could not be graded again; nothing is stored.
        """
        answer = segment(attempt.graded_text)
        on_verdicts = on_verdicts or _unwatched
        if self.proposals and grader is None:
            result = await self.proposals.grade(self.grader, attempt.question, answer, on_verdicts)
        else:
            question = self.proposals.known(attempt.question) if self.proposals else attempt.question
            result = await grade_answer(grader or self.grader, question, answer, on_verdicts)
        if result.reason is not None and attempt.score is not None:
            raise GradingError(result.reason)
        result = _with_verdicts_of(attempt, result)
        if result.score is not None and result.score.follow_up in {exchange.follow_up for exchange in attempt.exchanges}:
            result = result.model_copy(update={"score": result.score.model_copy(update={"follow_up": ""})})
        await asyncio.to_thread(self.store.add_grading, attempt.id, result, self.context.now())
        return attempt.model_copy(update={"grading": result.model_copy(update={"raw": None})})

    async def mark_ungraded(self, attempt: Attempt, reason: str) -> Attempt:
        """Store the reason why an answer is not to be graded yet."""
        result = Grading.ungraded(attempt.question.id, self.grader.info, reason)
        await asyncio.to_thread(self.store.add_grading, attempt.id, result, self.context.now())
        return attempt.model_copy(update={"grading": result})

    async def follow_up(self, attempt: Attempt) -> FollowUp | None:
        """Return the follow-up to an answer, if there is one."""
        question = self.proposals.known(attempt.question) if self.proposals else attempt.question
        return await find_follow_up(self.grader, attempt, question, self.patience)

    async def add_follow_up(self, attempt: Attempt, follow_up: FollowUp) -> Attempt:
        """Store a follow-up before it is answered."""
        when = self.context.now()
        await asyncio.to_thread(self.store.add_follow_up, attempt.id, follow_up.text, follow_up.key_point, when)
        depth = follow_up.depth if isinstance(follow_up, Probe) else None
        exchange = Exchange(follow_up=follow_up.text, key_point=follow_up.key_point, answer="", created=when, depth=depth)
        return attempt.model_copy(update={"exchanges": (*attempt.exchanges, exchange)})

    def save_follow_up_draft(self, attempt: Attempt, text: str) -> None:
        """Store the answer to the latest follow-up as far as it is typed; what is too long to be graded is cut off."""
        room = max(0, ANSWER_LIMIT - len(attempt.graded_text) - len("\n\n"))
        self.store.save_follow_up_answer(attempt.id, text[:room])

    async def save_follow_up(self, attempt: Attempt, text: str) -> Attempt:
        """Store the answer to the latest follow-up; without text it counts as skipped.

        Raises:
            InputError: it is too long, counted together with the answer to the question.
        """
        *earlier, exchange = attempt.exchanges
        exchange = exchange.model_copy(update={"answer": clean(text).strip()})
        answered = attempt.model_copy(update={"exchanges": (*earlier, exchange)})
        clean_answer(answered.graded_text)
        await asyncio.to_thread(self.store.save_follow_up_answer, attempt.id, exchange.answer)
        return answered

    async def dispute(self, attempt: Attempt, key_point: str, argument: str) -> Attempt:
        """Have one verdict judged again with an argument; both verdicts are stored, and the better one counts.

        Raises:
            InputError: the argument is empty, or too long together with the answer.
            GradingError: it could not be judged; nothing has changed.
        """
        given, score = attempt.grading, attempt.score
        if given is None or score is None:
            raise InputError("there is no score to dispute yet")
        argument = clean_answer(argument)
        question = _as_graded(attempt.question, score)
        disputed = next(point for point in score.key_points if point.id == key_point)
        objection = Objection(
            question=question,
            point=next(point for point in question.key_points if point.id == key_point),
            verdict=disputed.counted,
            whole=segment(f"{attempt.full_text}\n\n{argument}"),
            answer_until=len(attempt.graded_text),
            argument_from=len(attempt.full_text) + 2,
        )
        found, reason = resolve(objection, *await self.grader.rejudge(objection))
        better = improves(found, objection.verdict)
        dispute = Dispute(
            key_point=key_point,
            argument=argument,
            before=objection.verdict,
            after=found.verdict if better else objection.verdict,
            found=disputed.estimate_reading.kind if given.unconfirmed else None,
            reason=reason,
            grader=self.grader.info,
            created=self.context.now(),
        )
        if better:
            given = given.model_copy(update={"score": rescore(score, [found], question, given.measure)})
        await asyncio.to_thread(self.store.add_dispute, attempt.id, dispute, given if better else None)
        return attempt.model_copy(update={"grading": given, "disputes": (*attempt.disputes, dispute)})

    async def judge_by_person(self, attempt: Attempt, verdicts: Mapping[str, Verdict]) -> Attempt:
        """Store the person's own verdicts on key points of a graded answer, in a grading beside the grader's own.

        An estimate is confirmed by that: its other verdicts are then taken as they are proposed.
        """
        given, score = attempt.grading, attempt.score
        assert given is not None and score is not None  # noqa: S101, PT018  # only a score has verdicts to correct
        question = _as_graded(attempt.question, score)
        if given.grader.estimate:
            given = confirmed(given, verdicts, question)
        else:
            given = given.model_copy(update={"score": rescore_by_person(score, verdicts, question, given.measure)})
        if given != attempt.grading:  # an Enter at what was confirmed before changes nothing
            await asyncio.to_thread(self.store.add_grading, attempt.id, given, self.context.now())
        return attempt.model_copy(update={"grading": given})

    def previous_score(self, attempt: Attempt) -> Score | None:
        """Return the score of the attempt before this one at the same question, of the same measure; of a drill, its first."""
        for other in reversed(self.store.attempts(question=attempt.question.id)):
            later_round = other.round is not None and other.round.number > 1
            if other.score and other.id < attempt.id and not later_round and other.measure == attempt.measure:
                return other.score
        return None

    def is_saved(self, question: Question) -> bool:
        """Return whether a question is on the list to review later."""
        return any(saved.question == question.id for saved in self.store.saved_questions())


def _unwatched(_: Sequence[PointVerdict]) -> None:
    """Ignore the verdicts. With a watcher the reply is streamed, so that the timeout ends a silent server, not a slow one."""


def _as_graded(question: Question, score: Score) -> Question:
    """Return the question with the key points that it was graded against: of one without any, those of its score."""
    if question.key_points:
        return question
    points = tuple(KeyPoint(id=point.id, text=point.text, weight=point.weight) for point in score.key_points)
    return question.model_copy(update={"key_points": points})


def _with_verdicts_of(attempt: Attempt, result: Grading) -> Grading:
    """Return a new grading with the verdicts that the person gave before: they are about the answer, whoever grades it.

    Only those of a confirmed estimate, all of them the person's, are left out where an LLM has a judgement of its own.
    """
    before = attempt.grading
    own = {point.id: point.by_person for point in before.key_points if point.by_person} if before else {}
    if before is None or result.score is None or not own:
        return result
    question = _as_graded(attempt.question, result.score)
    if before.confirmed:
        return confirmed(result, own, question) if result.grader.estimate else result
    return result.model_copy(update={"score": rescore_by_person(result.score, own, question, result.measure)})


def ungraded(attempts: Iterable[Attempt]) -> tuple[Attempt, ...]:
    """Return the attempts that have no score yet."""
    return tuple(attempt for attempt in attempts if attempt.score is None)
