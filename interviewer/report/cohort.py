"""The report on the graded answers of many people: hard questions, what most miss, and which answers to read again."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import chain
from pathlib import Path
from statistics import fmean, median, pstdev
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, ValidationError

from interviewer.bank.bank import Bank
from interviewer.batch.rows import ResultRow, name_rows, note_first
from interviewer.batch.source import Source, output_parts
from interviewer.errors import InputError
from interviewer.grading.rubric import load_rubric
from interviewer.models import GraderKind, Model, PointVerdict, Score
from interviewer.practice.means import mean_range
from interviewer.text.clean import clean_line

_FAR = 3.5
"""Modified z-scores beyond this are outliers (Iglewicz & Hoaglin, How to Detect and Handle Outliers, 1993)."""
_FEWEST = 5
"""Answers to a question from which on one of them can be far from the others."""
_DISAGREE = 0.5
"""The grader's level and the verified coverage lie this far apart: one of them is probably wrong."""


class MissedByMany(Model):
    """A key point and how many lacked it."""

    key_point: str
    text: str
    weight: Literal[1, 2, 3]
    missed: int
    """Answers in which it is missing or contradicted."""


class Distribution(Model):
    """The scores that one kind of grader gave."""

    kind: GraderKind
    answers: int
    mean: float
    median: float
    spread: float
    """Standard deviation."""
    lowest: int
    highest: int
    bands: dict[str, int]
    """Answers in each band."""
    low: float | None = None
    high: float | None = None
    """The means of the ends of the ranges of estimates, which nobody has confirmed."""

    @property
    def total(self) -> str:
        """The mean as text: of estimates a range."""
        return f"{self.mean:.0f}" if self.low is None or self.high is None else f"{self.low:.0f}–{self.high:.0f}"


class CohortQuestion(Distribution):
    """The scores of the answers to one question, and what they lack."""

    question: str
    text: str
    """Empty for a question outside the bank."""
    missed: tuple[MissedByMany, ...]
    """Sorted by the number of answers that lack the point, then by weight; points that nobody lacks are left out."""


class Outlier(Model):
    """An answer that a person should look at."""

    id: str
    question: str
    kind: GraderKind
    overall: int
    why: str


class UngradedReason(Model):
    """A reason why answers were not graded, and how many."""

    reason: str
    answers: int
    first: Annotated[tuple[str, ...], Field(exclude=True)] = ()
    """The ids of the first of them."""

    @property
    def rows(self) -> str:
        return name_rows(self.answers, self.first)


class Cohort(Model):
    """The report on a graded batch: the hardest questions first. Kinds of graders are never mixed, estimates come last."""

    version: int = 1
    """The version of this format."""
    created: AwareDatetime
    source: str
    rows: int
    unreadable: int
    """Rows that are no result of `interviewer batch`."""
    overall: tuple[Distribution, ...]
    """All answers, for each kind of grader."""
    questions: tuple[CohortQuestion, ...]
    outliers: tuple[Outlier, ...]
    failures: tuple[UngradedReason, ...]


@dataclass(slots=True)
class _Tally:
    """The data kept of the answers to one question: a few bytes of each, so that a large batch fits into memory."""

    scores: Counter[int] = field(default_factory=Counter)
    ranges: Counter[tuple[int, int]] = field(default_factory=Counter)
    answers: BytesIO = field(default_factory=BytesIO)
    """A line for each answer: its score, its id, and why the score may be wrong; mostly nothing."""
    missed: Counter[str] = field(default_factory=Counter)
    points: dict[str, PointVerdict] = field(default_factory=dict)

    def add(self, name: str, score: Score) -> None:
        self.scores[score.overall] += 1
        self.ranges[score.range] += 1
        self.answers.write(f"{score.overall}\t{name}\t{_doubt(score)}\n".encode())
        for point in score.key_points:
            self.points.setdefault(point.id, point)
            self.missed[point.id] += point.verdict in {"missing", "contradicted"}


