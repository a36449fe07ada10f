"""Colours and signs of verdicts, and an answer with the words marked that earned or cost something.

All colours are of medium brightness, to be readable on black and on white; blue, brown and crimson stay apart for the
colour-blind. Nothing is shown by colour alone: each sign has a shape of its own and stands with a word.
"""

from collections.abc import Iterator

from rich.text import Text

from interviewer.grading.labels import SIGNS, Tone
from interviewer.models import Attempt, ReadingKind, Verdict
from interviewer.practice.passages import Mark, Passage, Piece, passages
from interviewer.text.clean import shorten

GOOD = "#0087af"
HALF = "#af5f00"
BAD = "#d7005f"
QUIET = "#767676"
ACCENT = "#5f5fff"

STYLES: dict[Tone, str] = {"good": GOOD, "half": HALF, "bad": BAD, "quiet": "default"}
_TITLES = {"answer": "You said: ", "follow-up": "To the follow-up: ", "objection": "To object: "}


def sign(mark: Mark | Verdict | ReadingKind, number: int | None = None, *, plain: bool) -> Text:
    """Return the sign of a verdict, a reading or an error, with the number of the key point or error; in ASCII if `plain`."""
    shape, ascii_shape, tone = SIGNS[mark]
    return Text(f"{ascii_shape if plain else shape}{number or ''}", style=STYLES[tone])


def marked(attempt: Attempt, limit: int | None, *, plain: bool) -> Text | None:
    """Return the answer, follow-ups and objections, the words underlined that earned or cost something; None if none did.

    With a `limit`, each piece is cut to that many characters, pieces without a mark become "…" from a quarter of it on, and
    passages without a mark are left out.
    """
    shown = [passage for passage in passages(attempt) if limit is None or any(piece.mark for piece in passage.pieces)]
    if not any(piece.mark for passage in shown for piece in passage.pieces):
        return None
    return Text("\n").join(
        Text.assemble((_TITLES[passage.kind], "bold"), *_parts(passage, limit, plain=plain)) for passage in shown
    )


def _parts(passage: Passage, limit: int | None, *, plain: bool) -> Iterator[Text]:
    for piece in passage.pieces:
        words = " ".join(piece.text.split())
        if not words:
            yield Text(" ")
            continue
        before, after = (" " if edge.isspace() else "" for edge in (piece.text[:1], piece.text[-1:]))
        if piece.mark is None:
            words = words if limit is None or len(words) <= limit // 4 else "…"
            yield Text(f"{before}{words}{after}", style=QUIET)
        else:
            yield Text(before)
            yield Text(shorten(words, limit or len(words)), style=f"underline {STYLES[SIGNS[piece.mark][2]]}")
            yield _notes(piece, plain=plain)
            yield Text(after)


def _notes(piece: Piece, *, plain: bool) -> Text:
    signs = [sign(mark, number, plain=plain) for mark, number in piece.notes]
    return Text.assemble("[", Text(" ").join(signs), "]") if signs else Text()
