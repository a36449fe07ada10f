"""The score card: seen as a whole on any screen, readable on black and on white, told by more than colour."""

import io
import re
from typing import Any

import pytest
from rich.console import Console

from interviewer.models import (
    Attempt,
    ErrorNote,
    Exchange,
    GraderInfo,
    GraderKind,
    Grading,
    PointVerdict,
    Reading,
    Rejected,
    Score,
    Verdict,
)
from interviewer.ui.screen import Screen
from interviewer.ui.views import styles
from interviewer.ui.views.score_card import card, show_result
from interviewer.ui.views.score_line import Before
from tests.fakes import Clock, question

SENTENCES = [f"Sentence {n} of the answer says something about it, in a dozen words or so." for n in range(1, 13)]
ANSWER = " ".join(SENTENCES)
LONG = "A sentence that goes on and on about how the thing works in practice, with a reason and an example to it."


def place(number: int) -> tuple[int, int]:
    """Where a sentence stands in the answer."""
    start = ANSWER.index(SENTENCES[number - 1])
    return start, start + len(SENTENCES[number - 1])


def score(*verdicts: Verdict, overall: int = 48) -> Score:
    return Score(
        overall=overall,
        band="fair",
        coverage=0.5,
        accuracy=0.8,
        depth=0.5,
        clarity=0.5,
        level=3,
        limiting="coverage",
        key_points=tuple(
            PointVerdict(
                id=f"point-{number}",
                text=LONG,
                weight=2,
                verdict=verdict,
                evidence=None if verdict == "missing" else SENTENCES[number - 1],
                span=None if verdict == "missing" else place(number),
            )
            for number, verdict in enumerate(verdicts, 1)
        ),
        errors=tuple(
            ErrorNote(evidence=SENTENCES[number - 1], span=place(number), correction=LONG, severity="major")
            for number in (8, 9, 11)
        ),
        strengths=(LONG, LONG),
        improvements=(LONG, LONG),
        model_answer=LONG,
        follow_up=LONG,
    )


def attempt(of: Score, *, estimate: bool = False, **changes: Any) -> Attempt:
    kind: GraderKind = "embedded" if estimate else "llm"
    who = GraderInfo(kind=kind, model="stub", prompt_version="1", estimate=estimate)
    grading = Grading(question_id="tea", status="graded", score=of, grader=who, usage=None)
    fields: dict[str, Any] = {
        "id": 1,
        "session": 1,
        "question": question(),
        "answer": ANSWER,
        "created": Clock().moment,
        "grading": grading,
    }
    return Attempt(**(fields | changes))


def shown(
    of: Score | Attempt,
    width: int,
    height: int,
    *,
    before: Before | None = None,
    terminal: bool = True,
    plain: bool = False,
) -> list[str]:
    out = io.StringIO()
    console = Console(file=out, width=width, height=height, force_terminal=terminal, color_system=None)
    console.print(card(console, of if isinstance(of, Attempt) else attempt(of), before=before, plain=plain))
    return out.getvalue().splitlines()


def flat(lines: list[str]) -> str:
    """All that is shown, on one line."""
    return " ".join(" ".join(lines).split())


FULL: tuple[Verdict, ...] = ("covered", "covered", "covered", "partial", "missing", "missing", "contradicted")


def test_wrong_words_are_quoted_and_points_summed_up_only_where_there_is_no_room_for_the_whole() -> None:
    low, high = (flat(shown(score(*FULL), 80, height)) for height in (18, 200))
    assert ("!1 wrong: “Sentence 8 of" in low, "3 covered:" in low) == (True, True)
    assert ("!1 wrong: Right: " in high, "3 covered:" in high) == (True, False)


def test_an_estimate_lists_each_point_however_low_the_screen_is() -> None:
    for height in (18, 200):
        text = flat(shown(attempt(score(*FULL), estimate=True), 80, height))
        assert (text.count(" touched on (expected) "), text.count(" not found (expected) ")) == (4, 2)
        assert "covered" not in text


@pytest.mark.parametrize(("width", "height"), [(80, 24), (140, 24), (60, 30)])
def test_the_longest_card_fits_on_the_screen_with_the_menu_below_it(width: int, height: int) -> None:
    lines = shown(
        score(*FULL), width, height, before=Before(score(*FULL, overall=30), "your last attempt", "in your last attempt")
    )
    assert len(lines) <= height - 2
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    assert "3 covered: point 1 [1], point 2 [2], point 3 [3]" in text  # collapsed, not dropped
    for verdict in ("partial", "missing", "contradicted", "!1 wrong:", "Better:", "Next I would ask:"):
        assert verdict in text


def test_what_would_be_better_is_cut_off_last() -> None:
    text = flat(shown(score("covered", "missing", "partial"), 80, 24))
    assert text.count(f"Better: {LONG}") == 2
    assert f"Next I would ask: {LONG}" not in text
    assert f"missing (expected) {LONG}" not in text


def test_a_credit_that_was_claimed_and_not_said_is_marked_on_any_screen() -> None:
    card_score = score(*FULL)
    first = card_score.key_points[4].model_copy(update={"rejected": Rejected(claimed="covered", reason="no words")})
    points = (*card_score.key_points[:4], first, *card_score.key_points[5:])
    card_score = card_score.model_copy(update={"key_points": points})
    assert "claimed but not said" in "\n".join(shown(card_score, 80, 24))
    assert "but it does not count: no words" in flat(shown(card_score, 80, 200))


