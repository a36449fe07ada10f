"""Checks of the set-up, by trying it: settings, files, the server, and the embedded grader."""

import asyncio
import platform
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from interviewer import __version__
from interviewer.bank.bank import load_bank
from interviewer.context import Context
from interviewer.errors import ExitCode, GradingError, InterviewerError
from interviewer.grading.embedded.grader import EmbeddedGrader
from interviewer.grading.segment import segment
from interviewer.llm.capabilities import load_capabilities
from interviewer.llm.local_servers import LOCAL_SERVERS, WAYS_TO_AN_LLM, LocalServer, running
from interviewer.models import KeyPoint, Question
from interviewer.settings import DEFAULT_MODEL, Settings
from interviewer.storage.store import open_store
from interviewer.text.words import plural

_PROBE = Question(
    number=None,
    id="probe",
    topic="probe",
    level="basic",
    question="What is two plus two?",
    reference="Two plus two is four.",
    key_points=(KeyPoint(id="four", text="The sum is four.", weight=3),),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination; `ok` is None for what is neither good nor bad."""

    ok: bool | None
    what: str
    detail: str


async def examine(
    settings: Settings, context: Context, servers: Sequence[LocalServer] = LOCAL_SERVERS
) -> AsyncIterator[Finding]:
    """Look at everything; yield each finding as soon as it is known, last what to do next."""
    failed = False
    async for finding in _checks(settings, context):
        failed = failed or finding.ok is False
        yield finding
    found = await asyncio.to_thread(running, servers)
    shown = ", ".join(f"{server.name} at {server.address}" for server in found)
    yield Finding(None, "Local servers", shown or "none of " + ", ".join(server.name for server in servers))
    if failed:
        yield Finding(None, "Next", "fix what is marked above, then run interviewer doctor again")
    elif settings.kind == "llm":
        yield Finding(None, "Next", "practise: interviewer")
    elif found:
        yield Finding(None, "Next", f"to have {found[0].name} grade your answers, on this machine:")
        for command in found[0].commands:
            yield Finding(None, "", command)
    else:
        yield Finding(None, "Next", "practise: interviewer")
        yield Finding(None, "Grades by an LLM", WAYS_TO_AN_LLM)


async def _checks(settings: Settings, context: Context) -> AsyncIterator[Finding]:
    yield Finding(None, "interviewer", f"{__version__}, Python {platform.python_version()}")
    yield _bank()
    yield _database(context)
    yield Finding(None, "Settings", _settings(settings, context))
    yield await _embedded()
    if settings.kind == "llm":
        async for finding in _llm(settings, context):
            yield finding


def _bank() -> Finding:
    try:
        return Finding(True, "Questions", f"{len(load_bank())} in the built-in bank")
    except InterviewerError as error:
        return Finding(False, "Questions", error.message)


def _database(context: Context) -> Finding:
    unreadable: list[str] = []
    try:
        store = open_store(context.paths.database, unreadable.append)
        store.check()
        count, _ = len(store.attempts()), store.sessions()
        journal = store.journal
        store.close()
    except InterviewerError as error:
        return Finding(False, "Answers", error.sentence)
    slow = "" if journal == "wal" else f" (with a {journal} journal: this file system shares no memory)"
    kept = f"{plural(count, 'attempt')} kept in {context.paths.database}{slow}"
    return Finding(None if unreadable else True, "Answers", "; ".join([kept, *unreadable]))


def _settings(settings: Settings, context: Context) -> str:
    key = "a key is set" if settings.api_key else "no key"
    exists = "" if context.paths.settings.exists() else " (not there)"
    limits = f"{settings.timeout:g} s without a word from the server, {settings.deadline:g} s in all"
    time = f"; a grading ends after {limits}" if settings.kind == "llm" else ""
    return f"grader {settings.grader} → {settings.kind}; {key}; config {context.paths.settings}{exists}{time}"


async def _embedded() -> Finding:
    # In a process of its own, so that its model is not held in memory beside the client of an LLM.
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-c", _PROBE_EMBEDDED, str(Path(__file__).parent.parent)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        reason, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode == 0:
        return Finding(True, "Embedded grader", "works, without a network; its scores are estimates")
    return Finding(False, "Embedded grader", reason.decode(errors="replace") or "its process was killed; is there memory left?")


_PROBE_EMBEDDED = "import sys; sys.path.insert(0, sys.argv[1]); from interviewer.doctor import probe_embedded; probe_embedded()"


def probe_embedded() -> None:
    """Grade one answer with the embedded grader; exit with its reason on stdout where it cannot."""
    try:
        asyncio.run(EmbeddedGrader().judge(_PROBE, segment("It is four.")))
    except GradingError as error:
        sys.stdout.buffer.write(error.sentence.encode(errors="replace"))
        sys.exit(ExitCode.UNGRADED)


async def _llm(settings: Settings, context: Context) -> AsyncIterator[Finding]:
    from interviewer.grading.llm import LLMGrader
    from interviewer.llm.client import LLMClient

    client = LLMClient(settings, context)
    try:
        names = await client.models()
        shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        wanted = settings.model or (DEFAULT_MODEL if settings.base_url is None else None)
        there = wanted is None or wanted in names
        yield Finding(there, "Endpoint", f"{settings.endpoint} answers; models: {shown or 'none'}")
    except GradingError as error:
        yield Finding(False, "Endpoint", error.sentence)
    finally:
        await client.close()
    grader = LLMGrader(settings, context)
    try:
        judgement = await grader.judge(_PROBE, segment("It is four, since two and two make four."))
        model = grader.info.model
        known = load_capabilities(context.paths.servers, settings.endpoint, model)
        how = "honours json_schema" if known.json_schema else "does not take json_schema; JSON is asked for in the prompt"
        how += f"; requests leave out {', '.join(known.left_out)}" if known.left_out else ""
        tokens = f"{judgement.usage.prompt_tokens} + {judgement.usage.completion_tokens} tokens" if judgement.usage else ""
        yield Finding(True, "Model", f"{model} graded a probe ({tokens}); the server {how}")
    except GradingError as error:
        yield Finding(False, "Model", error.sentence)
    finally:
        await grader.close()
