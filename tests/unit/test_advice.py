"""What an estimate advises: an action for this answer, by the kind of gap."""

from pathlib import Path

import pytest

from interviewer.grading.advice import advice
from interviewer.models import PointVerdict, Verdict
from tests.conftest import Run
from tests.fakes import question

TEA = question()
BOILING = next(point.text for point in TEA.key_points if point.id == "boiling")


def verdict(name: str, given: Verdict, words: str | None = None, **changes: object) -> PointVerdict:
    point = next(point for point in TEA.key_points if point.id == name)
    span = None if words is None else (0, len(words))
    fields = {"id": point.id, "text": point.text, "weight": point.weight, "verdict": given, "evidence": words, "span": span}
    return PointVerdict.model_validate(fields | changes)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([verdict("boiling", "missing")], (f"Add, or mark as said: {BOILING}",)),
        ([verdict("draw", "covered", "It draws."), verdict("boiling", "missing", by_person="missing")], (f"Add: {BOILING}",)),
        ([verdict("boiling", "partial", "hot water")], (f"“hot water” comes near; add, or mark as said: {BOILING}",)),
        ([verdict("boiling", "partial", "hot water", by_person="partial")], (f"“hot water” is half of it; add: {BOILING}",)),
        (
            [verdict("boiling", "contradicted", "never boil it")],
            (f"“never boil it” may be the other way round: check it, then say: {BOILING}",),
        ),
        ([verdict("boiling", "covered", "It boils.")], ()),
    ],
)
def test_the_kind_of_gap_decides_what_to_do(points: list[PointVerdict], expected: tuple[str, ...]) -> None:
    assert advice(points) == expected


def test_a_point_about_what_an_answer_does_is_an_instruction() -> None:
    (found,) = advice([verdict("boiling", "missing", text="Names naive Bayes.")])
    assert found.endswith(": Name naive Bayes.")


def test_a_statement_of_a_reference_stays_a_statement() -> None:
    point = verdict("boiling", "missing", text="Names are bound to values.").model_copy(update={"id": "derived-1"})
    (found,) = advice([point])
    assert found.endswith(": Names are bound to values.")


def test_the_right_words_in_the_wrong_places_are_an_exchange() -> None:
    (found,) = advice([verdict("boiling", "contradicted", BOILING)])
    assert "two things may have changed places" in found


def test_what_the_person_counted_is_no_gap() -> None:
    assert advice([verdict("boiling", "missing", by_person="covered")]) == ()


def test_a_point_from_a_reference_answer_has_no_name_but_its_words(run: Run, tmp_path: Path) -> None:
    fields = ("number: 1", "id: roux", "topic: kitchen", "level: basic", "question: What is a roux?")
    text = "\n  ".join(("- " + fields[0], *fields[1:], "reference: Equal parts of flour and fat. It thickens sauces."))
    (tmp_path / "kitchen.yaml").write_text(text)
    shown = run("grade", "--bank", "kitchen.yaml", "--question", "roux", "--grader", "embedded", stdin="Kitchen stuff.")
    assert "Better: " in shown.out, shown.err
    assert "derived" not in shown.out
