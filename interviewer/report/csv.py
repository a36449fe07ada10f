"""The CSV format: one row an attempt, for spreadsheets. No cell of it can be taken for a formula.

It begins with a byte order mark, without which Excel reads UTF-8 as the local 8-bit encoding; other readers skip the mark.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import get_args

from interviewer.grading.rubric import load_rubric
from interviewer.models import Dimension, Grading, ReadingKind, Verdict
from interviewer.practice.debrief import Debrief
from interviewer.report.cohort import Cohort, CohortQuestion, Outlier
from interviewer.report.model import Report, ReportedAttempt
from interviewer.report.trend import latest
from interviewer.text.csv_cell import to_cell

_VERDICTS: tuple[Verdict, ...] = ("covered", "partial", "missing", "contradicted")
_COLUMNS = (
    *("attempt", "session", "created", "question_id", "topic", "level", "question", "answer", "status", "overall", "band"),
    *("coverage", "accuracy", "depth", "clarity", "limiting", *_VERDICTS, "errors", "self_rating", "disputes", "follow_ups"),
    *("spoken", "seconds", "words", "pace", "fillers", "hedges", "repetitions", "sentence_words", "remarks"),
    *("grader", "model", "prompt_version", "estimate", "reason", "number", "after_model_answer", "counted_by_you"),
    *("confirmed", "low", "high", "touched", "turned", "not_found"),
    *("strongest_moment", "weakest_moment", "drill"),
    *("round", "round_seconds", "rung", "bar", "standing"),
)

_COHORT_COLUMNS = ("question_id", "question", "grader", "answers", "mean", "median", "spread", "lowest", "highest")


def to_csv(document: Report | Cohort) -> str:
    """Return a report as CSV with a line of headings: a row an attempt, or of a cohort one a question and kind of grader."""
    if isinstance(document, Report):
        last = {attempt.id for attempt in latest(document.attempts)}
        rows = (
            [*_row(attempt), *_debrief(document.debrief, attempt if attempt.id in last else None), *_depth(attempt)]
            for attempt in document.attempts
        )
        return _as_csv(_COLUMNS, rows)
    columns = (*_COHORT_COLUMNS, *(band.name for band in load_rubric().bands), "missed", "read_again")
    return _as_csv(columns, (_cohort_row(question, document.outliers) for question in document.questions))


def _cohort_row(question: CohortQuestion, outliers: Iterable[Outlier]) -> list[object]:
    again = [one.id for one in outliers if (one.question, one.kind) == (question.question, question.kind)]
    return [
        *(question.question, question.text, question.kind, question.answers, round(question.mean, 2), question.median),
        *(round(question.spread, 2), question.lowest, question.highest, *question.bands.values()),
        "; ".join(f"{point.key_point} {point.missed}" for point in question.missed),
        "; ".join(again),
    ]


def _as_csv(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    file = io.StringIO()
    file.write("\ufeff")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([to_cell(value) if isinstance(value, str) else value for value in row] for row in rows)
    return file.getvalue()


def _row(attempt: ReportedAttempt) -> list[object]:
    question, grading, delivery = attempt.question, attempt.grading, attempt.delivery
    score = attempt.score
    measured = grading.dimensions if grading and score else ()
    return [
        *(attempt.id, attempt.session, attempt.created.isoformat(), question.id, question.topic, question.level),
        *(question.question, attempt.graded_text, grading.status if grading else "ungraded"),
        *((score.overall, "" if grading and grading.unconfirmed else score.band) if score else ("", "")),
        *(round(getattr(score, name), 4) if name in measured else "" for name in get_args(Dimension)),
        score.limiting if score else "",
        *(_ids(grading, verdict) for verdict in _VERDICTS),
        len(score.errors) if score else "",
        *(attempt.self_rating, len(attempt.disputes), len(attempt.exchanges)),
        *(attempt.spoken, delivery.seconds, delivery.words, delivery.pace, len(delivery.fillers), len(delivery.hedges)),
        *(len(delivery.repetitions), delivery.sentence_words, "; ".join(delivery.remarks)),
        *((grading.grader.kind, grading.grader.model, grading.grader.prompt_version) if grading else ("", "", "")),
        *((grading.grader.estimate, grading.reason) if grading else ("", "grading has not finished")),
        *(attempt.number, attempt.after_model_answer, "; ".join(_own(grading))),
        *((grading.confirmed, score.low, score.high) if grading and score else ("", "", "")),
        *(_ids(grading, kind) for kind in get_args(ReadingKind)),
    ]


def _depth(attempt: ReportedAttempt) -> list[object]:
    """Return the round of a drill, the highest rung that was reached, and how it stands to the bar."""
    place = (attempt.round.number, attempt.round.seconds) if attempt.round else ("", "")
    standing = attempt.standing
    return [*place, (attempt.score and attempt.score.rung) or "", *((standing.bar, standing.result) if standing else ("", ""))]


def _ids(grading: Grading | None, shown: Verdict | ReadingKind) -> str:
    return " ".join(point.id for point in grading.key_points if grading.label_of(point) == shown) if grading else ""


def _own(grading: Grading | None) -> Iterator[str]:
    """Yield the person's own verdicts, with those of the grader; those of a confirmed estimate are all theirs."""
    for point in grading.key_points if grading and not grading.confirmed else ():
        if point.by_person:
            yield f"{point.id} {point.by_person} (the grader: {point.verdict})"


def _debrief(found: Debrief | None, attempt: ReportedAttempt | None) -> list[object]:
    """Return the debrief's quotes of an attempt, and its place among those to practise (column `drill`)."""
    if found is None or attempt is None:
        return ["", "", ""]
    name = attempt.question.id
    quotes = ("; ".join(m.quote for m in moments if m.question.id == name) for moments in (found.strongest, found.weakest))
    to_practise = [lesson.question.id for lesson in found.study]
    return [*quotes, to_practise.index(name) + 1 if name in to_practise else ""]
