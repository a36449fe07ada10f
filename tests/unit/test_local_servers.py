"""A local LLM is one step away: servers that answer on this machine, and the command that chooses one."""

import asyncio
import io
import stat
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from interviewer.cli.setup import use
from interviewer.config_file import choose_server
from interviewer.doctor import examine
from interviewer.errors import InputError
from interviewer.llm.local_servers import LocalServer, models_of, running
from interviewer.models import GraderInfo, Grading, Score, SessionOptions
from interviewer.settings import load_settings
from interviewer.storage.store import open_store
from interviewer.ui.local_server_hint import LocalServerHint
from interviewer.ui.screen import Screen
from tests.conftest import Run
from tests.fakes import Sent, StubServer, fake_context, question, serving

NOBODY = LocalServer("Nobody", "nobody", "nowhere.example", 9, "nothing")


def ollama(server: StubServer) -> LocalServer:
    return LocalServer("Ollama", "ollama", "ollama.com", urlsplit(server.url).port or 0, "ollama serve")


def test_a_server_that_lists_models_is_running_and_is_asked_nothing_else() -> None:
    with serving(Sent()) as server:
        assert models_of(ollama(server)) == ("stub",)
        assert running((NOBODY, ollama(server))) == (ollama(server),)
        assert server.requests == []
    assert running((NOBODY,)) == ()


def test_the_suggestion_names_a_running_server_with_the_lines_to_type() -> None:
    err = io.StringIO()
    with serving(Sent()) as server:
        server_hint = LocalServerHint(Screen(io.StringIO(), err), (NOBODY, ollama(server)))
        server_hint._search.join()  # the test must not depend on the time that the search takes
        server_hint.show_running_server()
    assert err.getvalue().splitlines()[1:] == ["  interviewer use ollama", "  interviewer"]
    assert "Ollama runs on this machine" in err.getvalue()


def test_doctor_names_the_lines_to_type(home: Path) -> None:
    context = fake_context(home)

    async def findings(server: LocalServer) -> list[str]:
        found = [one async for one in examine(load_settings({}, context.paths), context, (server,))]
        return [one.detail for one in found]

    with serving(Sent()) as server:
        assert asyncio.run(findings(ollama(server)))[-2:] == ["interviewer use ollama", "interviewer"]
    assert "interviewer use ollama" in asyncio.run(findings(NOBODY))[-1]


def test_after_three_estimates_it_is_said_once_what_is_better(home: Path) -> None:
    context = fake_context(home)
    store = open_store(context.paths.database)
    err = io.StringIO()
    server_hint = LocalServerHint(Screen(io.StringIO(), err), (NOBODY,))
    score = Score(
        overall=1,
        band="",
        coverage=0,
        accuracy=0,
        depth=0,
        clarity=0,
        level=0,
        limiting=None,
        key_points=(),
        model_answer="",
    )
    who = GraderInfo(kind="embedded", model="m", prompt_version="1", estimate=True)
    said: list[bool] = []
    for number in range(5):  # retries within a session are no further estimates
        session = store.add_session(SessionOptions(), [question()], context.now())
        attempt = store.add_attempt(session.id, question(), "Tea.", context.now())
        grading = Grading(question_id="tea", status="graded", score=score, grader=who, usage=None)
        store.add_grading(attempt.id, grading, context.now())
        before = err.tell()
        if number != 2:  # the third is made where nothing is suggested, as by `interviewer grade`
            server_hint.suggest_llm_once(store)
        said.append(err.tell() > before)
    assert said == [False, False, False, True, False]
    assert "interviewer keys set" in err.getvalue()
    assert "install Ollama" in err.getvalue()
    later = io.StringIO()
    LocalServerHint(Screen(io.StringIO(), later), (NOBODY,)).suggest_llm_once(open_store(context.paths.database))
    assert later.getvalue() == ""


def test_use_writes_the_setting_for_its_owner_only_and_undoes_it(run: Run, home: Path) -> None:
    config = home / "config.toml"
    home.mkdir()
    config.write_text('# mine\ntimeout = 90\ngrader = "embedded"\nmodel = "old"\n')
    done = run("use", "lmstudio", "--model", 'a "b"')
    assert done.code == 0, done.err
    assert tomllib.loads(config.read_text()) == {"base_url": "http://127.0.0.1:1234/v1", "model": 'a "b"', "timeout": 90}
    assert "# mine" in config.read_text()
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert "interviewer use --none" in done.err
    assert run("use", "--none").code == 0
    assert tomllib.loads(config.read_text()) == {"timeout": 90}
    assert "OPENAI_BASE_URL is set too" in run("use", "ollama", OPENAI_BASE_URL="http://127.0.0.1:9/v1").err


def test_use_says_at_once_that_no_model_answers(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Sent()) as server:
        monkeypatch.setattr("interviewer.cli.setup.LOCAL_SERVERS", (NOBODY, ollama(server)))
        both = ["-h", "--help"]  # as in the program: click keeps those of the first call for other tests
        silent, answering = (
            CliRunner().invoke(use, [name], obj=fake_context(home), help_option_names=both) for name in ("nobody", "ollama")
        )
        assert (silent.exit_code, silent.stdout, answering.exit_code) == (0, "", 0)
    assert "No model answers there yet" in silent.stderr
    assert "Get Nobody (nowhere.example)" in silent.stderr
    assert "No model answers" not in answering.stderr


def test_where_the_chosen_server_is_not_there_the_ways_out_are_named(run: Run) -> None:
    run("use", "http://127.0.0.1:9/v1")
    failed = run("grade", "--question", "overfitting", stdin="It memorises the noise.\n")
    assert failed.code == 3
    assert "start the server, or forget it: interviewer use --none" in failed.err
    assert "Estimate it now: interviewer regrade 1 --grader embedded" in failed.err
    estimated = run("regrade", "1", "--grader", "embedded")
    assert (estimated.code, "unconfirmed estimate" in estimated.out) == (0, True)


@pytest.mark.parametrize("arguments", [(), ("--none", "ollama"), ("--none", "--model", "m"), ("ftp://x",)])
def test_use_without_a_server_changes_nothing(run: Run, home: Path, arguments: tuple[str, ...]) -> None:
    assert run("use", *arguments).code == 2
    assert not (home / "config.toml").exists()


def test_a_file_that_is_written_in_an_unusual_way_is_left_alone(home: Path) -> None:
    paths = fake_context(home).paths
    home.mkdir()
    text = 'model = """\nold\n"""\n'
    paths.settings.write_text(text)
    with pytest.raises(InputError, match="cannot be changed by a program"):
        choose_server(paths, "http://127.0.0.1:1/v1", None)
    assert paths.settings.read_text() == text
