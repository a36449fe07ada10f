"""Drafts and notes, which importers make of files, and how drafts become questions: merged, numbered, named and checked."""

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from interviewer.errors import InputError
from interviewer.models import Question, first_error
from interviewer.text.clean import clean_line
from interviewer.text.read_file import SPLIT
from interviewer.text.slug import slug
from interviewer.text.words import substance

_SAME = 0.5
"""Share of content words in common from which two questions of one number are one, the second with the answer."""
_ALIKE = 0.6
"""Share of content words in common from which two questions are near-duplicates."""
_COMMON = 40
"""A word in more questions than this says little, and comparing all of them would take quadratic time."""
_ALIKE_NOTES = 5
"""Notes of one kind from which they are one line, and the lines that it names."""
_MORE_FIELDS = re.compile(r"[?？؟] ?[|;\t] ?\w")
_REFRAIN = 5
"""References that end in the same paragraph, from which it is no part of the answers."""
_MOST_QUESTIONS = 10_000
"""Questions of one bank: each is kept in memory."""


@dataclass(slots=True)
class Note:
    """Something about the file that its owner should know: what was left out, and why."""

    line: int
    message: str
    lost: bool = False
    """It looked like a question and became none."""
    file: str = ""
    """Its name, where an import reads several."""

    @property
    def kind(self) -> str:
        """The message without what it says of one line: its text, and the numbers of lines."""
        return re.sub(
            r"(?:\S+, )?line \d+|\d+", "", re.sub(r"(, (?:since|as)\b[^:]*): .*", r"\1", self.message, flags=re.DOTALL)
        )

    def __str__(self) -> str:
        return f"{_where(self.line, self.file)}: {self.message}"


@dataclass(slots=True)
class Draft:
    """One question as a file has it: the fields of a bank row, as far as they are there."""

    line: int
    fields: dict[str, object] = field(default_factory=dict)
    file: str = ""
    """Its name, where an import reads several."""

    @property
    def where(self) -> str:
        return _where(self.line, self.file)

    def text(self, name: str) -> str:
        """Return a field's text; empty where there is none."""
        value = self.fields.get(name)
        return value.strip() if isinstance(value, str) else ""

    def note(self, message: str, *, lost: bool = False) -> Note:
        """Return a note about this draft."""
        return Note(self.line, message, lost, self.file)


def _where(line: int, file: str) -> str:
    return f"{file}, line {line}" if file else f"line {line}"


@dataclass(frozen=True, slots=True)
class Imported:
    """The result of an import: the questions, and notes about the rest, the reason that lost most questions first."""

    questions: tuple[Question, ...]
    notes: tuple[Note, ...]

    @property
    def mostly_wrong(self) -> bool:
        """Whether fewer than half of what looked like a question became one."""
        return len(self.questions) < sum(note.lost for note in self.notes)

    def digest(self) -> list[str]:
        """Return the notes, a line for many of one kind: the first, how many more there are, and where some of these are."""
        kinds: dict[tuple[str, bool, str], list[Note]] = defaultdict(list)
        for note in self.notes:
            kinds[note.file, note.lost, note.kind].append(note)
        return [line for alike in kinds.values() for line in _digested(alike)]


def _digested(alike: Sequence[Note]) -> list[str]:
    if len(alike) < _ALIKE_NOTES:
        return [str(note) for note in alike]
    more = ", ".join(str(note.line) for note in alike[1:_ALIKE_NOTES])
    end = ", …" if len(alike) > _ALIKE_NOTES else ""
    return [f"{alike[0]} (and {len(alike) - 1} more like this, in lines {more}{end})"]


