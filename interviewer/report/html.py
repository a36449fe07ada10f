"""The HTML format: one file that holds everything it needs, runs nothing, and loads nothing."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from interviewer.grading.rubric import load_rubric
from interviewer.grading.scoring import caveat
from interviewer.practice.delivery import describe
from interviewer.report.cohort import Cohort
from interviewer.report.highlight import passages
from interviewer.report.model import Report

if TYPE_CHECKING:
    import jinja2

_TONES = ("bad", "bad", "half", "good", "good")
"""How each band looks, from the lowest."""


def to_html(document: Report | Cohort) -> str:
    """Return a report as a page of its own."""
    if isinstance(document, Report):
        return _environment().get_template("report.html").render(report=document)
    return (
        _environment()
        .get_template("cohort.html")
        .render(
            cohort=document,
            graded=sum(question.answers for question in document.questions),
            failed=sum(failure.answers for failure in document.failures),
            tones=_TONES,
        )
    )


@lru_cache(maxsize=1)
def _environment() -> "jinja2.Environment":
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(rubric=load_rubric(), tone=_tone, caveat=caveat, passages=passages, describe=describe)
    return environment


def _tone(overall: float) -> str:
    bands = load_rubric().bands
    return _TONES[bands.index(load_rubric().band(round(overall)))]
