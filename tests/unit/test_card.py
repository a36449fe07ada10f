"""The score card: seen as a whole on any screen, readable on black and on white, told by more than colour."""

import io
import re

import pytest
from rich.console import Console

from interviewer.models import ErrorNote, GraderInfo, Grading, PointVerdict, Rejected, Score, Verdict
from interviewer.terminal import colours
from interviewer.terminal.card import Before, card
from interviewer.terminal.screen import Screen

LONG = "A sentence that goes on and on about how the thing works in practice, with a reason and an example to it."


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
                evidence=None if verdict == "missing" else LONG,
                span=None if verdict == "missing" else (0, 10),
            )
            for number, verdict in enumerate(verdicts, 1)
        ),
        errors=(ErrorNote(evidence=LONG, span=(0, 10), correction=LONG, severity="major"),) * 3,
        strengths=(LONG, LONG),
        improvements=(LONG, LONG),
        model_answer=LONG,
        follow_up=LONG,
    )


def grading(of: Score) -> Grading:
    who = GraderInfo(kind="llm", model="stub", prompt_version="1", estimate=False)
    return Grading(question_id="tea", status="graded", score=of, grader=who, usage=None)


def shown(
    of: Score, width: int, height: int, *, before: Before | None = None, terminal: bool = True, **how: object
) -> list[str]:
    out = io.StringIO()
    console = Console(file=out, width=width, height=height, force_terminal=terminal, color_system=None)
    console.print(card(console, grading(of), of, before=before, expected=None, plain=bool(how.get("plain"))))
    return out.getvalue().splitlines()


FULL: tuple[Verdict, ...] = ("covered", "covered", "covered", "partial", "missing", "missing", "contradicted")


@pytest.mark.parametrize(("width", "height"), [(80, 24), (140, 24), (60, 30)])
def test_the_longest_card_fits_on_the_screen_with_the_menu_below_it(width: int, height: int) -> None:
    lines = shown(score(*FULL), width, height, before=Before(score(*FULL, overall=30), "your last attempt"))
    assert len(lines) <= height - 2
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    assert "3 covered: point 1, point 2, point 3" in text  # collapsed, not dropped
    for verdict in ("partial", "missing", "contradicted", "Wrong:", "Better:", "Next I would ask:"):
        assert verdict in text


def test_a_credit_that_was_claimed_and_not_said_is_marked_on_any_screen() -> None:
    card_score = score(*FULL)
    first = card_score.key_points[4].model_copy(update={"rejected": Rejected(claimed="covered", reason="no words")})
    points = (*card_score.key_points[:4], first, *card_score.key_points[5:])
    card_score = card_score.model_copy(update={"key_points": points})
    assert "claimed but not said" in "\n".join(shown(card_score, 80, 24))
    assert "but you did not say it: no words" in " ".join(" ".join(shown(card_score, 80, 200)).split())


def test_a_high_screen_and_a_pipe_get_everything() -> None:
    for lines in (shown(score(*FULL), 80, 200), shown(score(*FULL), 80, 24, terminal=False)):
        text = " ".join(" ".join(lines).split())
        assert text.count(LONG) > 15
        assert text.count("covered (expected)") == 3


def test_a_second_try_shows_what_is_new_still_missing_and_lost() -> None:
    before = Before(score("missing", "covered", "missing", overall=30), "your last attempt")
    text = "\n".join(shown(score("covered", "missing", "missing", overall=52), 80, 60, before=before))
    assert "30 → 52/100" in text
    assert "new: point 1; still missing: point 3; lost: point 2" in text


def test_verdicts_have_a_shape_and_a_word_of_their_own() -> None:
    for plain in (False, True):
        lines = shown(score("covered", "partial", "missing", "contradicted"), 80, 200, plain=plain)
        marks = {verdict: line.split()[0] for verdict in FULL for line in lines if line[1:].startswith(f" {verdict} (")}
        assert len(set(marks.values())) == 4


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("name", ["GOOD", "HALF", "BAD", "QUIET", "ACCENT"])
def test_every_colour_stands_out_on_black_and_on_white(name: str) -> None:
    bright = luminance(getattr(colours, name))
    assert (bright + 0.05) / 0.05 >= 3.9
    assert 1.05 / (bright + 0.05) >= 3.9


def test_no_color_means_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    out = io.StringIO()
    screen = Screen(out, io.StringIO())
    screen.out._force_terminal = True
    screen.result(grading(score(*FULL)), saved_as=1)
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", out.getvalue())
