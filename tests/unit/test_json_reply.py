"""The object in a reply is found wherever it stands, repaired where that is safe, and never anything else taken for it."""

import json
import logging
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interviewer.llm.json_reply import InvalidReply, ReplyModel, begun_object, is_complete, json_object, read_reply
from tests.conftest import takes_linear_time

KEYS = ("marks", "level", "note")
FINAL = {"marks": {"1": {"at": [2], "is": "yes"}, "2": {"at": [], "is": "no"}}, "level": 4, "note": "Good."}
DRAFT = {"marks": {"1": {"at": [], "is": "no"}, "2": {"at": [], "is": "no"}}, "level": 0, "note": "Hm."}
F, D = json.dumps(FINAL), json.dumps(DRAFT)


@pytest.mark.parametrize(
    "content",
    [
        F,
        f"\n {F}\n",
        f"```json\n{F}\n```",
        f"Sure: {F} Anything else?",
        f"<think>{D}</think>{F}",
        f"{D} no, wait.\n</think>\n{F}",
        f"{D}</thinking>\n```\n{F}\n```",
        f"[THINK]{D}[/THINK]{F}",
        f"<thought>{D}</thought>{F}",
        f"<think>{D}</think>{D}</think>{F}",
        f"◁think▷{D}◁/think▷{F}",
        f"<|channel|>analysis<|message|>{D}<|end|><|start|>assistant<|channel|>final<|message|>{F}<|return|>",
        f"<|channel|>analysis<|message|>{D}<|end|><|start|>assistant<|channel|>final <|constrain|>json<|message|>{F}",
        f"analysis{D} Done.assistantfinal{F}",
        f"A first try: {D}\nCorrected: {F}",
        f"{D}\nWait, that is a mistake: {F}",
        f"{F} Once more: {F}",
        f'Begun: {{"marks": {{"1": {{"at": [2]}}}}}} and whole: {F}',
        f'{F}\nEach mark is {{"at": [1], "is": "yes"}}.',
        f"Between <think> marks I weigh {{a, b}}: {F}",
        json.dumps(F),
        f"[{F}]",
        json.dumps({"reply": FINAL}),
        json.dumps({"why": "since it is", "reply": FINAL}),
        "{" * 40 + F,
    ],
)
def test_the_answer_is_found(content: str) -> None:
    assert json_object(content, KEYS) == FINAL


@pytest.mark.parametrize(
    "mark", ["<think>", "</think>", "[/THINK]", "<think> and </think>", "<|channel|>final<|message|>", "```"]
)
@pytest.mark.parametrize("around", ["{}", "It is {}", "```json\n{}\n```", "<think>" + "x{{}}" + "</think> {}"])
def test_a_mark_of_thinking_inside_a_text_cuts_nothing(mark: str, around: str) -> None:
    said = FINAL | {"note": f"Says {mark} here."}
    assert json_object(around.format(json.dumps(said)), KEYS) == said


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("Well done!", "no complete JSON object"),
        ("", "no complete JSON object"),
        (f"<think>{D}", "no complete JSON object"),
        (f"<think>{D}</think> I cannot say.", "no complete JSON object"),
        (f"{D}</think>", "no complete JSON object"),
        (json.dumps({"draft": DRAFT, "final": FINAL}), "it lacks the fields"),
        ('{"answer": 3}', "it lacks the fields"),
        (f"{F}\n\nTemplate for an answer that says nothing:\n```json\n{D}\n```", "two objects that differ"),
        (f"{F} An answer to another question would get {D}", "two objects that differ"),
        (F[:-10], "it ends before its JSON object does"),
        (F[:-1], "it ends before its JSON object does"),
        (F.replace('"level": 4', '"level": 4, "level": 5'), "a key stands twice"),
        (F.replace('"level": 4', '"level": NaN'), "NaN is not a JSON number"),
        (F.replace('"level": 4', '"level": ' + "4" * 5_000), "a number that is too long"),
        ('{"level": ' * 960 + "1", "it ends before"),
        ('{"level": ' * 5_000, "it ends before"),
        ('{"level": ' + "[" * 5_000, "nested too deep"),
        (F.replace('"level": 4', '"level": 4 points'), "points"),
        (F.replace('"Good."', '"Said ", "level": 5, "note": "x"'), "a key stands twice"),
        (F.replace("[2]", "[2"), "its JSON is wrong at"),
    ],
)
def test_whatever_is_no_answer_is_none_and_the_model_learns_why(content: str, problem: str) -> None:
    with pytest.raises(InvalidReply, match=problem):
        json_object(content, KEYS)


