"""What the judge is trained on: windows of one to three sentences beside a key point, made anew for every epoch.

Each sentence comes with its twin, which says the opposite in nearly the same words, so that neither the overlap with the key
point, nor cue words, nor length, nor style tells them apart. Other statements of the question are put before or after both
alike, as sentences of their own or within one sentence; frames around both leave them statements, deny them, or make them none.
"""

import json
import random
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import statements
from answers import HERE, NEIGHBOUR, REVERSED, STATED, Example, crossed, read_lines, short_examples, spoken_examples

FORMS: dict[str, Any] = tomllib.loads((HERE / "forms.toml").read_text(encoding="utf-8"))
TOGETHER = 12
"""Windows of several statements of a question."""
ASKED_SHARES = {STATED: 0.35, REVERSED: 0.55, NEIGHBOUR: 0.1}
"""Of the windows that are read of whole answers, what an epoch has of them."""
SHORT_SHARE, TWIN_SHARE = 0.06, 0.35
"""Of the windows of short answers, what an epoch has of them: there are many, and much alike. More of swapped ones with their
right twins: right statements in terms of the field have to be as common as wrong ones."""
OTHER_SHARE = 0.03
"""How many of them are put beside a key point of any other question as well."""
Split = str
"""`train`, `dev` (what thresholds are chosen on) or `test` (measured on only): each question belongs to one."""


TWINS = "vpqnfstu"
"""The codes of true sentences that have a twin: README.md says what each is."""
Pair = tuple[str, str]
"""A statement and its twin."""


@dataclass(frozen=True, slots=True)
class Point:
    """A key point with all that was written about it, by code: + for the truth, - for its twin, = for neighbours."""

    question: str
    texts: tuple[str, ...]
    """The point itself, then its paraphrases."""
    said: dict[str, str]

    def pairs(self) -> list[Pair]:
        """Return the true sentences with their twins."""
        return [
            (self.said[f"+{kind}"], self.said[f"-{kind}"]) for kind in TWINS if {f"+{kind}", f"-{kind}"} <= self.said.keys()
        ]


def load_points() -> list[Point]:
    """Return the key points that pairs were written for."""
    return [Point(row["question"], tuple(row["texts"]), row["said"]) for row in read_lines("points.jsonl")]


def load_split() -> dict[str, Split]:
    """Return which questions are for what."""
    split: dict[str, Split] = json.loads((HERE / "split.json").read_text(encoding="utf-8"))
    return split


@dataclass(frozen=True)
class Material:
    """What the examples are made of: the rows of the files of these names, of the questions for training."""

    points: Sequence[Point]
    windows: Sequence[Any]
    short: Sequence[Any]
    spoken: Sequence[Any]
    statements: Sequence[Any]
    asked: Sequence[Any]