def read_cohort(places: Sequence[str], bank: Bank, created: AwareDatetime) -> Cohort:
    """Read outputs of `interviewer batch`: files, JSON Lines or Parquet, folders of them, or patterns.

    Raises:
        InputError: one cannot be read, or there is no result in them.
    """
    parts = dict.fromkeys(part for place in places for part in output_parts(place))  # two places may mean one file
    tallies: dict[tuple[str, GraderKind], _Tally] = {}
    failures: Counter[str] = Counter()
    first: dict[str, list[str]] = {}
    rows = unreadable = 0
    for result in chain.from_iterable(map(_results, parts)):
        rows += 1
        if result is None:
            unreadable += 1
        elif result.score is None:
            reason = result.reason or ""
            failures[reason] += 1
            note_first(first, reason, result.id)
        else:
            tally = tallies.setdefault((result.question_id, result.grader.kind), _Tally())
            tally.add(clean_line(str(result.id)), result.score)
    if rows == unreadable:
        named = ", ".join(clean_line(place, 4096) for place in places)
        raise InputError(f"{named} holds no graded answer", next_step="give it the output of: interviewer batch")
    hardest_first = sorted(tallies.items(), key=lambda item: (item[0][1] == "embedded", _mean(item[1].scores), item[0]))
    together: dict[GraderKind, _Tally] = {}
    for (_, kind), tally in hardest_first:
        together.setdefault(kind, _Tally()).scores.update(tally.scores)
        together[kind].ranges.update(tally.ranges)
    return Cohort(
        created=created,
        source=clean_line(", ".join(Path(place).name or place for place in places)),
        rows=rows,
        unreadable=unreadable,
        overall=tuple(_distribution(kind, tally) for kind, tally in together.items()),
        questions=tuple(_question(name, kind, tally, bank) for (name, kind), tally in hardest_first),
        outliers=tuple(one for (name, kind), tally in hardest_first for one in _outliers(name, kind, tally)),
        failures=tuple(
            UngradedReason(reason=reason, answers=count, first=tuple(first[reason])) for reason, count in failures.most_common()
        ),
    )


def _results(part: Source) -> Iterator[ResultRow | None]:
    for line in part.results():
        try:
            yield ResultRow.model_validate_json(line)
        except ValidationError:
            yield None


def _mean(counts: Mapping[int, int] | Mapping[float, int]) -> float:
    return fmean(counts, counts.values())


def _distribution(kind: GraderKind, tally: _Tally) -> Distribution:
    rubric, scores = load_rubric(), tally.scores
    low, high = mean_range(tally.ranges) if kind == "embedded" else (None, None)
    bands = dict.fromkeys((band.name for band in rubric.bands), 0)
    for score, count in scores.items():
        bands[rubric.band(score).name] += count
    return Distribution(
        kind=kind,
        answers=scores.total(),
        mean=_mean(scores),
        median=median(scores.elements()),
        spread=pstdev(scores.elements()),
        lowest=min(scores),
        highest=max(scores),
        bands=bands,
        low=low,
        high=high,
    )


def _question(name: str, kind: GraderKind, tally: _Tally, bank: Bank) -> CohortQuestion:
    known = bank.get(name)
    if known and not tally.points.keys() <= {point.id for point in known.key_points}:
        known = None  # a question of another bank that has the same name
    missed = sorted(tally.missed, key=lambda point: (-tally.missed[point], -tally.points[point].weight))
    return CohortQuestion(
        **dict(_distribution(kind, tally)),
        question=name,
        text=known.question if known else "",
        missed=tuple(
            MissedByMany(
                key_point=point, text=tally.points[point].text, weight=tally.points[point].weight, missed=tally.missed[point]
            )
            for point in missed
            if tally.missed[point]
        ),
    )


def _outliers(name: str, kind: GraderKind, tally: _Tally) -> Iterator[Outlier]:
    middle = median(tally.scores.elements())
    distances: Counter[float] = Counter()
    for overall, count in tally.scores.items():
        distances[abs(overall - middle)] += count
    # The scale of Iglewicz and Hoaglin: the median distance, or, where half of all scores are equal, the mean one.
    scale = 1.4826 * median(distances.elements()) or 1.2533 * _mean(distances)
    tally.answers.seek(0)
    for line in tally.answers:
        shown, one, doubt = line.decode().removesuffix("\n").split("\t")
        overall = int(shown)
        far = distances.total() >= _FEWEST and abs(overall - middle) > _FAR * scale
        whys = [f"far from the other answers, whose median is {middle:.0f}"] if far else []
        if doubt:
            whys.append(doubt)
        if whys:
            yield Outlier(id=one, question=name, kind=kind, overall=overall, why="; ".join(whys))


def _doubt(score: Score) -> str:
    claimed = [point.rejected is not None for point in score.key_points if point.rejected or point.verdict != "missing"]
    if len(claimed) > 1 and 2 * sum(claimed) > len(claimed):
        return f"{sum(claimed)} of {len(claimed)} credits that the grader claimed have no words behind them"
    if score.level is not None and abs(score.level / 5 - score.coverage) > _DISAGREE:
        return f"the grader's level is {score.level:.1f} of 5, the key points found are {score.coverage:.0%}"
    return ""