def build(drafts: Sequence[Draft], notes: Iterable[Note], earlier: Sequence[Question]) -> Imported:
    """Make questions of drafts. `earlier` is what an older import of the same files held.

    Raises:
        InputError: there are too many.
    """
    notes = list(notes)
    merged = _merged(drafts, notes)
    if len(merged) > _MOST_QUESTIONS:
        raise InputError(f"there are more than {_MOST_QUESTIONS:,} questions in this import", next_step=SPLIT)
    unread = [not draft.text("reference") and _MORE_FIELDS.search(draft.text("question")) for draft in merged]
    if 2 * sum(map(bool, unread)) > len(merged):
        reason = "left out, since its line holds more fields than were understood"
        lines = list(itertools.compress(merged, unread))
        notes += [draft.note(f"{reason}: {clean_line(draft.text('question'), 60)}", lost=True) for draft in lines]
        merged = [draft for draft, lost in zip(merged, unread, strict=True) if not lost]
    _number(merged, notes)
    _name(merged, earlier, notes)
    before = {question.id: question for question in earlier}
    built: list[tuple[Draft, Question]] = []
    for draft in merged:
        try:
            question = _question(draft, notes)
        except ValidationError as error:
            reason = first_error(error) if draft.text("question") else "it has no question"
            notes.append(draft.note(f"left out: {reason}", lost=True))
            continue
        question = _with_earlier_parts(question, before.get(question.id))
        built.append((draft, question))
        if not question.reference and not question.key_points:
            notes.append(draft.note("kept without a reference answer: add one, or answers to it cannot be graded"))
    questions = tuple(question for _, question in built)
    lost = Counter(note.kind for note in notes if note.lost)
    notes.sort(key=lambda note: (not note.lost, -lost[note.kind] if note.lost else 0, note.file, note.line))
    for later, first in _near_duplicates([question.question for question in questions]):
        notes.append(built[later][0].note(f"much like the question in {built[first][0].where}; both are kept"))
    return Imported(questions, tuple(notes))


def _question(draft: Draft, notes: list[Note]) -> Question:
    """Make a question of a draft; what it may lack goes with a note if it is of another type, such as points of a quiz."""
    fields = {"level": "basic", "reference": "", **draft.fields}
    try:
        return Question.model_validate(fields)
    except ValidationError as error:
        wrong = {str(problem["loc"][0]) for problem in error.errors() if problem["loc"]}
        if not wrong or any(Question.model_fields[name].is_required() for name in wrong if name in Question.model_fields):
            raise
        question = Question.model_validate({name: value for name, value in fields.items() if name not in wrong})
        notes.append(draft.note(f"kept without {', '.join(sorted(wrong))}: {first_error(error)}"))
        return question


def drop_refrain(drafts: Sequence[Draft]) -> None:
    """Take off the last paragraph of a file's references that most of them share, such as a link to its site."""
    parted = [draft.text("reference").rpartition("\n\n") for draft in drafts]
    for refrain, count in Counter(end for before, _, end in parted if before and re.match(r"\w", end)).most_common(1):
        if count >= _REFRAIN and 2 * count > len(drafts):
            for draft, (before, _, end) in zip(drafts, parted, strict=True):
                if before and end == refrain:
                    draft.fields["reference"] = before.rstrip()


def _merged(drafts: Sequence[Draft], notes: list[Note]) -> list[Draft]:
    """Bring together what is said in two places: questions first, their answers later. Drafts with an id stay as they are.

    An answer belongs to the question of the same words; else to the one of the same number and topic if they share half of
    their words; or, where an answer comes without any question, to the one of the same number that has no answer yet.
    """
    merged: list[Draft] = []
    seen: dict[str, Draft] = {}
    waiting: dict[object, Draft] = {}
    for draft in drafts:
        if "id" in draft.fields:
            merged.append(draft)
            continue
        number = str(draft.fields.get("number") or "")
        if not draft.text("question"):
            _answer_by_number(draft, waiting.get(number), merged, notes)
            continue
        place = (number, draft.text("topic"))
        words = _wording(draft.text("question"))
        same = seen.get(words)
        if same is None and draft.text("reference") and (listed := waiting.get(place)) is not None:
            alike = _overlap(*(substance(one.text("question"), "") for one in (listed, draft))) >= _SAME
            same = listed if alike and not listed.text("reference") else None
        if same is None or (same.text("reference") and draft.text("reference") not in {"", same.text("reference")}):
            merged.append(draft)
            seen.setdefault(words, draft)
            if number and not draft.text("reference"):
                waiting[place] = draft
                waiting.setdefault(number, draft)
        elif bool(same.text("reference")) == bool(draft.text("reference")):
            notes.append(draft.note(f"left out: it repeats {same.where}, word for word"))
        elif draft.text("reference"):
            if _wording(same.text("question")) != words:
                notes.append(draft.note(f"taken for the answer to {same.where}, which has the same number"))
            same.fields = draft.fields | {
                name: same.fields[name] for name in ("number", "topic", "level") if name in same.fields
            }
            same.line, same.file = draft.line, draft.file
            seen[words] = same
    return merged


