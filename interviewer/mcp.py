"""The interviewer as an MCP server: another program holds the conversation, and grades come from here.

Whoever calls has no say in a grade: the text of an answer is the candidate's text like any other, and no tool takes a verdict.
An answer is on disk before it is graded, and shows in `history` like all others.
"""

import asyncio
import json
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from pydantic import ValidationError

from interviewer import __version__
from interviewer.bank.bank import Bank, select
from interviewer.context import Context
from interviewer.errors import InputError, InterviewerError
from interviewer.grading.grade import open_configured_grader
from interviewer.grading.grader import Grader
from interviewer.models import Grading, Level, Model, Question, SessionOptions, Slug, first_error
from interviewer.practice.outcomes import real_rounds
from interviewer.practice.progress import Progress, compute_progress
from interviewer.practice.proposals import Proposals, open_proposals
from interviewer.practice.schedule import choose_agenda, joint_memory, local_day
from interviewer.practice.session import SessionRunner
from interviewer.report.model import Report, build_report
from interviewer.settings import Settings
from interviewer.storage.store import Store, open_store

INSTRUCTIONS = """\
Hold a mock interview. Call next_question and ask it word for word. Pass on to grade_answer what the candidate said, in full
and in their own words: add, mend and leave out nothing, and never answer in their place. Tell them the score, and which key
points counted or are missing, as returned; give no score of your own. An estimate is a range, low to high, which nobody
has confirmed: say so, and that `interviewer confirm` does; of its points tell the `reading`, touched, not found or perhaps
turned round, and call none covered and no answer strong. Help only when asked: hint first, then model_answer.
"""


class AskedQuestion(Model):
    """A question to ask."""

    session: int | None
    """The number of the session in `interviewer history`; None for a question of the bank."""
    id: Slug
    number: int | None
    topic: Slug
    level: Level
    question: str
    graded_by: str
    """Who grades the answer, and where it is sent."""


class GradedAnswer(Model):
    """An answer that was saved, and its grade or the reason why there is none."""

    session: int
    after_model_answer: bool
    """Whether the model answer was told before: such an answer counts in no mean and no schedule."""
    grading: Grading
    """The object that `interviewer grade --json` prints, without the model answer."""


class Hint(Model):
    """Help that does not give the answer away."""

    question: Slug
    hint: str


class ModelAnswer(Model):
    """What a strong candidate says, and the key points that a complete answer states."""

    question: Slug
    model_answer: str
    key_points: tuple[str, ...]


