"""An interview without a screen: what is asked next, and how an answer is kept and then graded."""

from dataclasses import dataclass

from interviewer.context import Context
from interviewer.grading.evidence import read_answer
from interviewer.grading.grade import Grader, grading
from interviewer.models import Attempt, Grading, Question, Session
from interviewer.store import Store


@dataclass(frozen=True, slots=True)
class Sitting:
    """A session under way: its store, its questions, and the grader of its answers."""

    context: Context
    store: Store
    session: Session
    questions: tuple[Question, ...]
    grader: Grader

    def remaining(self) -> tuple[Question, ...]:
        """Return the questions that were neither answered nor skipped, or whose answer was begun again."""
        current = self.store.session(self.session.id)
        done = {attempt.question.id for attempt in self.store.attempts(self.session.id)} | set(current.skipped)
        begun = self.store.drafts(self.session.id)
        return tuple(question for question in self.questions if question.id not in done or question.id in begun)

    async def keep(self, question: Question, text: str, seconds: float | None) -> Attempt:
        """Put an answer on disk; when this returns, nothing can lose it.

        Raises:
            InputError: the answer is empty or too long.
            StoreError: it could not be written.
        """
        import asyncio

        answer = read_answer(text)
        return await asyncio.to_thread(
            self.store.add_attempt, self.session.id, question, answer.text, self.context.now(), seconds
        )

    async def grade(self, attempt: Attempt) -> Attempt:
        """Grade a kept answer and keep the result, be it a score or the reason why there is none."""
        import asyncio

        result: Grading = await grading(self.grader, attempt.question, read_answer(attempt.answer))
        await asyncio.to_thread(self.store.add_grading, attempt.id, result, self.context.now())
        return attempt.model_copy(update={"grading": result})


def ungraded(attempts: tuple[Attempt, ...]) -> tuple[Attempt, ...]:
    """Return the attempts that have no score yet."""
    return tuple(attempt for attempt in attempts if attempt.grading is None or attempt.grading.status == "ungraded")
