"""What the judge is trained on: windows of one to three sentences beside a key point, made anew for every epoch.

Each sentence comes with its twin, which says the opposite in nearly the same words, so that neither the overlap with the key
point, nor cue words, nor length, nor style tells them apart. Other sentences of the question are put around both alike.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
STATED, REVERSED, NEIGHBOUR = range(3)
Split = str
"""`train`, `dev` (what thresholds are chosen on) or `test` (looked at once): each question belongs to one."""

NO_EVIDENCE = (
    "Is it true that {}?",
    "Could it be that {}?",
    "What does it mean that {}?",
    "The question is whether {}.",
    "{}?",
    "Whether or not {} is something one could discuss.",
    "I don't know whether {}.",
    "I am not sure if {}, I can't say.",
    "A good answer would contain that {}.",
    "A complete answer should mention that {}.",
    "You would expect me to say that {}.",
    "I have heard people mention that {}, but I could not say what they mean.",
    "Why would one say that {}?",
    "Somebody once told me about it: {}, whatever that means.",
    "I would have to look up whether {}.",
    "Or is it that {}?",
    "Suppose somebody asked me whether {}.",
    "Let me list what one might be asked: {}?",
    "Perhaps {}, perhaps not, no idea.",
    "My notes say that {}, but I never understood it.",
    "In the book there is a chapter on how {}.",
    "Imagine that {}.",
    "If it were the case that {}, things would look different.",
    "I could tell you that {}, if I knew.",
    "Some say that {}.",
    "Let's talk about whether {}.",
    "One key point is probably that {}, I'm guessing.",
    "Fill in the blank: {}.",
    "The examiner wants to hear that {}.",
    "The sentence that {} has so many words.",
    "Please tell me if {}.",
    "Who says that {}?",
    "I once read a headline like this, {}.",
    "Opinions differ on the claim that {}.",
    "Translate the following: {}.",
    "It has been debated whether {}, and I have no opinion.",
    "I'd love to explain why {}, but I can't.",
    "Either {} or it doesn't.",
)
"""Words around a statement that make it a question, hearsay or an announcement: then it is no evidence of anything."""
DENIALS = (
    "It is not true that {}.",
    "It is false that {}.",
    "It's a common myth that {}.",
    "A common misconception is that {}.",
    "Many people wrongly believe that {}.",
    "Nobody should think that {}.",
    "I disagree with the claim that {}.",
    "It is simply not the case that {}.",
    "{}, people say, and that is nonsense.",
    "It would be a mistake to say that {}.",
    "{}. No, that's wrong.",
    "{}, or rather, exactly the opposite.",
    "There is no way that {}.",
    "It's a lie that {}.",
    "Contrary to what some say, it never happens that {}.",
    "Don't believe anybody who tells you that {}.",
    "{}? Certainly not.",
    "It used to be said that {}, which has been refuted.",
    "The opposite holds of the claim that {}.",
    "{}. Not.",
    "I strongly deny that {}.",
    "No serious engineer would claim that {}.",
    "It was a widespread error to think that {}.",
    "It couldn't be further from the truth that {}.",
    "Under no circumstances {}.",
    "I used to think that {}, but I was wrong.",
)
"""Words around a statement that deny it: a truth becomes reversed, and a falsehood stated."""
CLAIMS = (
    "It is true that {}.",
    "I'd say that {}.",
    "As far as I know, {}.",
    "People often forget that {}.",
    "The main thing is that {}.",
    "In my experience {}.",
    "What matters is that {}, no doubt.",
    "It's not a myth: {}.",
    "There is no question that {}.",
    "Don't get me wrong, {}.",
    "I don't doubt that {}.",
    "Not everybody knows it, but {}.",
    "One cannot deny that {}.",
    "If I remember right, {}.",
    "I was told at first it's otherwise, but {}.",
    "Why does it work? Because {}.",
    "I think {}.",
    "I'm not an expert, but {}.",
    "The way I understand it, {}, right?",
    "What happens then? Well, {}.",
    "{}, if that makes sense.",
    "I heard it in a course and then saw it myself: {}.",
    "I don't remember the details, but {}.",
    "First of all, {}.",
)
"""Words around a statement that leave it one."""


@dataclass(frozen=True, slots=True)
class Example:
    """A window of an answer beside a key point."""

    window: str
    point: str
    label: int


@dataclass(frozen=True, slots=True)
class Point:
    """A key point with all that was written about it, by code: + for the truth, - for its twin, = for neighbours."""

    question: str
    texts: tuple[str, ...]
    """The point itself, then its paraphrases."""
    said: dict[str, str]


def read_lines(name: str) -> Iterator[Any]:
    """Yield the rows of a JSONL file beside this one."""
    with (HERE / name).open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def load_points() -> list[Point]:
    """Return the key points that pairs were written for."""
    return [Point(row["question"], tuple(row["texts"]), row["said"]) for row in read_lines("points.jsonl")]


def load_split() -> dict[str, Split]:
    """Return which questions are for what."""
    split: dict[str, Split] = json.loads((HERE / "split.json").read_text(encoding="utf-8"))
    return split


class Mixer:
    """Makes the examples of an epoch."""

    def __init__(self, points: Sequence[Point], windows: Sequence[Any], seed: int) -> None:
        self.points, self.windows = points, windows
        self.by_question: dict[str, list[Point]] = {}
        for point in points:
            self.by_question.setdefault(point.question, []).append(point)
        self.chance = random.Random(seed)  # noqa: S311

    def epoch(self) -> list[list[Example]]:
        """Return groups of examples that belong together: twins, or one alone."""
        groups = [group for point in self.points for group in self._of_point(point)]
        for row in self.windows:
            label = {"stated": STATED, "reversed": REVERSED, "neighbour": NEIGHBOUR}[row["label"]]
            groups += [[Example(row["window"], row["text"], label)]] * (2 if label == REVERSED else 1)
        self.chance.shuffle(groups)
        return groups

    def _of_point(self, point: Point) -> Iterator[list[Example]]:
        pick = self.chance.random
        for code in "vpqnf":
            if f"+{code}" not in point.said or f"-{code}" not in point.said:
                continue
            right, wrong = point.said[f"+{code}"], point.said[f"-{code}"]
            text, labels = self._hypothesis(point, code), (STATED, REVERSED)
            if pick() < 0.13:
                right, wrong, labels = self._framed(right, wrong)
            if pick() < 0.5:
                right, wrong = self._spliced(point, right, wrong)
            yield [Example(window, text, label) for window, label in zip((right, wrong), labels, strict=True)]
        if len(point.texts) > 1 and pick() < 0.5:
            window = self.chance.choice(point.texts[1:])
            yield [Example(self._spliced(point, window)[0] if pick() < 0.4 else window, point.texts[0], STATED)]
        for code in ("=1", "=2"):
            if code in point.said:
                window = point.said[code]
                yield [Example(self._spliced(point, window)[0] if pick() < 0.4 else window, point.texts[0], NEIGHBOUR)]
        for _ in range(3):
            other = self.chance.choice(self.by_question[point.question] if pick() < 0.75 else self.points)
            if other is not point:
                window = self.chance.choice([*other.said.values(), *other.texts[1:]])
                yield [Example(self._spliced(point, window)[0] if pick() < 0.3 else window, point.texts[0], NEIGHBOUR)]
        if pick() < 0.4:
            yield [Example(self._without_statement(point), point.texts[0], NEIGHBOUR)]

    def _hypothesis(self, point: Point, code: str) -> str:
        """Return the point, or a paraphrase, or another true sentence that states it."""
        others = [point.said[c] for c in ("+v", "+p", "+q", "+n") if c in point.said and c[1] != code]
        draw = self.chance.random()
        return (
            point.texts[0]
            if draw < 0.65
            else self.chance.choice(point.texts[1:] or point.texts if draw < 0.85 else others or point.texts)
        )

    def _framed(self, right: str, wrong: str) -> tuple[str, str, tuple[int, int]]:
        forms, labels = self.chance.choice(
            [(NO_EVIDENCE, (NEIGHBOUR, NEIGHBOUR)), (DENIALS, (REVERSED, STATED)), (CLAIMS, (STATED, REVERSED))]
        )
        form = self.chance.choice(forms)
        return form.format(_inner(right)), form.format(_inner(wrong)), labels

    def _spliced(self, point: Point, *windows: str) -> tuple[str, ...]:
        """Put one or two other sentences of the question around each window, the same around all."""
        others = []
        for _ in range(1 if self.chance.random() < 0.7 else 2):
            other = self.chance.choice(self.by_question[point.question])
            codes = [code for code in other.said if code.startswith("=") or other is not point]
            if codes:
                others.append(other.said[self.chance.choice(codes)])
        place = self.chance.randint(0, len(others))
        return tuple(" ".join([*others[:place], window, *others[place:]]) for window in windows)

    def _without_statement(self, point: Point) -> str:
        """Return words of the point that state nothing: shuffled, with gaps, or in a keyword list."""
        words = self.chance.choice([*point.texts, point.said.get("+v", point.texts[0])]).rstrip(".").split()
        draw = self.chance.random()
        if draw < 0.5:
            self.chance.shuffle(words)
        elif draw < 0.75:
            words = [word if self.chance.random() < 0.55 else "____" for word in words]
        else:
            long = [word.strip(",.") for word in words if len(word) > 5]
            return f"There is {', '.join(long)} and so on, all of that plays a role here." if long else "That plays a role."
        return " ".join(words) + "."


def _inner(sentence: str) -> str:
    return (sentence[0].lower() + sentence[1:] if not sentence[:2].isupper() and sentence[:2] != "I " else sentence).rstrip(
        ".!?"
    )
