"""The Anki format: a card for each question of which something was missed, as a text file that Anki imports.

The header lines are those of https://docs.ankiweb.net/importing/text-files.html. A question stands on one card, whatever the
number of attempts, so that a later import updates the cards of an earlier one.
"""

import csv
import io
from collections.abc import Iterator

from interviewer.models import Score
from interviewer.report.model import Report
from interviewer.report.trend import latest

_HEADER = "#separator:tab\n#html:false\n#notetype:Basic\n#deck:Interview practice\n#columns:Front\tBack\n"


def to_anki(report: Report) -> str:
    """Return a report as cards: in front the question, behind it what the latest answer lacks."""
    cards = [
        (" ".join(attempt.question.question.split()), " • ".join(missed))
        for attempt in latest(report.attempts)
        if attempt.score and (missed := tuple(_missed(attempt.score)))
    ]
    file = io.StringIO()
    plain = csv.writer(file, delimiter="\t", lineterminator="\n")
    quoted = csv.writer(file, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_ALL)
    for card in cards:
        # Anki would take a line that begins with # for a comment.
        (quoted if card[0].startswith("#") else plain).writerow(card)
    return _HEADER + file.getvalue()


def _missed(score: Score) -> Iterator[str]:
    """Yield the key points that were not covered, the heaviest first, and the corrections of what was wrong; each once."""
    texts = (*(point.text for point in score.gaps), *(error.correction for error in score.errors))
    yield from dict.fromkeys(" ".join(text.split()) for text in texts)
