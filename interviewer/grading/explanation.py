"""A score in words: the arithmetic behind its total, and the reasons not to trust it fully."""

from interviewer.grading.rubric import load_rubric
from interviewer.grading.scoring import calibrated_total, raw_total, scale_name, weighted_mean
from interviewer.models import Basis, Measure, Score
from interviewer.text.clean import shorten

_CAVEATS: dict[Basis, str] = {
    "proposed": "Graded against key points that an LLM proposed and nobody has checked yet.",
    "reference": "This question has no key points: graded against the sentences of its reference answer.",
}
_QUOTED = 80
"""Characters shown of a piece that was left out; JSON has the whole."""
_PIECES = 3
"""Pieces quoted: a long trick must not fill the screen."""
_SAME = 1e-6
"""Below this two numbers from 0 to 100 differ by rounding only."""


def explain_total(score: Score, kind: Measure) -> str:
    """Return the arithmetic behind the total, on one line; empty for a score of an earlier rubric."""
    if score.own is None:
        return ""
    grader, found = ("estimate", "touched on") if kind == "embedded" else ("model", "covered")
    scale = load_rubric().scales[scale_name(kind, score.basis, score.key_points)]
    evidence, own = 100 * score.coverage * score.accuracy, 100 * score.own
    mixed = (1 - scale.own_share) * evidence + scale.own_share * own
    raw = 100 * raw_total(scale, score.coverage, score.accuracy, score.own)
    total = calibrated_total(scale, score.coverage, score.accuracy, score.own)
    share = f"{1 - scale.own_share:g} × " if 0 < scale.own_share < 1 else ""
    terms = [f"{share}coverage {100 * score.coverage:.1f} × accuracy {score.accuracy:.2f}"] if scale.own_share < 1 else []
    if scale.own_share:
        counted = " with what you counted" if any(point.by_person for point in score.key_points) else ""
        terms.append(f"{'' if scale.own_share == 1 else f'{scale.own_share:g} × '}the {grader}'s own{counted} {own:.1f}")
    parts = [f"{' + '.join(terms)} = {mixed:.0f}"]
    if abs(raw - mixed) > _SAME:
        near = f"within {100 * scale.slack:g} of coverage × accuracy, {evidence:.0f}"
        parts.append(f"{near if score.coverage else f'no point is {found}'}: {raw:.0f}")
    if round(raw) != total:
        parts.append(f"scaled: {total}")
    if blend := score.leaning:
        total = weighted_mean(total, blend)
        parts.append(f"with {blend.share:.0%} of the estimate {blend.estimate}: {total}")
    return "; ".join(parts) if total == score.overall else ""


def caveat(score: Score) -> str:
    """Return the reasons not to trust a score fully, as sentences; empty if there are none."""
    caveats = [_CAVEATS[score.basis]] if score.basis in _CAVEATS else []
    if blend := score.leaning:
        part = f"{blend.share:.0%} of this score is the measured estimate ({blend.estimate}/100)"
        caveats.append(f"The model was not sure of its verdicts: {part}.")
    if unsure := [point for point in score.key_points if point.unsure and not point.by_person]:
        settle = "" if any(point.votes for point in score.key_points) else "; `--samples 3` would settle more"
        caveats.append(f"Not sure of {len(unsure)} of {len(score.key_points)} points: read them yourself{settle}.")
    elif score.low is not None and any(point.votes for point in score.key_points):
        caveats.append("The samples differ in the total: read the answer yourself.")
    if score.left_out:
        quotes = ", ".join(f"“{shorten(piece.words, _QUOTED)}”" for piece in score.left_out[:_PIECES])
        more = f" and {len(score.left_out) - _PIECES} more" if len(score.left_out) > _PIECES else ""
        caveats.append(f"Left out of what the grader saw, since {score.left_out[0].reason}: {quotes}{more}.")
    return " ".join(caveats)
