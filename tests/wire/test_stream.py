"""A judgement that is streamed: the same score as in one piece, its verdicts long before the end, and every way to fail."""

import asyncio
import itertools
import json
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from interviewer.grading.grade import grade_answer
from interviewer.grading.grader import VerdictsCallback
from interviewer.grading.llm import LLMGrader
from interviewer.grading.segment import segment
from interviewer.llm.retry import MAX_ATTEMPTS
from interviewer.models import Grading, PointVerdict
from interviewer.settings import load_settings
from tests.fakes import fake_context, question, reply
from tests.faults.server import (
    STREAM,
    STREAM_END,
    Misbehaving,
    Pause,
    Repeat,
    Reset,
    Script,
    Wait,
    bomb,
    event,
    events,
    fails,
    http,
    piece,
    says,
    streams,
)

CANARY = "sk-canary-5b1d9e7743"
ANSWER = "First I boil the water. Then it draws for three minutes."
GOOD = reply({1: ([1], "covered"), 2: ([2], "covered")}, strengths=["Ganz schön – für den Anfang 🍵\u2028Weiter so."])
WORSE = reply({1: ([1], "partial"), 2: ([2], "covered")})
DONE = "data: [DONE]\n\n"

Seen = list[dict[str, str]]


def watching(seen: Seen) -> VerdictsCallback:
    def on_verdicts(verdicts: Sequence[PointVerdict]) -> None:
        seen.append({verdict.id: verdict.verdict for verdict in verdicts})

    return on_verdicts


def graded(
    home: Path, server: Misbehaving, on_verdicts: VerdictsCallback | None, *, samples: int = 1, seconds: int = 30, **more: str
) -> Grading:
    environ = {"OPENAI_BASE_URL": server.url, "INTERVIEWER_MODEL": "stub", "OPENAI_API_KEY": CANARY}
    context = fake_context(home, None, b"", **environ, INTERVIEWER_TIMEOUT=str(seconds), **more)

    async def go() -> Grading:
        grader = LLMGrader(load_settings(context.environ, context.paths, samples=samples), context)
        try:
            return await grade_answer(grader, question(), segment(ANSWER), on_verdicts)
        finally:
            await grader.close()

    return asyncio.run(go())


def asked(server: Misbehaving) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in server.completions()]


def streaming(home: Path, *scripts: Script, seconds: int = 30) -> tuple[Grading, Seen, list[dict[str, Any]]]:
    seen: Seen = []
    with Misbehaving({"": scripts}) as server:
        result = graded(home, server, watching(seen), seconds=seconds)
        return result, seen, asked(server)


def in_one_piece(home: Path) -> Grading:
    with Misbehaving({"": [says(GOOD)]}) as server:
        return graded(home / "whole", server, None)


def cut_every(size: int, text: str) -> list[bytes]:
    data = text.encode()
    return [piece(data[place : place + size]) for place in range(0, len(data), size)]


