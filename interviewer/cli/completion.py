"""Shell completion: questions by id, number or words of their title; topics, banks, sessions, models and servers.

A shell asks at a press of a key: nothing is created, no server is asked, and what cannot be read completes to nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import closing

import click
from click.shell_completion import CompletionItem

from interviewer.context import Context, real_context
from interviewer.errors import InterviewerError

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def _completion(find: Callable[[Context, click.Context, str], Iterator[CompletionItem]]) -> Complete:
    """Return the function that click calls; without the world of a command, which has not been built, it builds one."""

    def complete(command: click.Context, _: click.Parameter, typed: str) -> list[CompletionItem]:
        context = command.find_object(Context) or real_context()
        try:
            return list(find(context, command, typed))
        except InterviewerError:
            return []

    return complete


def _questions(context: Context, command: click.Context, typed: str) -> Iterator[CompletionItem]:
    from interviewer.bank.bank import open_bank

    bank = open_bank(command.params.get("bank"), context.paths.banks)
    words = typed.lower().split()
    found = [question for question in bank if question.id.startswith(typed)] or [
        question for question in bank if all(word in f"{question.number} {question.question}".lower() for word in words)
    ]
    yield from (CompletionItem(question.id, help=question.question) for question in found)


def _topics(context: Context, command: click.Context, typed: str) -> Iterator[CompletionItem]:
    from interviewer.bank.bank import open_bank

    before, comma, last = typed.rpartition(",")
    for topic in dict.fromkeys(question.topic for question in open_bank(command.params.get("bank"), context.paths.banks)):
        if topic.startswith(last):
            yield CompletionItem(f"{before}{comma}{topic}")


def _banks(context: Context, _: click.Context, typed: str) -> Iterator[CompletionItem]:
    from interviewer.bank.bank import user_banks

    names = dict.fromkeys(("guide", *user_banks(context.paths.banks)))
    yield from (CompletionItem(name) for name in names if name.startswith(typed))
    yield CompletionItem(typed, type="file")


def _sessions(context: Context, command: click.Context, typed: str) -> Iterator[CompletionItem]:
    from interviewer.storage.store import open_store

    if context.paths.database.is_file():
        with closing(open_store(context.paths.database)) as store:
            unanswered = command.info_name == "resume"  # the others show or grade answers
            having = set() if unanswered else {attempt.session for attempt in store.attempts()}
            for session in reversed(store.sessions()):
                if str(session.id).startswith(typed) and (unanswered or session.id in having):
                    when = f"{session.created.astimezone():%Y-%m-%d %H:%M} {session.mode}"
                    yield CompletionItem(str(session.id), help=when)


def _models(context: Context, _: click.Context, typed: str) -> Iterator[CompletionItem]:
    from interviewer.settings import DEFAULT_MODEL, load_settings
    from interviewer.storage.store import open_store

    names = [load_settings(context.environ, context.paths, grader="embedded").model or DEFAULT_MODEL]
    if context.paths.database.is_file():
        with closing(open_store(context.paths.database)) as store:
            names += store.models()
    yield from (CompletionItem(name) for name in dict.fromkeys(names) if name.startswith(typed))


def _servers(_: Context, __: click.Context, typed: str) -> Iterator[CompletionItem]:
    from interviewer.llm.local_servers import LOCAL_SERVERS

    yield from (CompletionItem(one.word, help=one.name) for one in LOCAL_SERVERS if one.word.startswith(typed))


complete_question, complete_topic, complete_bank, complete_session, complete_model, complete_server = map(
    _completion, (_questions, _topics, _banks, _sessions, _models, _servers)
)
