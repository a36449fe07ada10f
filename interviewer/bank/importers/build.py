"""From drafts to questions: merged, numbered, named and checked."""

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence

from pydantic import ValidationError

from interviewer.bank.importers.draft import Draft, Imported, Note, slug
from interviewer.bank.importers.duplicates import near_duplicates, similarity, wording
from interviewer.bank.text_file import SPLIT
from interviewer.errors import InputError
from interviewer.models import Question
from interviewer.text.clean import clean_line

_SAME = 0.5
"""Content words that a question in a list and one with its number and an answer share, if they are one."""
_MOST = 10_000
"""Questions of one bank: each is kept in memory."""


def build(drafts: Sequence[Draft], notes: Iterable[Note], topic: str, earlier: Sequence[Question]) -> Imported:
    """Make questions of drafts. `topic` is for those without one; `earlier` is what an older import of the file held.

    Raises:
        InputError: there are too many.
    """
    told = list(notes)
    merged = _merged(drafts, told)
    if len(merged) > _MOST:
        raise InputError(f"there are more than {_MOST:,} questions in this file", next_step=SPLIT)
    _number(merged, told)
    _name(merged, earlier, told)
    questions: list[Question] = []
    lines: list[int] = []
    for draft in merged:
        try:
            question = Question.model_validate({"topic": topic, "level": "basic", "reference": "", **draft.fields})
        except ValidationError as error:
            told.append(Note(draft.line, f"left out: {_reason(error)}"))
            continue
        questions.append(question)
        lines.append(draft.line)
        if not question.reference and not question.key_points:
            told.append(Note(draft.line, "kept without an answer: it can be asked and not graded"))
    for later, before in near_duplicates([question.question for question in questions]):
        told.append(Note(lines[later], f"much like the question in line {lines[before]}; both are kept"))
    return Imported(tuple(questions), tuple(sorted(told, key=lambda note: note.line)))


def _merged(drafts: Sequence[Draft], notes: list[Note]) -> list[Draft]:
    """Bring together what a file says in two places: questions first, their answers later. Named drafts stay as they are."""
    merged: list[Draft] = []
    seen: dict[str, Draft] = {}
    waiting: dict[tuple[object, object], Draft] = {}
    for draft in drafts:
        if "id" in draft.fields or not draft.text("question"):
            merged.append(draft)
            continue
        words = wording(draft.text("question"))
        place = (draft.fields.get("number"), draft.fields.get("topic"))
        same = seen.get(words)
        if same is None and draft.text("reference") and (listed := waiting.get(place)) is not None:
            alike = similarity(listed.text("question"), draft.text("question")) >= _SAME
            same = listed if alike and not listed.text("reference") else None
        if same is None or _differ(same, draft):
            merged.append(draft)
            seen.setdefault(words, draft)
            if same is None and not draft.text("reference") and draft.fields.get("number") is not None:
                waiting[place] = draft
        elif bool(same.text("reference")) == bool(draft.text("reference")):
            notes.append(Note(draft.line, f"left out: it repeats line {same.line}, word for word"))
        elif draft.text("reference"):
            if wording(same.text("question")) != words:
                notes.append(Note(draft.line, f"taken for the answer to line {same.line}, which has the same number"))
            same.fields = draft.fields | {
                name: same.fields[name] for name in ("number", "topic", "level") if name in same.fields
            }
            same.line = draft.line
            seen[words] = same
    return merged


def _differ(one: Draft, other: Draft) -> bool:
    return bool(one.text("reference") and other.text("reference")) and one.text("reference") != other.text("reference")


def _number(drafts: Sequence[Draft], notes: list[Note]) -> None:
    """Give numbers to drafts whose file says nothing about them; count anew where numbers repeat."""
    given = [number for draft in drafts if isinstance(number := draft.fields.get("number"), int)]
    taken = set(given)
    if len(taken) < len(given):
        notes.append(Note(drafts[0].line, f"numbers repeat in this file, so the questions are numbered 1 to {len(drafts)}"))
        for number, draft in enumerate(drafts, 1):
            draft.fields["number"] = number
        return
    free = (number for number in itertools.count(1) if number not in taken)
    for draft in drafts:
        if "number" not in draft.fields:
            draft.fields["number"] = next(free)


def _name(drafts: Sequence[Draft], earlier: Sequence[Question], notes: list[Note]) -> None:
    """Give each draft an id of its own: the file's, else the one it had in the earlier bank, else a slug of its wording.

    A question is the earlier one if its words are the same, or if its number is and the earlier words are gone.
    """
    by_words = {wording(question.question): question.id for question in earlier}
    present = {wording(draft.text("question")) for draft in drafts}
    by_number: dict[object, str] = {q.number: q.id for q in earlier if wording(q.question) not in present}
    by_number.pop(None, None)
    used: set[object] = set()
    nameless: list[tuple[Draft, str]] = []
    for draft in drafts:
        given = draft.fields.get("id")
        number = draft.fields.get("number")
        known = by_words.get(wording(draft.text("question"))) or (by_number.get(number) if isinstance(number, int) else None)
        identity = given or known
        if isinstance(identity, str) and identity in used:
            nameless.append((draft, identity))
        elif identity is None:
            nameless.append((draft, slug(draft.text("question"))))
        else:
            draft.fields["id"] = identity
            used.add(identity if isinstance(identity, str) else None)
    # Names that the file or the earlier bank gives come first, so that a new question never takes one of them.
    following: Counter[str] = Counter()
    for draft, identity in nameless:
        fresh = identity
        while fresh in used:
            following[identity] += 1
            fresh = f"{identity}-{following[identity] + 1}"
        if "id" in draft.fields:
            notes.append(Note(draft.line, f"the id {clean_line(identity, 80)} is used twice; here it is now {fresh}"))
        draft.fields["id"] = fresh
        used.add(fresh)


def _reason(error: ValidationError) -> str:
    """Name the first field that is wrong, and what is wrong with it."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field = ".".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    return clean_line(f"{field}: {message}" if field else message)