ALL = "".join(events(GOOD))
SILENT = "sent nothing more for 5 seconds"
FORMS: dict[str, Script] = {
    "event by event": streams(GOOD),
    "byte by byte": [STREAM, *cut_every(1, ALL), STREAM_END],
    "across characters of several bytes": [STREAM, *cut_every(7, ALL), STREAM_END],
    "at once": [STREAM, piece(ALL), STREAM_END],
    "CRLF": [STREAM, *cut_every(5, ALL.replace("\n", "\r\n")), STREAM_END],
    "CR": [STREAM, *cut_every(5, ALL.replace("\n", "\r")), STREAM_END],
    "no space after the colon": [STREAM, piece(ALL.replace("data: ", "data:")), STREAM_END],
    "comments and keep-alives": [STREAM, *(piece(f": ping\n\n{one}data:\n\n") for one in events(GOOD)), STREAM_END],
    "no [DONE]": [STREAM, piece(ALL.removesuffix(DONE)), STREAM_END],
    "[DONE], and then silence": [STREAM, piece(ALL), Pause(60)],
    "a reset after [DONE]": [STREAM, piece(ALL), Reset()],
    "no finish_reason and no [DONE]": [STREAM, *map(piece, [*events(GOOD)[:-3], events(GOOD)[-2]]), STREAM_END],
    "as plain text": [http(200, ALL, Content_Type="text/plain")],
    "as plain text after a comment": [http(200, f"\n: hello\n\n{ALL}", Content_Type="text/plain")],
    "a role with each piece": [
        STREAM,
        *(piece(event({"role": "assistant", "content": GOOD[place : place + 9]})) for place in range(0, len(GOOD), 9)),
        *(piece(one) for one in events("")[1:]),
        STREAM_END,
    ],
    "lists of parts, thoughts among them, and then texts": [
        STREAM,
        piece(event({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": '{"points": {'}]}]})),
        *(piece(event({"content": [{"type": "text", "text": one}]})) for one in (GOOD[:9], GOOD[9:30])),
        *map(piece, [event({"content": GOOD[30:]}), *events("")[1:]]),
        STREAM_END,
    ],
    "all the same in one piece": says(GOOD),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_stream_gives_the_score_that_the_whole_reply_gives(home: Path, form: str) -> None:
    result, _, requests = streaming(home, FORMS[form])
    assert result == in_one_piece(home)
    assert result.usage is not None
    assert result.usage.completion_tokens == 90
    assert len(requests) == 1
    assert requests[0]["stream"] is True


def test_probabilities_in_pieces_count_as_they_do_in_one(home: Path) -> None:
    before, after = GOOD.split('"level": 3')
    tokens = [
        ("".join(before.split("covered", 1)[:1]), {}),
        ("covered", {"covered": -0.6931, "partial": -0.6931}),
        (before.split("covered", 1)[1] + '"level": ', {}),
        ("3", {"3": -0.6931, "5": -0.6931}),
        (after, {}),
    ]
    entries = [
        {"token": token, "logprob": 0.0, "top_logprobs": [{"token": t, "logprob": p} for t, p in likely.items()]}
        for token, likely in tokens
    ]
    pieces = [
        event({"content": entry["token"]}).replace(
            '"finish_reason"', f'"logprobs": {json.dumps({"content": [entry]})}, "finish_reason"'
        )
        for entry in entries
    ]
    result, _, _ = streaming(home, [STREAM, *map(piece, [*pieces, event({}, "stop"), DONE]), STREAM_END])
    assert result.score is not None
    assert result.score.level == pytest.approx(4.0, abs=0.01)
    assert result.score.key_points[0].confidence == pytest.approx(0.5, abs=0.01)


def test_a_verdict_is_there_as_soon_as_it_is_written(home: Path) -> None:
    """The server sends no more until the verdict before has been seen."""
    heard = [threading.Event() for _ in range(3)]
    waits = {GOOD.index(f'"{number}": '): event for number, event in zip((2, 3), heard, strict=False)}
    waits[GOOD.index('"errors"')] = heard[2]
    places = [0, *waits, len(GOOD)]
    steps: list[Any] = [STREAM]
    for start, end in itertools.pairwise(places):
        steps += [Wait(waits[start])] if start in waits else []
        steps.append(piece(event({"content": GOOD[start:end]})))
    seen: Seen = []

    def on_verdicts(verdicts: Sequence[PointVerdict]) -> None:
        watching(seen)(verdicts)
        heard[len(verdicts) - 1].set()

    with Misbehaving({"": [[*steps, piece(event({}, "stop")), piece(DONE), STREAM_END]]}) as server:
        assert graded(home, server, on_verdicts).status == "graded"
    assert [len(verdicts) for verdicts in seen] == [1, 2, 3]
    assert seen[-1] == {"boiling": "covered", "draw": "covered", "fresh": "missing"}


def test_an_early_verdict_stands_on_words_of_the_answer_too(home: Path) -> None:
    greedy = reply({1: ([1], "covered"), 2: ([17], "covered"), 3: ([], "covered")})
    _, seen, _ = streaming(home, streams(greedy))
    assert seen[-1] == {"boiling": "covered", "draw": "missing", "fresh": "missing"}


@pytest.mark.parametrize(
    "first", [streams(GOOD[:-30] + '"}'), streams(GOOD[:100], "length"), [STREAM, *map(piece, events(GOOD)[:20]), Reset()]]
)
def test_a_second_reply_takes_back_what_the_first_one_said(home: Path, first: Script) -> None:
    result, seen, requests = streaming(home, first, streams(WORSE))
    assert {"boiling": "covered"} in seen
    assert seen[-1] == {"boiling": "partial", "draw": "covered", "fresh": "missing"}
    assert result.score is not None
    assert result.score.key_points[0].verdict == "partial"
    assert len(requests) == 2


HALF = [STREAM, *map(piece, events(GOOD)[:9])]


def slowly() -> list[Any]:
    return [step for one in events(GOOD) for step in (piece(one), Pause(0.35))]


def test_a_stream_that_is_still_written_is_waited_for(home: Path) -> None:
    began = time.monotonic()
    with Misbehaving({"": [[STREAM, *slowly(), STREAM_END]]}) as server:
        result = graded(home, server, watching([]), seconds=4)
    assert result.score is not None
    assert time.monotonic() - began > 2 * 4


def test_a_stream_without_an_end_ends_at_the_deadline(home: Path) -> None:
    endless = Repeat(piece(event({"content": " "})), 600, 0.1)
    with Misbehaving({"": [[*HALF, endless]]}) as server:
        result = graded(home, server, watching([]), seconds=4, INTERVIEWER_DEADLINE="5")
    assert "did not finish within 5 seconds" in str(result.reason)
    assert "INTERVIEWER_DEADLINE" in str(result.reason)


@pytest.mark.parametrize(
    ("script", "said", "requests"),
    [
        ([*HALF, Reset()], "broke off", MAX_ATTEMPTS),
        ([*HALF, STREAM_END], "broke off", MAX_ATTEMPTS),
        ([STREAM, STREAM_END], "broke off", MAX_ATTEMPTS),
        ([*HALF, Pause(60)], SILENT, 1),
        ([*HALF, Repeat(piece(": still thinking\n\n"), 600, 0.1)], SILENT, 1),
        ([STREAM, Repeat(piece(event({"content": "x" * 60_000})), 1000)], "larger than 2 MB", 1),
        ([STREAM, piece("data: "), Repeat(piece("x" * 60_000), 1000)], "larger than 2 MB", 1),
        (bomb(300_000_000), "larger than 1 MB", 1),
        (
            [*HALF, piece('data: {"error": {"message": "overloaded"}}\n\n'), STREAM_END],
            "is overloaded: overloaded",
            MAX_ATTEMPTS,
        ),
        ([*HALF, piece(f'event: error\ndata: {{"error": "bad {CANARY}"}}\n\n'), STREAM_END], "reports: bad …", 1),
        ([*HALF, piece('event: error\ndata: {"message": "slots are full", "code": 404}\n\n'), STREAM_END], "slots are full", 1),
        (
            [
                *HALF,
                piece('data: {"choices": [{"error": {"code": 402, "message": "pay"}, "finish_reason": "error"}]}\n\n'),
                STREAM_END,
            ],
            "is out of credit: pay",
            1,
        ),
        ([*HALF, piece("data: {]\n\n"), STREAM_END], "malformed", 1),
        ([*HALF, piece("data: [1]\n\n"), STREAM_END], "malformed", 1),
        ([STREAM, piece(DONE), STREAM_END], "without an answer", 1),
        ([STREAM, piece('data: {"choices": null}\n\n' + DONE), STREAM_END], "without an answer", 1),
        ([STREAM, piece('data: {"choices": [7]}\n\n' + DONE), STREAM_END], "without an answer", 1),
        ([STREAM, piece(event({"content": [1]}, "stop") + DONE), STREAM_END], "empty", 1),
        ([STREAM, piece(event({"refusal": "I must"}) + event({"refusal": " not."}) + DONE), STREAM_END], "I must not.", 1),
        ([STREAM, piece(event({"reasoning_content": "Hm."}, "stop") + DONE), STREAM_END], "only reasoning", 1),
        (streams("", "content_filter"), "content filter", 1),
        (streams("Well done!"), "did not give a usable judgement", 2),
        (fails(401, f"Incorrect API key provided: {CANARY}"), "rejected the key", 1),
        (fails(400, "Stream of text is too odd"), "refuses the request", 6),
        ([http(200, "<html>", Content_Type="text/html")], "is /v1 missing", 1),
    ],
)
def test_a_stream_that_fails_is_a_reason_and_never_a_number(home: Path, script: Script, said: str, requests: int) -> None:
    result, _, sent = streaming(home, script, seconds=5 if said == SILENT else 30)
    assert (result.status, result.score) == ("ungraded", None)
    assert said in (result.reason or "")
    assert CANARY not in (result.reason or "")
    assert 1 <= len(sent) <= requests


def test_a_stream_that_breaks_off_once_is_asked_for_again(home: Path) -> None:
    reported = [*HALF, piece(event({}, "error") + DONE), STREAM_END]
    result, _, requests = streaming(home, [*HALF, Reset()], reported, [*HALF, STREAM_END], streams(GOOD))
    assert result.score == in_one_piece(home).score
    assert result.usage is not None
    assert result.usage.requests == 2, "of those that broke off nobody knows the cost"
    assert len(requests) == 4


def test_a_key_that_comes_in_two_pieces_is_not_kept(home: Path) -> None:
    leaking = reply({1: ([1], "covered")}, strengths=[f"Your key is {CANARY}, I see."])
    place = leaking.index(CANARY) + 9
    pieces = [event({"content": leaking[:place]}), event({"content": leaking[place:]}), event({}, "stop"), DONE]
    result, _, _ = streaming(home, [STREAM, *map(piece, pieces), STREAM_END])
    assert result.score is not None
    assert result.score.strengths == ("Your key is …, I see.",)


@pytest.mark.parametrize(
    ("complaint", "kept"),
    [
        ("streaming is not supported", set()),
        ("Your organization must be verified to stream this model.", set()),
        ("response_format cannot be used with stream", set()),
        ("Extra inputs are not permitted: stream_options", {"stream"}),
    ],
)
def test_a_server_that_refuses_to_stream_is_remembered(home: Path, complaint: str, kept: set[str]) -> None:
    answer = streams(GOOD) if kept else says(GOOD)
    with Misbehaving({"": [fails(400, complaint), answer]}) as server:
        first = graded(home, server, watching([]))
        assert first.score == graded(home, server, watching([])).score != None  # noqa: E711  # both are graded
        requests = asked(server)
    assert len(requests) == 3
    for request in requests[1:]:
        assert {name for name in request if name.startswith("stream")} == kept
        assert "response_format" in request, "a schema is worth more than a show"


def test_nobody_watching_means_no_stream_and_neither_do_samples(home: Path) -> None:
    seen: Seen = []
    with Misbehaving({"": [says(GOOD)]}) as server:
        graded(home, server, None)
        graded(home, server, watching(seen), samples=3)
        assert len(asked(server)) == 4
        assert not any("stream" in request for request in asked(server))
    assert seen == []


def test_a_complaint_about_something_upstream_is_not_about_streams(home: Path) -> None:
    refusal = fails(400, "upstream error: temperature is not supported")
    with Misbehaving({"": [refusal, streams(GOOD)]}) as server:
        assert graded(home, server, watching([])).status == "graded"
        assert asked(server)[1]["stream"] is True


def test_an_endless_reply_in_one_piece_is_no_larger_for_having_been_asked_as_a_stream(home: Path) -> None:
    endless: Script = [http(200, b"", length=10**12), Repeat(b" " * 65536, 10_000)]
    assert "larger than 1 MB" in (streaming(home, endless)[0].reason or "")
