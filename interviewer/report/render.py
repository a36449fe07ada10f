"""Reports as HTML, one file that runs and loads nothing, and as Markdown, readable in a Git forge and as plain text."""

import re
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from interviewer.bank.points import point_name
from interviewer.grading.explanation import caveat, explain_total
from interviewer.grading.labels import BANDS, LABELS, MEASURES, SIGNS, STANDINGS, band_tone, outcome
from interviewer.grading.ladder import depth_reached
from interviewer.grading.rubric import load_rubric
from interviewer.practice.delivery import describe_delivery
from interviewer.practice.passages import Passage, Piece, disputed_text, passages
from interviewer.report.cohort import Cohort
from interviewer.report.model import Report
from interviewer.text.slug import in_words

if TYPE_CHECKING:
    import jinja2

# Only what would change the look of ordinary prose, so that answers stay verbatim to the eye.
_INLINE = re.compile(r"([\\`*_\[\]<>|~])")
_BLOCK = re.compile(r"^(\s*(?:\d+(?=[.)]\s))?)([#+=.)-])", re.MULTILINE)
_WORDS = re.compile(r"\S.*\S|\S")


def to_html(document: Report | Cohort) -> str:
    """Return a report as a page of its own."""
    return _render(document, "html")


def to_markdown(document: Report | Cohort) -> str:
    """Return a report as Markdown (CommonMark with tables)."""
    return _render(document, "md")


def _render(document: Report | Cohort, suffix: str) -> str:
    name = "report" if isinstance(document, Report) else "cohort"
    return _environment().get_template(f"{name}.{suffix}").render({name: document})


@lru_cache(maxsize=1)
def _environment() -> "jinja2.Environment":
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=jinja2.select_autoescape(["html"]),  # Markdown is escaped by the filters below
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(md=escape, cell=cell, quote=quote, words=in_words, local=_local)
    for function in (
        caveat,
        depth_reached,
        describe_delivery,
        disputed_text,
        explain_total,
        marked,
        outcome,
        passages,
        point_name,
    ):
        environment.globals[function.__name__] = function
    environment.globals.update(rubric=load_rubric(), tone=_tone, tones=BANDS, standings=STANDINGS)
    environment.globals.update(labels=LABELS, measures=MEASURES, signs=SIGNS)
    return environment


def _local(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M %Z")


def _tone(overall: float) -> str:
    return band_tone(load_rubric().band(round(overall)).name)


def escape(text: str) -> str:
    """Return text that Markdown shows as it is."""
    return _escape_lines(_escape_inline(text))


def cell(text: str) -> str:
    """Return text for a table cell: escaped, on one line."""
    return escape(" ".join(text.split()))


def quote(text: str) -> str:
    """Return text as a block quotation that keeps its lines."""
    return _quoted(escape(text))


def marked(passage: Passage) -> str:
    """Return an answer as a block quotation: words that earned or cost something in bold, with the number of the point."""
    return _quoted(_escape_lines("".join(map(_piece, passage.pieces))))


def _piece(piece: Piece) -> str:
    text = _escape_inline(piece.text)
    if piece.mark is None:
        return text
    notes = " ".join(f"{SIGNS[mark][0]}{number}" for mark, number in piece.notes)
    return _WORDS.sub(r"**\g<0>**", text) + (f" ({notes})" if notes else "")


def _escape_inline(text: str) -> str:
    return _INLINE.sub(r"\\\1", text.replace("&", "&amp;"))


def _escape_lines(text: str) -> str:
    return _BLOCK.sub(r"\1\\\2", text)


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}  " if line.strip() else ">" for line in text.split("\n"))
