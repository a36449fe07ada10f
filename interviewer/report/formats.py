"""The formats of a report: each is one function from the report to text. A new export is added here."""

from collections.abc import Callable
from typing import Literal

from interviewer.report.anki import to_anki
from interviewer.report.cohort import Cohort
from interviewer.report.csv import to_csv
from interviewer.report.model import Report, to_json
from interviewer.report.render import to_html, to_markdown

Format = Literal["md", "html", "json", "csv", "anki"]
"""The name of a format on the command line."""

COHORT_WRITERS: dict[Format, Callable[[Report | Cohort], str]] = {
    "md": to_markdown,
    "html": to_html,
    "json": to_json,
    "csv": to_csv,
}
"""The formats that a graded batch can be written in as well."""

WRITERS: dict[Format, Callable[[Report], str]] = {**COHORT_WRITERS, "anki": to_anki}
"""All formats, in the order in which they are offered."""

_ENDINGS: dict[Format, str] = {"anki": "txt"}


def file_ending(form: Format) -> str:
    """Return the ending of a file in a format, without the dot."""
    return _ENDINGS.get(form, form)
