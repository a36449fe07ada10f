"""What becomes of a score whose model was not sure of its own verdicts.

A small model calls nearly every point covered, whatever was said; its probabilities know better. Where a server tells them
and they are low, the score leans on the embedded estimate of the same answer. Figures in prompts/EXPERIMENTS.md.
"""

from statistics import fmean

from interviewer.grading.rubric import load_rubric
from interviewer.models import Blend, Judgement, Score


def uncertainty(judgement: Judgement) -> float:
    """Return how far a score has to lean on the estimate: 0, not at all, up to the `most` of data/rubric.toml."""
    known = [claim.confidence for claim in judgement.points if claim.confidence is not None]
    if not known:
        return 0.0
    how = load_rubric().doubt
    return how.most * min(1.0, max(0.0, (how.sure - fmean(known)) / (how.sure - how.lost)))


def blended(score: Score, leaning: Blend) -> Score:
    """Return the score as the geometric mean of itself and the estimate: between the two, nearer to the lower one."""
    rubric = load_rubric()
    overall = round(score.overall ** (1 - leaning.share) * leaning.estimate**leaning.share)
    return score.model_copy(update={"overall": overall, "band": rubric.band(overall).name, "leaning": leaning})
