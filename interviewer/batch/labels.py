"""What people say about an answer in a row beside its grade (`evaluate` only)."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from interviewer.bank.points import with_key_points
from interviewer.models import Question, Verdict, first_error
from interviewer.text.clean import clean_line
from interviewer.text.words import plural


class Labels(BaseModel):
    """The verdicts of people on key points, and what they call fair."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    verdicts: list[Verdict] = []
    points: list[str] = []
    """The ids or texts of the key points that the verdicts are about; without any, all of the question's in their order."""
    kind: str = ""
    """The sort of answer; agreement is reported by kind, too."""
    low: Annotated[float, Field(ge=0, le=100)] | None = None
    high: Annotated[float, Field(ge=0, le=100)] | None = None
    """The range that people call fair for the total, 0 to 100."""

    @property
    def fair(self) -> tuple[float, float] | None:
        return (self.low, self.high) if self.low is not None and self.high is not None else None

    @property
    def by_point(self) -> dict[str, Verdict]:
        return dict(zip(self.points, self.verdicts, strict=False))


def read_labels(data: dict[str, Any], question: Question) -> tuple[Labels | None, str]:
    """Return the labels of a row, with the ids of their key points, and what is wrong with them.

    Verdicts that cannot be read, or are more or fewer than the key points, are left out; the rest of the labels is kept.
    """
    if data.keys().isdisjoint({"verdicts", "low"}):
        return None, ""
    try:
        labels = Labels.model_validate(data)
    except ValidationError as error:
        rest = {name: value for name, value in data.items() if name not in {"verdicts", "points"}}
        return (read_labels(rest, question)[0] if len(rest) < len(data) else None), first_error(error)
    known = {point.text: point.id for point in with_key_points(question).key_points}
    points = [known.get(name, name) for name in labels.points]
    unknown = [name for name in points if name not in known.values()]
    if not points or (question.number is None and len(unknown) == len(points)):
        points, unknown = list(known.values()), []  # the row brings its points, in this order
    verdicts, wrong = labels.verdicts, ""
    if verdicts and len(points) != len(verdicts):
        verdicts, wrong = [], f"{plural(len(verdicts), 'verdict')} for {plural(len(points), 'key point')}"
    elif verdicts and unknown:
        wrong = f"the question has no key point {', '.join(clean_line(name, 40) for name in unknown)}"
        verdicts = verdicts if len(unknown) < len(points) else []
    return labels.model_copy(update={"points": points, "verdicts": verdicts}), wrong
