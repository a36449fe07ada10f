"""The nouns of the program: frozen, strict, and invalid states cannot be built.

Data flows one way: Question → Answer → Judgement (what a grader claims) → Score (what code verified), or Ungraded.
An Attempt keeps all of it.
"""

from interviewer.models.attempt import Attempt, Dispute, Exchange, PastGrading, Review, SavedQuestion, Session
from interviewer.models.base import (
    VERDICT_ORDER,
    Basis,
    Dimension,
    Fraction,
    GraderKind,
    Level,
    Listed,
    Mode,
    Model,
    Part,
    Prose,
    Severity,
    Slug,
    Text,
    Verdict,
    Votes,
    field_errors,
    first_error,
    strict_schema,
)
from interviewer.models.judgement import ANSWER_LIMIT, Answer, ErrorClaim, Judgement, PointClaim, Span, Usage
from interviewer.models.question import FollowUp, KeyPoint, Question
from interviewer.models.score import Blend, ErrorNote, GraderInfo, Grading, PointVerdict, Rejected, Score, Ungraded

__all__ = [
    "ANSWER_LIMIT",
    "VERDICT_ORDER",
    "Answer",
    "Attempt",
    "Basis",
    "Blend",
    "Dimension",
    "Dispute",
    "ErrorClaim",
    "ErrorNote",
    "Exchange",
    "FollowUp",
    "Fraction",
    "GraderInfo",
    "GraderKind",
    "Grading",
    "Judgement",
    "KeyPoint",
    "Level",
    "Listed",
    "Mode",
    "Model",
    "Part",
    "PastGrading",
    "PointClaim",
    "PointVerdict",
    "Prose",
    "Question",
    "Rejected",
    "Review",
    "SavedQuestion",
    "Score",
    "Session",
    "Severity",
    "Slug",
    "Span",
    "Text",
    "Ungraded",
    "Usage",
    "Verdict",
    "Votes",
    "field_errors",
    "first_error",
    "strict_schema",
]
