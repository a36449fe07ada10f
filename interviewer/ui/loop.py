"""The loop of a session: question, answer, follow-ups, grade, next question.

All modes run the same loop and differ in what they do after an answer and at the end:

- practice: `after_answer` waits for the grade, shows it, and offers the menu; `finish` has nothing left to do.
- drill: as practice, but the next question is the same one, as long as the drill has a round with less time.
- interview: `after_answer` grades in the background and shows nothing; `finish` waits for the grades and shows the debrief.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from interviewer.errors import ExitCode, GradingError, InputError
from interviewer.models import Attempt, Mode, Question, Score
from interviewer.practice.delivery import measure_attempt
from interviewer.practice.rounds import compare_rounds
from interviewer.practice.session import ungraded
from interviewer.signals import interruptible
from interviewer.ui.ask import Dialogue
from interviewer.ui.confirm import confirm_estimates
from interviewer.ui.score_card_menu import Step, choose_next
from interviewer.ui.screen import ended
from interviewer.ui.views.debrief import show_debrief
from interviewer.ui.views.listings import show_question
from interviewer.ui.views.rounds import show_round
from interviewer.ui.views.score_card import LiveVerdicts, live_verdicts, show_delivery, show_result
from interviewer.ui.views.score_line import Before


async def run_session(dialogue: Dialogue, first: Question | None) -> ExitCode:
    """Run a session to its end; `first` is the question that is on the screen already.

    Raises:
        InputError: the input ended before any answer was given.
    """
    runner = dialogue.runner
    modes: dict[Mode, type[_Practice | _Interview]] = {"interview": _Interview, "drill": _Drill}
    mode = modes.get(runner.session.mode, _Practice)(dialogue)
    warming = asyncio.gather(runner.warm(), asyncio.to_thread(_load_while_typing))
    total = len(runner.questions)
    remaining = list(runner.remaining())
    answered = False
    step: Step = "next"
    while remaining and step in {"next", "retry"}:
        question = remaining[0]
        if first is None:
            show_question(dialogue.screen, question, total - len(remaining) + 1, total, runner.next_round(question))
        first = None
        runner.prepare(question)
        result = await dialogue.ask_question(question)
        if isinstance(result, Attempt):
            answered = True
            step = await mode.after_answer(result)
            if step == "retry":
                continue
        elif result == "skip":
            await asyncio.to_thread(runner.store.mark_skipped, runner.session.id, question.id)
            if place := runner.next_round(question):
                after = " and what comes after it" if place.number < place.of else ""
                dialogue.screen.status(f"Round {place.number} of {place.of}{after} passed over.")
        else:
            step = result
            break
        remaining.pop(0)
    left = len(runner.remaining())
    await mode.finish(left=left)
    warming.cancel()
    await asyncio.gather(warming, return_exceptions=True)
    if not left:
        await asyncio.to_thread(runner.store.mark_finished, runner.session.id, runner.context.now())
    if step == "end" and not answered:
        raise InputError("the input ended before an answer was given", next_step="end an answer with a line /done")
    # A retry replaces what could not be graded before; a round of a drill does not.
    latest = {(attempt.question.id, attempt.round): attempt for attempt in runner.store.attempts(runner.session.id)}
    failed = len(ungraded(latest.values()))
    unconfirmed = sum(attempt.unconfirmed for attempt in latest.values()) if dialogue.confirm else 0
    _show_end(dialogue, len({question for question, _ in latest}), failed, unconfirmed, left)
    return ExitCode.UNGRADED if failed else ExitCode.OK


def _load_while_typing() -> None:
    """Load what saving an answer and waiting for its grade need, so that sending it does not wait for that."""
    import rich.live
    import rich.progress  # noqa: F401

    Attempt.model_rebuild()


def _show_end(dialogue: Dialogue, answered: int, failed: int, unconfirmed: int, left: int) -> None:
    parts = [f"Session {dialogue.runner.session.id}", f"{answered or 'nothing'} answered"]
    if failed:
        parts.append(f"{failed} saved, not graded (interviewer regrade)")
    if unconfirmed:
        parts.append(f"{unconfirmed} unconfirmed (interviewer confirm)")
    if left:
        parts.append(f"{left} to go (interviewer resume {dialogue.runner.session.id})")
    dialogue.screen.status("; ".join(parts) + (". Report: interviewer report" if answered else ""))


class _Practice:
    """Grades while the person waits. Follow-ups come before the score is shown, since it gives the key points away."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue

    async def after_answer(self, attempt: Attempt) -> Step:
        attempt, before = await self._grade(attempt)
        (looked_at,) = await confirm_estimates(self._dialogue, [attempt]) if self._dialogue.confirm else [attempt]
        if looked_at is not attempt:
            attempt, before = looked_at, self._earlier(looked_at)
        self._show(attempt, before)
        show_delivery(self._dialogue.screen, measure_attempt(attempt, again=len(self._tried(attempt)) > 1))
        step = await choose_next(self._dialogue, attempt)
        if self._dialogue.server_hint is not None:
            self._dialogue.server_hint.suggest_llm_once(self._dialogue.runner.store)
        return step

    def _tried(self, attempt: Attempt) -> Sequence[Attempt]:
        return self._dialogue.runner.store.attempts(attempt.session, attempt.question.id)

    def _show(self, attempt: Attempt, before: Before | None) -> None:
        show_result(self._dialogue.screen, attempt, before)

    async def finish(self, *, left: int) -> None: ...

    async def _grade(self, attempt: Attempt) -> tuple[Attempt, Before | None]:
        """Grade an answer, then again with the answer to each follow-up; return it with a score to compare with."""
        dialogue, runner, screen = self._dialogue, self._dialogue.runner, self._dialogue.screen
        allowed = runner.session.follow_ups
        attempt = await self._grade_and_rate(attempt, None if allowed else live_verdicts(screen))
        before = self._earlier(attempt)
        alone = attempt.score
        for left in reversed(range(allowed if attempt.grading else 0)):  # none after Ctrl-C
            follow_up = await dialogue.find_follow_up(attempt)
            answered = await dialogue.ask_follow_up(attempt, follow_up) if follow_up else None
            if not isinstance(answered, Attempt):
                break
            live = None if left else live_verdicts(screen)
            attempt, reason = answered, "you stopped it"
            try:
                with screen.spinner("Saved; grading", live):
                    attempt = await interruptible(runner.grade(answered, live)) or answered
            except GradingError as error:
                reason = error.message
            if attempt is answered:
                screen.warning(f"The follow-up is not graded; this is the score of the answer alone: {ended(reason)}")
            elif alone:
                before = Before(alone, "the follow-up", "before the follow-up")
        return attempt, before

    def _earlier(self, attempt: Attempt) -> Before | None:
        score = self._dialogue.runner.previous_score(attempt)
        return Before(score, "your last attempt", "in your last attempt") if score else None

    async def _grade_and_rate(self, attempt: Attempt, live: LiveVerdicts | None) -> Attempt:
        """Grade, and meanwhile ask for the own estimate."""
        grading = asyncio.create_task(self._dialogue.runner.grade(attempt, live))
        rating = await self._dialogue.ask_self_rating(attempt)
        with self._dialogue.screen.spinner("Saved; grading", live):
            graded = await interruptible(grading) or attempt
        return graded.model_copy(update={"self_rating": rating})


