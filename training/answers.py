"""Windows of whole answers beside key points, with what they do with them: short, general and spoken.jsonl."""

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
STATED, REVERSED, NEIGHBOUR = range(3)
LABELS = ("stated", "reversed")
LONGEST_WORDS = 80
"""Of a window: what the judge reads."""
LONGEST_REFERENCE = 50
"""Words of all key points together, up to which an answer is put beside them as a whole."""


@dataclass(frozen=True, slots=True)
class Example:
    """A window of an answer beside a key point."""

    window: str
    point: str
    label: int


def read_lines(name: str) -> Iterator[Any]:
    """Yield the rows of a JSONL file beside this one."""
    with (HERE / name).open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def key_points() -> dict[str, dict[str, str]]:
    """Return the texts of the key points by their identifiers, by those of the questions."""
    texts: dict[str, dict[str, str]] = {}
    for row in read_lines("points.jsonl"):
        texts.setdefault(row["question"], {})[row["point"]] = row["texts"][0]
    return texts


def load_short() -> list[Any]:
    """Return the short answers, each with the texts of the key points of its question by their identifiers."""
    texts = key_points()
    return with_right_twins(row | {"points": texts[row["question"]]} for row in read_lines("short.jsonl"))


def load_answers(name: str) -> list[Any]:
    """Return the answers of a file whose rows are questions, each with its question and the key points of that."""
    rows = read_lines(name)
    return with_right_twins(row | answer for row in rows for answer in row.pop("answers"))


def with_right_twins(rows: Iterable[Any]) -> list[Any]:
    """Return the answers, and of each that turns points round and was put right, sentence by sentence, what it then says."""
    found = []
    for row in rows:
        found.append(row)
        if any("righted" in sentence for sentence in row.get("sentences", ())):
            right = [_righted(sentence) for sentence in row["sentences"] if "righted" in sentence or "reversed" not in sentence]
            found.append(row | {"kind": "righted", "sentences": right})
    return found


def _righted(sentence: Any) -> Any:
    stated = [*sentence.get("stated", ()), *sentence.get("reversed", ())]
    return sentence | {"text": sentence.get("righted", sentence["text"]), "stated": stated, "reversed": ()}


def short_examples(row: Any) -> Iterator[Example]:
    """Yield windows of one to three sentences of a short answer, and all of it, beside every key point of its question.

    All of a short answer is put beside all key points together as well, as if they were one.
    """
    sentences = row["sentences"]
    places = {(start, min(start + size, len(sentences))) for size in (1, 2, 3, 9) for start in range(len(sentences))}
    for start, end in sorted(places):
        inside = sentences[start:end]
        window = " ".join(sentence["text"] for sentence in inside)
        if len(window.split()) > LONGEST_WORDS:
            continue
        turned = {point for sentence in inside for point in sentence.get("reversed", ())}
        unsure = {point for sentence in inside for point in sentence.get("half", ())}
        said: set[str] = set()
        for number, sentence in enumerate(inside):
            alone = number == 0 and sentence.get("with_previous")
            (unsure if alone else said).update(sentence.get("stated", ()))
        for point, text in row["points"].items():
            if point in turned and point in said:
                continue
            if point in turned or point in said:
                yield Example(window, text, REVERSED if point in turned else STATED)
            elif point not in unsure:
                yield Example(window, text, NEIGHBOUR)
        whole = len(row["points"]) > 1 and len(inside) == len(sentences) and not unsure
        reference = " ".join(row["points"].values())
        if whole and len(reference.split()) <= LONGEST_REFERENCE and (turned or not said or said >= row["points"].keys()):
            yield Example(window, reference, REVERSED if turned else STATED if said else NEIGHBOUR)


def spoken_examples(row: Any, chance: random.Random) -> Iterator[Example]:
    """Yield windows of one to four spans of a spoken answer beside each key point that it was judged on.

    A verdict is "missing", or what the answer does with the key point and the first and the last span that carry it. Five
    windows around these, four of an answer without the point, and now and then one that lies elsewhere.
    """
    spans = row["spans"]
    places = [(first, first + more) for more in range(4) for first in range(len(spans) - more)]
    windows = {place: " ".join(spans[place[0] : place[1] + 1]) for place in places}
    windows = {place: window for place, window in windows.items() if len(window.split()) <= LONGEST_WORDS}
    for point, (verdict, *carried) in row["verdicts"].items():
        text = row["points"][point]
        first, last = carried or (len(spans), -1)
        around = [window for place, window in windows.items() if place[0] <= first and place[1] >= last]
        elsewhere = [window for place, window in windows.items() if place[1] < first or place[0] > last]
        if verdict in LABELS:
            for window in chance.sample(around, min(5, len(around))):
                yield Example(window, text, LABELS.index(verdict))
            elsewhere = elsewhere if chance.random() < 0.5 else []
        for window in chance.sample(elsewhere, min(1 if verdict in LABELS else 4, len(elsewhere))):
            yield Example(window, text, NEIGHBOUR)


def crossed(rows: list[Any], chance: random.Random) -> Iterator[Example]:
    """Yield spans of spoken answers beside two key points of other questions each."""
    for row in rows:
        other = chance.choice(rows)
        if other["question"] != row["question"]:
            for text in chance.sample(sorted(other["points"].values()), 2):
                yield Example(chance.choice(row["spans"]), text, NEIGHBOUR)
