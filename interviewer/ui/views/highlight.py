"""What an answer earned and lost, as signs: shape and word differ as well as colour, for the colour-blind and for NO_COLOR."""

from collections.abc import Iterator

from rich.text import Text

from interviewer.models import Attempt, Verdict
from interviewer.report.highlight import Mark, Passage, Piece, passages
from interviewer.ui.views.colours import BAD, GOOD, HALF, QUIET

_SIGNS: dict[Mark | Verdict, tuple[str, str, str]] = {
    "covered": ("✓", "+", GOOD),
    "partial": ("◐", "~", HALF),
    "missing": ("·", "-", "default"),
    "contradicted": ("✗", "x", BAD),
    "error": ("!", "!", BAD),
}


def sign(mark: Mark | Verdict, number: int | None = None, *, plain: bool) -> Text:
    """Return the sign of a verdict or an error, and which point or error it is about."""
    shape, ascii_shape, style = _SIGNS[mark]
    return Text(f"{ascii_shape if plain else shape}{number or ''}", style=style)


def marked(attempt: Attempt, limit: int | None, *, plain: bool) -> Text | None:
    """Return what was said with the words marked that earned or cost something; none if none did.

    Pieces are cut to `limit` characters, and those without a mark are left out if they are longer than a quarter of it.
    """
    said = [passage for passage in passages(attempt) if limit is None or any(piece.mark for piece in passage.pieces)]
    if not any(piece.mark for passage in said for piece in passage.pieces):
        return None
    return Text("\n").join(_passage(passage, limit, plain=plain) for passage in said)


def _passage(passage: Passage, limit: int | None, *, plain: bool) -> Text:
    title = {"answer": "You said: ", "follow-up": "To the follow-up: ", "objection": "To object: "}[passage.kind]
    return Text.assemble((title, "bold"), *_parts(passage, limit, plain=plain))


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
            yield Text(_cut(words, limit), style=f"underline {_SIGNS[piece.mark][2]}")
            yield _notes(piece, plain=plain)
            yield Text(after)


def _notes(piece: Piece, *, plain: bool) -> Text:
    signs = [sign(mark, number, plain=plain) for mark, number in piece.notes]
    return Text.assemble("[", Text(" ").join(signs), "]") if signs else Text()


def _cut(words: str, limit: int | None) -> str:
    return words if limit is None or len(words) <= limit else words[: limit - 1] + "…"