class _Drill(_Practice):
    """Asks a question again in less time, and shows what of the first round was lost and kept."""

    async def after_answer(self, attempt: Attempt) -> Step:
        step = await super().after_answer(attempt)
        more = attempt.round is not None and attempt.round.number < attempt.round.of
        return "retry" if step == "next" and more else step

    def _show(self, attempt: Attempt, before: Before | None) -> None:
        if attempt.score is not None and (compared := compare_rounds(self._tried(attempt))):
            show_round(self._dialogue.screen, attempt, compared[-1])
        else:
            super()._show(attempt, before)


class _Interview:
    """Grades while the next question is answered; answers of an earlier run that are not graded yet, too."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self._earlier = dialogue.runner.store.attempts(dialogue.runner.session.id)
        self._grades = [asyncio.create_task(dialogue.runner.grade(attempt)) for attempt in ungraded(self._earlier)]
        self._before: dict[int, Score] = {}
        """The scores before the follow-ups, by the id of the attempt."""

    async def after_answer(self, attempt: Attempt) -> Step:
        """Ask the follow-ups while the answer is graded, and then grade again with the answers to them.

        An LLM finds the follow-up in the answer itself, since an interviewer does not wait for a grade, and it is asked for
        that first: many a local server does one thing at a time. An estimate is there at once, so the bank's follow-up can
        aim at a point that is missing.
        """
        dialogue, runner = self._dialogue, self._dialogue.runner
        grading: asyncio.Task[Attempt] | None = None
        answered = attempt
        step: Step = "next"
        for _ in range(runner.session.follow_ups):
            if runner.grader.info.estimate:
                grading = grading or asyncio.create_task(runner.grade(attempt))
                answered = answered.model_copy(update={"grading": (await grading).grading})
            follow_up = await dialogue.find_follow_up(answered)
            grading = grading or asyncio.create_task(runner.grade(attempt))
            result = await dialogue.ask_follow_up(answered, follow_up) if follow_up else "skip"
            if not isinstance(result, Attempt):
                step = "next" if result == "skip" else result
                break
            answered = result
        grading = grading or asyncio.create_task(runner.grade(attempt))
        if step == "next":
            answered = answered.model_copy(update={"self_rating": await dialogue.ask_self_rating(attempt)})
        self._grades.append(asyncio.create_task(self._grade_follow_ups(grading, answered)))
        dialogue.screen.status("Thank you.")
        return step

    async def finish(self, *, left: int) -> None:
        """Show the debrief, if anything was answered."""
        if not self._grades and (left or not self._earlier):
            return
        screen = self._dialogue.screen
        last = "We stop here, then." if left else "That was my last question."
        screen.out.print(f"\n{last} Thank you for your answers; here is what I heard.")
        with screen.spinner("Putting the debrief together"):
            graded = await asyncio.gather(*self._grades)
        known = {attempt.id for attempt in graded}
        attempts = [*(attempt for attempt in self._earlier if attempt.id not in known), *graded]
        if self._dialogue.confirm and not left:
            attempts = await confirm_estimates(self._dialogue, attempts)
        show_debrief(screen, attempts, self._before)
        if self._dialogue.server_hint is not None:
            self._dialogue.server_hint.suggest_llm_once(self._dialogue.runner.store)

    async def _grade_follow_ups(self, grading: "asyncio.Task[Attempt]", answered: Attempt) -> Attempt:
        """Wait for the grade of the answer alone, and grade it again with the answers to follow-ups if there are any."""
        alone = await grading
        answered = answered.model_copy(update={"grading": alone.grading})
        if not any(exchange.answer for exchange in answered.exchanges):
            return answered
        if score := alone.score:
            self._before[alone.id] = score
        with suppress(GradingError):  # the score of the answer alone stays
            answered = await self._dialogue.runner.grade(answered)
        return answered