@pytest.mark.parametrize(
    ("slip", "note"),
    [
        (F.replace("Good.", r"Write \( \sigma \) and \lambda."), r"Write \( \sigma \) and \lambda."),
        (F.replace("Good.", "Good,\nand more\tof it."), "Good,\nand more\tof it."),
        (F.replace('"Good."}', '"Good.",}'), "Good."),
        (F.replace("[2]", "[2,]"), "Good."),
        (F.replace("Good.", 'The "loss" falls.'), 'The "loss" falls.'),
        (F.replace('"level": 4,', '"level": 4, // of five\n'), "Good."),
        (F.replace('"level": 4,', '/* of five */ "level": 4,'), "Good."),
        (F.replace('"level": 4,', '"level": 4, # of five\n'), "Good."),
        (F.replace('4, "note"', '4 "note"'), "Good."),
        (F.replace('"', "'"), "Good."),
        (F.replace("Good.", "See https://x.example/#a // b").replace('"}', '",}'), "See https://x.example/#a // b"),
        (F.replace("Good.", "caf\\u00e9").replace('"}', '",}'), "café"),
        (f"<think>{D}</think>```json\n{F[:-1]},}}\n```", "Good."),
        (f"Of {{a, b}}: {F[:-1]},}}", "Good."),
    ],
)
def test_a_slip_is_repaired_and_says_the_same(slip: str, note: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "interviewer.llm.json_reply"):
        assert json_object(slip, KEYS) == FINAL | {"note": note}
    assert bool(caplog.records) == ("\n" not in note), "raw line ends are read as they are"


def test_values_as_python_writes_them_are_read_and_texts_stay() -> None:
    for quote in '"', "'":
        written = F.replace('"level"', '"sure": True, "why": None, "level"').replace("Good.", "Say True, not None.")
        read = json_object(written.replace('"', quote), KEYS)
        assert read == FINAL | {"sure": True, "why": None, "note": "Say True, not None."}


@pytest.mark.parametrize("end", ["}", ",}"])
def test_keys_are_read_in_any_case(end: str) -> None:
    written = F.replace('"marks"', '"Marks"').replace('"level"', '"LEVEL"')
    assert json_object(written[:-1] + end, KEYS) == FINAL


def integers(value: object) -> set[int]:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {value} if isinstance(value, int) else set().union(*map(integers, inside))


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-5, 99), words), min_size=1, max_size=4), st.data())
def test_a_repair_never_changes_a_number(marks: list[tuple[int, str]], data: st.DataObject) -> None:
    """A character is lost or added anywhere in an object: it is read as it was meant, or not at all."""
    value = {"marks": [{"at": at, "is": text} for at, text in marks], "level": 3, "note": "x"}
    text = json.dumps(value, ensure_ascii=False)
    place = data.draw(st.integers(0, len(text) - 1))
    instead = data.draw(st.sampled_from(["", ",", '"', "\\", "'", "\n", "]", "}", "{", ":", " "]))
    try:
        found = json_object(text[:place] + instead + text[place + (instead == "") :], KEYS)
    except InvalidReply:
        return
    if found.keys() == value.keys() and not text[place].isdigit() and not text[place - 1].isdigit():
        assert integers(found) <= integers(value)