@dataclass
class Interview:
    """The tools of one client."""

    context: Context
    settings: Settings
    bank: Bank
    store: Store
    grader: Grader
    proposals: Proposals | None
    asked: Question | None = None
    """The question that waits for an answer."""
    told: set[str] = field(default_factory=set)
    """The ids of the questions whose model answer was told."""
    _choosing: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    """A client may call several tools at once; one question waits for an answer all the same."""

    @cached_property
    def runner(self) -> SessionRunner:
        """The session, which begins with its first question: programs start a server long before they need it."""
        session = self.store.add_session(SessionOptions(), (), self.context.now())
        return SessionRunner(self.context, self.store, session, (), self.grader, self.proposals)

    async def next_question(
        self, topic: str | None = None, level: Level | None = None, question: str | int | None = None, *, skip: bool = False
    ) -> AskedQuestion:
        """Return the next question: what is due or weak first, then what is new; never one twice in a session.

        Without arguments, a question that has no answer yet is returned again. Any argument skips that one.

        Args:
            topic: only of this topic, such as ml-basics; the resource interviewer://bank has all.
            level: only of this level.
            question: the id or number of the one to ask.
            skip: pass over the question that has no answer yet.
        """
        async with self._choosing:
            session = self.runner.session.id
            if self.asked and not (topic or level or question or skip):
                return self._public(self.asked, session)
            chosen = self.bank.find(str(question)) if question else self._choose(topic, level)
            if self.asked and self.asked != chosen:
                await asyncio.to_thread(self.store.mark_skipped, session, self.asked.id)
            await asyncio.to_thread(self.store.add_question, session, chosen)
            self.asked = chosen
            self.runner.prepare(chosen)
            return self._public(chosen, session)

    async def grade_answer(self, question: str | int, answer: str) -> GradedAnswer:
        """Save the candidate's answer, grade it, and return the grade with the words of the answer that each credit rests on.

        Args:
            question: its id or number.
            answer: what the candidate said, word for word.
        """
        asked = self.bank.find(str(question))
        session = self.runner.session.id
        await asyncio.to_thread(self.store.add_question, session, asked)
        if asked.id in self.told:
            await asyncio.to_thread(self.store.mark_model_answer_shown, session, asked.id)
        attempt = await self.runner.save_answer(asked, answer, None)
        if self.asked == asked:
            self.asked = None
        grading = (await self.runner.grade(attempt)).grading
        assert grading is not None  # noqa: S101  # it has a score, or the reason why there is none
        if grading.score is not None:
            grading = grading.model_copy(update={"score": grading.score.model_copy(update={"model_answer": ""})})
        return GradedAnswer(session=session, after_model_answer=attempt.after_model_answer, grading=grading)

    async def hint(self, question: str | int) -> Hint:
        """Return a hint that does not give the answer away; `question` is an id or a number."""
        asked = self.bank.find(str(question))
        if not asked.hint:
            raise InputError(f"question {asked.id!r} has no hint")
        return Hint(question=asked.id, hint=asked.hint)

    async def model_answer(self, question: str | int) -> ModelAnswer:
        """Return what a strong candidate says. Answers given after that count in no mean; `question` is an id or a number."""
        asked = self.bank.find(str(question))
        self.told.add(asked.id)
        points = tuple(point.text for point in asked.key_points)
        return ModelAnswer(question=asked.id, model_answer=asked.reference, key_points=points)

    async def progress(self) -> Progress:
        """Return trends by topic, what is missed again and again, and what is due today."""
        attempts = self.store.attempts()
        rounds = real_rounds(self.store.outcomes(), attempts, self.store.sessions())
        return compute_progress(attempts, self.store.reviews(), self.bank, self.context.now(), rounds)

    async def report(self, session: int | None = None) -> Report:
        """Return the answers of a session, by default the latest, with their grades and the model answers."""
        found = self.store.session(session)
        attempts = self.store.attempts(found.id)
        self.told.update(attempt.question.id for attempt in attempts)
        return build_report([found], attempts, self.context.now())

    def list_bank(self) -> str:
        """Return all questions as a JSON list, without answers, key points and hints."""
        return json.dumps([self._public(one, None).model_dump(exclude={"session"}) for one in self.bank], ensure_ascii=False)

    def _choose(self, topic: str | None, level: Level | None) -> Question:
        planned = set(self.store.session(self.runner.session.id).question_ids)
        left = Bank(tuple(one for one in self.bank if one.id not in planned and planned.isdisjoint(one.related)))
        rng = self.context.random
        if topic or level or not len(left):
            return select(left, topics=[topic] if topic else (), level=level, count=1, rng=rng)[0]
        memory = joint_memory(self.store.reviews(), self.settings.kind)
        return choose_agenda(left, memory, local_day(self.context.now()), 1, rng).questions[0]

    def _public(self, question: Question, session: int | None) -> AskedQuestion:
        kind, host, model = self.settings.kind, self.settings.host, self.settings.model or "an LLM"
        return AskedQuestion(
            session=session,
            id=question.id,
            number=question.number,
            topic=question.topic,
            level=question.level,
            question=question.question,
            graded_by="an estimate on this machine" if kind == "embedded" else f"{model} at {host}",
        )


class _Server(MCPServer):
    """A server whose tools tell their failures to the caller in one line."""

    async def call_tool(self, name: str, arguments: dict[str, Any], context: Any = None) -> Any:
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            match error.__cause__:
                case InterviewerError(sentence=sentence):
                    raise ToolError(sentence) from error
                case ValidationError() as refused if not isinstance(error, UnexpectedToolError):
                    raise ToolError(first_error(refused)) from error
            raise


async def serve(context: Context, settings: Settings, bank: Bank) -> None:
    """Serve a client over stdin and stdout until it closes them."""

    def notify(line: str) -> None:
        print(line, file=context.stderr)  # stdout belongs to the protocol

    with closing(open_store(context.paths.database, notify)) as store:
        proposals = open_proposals(store, context, settings, notify)
        async with open_configured_grader(settings, context, notify) as grader:
            interview = Interview(context, settings, bank, store, grader, proposals)
            try:
                await _server(interview).run_stdio_async()
            finally:
                if proposals:
                    await proposals.close()


def _server(interview: Interview) -> MCPServer:
    server = _Server("interviewer", instructions=INSTRUCTIONS, version=__version__, log_level="ERROR")
    server.add_tool(interview.next_question)
    server.add_tool(interview.grade_answer)
    server.add_tool(interview.hint)
    server.add_tool(interview.model_answer)
    server.add_tool(interview.progress)
    server.add_tool(interview.report)
    server.resource("interviewer://bank", name="bank", mime_type="application/json")(interview.list_bank)
    return server
