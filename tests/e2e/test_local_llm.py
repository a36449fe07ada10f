"""The whole program against a real LLM server. The model is tiny: what is tested is the way, not its judgement."""

import json
import re
from pathlib import Path

import pexpect

from tests.conftest import Run
from tests.e2e.conftest import LocalLLM
from tests.terminal.person import MENU, READY, terminal

ANSWER = (
    "Overfitting means the model memorises noise in the training data. It does well on training data and badly on new data. "
    "I would use regularization, more data and early stopping.\n"
)


def test_an_answer_is_graded_with_evidence_from_its_own_words(run: Run, llm: LocalLLM) -> None:
    done = run(
        "grade", "--question", "3", "--json", stdin=ANSWER, timeout=600, OPENAI_BASE_URL=llm.url, INTERVIEWER_TIMEOUT="500"
    )
    assert done.code == 0, done.err
    grading = json.loads(done.out)
    assert grading["status"] == "graded"
    assert grading["grader"] == grading["grader"] | {"kind": "llm", "estimate": False}
    assert grading["usage"]["prompt_tokens"] > 500
    for point in grading["score"]["key_points"]:
        if point["verdict"] != "missing":
            start, end = point["span"]
            assert ANSWER.strip()[start:end] == point["evidence"]


def test_a_server_that_goes_away_costs_nothing_but_time(run: Run, llm: LocalLLM, home: Path) -> None:
    # Room enough for a reply: a model so small may fill all that it has with repetitions.
    environ = {"OPENAI_BASE_URL": llm.url, "INTERVIEWER_TIMEOUT": "500", "INTERVIEWER_MAX_TOKENS": "500"}
    with terminal(home, "practice", "--question", "3", "--question", "71", timeout=500, **environ) as child:
        child.expect(READY)
        child.send("It memorises noise.\x1b\r")
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
