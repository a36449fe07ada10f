"""The data of the program as immutable models that refuse invalid states.

Data flows one way: Question → Answer → Judgement (what a grader claims) → Score (what code verified), or Ungraded.
An Attempt keeps all of it.
"""

from interviewer.models.attempt import Attempt as Attempt
from interviewer.models.attempt import Dispute as Dispute
from interviewer.models.attempt import Exchange as Exchange
from interviewer.models.attempt import Outcome as Outcome
from interviewer.models.attempt import PastGrading as PastGrading
from interviewer.models.attempt import Review as Review
from interviewer.models.attempt import Round as Round
from interviewer.models.attempt import SavedQuestion as SavedQuestion
from interviewer.models.attempt import Session as Session
from interviewer.models.base import RUNG_ORDER as RUNG_ORDER
from interviewer.models.base import VERDICT_ORDER as VERDICT_ORDER
from interviewer.models.base import Bar as Bar
from interviewer.models.base import Basis as Basis
from interviewer.models.base import Dimension as Dimension
from interviewer.models.base import Fraction as Fraction
from interviewer.models.base import GraderKind as GraderKind
from interviewer.models.base import Level as Level
from interviewer.models.base import Listed as Listed
from interviewer.models.base import Measure as Measure
from interviewer.models.base import Mode as Mode
from interviewer.models.base import Model as Model
from interviewer.models.base import Part as Part
from interviewer.models.base import ReadingKind as ReadingKind
from interviewer.models.base import Result as Result
from interviewer.models.base import Rung as Rung
from interviewer.models.base import Severity as Severity
from interviewer.models.base import Slug as Slug
from interviewer.models.base import Text as Text
from interviewer.models.base import Verdict as Verdict
from interviewer.models.base import field_errors as field_errors
from interviewer.models.base import first_error as first_error
from interviewer.models.base import strict_schema as strict_schema
from interviewer.models.grading import Blend as Blend
from interviewer.models.grading import ErrorNote as ErrorNote
from interviewer.models.grading import GraderInfo as GraderInfo
from interviewer.models.grading import Grading as Grading
from interviewer.models.grading import PointVerdict as PointVerdict
from interviewer.models.grading import Reading as Reading
from interviewer.models.grading import Rejected as Rejected
from interviewer.models.grading import Score as Score
from interviewer.models.grading import Ungraded as Ungraded
from interviewer.models.judgement import ANSWER_LIMIT as ANSWER_LIMIT
from interviewer.models.judgement import Answer as Answer
from interviewer.models.judgement import ErrorClaim as ErrorClaim
from interviewer.models.judgement import Judgement as Judgement
from interviewer.models.judgement import PointClaim as PointClaim
from interviewer.models.judgement import Span as Span
from interviewer.models.judgement import Usage as Usage
from interviewer.models.question import FollowUp as FollowUp
from interviewer.models.question import KeyPoint as KeyPoint
from interviewer.models.question import ProposedPoints as ProposedPoints
from interviewer.models.question import Question as Question
