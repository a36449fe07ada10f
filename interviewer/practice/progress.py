"""Progress over all answers: trends of topics, repeated gaps and mistakes, what is due, and how accurate self-ratings are."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from statistics import fmean, median_high

from pydantic import AwareDatetime

from interviewer.bank.bank import Bank
from interviewer.grading.ladder import rungs
from interviewer.models import RUNG_ORDER, Attempt, Measure, Model, PointVerdict, Review, Rung, Score, Slug
from interviewer.practice.means import Mean, answered, first_attempts, last_attempts, mean_scores
from interviewer.practice.outcomes import RealRound, Relation, relations
from interviewer.practice.schedule import QuestionMemory, due, local_day, replay
from interviewer.text.words import content

RECENT = 5
"""The number of latest answers that a trend compares with as many before them."""
_REPEATED = 2
"""The times from which on a gap or a mistake is listed."""
_SAME = 0.5
"""Share of the content words of a misconception that an error has to share with it to count as that misconception."""


class Day(Mean):
    """The mean score of the answers of one day."""

    day: date


def daily_means(attempts: Iterable[Attempt]) -> tuple[Day, ...]:
    """Return the mean score of each day by each measure, the earliest first."""
    days: dict[date, list[Attempt]] = {}
    for attempt in attempts:
        days.setdefault(local_day(attempt.created), []).append(attempt)
    return tuple(Day(day=day, **dict(mean)) for day, of in sorted(days.items()) for mean in mean_scores(of))


class TopicTrend(Model):
    """The scores of one topic."""

    topic: Slug
    answers: int
    days: tuple[Day, ...]
    lately: float
    """The mean of the latest answers."""
    latest: Mean
    """The same mean; of unconfirmed estimates with its range."""
    retried: float | None = None
    """The mean of the last attempts at these questions; None if none of them was tried again."""
    last: Mean | None = None
    """The same mean; of unconfirmed estimates with its range."""
    rung: Rung | None = None
    """The rung that half of the latest answers reach or exceed; None if they reach none, or the questions have none."""
    change: float | None
    """The change from the mean of as many answers before; None while there are none."""


class MissedPoint(Model):
    """A key point that was missed at least twice and not made in the latest answer."""

    question: Slug
    key_point: Slug
    text: str
    missed: int
    answers: int
    """The number of answers to the question since it has this point."""


class RepeatedMistake(Model):
    """A false statement, by an estimate perhaps false, that was in at least two answers to a question."""

    question: Slug
    text: str
    """The misconception, the contradicted key point, or the latest correction."""
    times: int
    latest: date


class Due(Model):
    """A question that is due by the end of the day."""

    question: Slug
    text: str
    due: date
    overall: int
    """The latest score."""


class Guess(Model):
    """A self-rating and the score of the same answer."""

    created: AwareDatetime
    expected: int
    overall: int


class Calibration(Model):
    """How accurate the self-ratings are."""

    guesses: tuple[Guess, ...]
    bias: float
    """Mean of expected minus scored: above 0 is overconfident. A guess inside the range of an estimate counts 0."""
    off_by: float
    """Mean distance between the two."""


class GraderProgress(Model):
    """The progress of one measure; scores of different measures are never mixed."""

    kind: Measure
    answers: int
    topics: tuple[TopicTrend, ...]
    missed: tuple[MissedPoint, ...]
    mistakes: tuple[RepeatedMistake, ...]
    due: tuple[Due, ...]
    calibration: Calibration | None
    """The accuracy of self-ratings; None without any."""


class Progress(Model):
    """The progress over all answers."""

    version: int = 1
    """The version of this format."""
    created: AwareDatetime
    answers: int
    ungraded: int
    days: int
    """The number of days with at least one answer."""
    streak: int
    """The number of such days in a row, up to today or yesterday."""
    graders: tuple[GraderProgress, ...]
    outcomes: tuple[RealRound, ...] = ()
    """Real interviews, oldest first, with the practice before each."""
    relations: tuple[Relation, ...] = ()
    """How practice scores went with what came of them; empty until a round was passed and another was not."""


_Pair = tuple[Attempt, Score]


def compute_progress(
    attempts: Sequence[Attempt],
    reviews: Sequence[Review],
    bank: Bank,
    now: datetime,
    rounds: tuple[RealRound, ...] = (),
) -> Progress:
    """Return the progress over these attempts, oldest first. Trends are made of first attempts.

    `rounds` is what came of real interviews.
    """
    graded: dict[Measure, list[_Pair]] = {}
    last = {}
    for attempt, final in zip(first_attempts(attempts), last_attempts(attempts), strict=True):
        if attempt.score and attempt.measure and final.score:
            graded.setdefault(attempt.measure, []).append((attempt, attempt.score))
            last[attempt.id] = final
    days = {local_day(attempt.created) for attempt in attempts}
    return Progress(
        created=now,
        answers=answered(attempts),
        ungraded=sum(attempt.score is None for attempt in attempts),
        days=len(days),
        streak=_streak(days, local_day(now)),
        graders=tuple(
            GraderProgress(
                kind=kind,
                answers=len(pairs),
                topics=_topics(pairs, last),
                missed=_missed(pairs),
                mistakes=_mistakes(pairs),
                due=_due(replay(reviews, kind), bank, local_day(now)),
                calibration=_calibration(pairs),
            )
            for kind, pairs in sorted(graded.items())
        ),
        outcomes=rounds,
        relations=relations(rounds),
    )


def _streak(days: set[date], today: date) -> int:
    last = today if today in days else today - timedelta(days=1)
    count = 0
    while last - timedelta(days=count) in days:
        count += 1
    return count


def _topics(pairs: Iterable[_Pair], last: Mapping[int, Attempt]) -> tuple[TopicTrend, ...]:
    """Return the trends; `last` has the last attempts by the ids of the first."""
    topics: dict[str, list[Attempt]] = {}
    for attempt, _ in pairs:
        topics.setdefault(attempt.question.topic, []).append(attempt)
    return tuple(_trend(topic, answers, [last[first.id] for first in answers]) for topic, answers in sorted(topics.items()))


def _trend(topic: str, answers: Sequence[Attempt], last: Sequence[Attempt]) -> TopicTrend:
    (lately,), (retried,) = mean_scores(answers[-RECENT:]), mean_scores(last[-RECENT:])
    again = [attempt.id for attempt in last[-RECENT:]] != [attempt.id for attempt in answers[-RECENT:]]
    before = mean_scores(answers[-2 * RECENT : -RECENT])
    return TopicTrend(
        topic=topic,
        answers=len(answers),
        days=daily_means(answers),
        lately=lately.overall,
        latest=lately,
        retried=retried.overall if again else None,
        last=retried if again else None,
        rung=_usual_rung([attempt.score for attempt in answers if attempt.score]),
        change=lately.overall - before[0].overall if before else None,
    )


def _usual_rung(scores: Sequence[Score]) -> Rung | None:
    """Return the rung that half of the latest answers reach or exceed, of those to questions with rungs."""
    places = [RUNG_ORDER.index(score.rung) if score.rung else -1 for score in scores if rungs(score.key_points)][-RECENT:]
    usual = median_high(places) if places else -1
    return RUNG_ORDER[usual] if usual >= 0 else None


def _missed(pairs: Iterable[_Pair]) -> tuple[MissedPoint, ...]:
    seen: dict[tuple[str, str], list[PointVerdict]] = {}
    for attempt, score in pairs:
        for point in score.key_points:
            seen.setdefault((attempt.question.id, point.id), []).append(point)
    found: list[MissedPoint] = []
    for (question, key_point), verdicts in sorted(seen.items(), key=lambda item: (-item[1][-1].weight, item[0])):
        missed, latest = sum(point.counted in {"missing", "contradicted"} for point in verdicts), verdicts[-1]
        if missed >= _REPEATED and latest.counted != "covered":
            found.append(
                MissedPoint(question=question, key_point=key_point, text=latest.text, missed=missed, answers=len(verdicts))
            )
    return tuple(sorted(found, key=lambda point: -point.missed))


def _mistakes(pairs: Iterable[_Pair]) -> tuple[RepeatedMistake, ...]:
    made: dict[tuple[str, str], list[tuple[date, str]]] = {}
    for attempt, score in pairs:
        for key, text in dict(_mistakes_in(attempt, score)).items():
            made.setdefault((attempt.question.id, key), []).append((local_day(attempt.created), text))
    found = [
        RepeatedMistake(question=question, text=times[-1][1], times=len(times), latest=times[-1][0])
        for (question, _), times in made.items()
        if len(times) >= _REPEATED
    ]
    return tuple(sorted(found, key=lambda mistake: (-mistake.times, mistake.question, mistake.text)))


def _mistakes_in(attempt: Attempt, score: Score) -> Iterable[tuple[str, str]]:
    """Yield the mistakes in an answer: a key that is the same for the same mistake in another answer, and a text."""
    for point in score.key_points:
        if point.counted == "contradicted":
            yield f"point {point.id}", f"The opposite of: {point.text}"
    for error in score.errors:
        stems = set(content(f"{error.evidence} {error.correction}"))
        shared = {text: _share(set(content(text)), stems) for text in attempt.question.misconceptions}
        likely = max(shared, key=lambda text: shared[text], default="")
        if shared.get(likely, 0) >= _SAME:
            yield likely, likely
        else:
            yield " ".join(sorted(set(content(error.correction)))), error.correction


def _share(words: set[str], others: set[str]) -> float:
    """Return the share of some words that is among others."""
    return len(words & others) / len(words) if words else 0.0


def _due(memory: Iterable[QuestionMemory], bank: Bank, today: date) -> tuple[Due, ...]:
    return tuple(
        Due(question=known.question, text=question.question, due=local_day(known.due), overall=known.overall)
        for known in due(memory, today)
        if (question := bank.get(known.question)) is not None
    )


def _calibration(pairs: Iterable[_Pair]) -> Calibration | None:
    guesses, apart = [], []
    for attempt, score in pairs:
        expected = attempt.self_rating
        # A score that holds the person's own verdicts says nothing on how well they guess the grader's.
        if expected is not None and not any(point.by_person for point in score.key_points):
            low, high = score.range if attempt.unconfirmed else (score.overall, score.overall)
            guesses.append(Guess(created=attempt.created, expected=expected, overall=score.overall))
            apart.append(max(0, expected - high) - max(0, low - expected))
    if not guesses:
        return None
    return Calibration(guesses=tuple(guesses), bias=fmean(apart), off_by=fmean(map(abs, apart)))
