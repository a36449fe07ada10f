"""Several gradings of one answer become one: the majority decides on each point, the median on each scale."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterable, Sequence
from statistics import fmean, median

from interviewer.errors import GradingError
from interviewer.models import VERDICT_ORDER, ErrorClaim, Judgement, PointClaim, Usage


async def vote(samples: Sequence[Awaitable[Judgement]]) -> Judgement:
    """Wait for all gradings, which run at once, and return their majority. Those that failed have no vote, but count as usage.

    Raises:
        GradingError: more than half of them failed; the message gives the first reason. It waits as long as the longest.
    """
    results = await asyncio.gather(*(_settled(sample) for sample in samples))
    failed = [result for result in results if isinstance(result, GradingError)]
    usage = sum((result.usage for result in results if result.usage), Usage())
    if 2 * len(failed) > len(results):
        first = failed[0]
        error = GradingError(f"{len(failed)} of {len(results)} gradings failed: {first.message}", next_step=first.next_step)
        error.usage = usage
        error.rate_limited = all(each.rate_limited for each in failed)
        error.retry_after = max((each.retry_after for each in failed if each.retry_after is not None), default=None)
        raise error
    merged = merge_judgements([result for result in results if isinstance(result, Judgement)])
    return merged.model_copy(update={"usage": usage})


async def _settled(sample: Awaitable[Judgement]) -> Judgement | GradingError:
    try:
        return await sample
    except GradingError as failure:
        return failure


def merge_judgements(judgements: Sequence[Judgement]) -> Judgement:
    """Return one judgement for several of the same answer."""
    level = _median(judgement.level for judgement in judgements)
    own = _median(None if judgement.own is None else round(100 * judgement.own) for judgement in judgements)
    typical = min(judgements, key=lambda judgement: abs((judgement.level or 0.0) - (level or 0.0)))
    return typical.model_copy(
        update={
            "points": tuple(_point(claims) for claims in zip(*(judgement.points for judgement in judgements), strict=True)),
            "errors": _errors(judgements),
            "depth": _median(judgement.depth for judgement in judgements),
            "clarity": _median(judgement.clarity for judgement in judgements),
            "level": level,
            "own": None if own is None else round(own) / 100,
            "samples": tuple(judgements),
        }
    )


def _median(numbers: Iterable[float | None]) -> float | None:
    """Return the median of those that were given; None where none was."""
    given = [number for number in numbers if number is not None]
    return median(given) if given else None


def _point(claims: Sequence[PointClaim]) -> PointClaim:
    """Return the verdict with the most votes, the lower of two with as many: a credit in doubt is none."""
    votes = Counter(claim.verdict for claim in claims)
    verdict = max(VERDICT_ORDER, key=votes.__getitem__)
    voters = [claim for claim in claims if claim.verdict == verdict]
    spans, _ = Counter(claim.spans for claim in voters).most_common(1)[0]
    known = [claim.confidence for claim in voters if claim.confidence is not None]
    said = [claim.sure for claim in voters if claim.sure is not None]
    return PointClaim(
        key_point=claims[0].key_point,
        spans=spans,
        verdict=verdict,
        sure=2 * sum(said) >= len(said) if said else None,
        confidence=fmean(known) if known else None,
        votes=(len(voters), len(claims)),
    )


def _errors(judgements: Sequence[Judgement]) -> tuple[ErrorClaim, ...]:
    """Return the errors that more than half of the gradings found, each as the first one put it."""
    found: dict[int, list[ErrorClaim]] = {}
    for judgement in judgements:
        for span, error in {error.span: error for error in reversed(judgement.errors)}.items():
            found.setdefault(span, []).append(error)
    return tuple(errors[0] for _, errors in sorted(found.items()) if 2 * len(errors) > len(judgements))
