"""How scores and verdicts are shown in every place: in words, by a sign, and in a tone, for which each place has a colour."""

from typing import Literal

from interviewer.grading.rubric import load_rubric
from interviewer.models import VERDICT_ORDER, Dispute, Measure, ReadingKind, Verdict

Tone = Literal["good", "half", "bad", "quiet"]
MEASURES: dict[Measure, str] = {"llm": "graded by an LLM", "embedded": "unconfirmed estimate", "confirmed": "confirmed by you"}
"""What a score is, in words."""
LABELS: dict[Verdict | ReadingKind, str] = {
    **{verdict: verdict for verdict in VERDICT_ORDER},
    "touched": "touched on",
    "turned": "perhaps the other way round",
    "not_found": "not found",
}
"""The label of a point, by its verdict or by what an estimate found."""
_FOUND: dict[Verdict, ReadingKind] = {
    "covered": "touched",
    "partial": "touched",
    "contradicted": "turned",
    "missing": "not_found",
}
SIGNS: dict[Verdict | ReadingKind | Literal["error"], tuple[str, str, Tone]] = {
    "covered": ("✓", "+", "good"),
    "partial": ("◐", "~", "half"),
    "missing": ("·", "-", "quiet"),
    "contradicted": ("✗", "x", "bad"),
    "error": ("!", "!", "bad"),
    "touched": ("≈", "~", "quiet"),
    "turned": ("?", "?", "half"),
    "not_found": ("·", "-", "quiet"),
}
"""The sign, the same in ASCII, and the tone."""
STANDINGS: dict[Literal["at", "perhaps", "below"], Tone] = {"at": "good", "perhaps": "half", "below": "bad"}
"""The tone of a comparison with the bar."""
BANDS: tuple[Tone, ...] = ("bad", "bad", "half", "good", "good")
"""The tone of each band, from the lowest."""


def change_of(before: Verdict | ReadingKind, after: Verdict | ReadingKind) -> str:
    """Return in words how a dispute changed the label of a point."""
    return f"{LABELS[before]} → {LABELS[after]}" if after != before else f"stays {LABELS[after]}"


def outcome(dispute: Dispute) -> str:
    """Return in words how a dispute changed a verdict; of an estimate, of which no verdict is shown, what it found."""
    before, after = dispute.before, dispute.after
    if not dispute.grader.estimate:
        return change_of(before, after)
    found = dispute.found or _FOUND[before]
    return change_of(found, found if after == before else _FOUND[after])


def band_tone(band: str) -> Tone:
    """Return the tone of a band; `quiet` for one of another rubric, which an older score may have."""
    return dict(zip((known.name for known in load_rubric().bands), BANDS, strict=True)).get(band, "quiet")
