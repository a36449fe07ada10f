"""Short statements of key points, each beside a wrong twin, alone and several together: statements.jsonl."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

from answers import LONGEST_WORDS, NEIGHBOUR, REVERSED, STATED, Example, key_points, read_lines

SIDES = ("right", "wrong")
TOLD = 0.08
"""How often a window of several statements begins with words that deny all that follows, or with words that do not."""


def load_statements() -> list[Any]:
    """Return the statements by question, with the texts of its key points by their identifiers."""
    known = key_points()
    return [{"points": known.get(row["question"])} | row for row in read_lines("statements.jsonl")]


def _label(statement: Any, side: str, point: str) -> int | None:
    """Return what the right or the wrong text does with a key point; nothing where one could argue."""
    half, stated, turned = ("half", "stated", "") if side == "right" else ("wrong_half", "still", "reversed")
    if point in statement.get(half, ()):
        return None
    return STATED if point in statement.get(stated, ()) else REVERSED if point in statement.get(turned, ()) else NEIGHBOUR


def alone(row: Any, chance: random.Random) -> Iterator[list[Example]]:
    """Yield each statement with its twin beside the key points that they tell apart, and now and then beside others."""
    for statement in row["statements"]:
        for point, text in row["points"].items():
            found = [(statement[side], _label(statement, side, point)) for side in SIDES if side in statement]
            group = [Example(window, text, label) for window, label in found if label is not None]
            if any(example.label != NEIGHBOUR for example in group):
                yield group
            elif group and chance.random() < 0.2:
                yield [chance.choice(group)]


def together(row: Any, forms: Any, chance: random.Random) -> Iterator[Example]:
    """Yield two to six statements of a question in one window, some of them wrong, beside some of its key points."""
    statements: Sequence[Any] = row["statements"]
    wrong = chance.choice((0.0, 0.0, 0.5, 0.5, 1.0))
    chosen = [
        (statement, "wrong" if "wrong" in statement and chance.random() < wrong else "right")
        for statement in chance.sample(statements, min(len(statements), chance.choice((2, 2, 3, 3, 4, 5, 6))))
    ]
    window = _joined([statement[side] for statement, side in chosen], chance.choice((" ", " ", " ", "\n", "; ", ", ")))
    if len(window.split()) > LONGEST_WORDS:
        return
    draw = chance.random()
    denied = draw < TOLD
    first = chance.choice(forms["denied_ahead"] if denied else forms["held_ahead"]) if draw < 2 * TOLD else ""
    opened = f"{first} {window}".strip()
    for point, text in row["points"].items():
        does = {_label(statement, side, point) for statement, side in chosen}
        if does == {NEIGHBOUR}:
            if chance.random() < 0.35:
                yield Example(opened, text, NEIGHBOUR)
        elif does <= {STATED, NEIGHBOUR}:
            yield Example(opened, text, REVERSED if denied else STATED)
        elif does <= {REVERSED, NEIGHBOUR}:
            yield Example(window if denied else opened, text, REVERSED)


def _joined(texts: Sequence[str], join: str) -> str:
    if join in {"; ", ", "}:
        return join.join(text.rstrip(".") for text in texts)
    return join.join(text if text[-1] in ".!?" or join == "\n" else f"{text}." for text in texts)
