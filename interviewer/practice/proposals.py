"""Key points that an LLM proposes for questions without any: asked for once a question, kept, and used from then on.

None are proposed for a reference answer of one or two statements: answers are graded against these.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterable

from interviewer.bank.points import lacks_key_points
from interviewer.context import Context
from interviewer.debug_log import debug
from interviewer.errors import GradingError, StoreError
from interviewer.grading.grade import grade_answer
from interviewer.grading.grader import Grader, VerdictsCallback
from interviewer.models import Answer, Grading, KeyPoint, Question, Usage
from interviewer.settings import DEFAULT_MODEL, Settings
from interviewer.storage.store import Store

_Key = tuple[str, str]
"""The inputs of a proposal beside the model: the question and its reference answer."""


class Proposals:
    """The proposed key points of questions. Answers to one question wait for the same request.

    Where none can be had, the points are those derived from the reference answer, and `notify` hears of it once.
    """

    def __init__(self, store: Store, context: Context, settings: Settings, notify: Callable[[str], None]) -> None:
        self.ask_again = True
        """Whether to ask for what could not be had before. Else a batch that goes on would mix two scales."""
        self._store = store
        self._context = context
        self._model = settings.model or settings.base_url or DEFAULT_MODEL
        self._notify = notify
        self._problem = ""
        """A message not shown yet: a person may be typing while points are proposed."""
        self._notified = False
        self._settled: dict[_Key, tuple[KeyPoint, ...]] = {}
        """The key points by question; empty where the LLM gave none."""
        self._unsaved_failures: set[_Key] = set()
        """The questions without points that are not in the store: no grade rests on that yet, so another run may ask again."""
        self._asked: dict[_Key, asyncio.Task[None]] = {}
        self._unattributed_usage: dict[_Key, Usage] = {}

    def known(self, question: Question) -> Question:
        """Return the question with the key points that were proposed for it, if it lacks any."""
        if not lacks_key_points(question):
            return question
        key = _key(question)
        points = self._settled.get(key)
        if points is None and (points := self._store.proposal(self._name(key))):
            self._settled[key] = points
        if not points:
            return question
        return question.model_copy(update={"key_points": points, "proposed": (*question.proposed, "key_points")})

    def begin(self, grader: Grader, question: Question) -> None:
        """Ask for key points in the background if there are none yet."""
        if not self._is_settled(question) and _key(question) not in self._asked:
            self._asked[_key(question)] = asyncio.create_task(self._ask(grader, question))

    async def fill(self, grader: Grader, question: Question) -> Question:
        """Return the question with proposed key points, asking for them if necessary; unchanged if the LLM gives none."""
        self.begin(grader, question)
        if asked := self._asked.get(_key(question)):
            await asyncio.shield(asked)  # others may wait for it, too
        if self._problem and not self._notified:
            self._notified = True
            self._notify(self._problem)
        return self.known(question)

    async def grade(
        self, grader: Grader, question: Question, answer: Answer, on_verdicts: VerdictsCallback | None = None
    ) -> Grading:
        """Grade an answer against proposed key points. The first grading of a question has their cost in its usage."""
        result = await grade_answer(grader, await self.fill(grader, question), answer, on_verdicts)
        key = _key(question)
        if result.score is not None:
            await self._keep_none(key)  # there is a grade on the derived scale now
        if spent := self._unattributed_usage.pop(key, None):
            result = result.model_copy(update={"usage": spent + result.usage if result.usage else spent})
        return result

    async def fill_all(self, grader: Grader, questions: Iterable[Question], most: int) -> Usage:
        """Have key points proposed for many questions, at most `most` at a time, and return what that cost."""
        gate = asyncio.Semaphore(most)

        async def settle(question: Question) -> None:
            await self.fill(grader, question)
            await self._keep_none(_key(question))
            gate.release()

        async with asyncio.TaskGroup() as group:
            for question in questions:
                if not self._is_settled(question) and _key(question) not in self._asked:
                    await gate.acquire()
                    self.begin(grader, question)
                    group.create_task(settle(question))
        spent = sum(self._unattributed_usage.values(), Usage())
        self._unattributed_usage.clear()
        return spent

    async def close(self) -> None:
        """Stop asking."""
        for asked in self._asked.values():
            asked.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)

    def _is_settled(self, question: Question) -> bool:
        if not lacks_key_points(self.known(question)) or _key(question) in self._settled:
            return True
        return not self.ask_again and self._store.proposal(self._name(_key(question))) is not None

    async def _ask(self, grader: Grader, question: Question) -> None:
        key = _key(question)
        try:
            proposed, usage = await grader.propose(question)
            points = proposed.key_points
        except GradingError as error:
            points, usage = (), error.usage
            self._unsaved_failures.add(key)
            debug(__name__, "no key points proposed for %s: %s", question.id, error.message)
            self._problem = (
                f"No key points could be proposed ({error.message}): graded against the reference answer as it stands."
            )
        if usage:
            self._unattributed_usage[key] = usage
        self._settled[key] = await self._keep(key, points) if points else ()

    async def _keep(self, key: _Key, points: tuple[KeyPoint, ...]) -> tuple[KeyPoint, ...]:
        """Keep what was proposed, and return what counts: another process may have been first."""
        try:
            return await asyncio.to_thread(self._store.keep_proposal, self._name(key), points, self._context.now())
        except StoreError as error:
            self._problem = f"The proposed key points could not be kept: {error.message}"
            return points

    async def _keep_none(self, key: _Key) -> None:
        """Keep that no points could be had, if that was so."""
        if key in self._unsaved_failures:
            self._unsaved_failures.discard(key)
            await self._keep(key, ())

    def _name(self, key: _Key) -> str:
        return hashlib.blake2b("\0".join((self._model, *key)).encode(errors="backslashreplace"), digest_size=16).hexdigest()


def _key(question: Question) -> _Key:
    return question.question, question.reference


def open_proposals(store: Store, context: Context, settings: Settings, notify: Callable[[str], None]) -> Proposals | None:
    """Return the proposals of the LLM that grades; None if no LLM does, or the person wants none."""
    return Proposals(store, context, settings, notify) if settings.propose and settings.kind == "llm" else None