@pytest.mark.parametrize(
    "piece", ["{", '{"a":', "[", '{"marks":', "<think>", "</think>{", "<|channel|>final", '"', "{'level", "/*", " \\"]
)
def test_a_hostile_reply_is_read_in_linear_time(piece: str) -> None:
    def read(size: int) -> None:
        content = (piece * (size // len(piece) + 1))[:size]
        with pytest.raises(InvalidReply):
            json_object(content, KEYS)
        begun_object(content)

    assert takes_linear_time(read, 20_000)
    assert takes_linear_time(read, 1_000_000)


def test_a_reply_is_seen_as_it_comes() -> None:
    assert begun_object("<think>" + D) is None
    assert begun_object(f"<think>{D}</think>" + F[: F.index('"level"')]) == {"marks": FINAL["marks"]}
    assert begun_object('{"note": "</think>", "level": 4, "ma') == {"note": "</think>", "level": 4}
    assert begun_object("no {brace} of JSON") is None


@pytest.mark.parametrize(
    ("content", "whole"), [(F, True), (f"So: {F}", True), (F[:-1], False), ("", False), (f"<think>{F}</think>", False)]
)
def test_whether_a_reply_without_an_end_is_whole(content: str, whole: bool) -> None:
    assert is_complete(content) is whole


class Part(ReplyModel):
    at: tuple[int, ...]
    verdict: Literal["yes", "no"]


class Whole(ReplyModel):
    parts: tuple[Part, ...]
    level: int
    note: str
    weight: Literal[1, 2] | None = None


GOOD: dict[str, Any] = {"parts": [{"at": [1], "verdict": "yes"}], "level": 3, "note": "Fine."}
READ = Whole(parts=(Part(at=(1,), verdict="yes"),), level=3, note="Fine.")


@pytest.mark.parametrize(
    ("change", "read"),
    [
        ({}, {}),
        ({"level": 3.0}, {}),
        ({"level": "3"}, {}),
        ({"level": "3.0"}, {}),
        ({"parts": [{"at": ["[1]"], "verdict": "yes"}]}, {}),
        ({"parts": [{"at": ["S1"], "verdict": "yes"}]}, {}),
        ({"parts": [{"at": "[Span 1]", "verdict": "yes"}]}, {}),
        ({"parts": [{"at": 1, "verdict": "Yes"}]}, {}),
        ({"parts": [{"at": ["1"], "verdict": " YES. "}]}, {}),
        ({"parts": {"at": [1.0], "verdict": ["yes"]}}, {}),
        ({"parts": [{"at": [1], "verdict": "yes", "why": "so"}], "thoughts": "many"}, {}),
        ({"parts": None}, {"parts": ()}),
        ({"parts": [{"at": None, "verdict": "no"}]}, {"parts": (Part(at=(), verdict="no"),)}),
        ({"note": None}, {"note": ""}),
        ({"weight": "2"}, {"weight": 2}),
        ({"weight": 2.0}, {"weight": 2}),
    ],
)
def test_what_can_mean_one_thing_is_taken_and_logged(
    change: dict[str, Any], read: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "interviewer.llm.json_reply"):
        assert read_reply(Whole, json.dumps(GOOD | change)) == READ.model_copy(update=read)
    assert bool(caplog.records) == bool(change)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"level": 3.5}, "level"),
        ({"level": True}, "level"),
        ({"parts": [{"at": [True], "verdict": "yes"}]}, "parts.0.at"),
        ({"parts": [{"at": ["S1-S3"], "verdict": "yes"}]}, "parts.0.at.0"),
        ({"weight": 2.5}, "weight"),
        ({"level": "three"}, "level"),
        ({"level": None}, "level"),
        ({"level": [3, 4]}, "level"),
        ({"parts": [{"at": [1], "verdict": "yesno"}]}, "parts.0.verdict"),
        ({"parts": [{"at": [1], "verdict": ["yes", "no"]}]}, "parts.0.verdict"),
        ({"parts": [{"verdict": "yes"}]}, "parts.0.at"),
        ({"note": 7}, "note"),
    ],
)
def test_what_can_mean_two_things_is_refused_by_name(change: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidReply, match=f"^{named}: "):
        read_reply(Whole, json.dumps(GOOD | change))
