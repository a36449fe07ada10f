"""grade: one answer from a file or a pipe."""

import asyncio
from pathlib import Path

import click

from interviewer.bank.bank import open_bank
from interviewer.cli.options import bank_option, grader_option, model_option, samples_option, say_where_answers_go
from interviewer.context import Context
from interviewer.errors import ExitCode, InputError, holding
from interviewer.grading.grade import open_grader
from interviewer.grading.segment import segment
from interviewer.models import ANSWER_LIMIT, Attempt, Session
from interviewer.practice.delivery import measure_delivery
from interviewer.practice.session import SessionRunner
from interviewer.settings import GraderChoice, Settings, load_settings
from interviewer.storage.store import Store, open_store
from interviewer.ui.screen import Screen
from interviewer.ui.views.score_card import live_verdicts, show_delivery, show_result
from interviewer.voice.recording import FORMATS


@click.command()
@click.argument("file", type=click.Path(), required=False, default="-")
@click.option("--question", "key", required=True, metavar="ID|NUMBER", help="The question that was answered.")
@click.option("--audio", type=click.Path(), metavar="FILE", help=f"A recording of the answer: {', '.join(FORMATS)}.")
@bank_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@grader_option
@model_option
@samples_option
@click.pass_obj
def grade(
    context: Context,
    file: str,
    key: str,
    audio: str | None,
    bank: str | None,
    as_json: bool,
    grader: GraderChoice | None,
    model: str | None,
    samples: int,
) -> ExitCode:
    """Grade one answer, from FILE or from a pipe. The answer and its grade are kept, as in practice.

    A recording is transcribed first. In a terminal you correct the transcript, then send it. Elsewhere a doubtful one is kept
    without a grade; read it (interviewer report), then grade it as it is (interviewer regrade) or a corrected text.
    """
    settings = load_settings(context.environ, context.paths, grader=grader, model=model, samples=samples)
    question = open_bank(bank, context.paths.banks).find(key)
    if audio is not None:
        if file != "-":
            raise click.UsageError("give the answer as FILE or as --audio FILE, not as both")
        from interviewer.cli.recording import grade_recording

        return grade_recording(context, settings, question, Path(audio), as_json=as_json)
    answer = segment(_read(context, file))
    say_where_answers_go(context, settings)
    screen = Screen(context.stdout, context.stderr)
    with holding(answer.text):
        store = open_store(context.paths.database, screen.status)
        session = store.add_session("grade", [question], context.now())
        attempt = store.add_attempt(session.id, question, answer.text, context.now())
    try:
        graded = asyncio.run(_grade(context, settings, store, session, attempt, screen))
        store.finish(session.id, context.now())
    finally:
        store.close()
    assert graded.grading is not None  # noqa: S101  # grading always leaves one
    if as_json:
        click.echo(graded.grading.model_dump_json(indent=2))
    else:
        show_result(screen, graded)
        show_delivery(screen, measure_delivery(answer.text))
    return ExitCode.OK if graded.grading.score else ExitCode.UNGRADED


async def _grade(
    context: Context, settings: Settings, store: Store, session: Session, attempt: Attempt, screen: Screen
) -> Attempt:
    live = live_verdicts(screen)
    async with open_grader(settings, context, screen.warning) as grader:
        with screen.spinner("Saved; grading", live):
            return await SessionRunner(context, store, session, (), grader).grade(attempt, live)


def _read(context: Context, file: str) -> str:
    limit = 8 * ANSWER_LIMIT
    if file == "-":
        if context.interactive:
            Screen(context.stdout, context.stderr).status("Type the answer; end with Ctrl-D on an empty line.")
        raw = context.stdin.read(limit)
    else:
        path = Path(file)
        try:
            with path.open("rb") as stream:
                raw = stream.read(limit)
        except OSError as error:
            raise InputError(f"cannot read {path}: {error.strerror}", next_step="check the path") from error
    try:
        if b"\0" in raw:
            raise ValueError("binary")
        # A multi-byte character may be cut at the limit; the answer is then far too long anyway, and told so.
        return raw.decode("utf-8-sig", errors="ignore" if len(raw) == limit else "strict")
    except ValueError:
        raise InputError("the answer is not text in UTF-8", next_step="give it as plain text") from None
