"""The whole program against a real LLM server. The model is tiny: what is tested is the way, not its judgement."""

import re
from contextlib import closing
from pathlib import Path

import pexpect
import pytest

from interviewer.storage.store import open_store
from tests.conftest import Run
from tests.e2e.conftest import LocalLLM
from tests.terminal.person import MENU, READY, terminal

ANSWER = "Overfitting means the model memorises noise in the training data. It then does badly on new data."
# The time goes into the tokens that the model reads and writes, so there are few key points.
BANK = """
- number: 1
  question: What is overfitting?
  reference: The model memorises noise of its training data. It then does badly on new data.
  key_points:
    - {id: noise, text: The model memorises noise of its training data., weight: 3}
    - {id: new-data, text: It does badly on new data., weight: 2}
- number: 2
  question: What is bias?
  reference: Bias is error from wrong assumptions.
  key_points:
    - {id: assumptions, text: Bias is error from wrong assumptions., weight: 3}
"""


@pytest.fixture(autouse=True)
def bank(run: Run, tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(BANK)
    imported = run("bank", "import", "small.yaml")
    assert imported.code == 0, imported.err


def test_an_answer_is_graded_with_evidence_from_its_own_words_and_a_server_that_goes_away_costs_only_time(
    run: Run, llm: LocalLLM, home: Path
) -> None:
    # Room enough for a reply: a model so small may fill all that it has with repetitions.
    environ = {"OPENAI_BASE_URL": llm.url, "INTERVIEWER_TIMEOUT": "500", "INTERVIEWER_MAX_TOKENS": "500"}
    with terminal(home, "practice", "--bank", "small", timeout=500, **environ) as child:
        child.expect(READY)
        child.send(f"{ANSWER}\x1b\r")
        child.expect("Provisional verdicts")  # its verdicts are seen while it writes
        child.expect(MENU)
        llm.stop()
        child.send("n")
        child.expect(READY)
        child.send("Bias is error from wrong assumptions.\x1b\r")
        child.expect("Saved, not graded")
        child.expect(MENU)
        child.send("q")
        child.expect(pexpect.EOF)
        child.wait()
        assert child.exitstatus == 3
    with closing(open_store(home / "interviewer.db")) as store:
        graded = store.attempts()[0].grading
    assert graded is not None
    assert graded.score is not None
    assert (graded.measure, graded.grader.kind) == ("llm", "llm")
    assert graded.usage is not None
    assert graded.usage.prompt_tokens > 500
    for point in graded.score.key_points:
        if point.verdict != "missing":
            assert point.span is not None
            assert ANSWER[slice(*point.span)] == point.evidence
    llm.start()
    done = run("regrade", timeout=600, **environ)
    # The server is there again, so what has no grade is asked about again, and what comes may still be too long.
    if done.code == 0:
        assert re.search(r"[12] graded, 0 still not graded", done.err)
        assert run("regrade", **environ).err.strip() == "Everything is graded."
    else:
        assert "stopped at its output limit" in done.err
        assert re.search(r"(0 graded, [12]|1 graded, 1) still not graded", done.err)


def test_doctor_says_what_the_server_can_do(run: Run, llm: LocalLLM) -> None:
    done = run("doctor", timeout=600, OPENAI_BASE_URL=llm.url, INTERVIEWER_TIMEOUT="500")
    assert done.code == 0, done.out
    assert f"Endpoint: {llm.url} answers" in done.out
    assert "honours json_schema" in done.out
