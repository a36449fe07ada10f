"""How sure is it that a point was said, or that it was not, before a follow-up asks for it? And what is a model asked?

python -m tests.benchmarks.follow_ups             the figures, on the answers of data/checks/spoken.jsonl
python -m tests.benchmarks.follow_ups prompts     the prompts for the answers of tests/unit/follow_ups.yaml
"""

import asyncio
import json
import sys
from collections.abc import Sequence

from interviewer.bank.bank import load_bank
from interviewer.grading.grade import embedded_grader
from interviewer.grading.messages import follow_up_messages
from interviewer.grading.segment import segment
from interviewer.models import Attempt, Depth, FollowUp, KeyPoint, PointClaim, Verdict
from interviewer.practice.follow_up_choice import Patience, find_follow_up
from interviewer.resources import resource

SAID: tuple[Verdict, ...] = ("covered", "partial")


async def claims() -> list[tuple[PointClaim, Verdict]]:
    """What the estimate finds of each point, and what people say of it."""
    bank, found = load_bank(), []
    for line in resource("data", "checks", "spoken.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        true = dict(zip(row["points"], row["verdicts"], strict=True))
        judgement = await embedded_grader().judge(bank.find(row["question"]), segment(row["answer"]))
        found += [(claim, true[claim.key_point]) for claim in judgement.points]
    return found


def show_figures() -> None:
    found = asyncio.run(claims())
    unsaid = sum(verdict not in SAID for _, verdict in found)
    for least in (0.7, 0.8, 0.9):
        out = [verdict for claim, verdict in found if (claim.likelihood or 0) >= least]
        said = sum(verdict in SAID for verdict in out)
        print(f"from {least}: {said / len(out):.0%} of {len(out)} were said; {(len(out) - said) / unsaid:.0%} of what was not")
    missing = [(claim, verdict) for claim, verdict in found if claim.reading == "not_found"]
    for name, some in (("not found", missing), ("nothing near", [one for one in missing if not one[0].spans])):
        print(f"{name}: {sum(verdict in SAID for _, verdict in some) / len(some):.0%} of {len(some)} were said")


class Shown:
    """Stands for a grader, and prints what it would ask its model."""

    async def follow_up(self, attempt: Attempt, points: Sequence[KeyPoint], depths: Sequence[Depth]) -> FollowUp | None:
        for message in follow_up_messages(attempt, points, depths):
            print(f"--- {message['role']}\n{message['content']}\n")
        return None


def show_prompts() -> None:
    from tests.unit.test_follow_ups import CASES, attempt_of

    for case in CASES:
        print(f"===== {case['kind']}")
        attempt = attempt_of(case)
        asyncio.run(find_follow_up(Shown(), attempt, attempt.question, Patience()))  # type: ignore[arg-type]


if __name__ == "__main__":
    show_prompts() if sys.argv[1:] == ["prompts"] else show_figures()