class Mixer:
    """Makes the examples of an epoch."""

    def __init__(self, of: Material, seed: int) -> None:
        self.points, self.windows, self.spoken = of.points, of.windows, list(of.spoken)
        self.statements, self.asked = of.statements, of.asked
        twins = {"swapped": TWIN_SHARE, "righted": TWIN_SHARE}
        self.short = [(example, twins.get(row["kind"], SHORT_SHARE)) for row in of.short for example in short_examples(row)]
        self.others = [text for row in of.short for text in row["points"].values()]
        self.by_question: dict[str, list[Point]] = {}
        for point in of.points:
            self.by_question.setdefault(point.question, []).append(point)
        self.chance = random.Random(seed)  # noqa: S311

    def epoch(self) -> list[list[Example]]:
        """Return groups of examples that belong together: twins, or one alone."""
        groups = [group for point in self.points for group in (*self._of_point(point), *self._of_sentences(point))]
        for row in self.windows:
            label = {"stated": STATED, "reversed": REVERSED, "neighbour": NEIGHBOUR}[row["label"]]
            if row["source"] != "other" or self.chance.random() < 0.4:
                groups += [[Example(row["window"], row["text"], label)]] * (2 if label == REVERSED else 1)
        chosen = [example for example, share in self.short if self.chance.random() < share]
        for example in chosen:  # most points of a question are not in a window of an answer to it, and few are turned round
            if example.label != NEIGHBOUR or self.chance.random() < 0.3:
                kept = Example(self._typed(example.window), example.point, example.label)
                groups += [[kept]] * (2 if example.label == REVERSED else 1)
            if self.chance.random() < OTHER_SHARE:
                groups.append([Example(self._typed(example.window), self.chance.choice(self.others), NEIGHBOUR)])
        said = [example for row in self.spoken for example in spoken_examples(row, self.chance)]
        said += crossed(self.spoken, self.chance)
        groups += [[example] for example in said for _ in range(4 if example.label == REVERSED else 2)]
        for row in self.statements:
            groups += statements.alone(row, self.chance)
            groups += [[example] for _ in range(TOGETHER) for example in statements.together(row, FORMS, self.chance)]
        for window, point_text, label in self.asked:
            if self.chance.random() < ASKED_SHARES[label]:
                groups.append([Example(self._typed(window), point_text, label)])
        self.chance.shuffle(groups)
        return groups

    def _of_point(self, point: Point) -> Iterator[list[Example]]:
        pick = self.chance.random
        for right, wrong in point.pairs():
            text, labels = self._hypothesis(point, right), (STATED, REVERSED)
            said: Pair = (right, wrong)
            draw = pick()
            if draw < 0.5:
                said, labels = self._framed(point, said)
            elif draw < 0.6:
                form = self.chance.choice(FORMS["contrasts"])
                said = form.format(_inner(right), _inner(wrong)), form.format(_inner(wrong), _inner(right))
            if pick() < 0.4:
                said = self._spliced(point, *said)
            yield [Example(window, text, label) for window, label in zip(said, labels, strict=True)]
        if len(point.texts) > 1 and pick() < 0.5:
            window = self.chance.choice(point.texts[1:])
            yield [Example(self._spliced(point, window)[0] if pick() < 0.4 else window, point.texts[0], STATED)]
        for code in ("=1", "=2"):
            if code in point.said:
                window = point.said[code]
                yield [Example(self._spliced(point, window)[0] if pick() < 0.4 else window, point.texts[0], NEIGHBOUR)]
        for _ in range(2):
            other = self.chance.choice(self.by_question[point.question] if pick() < 0.75 else self.points)
            if other is not point:
                window = self.chance.choice([*other.said.values(), *other.texts[1:]])
                yield [Example(self._spliced(point, window)[0] if pick() < 0.3 else window, point.texts[0], NEIGHBOUR)]
        for _ in range(3):  # its own words, as somebody might put them who talks to a grader
            verbatim = self.chance.choice((point.texts[0], *point.texts))
            (window, _), (label, _) = self._framed(point, (verbatim, verbatim))
            if pick() < 0.4:
                other = self.chance.choice([other for other in self.by_question[point.question] if other is not point])
                (more, _), _ = self._framed(other, (other.texts[0], other.texts[0]))
                window = f"{window} {more}" if pick() < 0.5 else f"{more} {window}"
            yield [Example(window, point.texts[0], label)]
        for _ in range(2):
            yield [Example(self._without_statement(point), point.texts[0], NEIGHBOUR)]
            yield [Example(self._put_together_wrong(point), point.texts[0], NEIGHBOUR)]

    def _of_sentences(self, point: Point) -> Iterator[list[Example]]:
        """Yield sentences on this point and one or two others, beside each of them, and beside one left out."""
        siblings = [other for other in self.by_question[point.question] if other is not point and other.pairs()]
        if len(siblings) < 3 or not point.pairs():
            return
        for _ in range(3):
            *others, absent = self.chance.sample(siblings, 2 if self.chance.random() < 0.6 else 3)
            said, labels = self._part(point)
            around = [(other, *self._part(other)) for other in others]
            kept = [self.chance.random() < 0.55 for _ in around]
            words = [pair[not true] for (_, pair, _), true in zip(around, kept, strict=True)]
            place = self.chance.randint(0, len(words))
            joins = [self.chance.choice(FORMS["joins"]) for _ in words]
            style = self.chance.random()
            form = built("claimed", self.chance).replace("{topic}", topic(point)) if style < 0.35 else "{}"
            terse = self.chance.random() < 0.2
            windows = []
            for own in said:
                parts = [*words[:place], own, *words[place:]]
                text = parts[0].rstrip(".!") + "".join(
                    join + (part if join.endswith(". ") else _inner(part)) for join, part in zip(joins, parts[1:], strict=True)
                ).rstrip(".!")
                text = form.format(_inner(text)) if form != "{}" else text + "."
                windows.append(telegram(text) if terse else text)
            yield [Example(window, point.texts[0], label) for window, label in zip(windows, labels, strict=True)]
            other, _, of_other = around[0]
            yield [Example(windows[self.chance.random() < 0.5], other.texts[0], of_other[not kept[0]])]
            if self.chance.random() < 0.5:
                yield [Example(windows[self.chance.random() < 0.5], absent.texts[0], NEIGHBOUR)]

    def _part(self, point: Point) -> tuple[Pair, tuple[int, int]]:
        """Return a statement of a point with its twin, now and then as a question or a denial, and what they do."""
        said = self.chance.choice(point.pairs())
        return self._framed(point, said) if self.chance.random() < 0.15 else (said, (STATED, REVERSED))

    def _hypothesis(self, point: Point, said: str) -> str:
        """Return the point, or a paraphrase, or another true sentence that states it."""
        others = [right for right, _ in point.pairs() if right != said]
        draw = self.chance.random()
        return (
            point.texts[0]
            if draw < 0.75
            else self.chance.choice(point.texts[1:] or point.texts if draw < 0.9 else others or point.texts)
        )

    def _framed(self, point: Point, said: Pair) -> tuple[Pair, tuple[int, int]]:
        listed, made, labels = self.chance.choice(
            [
                ("no_evidence", self.chance.choice(("questions", "hearsay", "announced")), (NEIGHBOUR, NEIGHBOUR)),
                ("denials", "denied", (REVERSED, STATED)),
                ("claims", "claimed", (STATED, REVERSED)),
            ]
        )
        form = self.chance.choice(FORMS[listed]) if self.chance.random() < 0.3 else built(made, self.chance)
        form = form.replace("{topic}", topic(point))
        right, wrong = (self._typed(form.format(_inner(words))) for words in said)
        return (right, wrong), labels

    def _typed(self, text: str) -> str:
        """Return a text as some people type: in lower case, or without its last full stop."""
        draw = self.chance.random()
        return text.lower() if draw < 0.1 else text.rstrip(".") if draw < 0.2 else text

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
        """Return words of the point that state nothing: in another order, cut, with gaps or glue, or in a list."""
        chosen = [*point.texts, *(right for right, _ in point.pairs())]
        words = self.chance.choice(chosen).rstrip(".").split()
        draw = self.chance.randrange(9)
        if draw < 3:  # of one point, or of two
            if draw == 2:
                words += self.chance.choice(self.by_question[point.question]).texts[0].rstrip(".").split()
            self.chance.shuffle(words)
        elif draw == 3:
            words = [
                word if self.chance.random() < 0.55 else self.chance.choice(("____", "...", "[blank]", "?")) for word in words
            ]
        elif draw == 4:
            words = [word[: max(2, len(word) * 3 // 5)] if len(word) > 3 else word for word in words]
        elif draw == 5:
            words = words[::-1] if self.chance.random() < 0.5 else words[: len(words) // 3 + 1]
        elif draw == 6:
            long = [word for word in words if len(word) > 3]
            self.chance.shuffle(long)
            words = [part for word in long for part in (self.chance.choice(FORMS["glue"]), word)]
        else:
            long = [word.strip(",.") for word in words if len(word) > 5] or words
            self.chance.shuffle(long)
            terms = self.chance.choice((", ", ", ", " ", " and ", " / ", "; ", " + ")).join(long)
            return built("fog", self.chance).replace("{topic}", topic(point)).format(terms)
        return " ".join(words) + self.chance.choice((".", "", ".", "?"))

    def _put_together_wrong(self, point: Point) -> str:
        """Return words of the point that state something else.

        Halves or terms are exchanged with another point's, or the point is one of several options, beside its opposite.
        """
        own = self.chance.choice((point.texts[0], point.texts[0], *point.texts)).rstrip(".").split()
        siblings = [other for other in self.by_question[point.question] if other is not point]
        other = self.chance.choice(siblings or self.points)
        strange = self.chance.choice((other.texts[0], other.texts[0], *other.texts)).rstrip(".").split()
        draw = self.chance.random()
        if draw < 0.4:
            made = self._halves(own, strange)
        elif draw < 0.8:
            made = self._terms_exchanged(own, strange)
        else:
            wrong = self.chance.choice(point.pairs())[1] if point.pairs() else " ".join(strange)
            return self._options([" ".join(own), wrong.rstrip("."), " ".join(strange)][: self.chance.choice((2, 3))])
        text = f"{made[:1].upper()}{made[1:]}."
        near = [point.said[code] for code in ("=1", "=2") if code in point.said]
        if near and self.chance.random() < 0.25:
            both = [text, self.chance.choice(near)]
            self.chance.shuffle(both)
            return " ".join(both)
        return text

    def _halves(self, own: Sequence[str], strange: Sequence[str]) -> str:
        """Return the beginning of one text and the end of the other."""
        cut, at = (self._middle(words) for words in (own, strange))
        return " ".join([*own[:cut], *strange[at:]] if self.chance.random() < 0.5 else [*strange[:at], *own[cut:]])

    def _middle(self, words: Sequence[str]) -> int:
        first = len(words) // 4 + 1
        return self.chance.randint(first, max(first, 3 * len(words) // 4))

    def _terms_exchanged(self, own: Sequence[str], strange: Sequence[str]) -> str:
        """Return a text whose long words are exchanged among each other, or for those of the other text."""
        words = list(own)
        places = [place for place, word in enumerate(words) if len(word.strip(",.")) > 4]
        self.chance.shuffle(places)
        places = places[: max(2, len(places) * self.chance.choice((1, 2, 3, 3)) // 3)]
        terms = [word for word in strange if len(word.strip(",.")) > 4]
        given = [words[place] for place in places]
        strangers = self.chance.random() < 0.5 and terms
        given = [self.chance.choice(terms) for _ in places] if strangers else given[1:] + given[:1]
        for place, word in zip(places, given, strict=True):
            words[place] = word.strip(",.") + ("," if words[place].endswith(",") else "")
        return " ".join(words)

    def _options(self, texts: list[str]) -> str:
        """Return texts as options to choose from."""
        self.chance.shuffle(texts)
        sign = self.chance.choice(("{}) ", "({}) ", "option {}: ", "{}. ", "or {}: "))
        names = self.chance.choice(("abc", "ABC", "123", "xyz"))
        listed = [sign.format(name) + text for name, text in zip(names, texts, strict=False)]
        return self.chance.choice((" ", "\n", "; ", ", or ")).join(listed)


def built(name: str, chance: random.Random) -> str:
    """Return a form put together by chance."""
    return "".join(chance.choice(part) for part in chance.choice(FORMS[name]))


def topic(point: Point) -> str:
    """Return what the question of a point is about, as its identifier says it."""
    return point.question.replace("-", " ")


def telegram(text: str) -> str:
    """Return a text without the words that one leaves out when typing in a hurry."""
    short = {"and": "&", "with": "w/", "without": "w/o", "because": "bc", "means": "="}
    words = [
        short.get(word, word) for word in text.split() if word.lower() not in {"a", "an", "the", "is", "are", "it's", "that"}
    ]
    return " ".join(words).rstrip(".")


def _inner(sentence: str) -> str:
    return (sentence[0].lower() + sentence[1:] if not sentence[:2].isupper() and sentence[:2] != "I " else sentence).rstrip(
        ".!?"
    )