def _answer_by_number(answer: Draft, question: Draft | None, merged: list[Draft], notes: list[Note]) -> None:
    if question is not None and not question.text("reference") and answer.text("reference"):
        question.fields["reference"] = answer.fields["reference"]
    elif "question" in answer.fields:
        merged.append(answer)  # an empty question, which is reported when it is checked
    else:
        notes.append(answer.note("left out: an answer without a question"))


def _number(drafts: Sequence[Draft], notes: list[Note]) -> None:
    """Give numbers to drafts whose file says nothing about them; count anew where numbers repeat."""
    given = [number for draft in drafts if isinstance(number := draft.fields.get("number"), int)]
    taken = set(given)
    if len(taken) < len(given):
        notes.append(drafts[0].note(f"numbers repeat, so the questions are numbered 1 to {len(drafts)}"))
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
    present = {_wording(draft.text("question")) for draft in drafts}
    by_words = {_wording(question.question): question.id for question in earlier}
    by_number = {q.number: q.id for q in earlier if q.number is not None and _wording(q.question) not in present}
    used: set[str] = set()
    unnamed: list[tuple[Draft, str]] = []
    for draft in drafts:
        number = draft.fields.get("number")
        known = by_words.get(_wording(draft.text("question"))) or (by_number.get(number) if isinstance(number, int) else None)
        identity = draft.text("id") if "id" in draft.fields else known or slug(draft.text("question"))
        if identity in used or ("id" not in draft.fields and not known):
            unnamed.append((draft, identity))
        elif identity:
            draft.fields["id"] = identity
            used.add(identity)
    # Ids from the file or the earlier bank come first, so that a new question never takes one of them.
    following: Counter[str] = Counter()
    for draft, identity in unnamed:
        fresh = identity
        while fresh in used:
            following[identity] += 1
            fresh = f"{identity}-{following[identity] + 1}"
        if "id" in draft.fields:
            notes.append(draft.note(f"the id {clean_line(identity, 80)} is used twice; here it is now {fresh}"))
        draft.fields["id"] = fresh
        used.add(fresh)


def _with_earlier_parts(question: Question, earlier: Question | None) -> Question:
    """Keep what an older bank has about a question and the new file says nothing about, such as its key points."""
    if earlier is None or question.key_points:
        return question
    parts = ("key_points", "misconceptions", "follow_ups", "hint", "sources", "proposed")
    return question.model_copy(update={part: getattr(earlier, part) for part in parts if not getattr(question, part)})


def _near_duplicates(questions: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the positions of questions that nearly repeat an earlier one: the later first, then the earlier."""
    contents = [substance(question, "") for question in questions]
    frequency = Counter(word for content in contents for word in content)
    holders: dict[str, list[int]] = defaultdict(list)
    for position, content in enumerate(contents):
        telling = [word for word in content if frequency[word] <= _COMMON]
        for earlier in sorted({holder for word in telling for holder in holders[word]}):
            if _overlap(content, contents[earlier]) >= _ALIKE:
                yield position, earlier
                break
        for word in telling:
            holders[word].append(position)


def _wording(text: str) -> str:
    """Return the letters and digits of a question: the same for two that differ in case, spaces or punctuation only."""
    return "".join(re.findall(r"\w+", text.casefold()))


def _overlap(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(1, len(one | other))