def test_an_estimate_shows_only_what_it_measures() -> None:
    assert "accuracy 80% depth 50% clarity 50%" in flat(shown(score("covered"), 80, 40))
    told = flat(shown(attempt(score("covered"), estimate=True), 80, 40))
    assert "touched on 1 of 1 point" in told
    assert not any(name in told for name in ("coverage", "accuracy", "depth", "clarity", "fair", "covered"))


def test_an_estimate_claims_nothing_so_it_does_not_accuse_a_grader() -> None:
    verdicts = score("covered", "missing")
    second = verdicts.key_points[1].model_copy(update={"rejected": Rejected(claimed="partial", reason="no words")})
    verdicts = verdicts.model_copy(update={"key_points": (verdicts.key_points[0], second)})
    text = flat(shown(attempt(verdicts, estimate=True), 80, 200))
    assert "·2 not found (expected)" in text
    assert "the grader claimed" not in text.lower()


def test_the_words_that_earned_a_point_are_marked_in_the_answer() -> None:
    text = flat(shown(score("covered", "missing", "contradicted"), 80, 200))
    assert f"{SENTENCES[0]}[✓1] {SENTENCES[1]} {SENTENCES[2]}[✗3] {SENTENCES[3]}" in text
    assert f"{SENTENCES[7]}[!1]" in text
    assert f"✗3 contradicted (expected) Right: {LONG}" in text


def test_a_low_screen_leaves_out_what_earned_nothing() -> None:
    text = flat(shown(score("covered", "missing", "partial"), 80, 27))
    assert f"You said: {SENTENCES[0]}[✓1] … {SENTENCES[2]}[◐3] … {SENTENCES[7]}[!1]" in text


def test_words_that_stand_for_two_points_carry_both_and_a_follow_up_its_own() -> None:
    verdicts = score("covered", "partial")
    one, two = verdicts.key_points
    both = (one, two.model_copy(update={"span": place(1), "evidence": SENTENCES[0]}))
    said = Exchange(follow_up="And then?", key_point="draw", answer="It draws.", created=Clock().moment)
    start = len(ANSWER) + 2
    third = one.model_copy(update={"id": "point-3", "span": (start, start + 9), "evidence": "It draws."})
    verdicts = verdicts.model_copy(update={"key_points": (*both, third), "errors": ()})
    text = flat(shown(attempt(verdicts, exchanges=(said,)), 80, 24))
    assert f"You said: {SENTENCES[0]}[✓1 ◐2] …" in text
    assert "To the follow-up: It draws.[✓3]" in text


def test_an_answer_that_earned_nothing_is_not_repeated() -> None:
    nothing = score("missing", "missing").model_copy(update={"errors": ()})
    assert "You said" not in flat(shown(nothing, 80, 60))


def test_without_colours_the_marks_are_still_there() -> None:
    text = flat(shown(score("covered", "partial"), 80, 200, plain=True))
    assert f"{SENTENCES[0]}[+1] {SENTENCES[1]}[~2]" in text


def test_a_high_screen_and_a_pipe_get_everything() -> None:
    for lines in (shown(score(*FULL), 80, 200), shown(score(*FULL), 80, 24, terminal=False)):
        text = flat(lines)
        assert text.count(LONG) > 10
        assert text.count("covered (expected)") == 3
        assert all(text.count(sentence) == 1 for sentence in SENTENCES[:4])


def test_a_second_try_shows_what_is_new_still_missing_and_lost() -> None:
    before = Before(score("missing", "covered", "missing", overall=30), "your last attempt", "in your last attempt")
    text = "\n".join(shown(score("covered", "missing", "missing", overall=52), 80, 60, before=before))
    assert "(30 in your last attempt)" in text
    assert "new: point 1; still missing: point 3; lost: point 2" in text
    alike = flat(shown(score("missing", "covered", "missing", overall=35), 80, 60, before=before))
    assert "35/100" in alike
    assert "Since your last attempt the same points" in alike


def test_a_second_try_that_is_an_estimate_misses_and_loses_nothing() -> None:
    before = Before(score("missing", "covered", "missing", "covered"), "your last attempt", "in your last attempt")
    turned = Reading(kind="turned", likelihood=0.1, evidence=SENTENCES[4], span=place(5))
    now = score("covered", "missing", "missing", "covered", "missing")
    points = (*now.key_points[:4], now.key_points[4].model_copy(update={"reading": turned}))
    now = now.model_copy(update={"key_points": points})
    text = flat(shown(attempt(now, estimate=True), 80, 60, before=before))
    assert "Since your last attempt new: point 1; still not found: point 3; no longer touched on: point 2" in text
    assert not re.search("missing|lost", text)


def test_verdicts_have_a_shape_and_a_word_of_their_own() -> None:
    for plain in (False, True):
        lines = shown(score("covered", "partial", "missing", "contradicted"), 80, 200, plain=plain)
        marks = {verdict: line[0] for verdict in FULL for line in lines if re.match(rf"\S+ +{verdict} \(", line)}
        assert len(set(marks.values())) == 4


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("name", ["GOOD", "HALF", "BAD", "QUIET", "ACCENT"])
def test_every_colour_stands_out_on_black_and_on_white(name: str) -> None:
    bright = luminance(getattr(styles, name))
    assert (bright + 0.05) / 0.05 >= 3.9
    assert 1.05 / (bright + 0.05) >= 3.9


def test_no_color_means_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    out = io.StringIO()
    screen = Screen(out, io.StringIO())
    screen.out._force_terminal = True
    show_result(screen, attempt(score(*FULL)))
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", out.getvalue())
