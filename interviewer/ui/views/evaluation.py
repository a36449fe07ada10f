"""What `evaluate` prints: agreement with people, or the checks of a grader on answers of known rank."""

import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from interviewer.context import Context
from interviewer.errors import ExitCode
from interviewer.evaluate.behaviour_checks import KINDS, judge, judge_spoken, verdict
from interviewer.evaluate.human_agreement import UNGRADED_BY_PEOPLE, HumanAgreement, Problem
from interviewer.evaluate.point_agreement import Graded, PointAgreement, Rate, order, point_agreement
from interviewer.models import GraderInfo
from interviewer.text.clean import clean_line, shorten
from interviewer.text.words import plural
from interviewer.ui.screen import Screen

if TYPE_CHECKING:
    from rich.console import Console

    from interviewer.evaluate.metrics import Agreement

_EXCERPT = 220
"""The most characters of a question or an answer."""
_FIGURES = {
    "kappa": "agreement with people's verdicts beyond chance: 0 is chance, 1 is perfect",
    "rank": "how often, in one answer, a point said ranks above one missing or turned round; 50 % is a coin",
    "false credit": "points missing or turned round that it credits",
    "said but missing": "points said that it does not find",
    "in range": "totals that people call fair, give or take 5 points",
}
"""The legend of the table of verdicts."""


def show_agreement(context: Context, found: HumanAgreement, seconds: float, *, as_json: bool) -> ExitCode:
    """Print the agreement with people after a run of `seconds`; return UNGRADED unless every row was graded."""
    unread = [one for one in found.problems if one.left_out and one.reason != UNGRADED_BY_PEOPLE]
    code = ExitCode.OK if found.graded == found.rows and not unread else ExitCode.UNGRADED
    if as_json:
        _dump(context, {**asdict(found), "grader": found.grader.model_dump(mode="json"), "seconds": round(seconds, 1)})
        return code
    console = Screen(context.stdout, context.stderr).out
    console.print(Text(f"{_grader(found.grader)} against people", style="bold"))
    console.print(f"{found.graded} of {found.rows} answers to {found.questions} questions graded in {seconds:.0f} s")
    if found.prompt_tokens:
        console.print(f"{found.prompt_tokens:,} + {found.completion_tokens:,} tokens")
    _show_problems(console, found.problems)
    if found.agreement:
        _show_totals(console, found)
    if found.points:
        _show_points(console, found.points, found.order)
    for title, values in (
        ("Pearson with each person, and between them", found.annotators),
        ("Pearson of what needs no judgement", found.baselines),
    ):
        if values:
            console.print(Text(f"\n{title}", style="bold"))
        for name, value in values:
            console.print("  {}: {} ({})".format(name, *_cells(value)))
    if found.worst:
        console.print(Text("\nWhere grader and people differ most", style="bold"))
    for case in found.worst:
        question, answer, reference = (shorten(text, _EXCERPT) for text in (case.question, case.answer, case.reference))
        console.print(Text(f"  {case.id}: people {case.human:.2f}, grader {case.grader:.2f}. {question}"))
        console.print(Text(f"    said: {answer}\n    reference: {reference}", style="dim"))
    for reason, count in sorted(found.reasons.items(), key=lambda item: -item[1]):
        console.print(f"{count} not graded: {reason}")
    return code


def _show_problems(console: "Console", problems: list[Problem]) -> None:
    """Print why rows are left out, and which lack a part of their labels, with the id of the first of each sort."""
    sorts: dict[tuple[bool, str], list[str]] = {}
    for one in problems:
        sorts.setdefault((one.left_out, one.reason), []).append(one.id)
    for (left_out, reason), ids in sorts.items():
        what = "left out" if left_out else "with labels that cannot all be used"
        first = f"{'first ' if len(ids) > 1 else ''}{clean_line(ids[0], 60)}"
        console.print(Text(f"{plural(len(ids), 'row')} {what} ({first}): {reason}"))


def _show_totals(console: "Console", found: HumanAgreement) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False)
    for title in ("", "as graded", "95 % interval", "calibrated", "95 % interval"):
        table.add_column(title, justify="left" if not title else "right")
    for raw, fitted in zip(found.agreement, found.calibrated, strict=True):
        table.add_row(raw.name, *_cells(raw), *_cells(fitted))
    console.print()
    console.print(table)
    console.print("Intervals: questions resampled. Calibrated: by a monotone fit that never saw the question.", style="dim")


def _show_points(console: "Console", points: list[PointAgreement], order: Rate) -> None:
    table = Table(box=None, padding=(0, 1, 0, 0), show_edge=False)
    for title in ("verdicts on", "mean", *_FIGURES):
        table.add_column(title, justify="left" if title == "verdicts on" else "right")
    for one in points:
        name = Text(shorten(one.kind, 30) or f"all {one.answers} answers")
        kappa = f"{one.kappa.value:.2f}" if one.kappa else "-"
        rank = "-" if one.within_answer is None else f"{one.within_answer:.0%}"
        shares = map(_share, (one.false_credit, one.said_but_missing, one.in_range))
        table.add_row(name, f"{one.mean:.0f}", kappa, rank, *shares)
    console.print()
    console.print(table)
    for title, meaning in _FIGURES.items():
        console.print(Text(f"{title}: {meaning}", style="dim"))
    whole = points[0]
    if whole.kappa:
        console.print("Kappa of all verdicts: {} ({})".format(*_cells(whole.kappa)))
    if whole.control and len(points) > 2:
        console.print(f"Kappa of a control that knows only the kind of an answer: {whole.control.value:.3f}")
    if whole.unsure_and_wrong.of:
        console.print(
            f"Of {whole.unsure_and_wrong.of} verdicts that it was not sure of, {_share(whole.unsure_and_wrong)} were wrong"
        )
    if order.of:
        console.print(f"Of two clearly different answers the better one scores higher: {_share(order)} of {order.of} pairs")


def _share(rate: Rate) -> str:
    return "-" if rate.share is None else f"{rate.share:.1%}"


def show_behaviour_checks(
    context: Context,
    info: GraderInfo,
    scores: dict[str, int],
    again: dict[str, int],
    spoken: list[Graded],
    count: int,
    *,
    as_json: bool,
) -> ExitCode:
    """Print which checks this grader passes; return UNGRADED unless all `count` answers were graded.

    `scores` and `again` are those of a first and a second grading, by the id of the case; `spoken` has the hard answers.
    """
    checks, points, ordered = judge(scores, again), point_agreement(spoken, seed=0), order(spoken)
    if points:
        checks += judge_spoken(points[0], ordered)
    graded = len(scores) + len(spoken)
    code = ExitCode.OK if graded == count else ExitCode.UNGRADED
    if as_json:
        _dump(
            context,
            {
                "grader": info.model_dump(mode="json"),
                "answers": count,
                "graded": graded,
                "traits": [{**asdict(check), "share": round(check.share, 4), "ok": check.ok} for check in checks],
                "verdict": verdict(checks),
                "scores": scores,
                "spoken": {
                    "points": [asdict(one) for one in points],
                    "order": asdict(ordered),
                    "figures": _FIGURES,
                    "kinds": KINDS,
                },
            },
        )
        return code
    console = Screen(context.stdout, context.stderr).out
    console.print(Text(f"{_grader(info)} on {graded} of {count} answers of known rank\n", style="bold"))
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, show_header=False)
    for check in checks:
        mark = Text("ok", style="green") if check.ok else Text("!!", style="red")
        meaning = f"{check.meaning}; {check.detail}" if check.detail else check.meaning
        said = Text.assemble(check.name, "\n", (meaning, "dim"))
        table.add_row(mark, said, f"{check.held} of {check.of}\n{check.share:.0%} (wanted {check.wanted:.0%})")
    console.print(table)
    if points:
        _show_points(console, [points[0], *(one for kind in KINDS for one in points if one.kind == kind)], ordered)
        console.print()
        for kind, meaning in KINDS.items():
            console.print(Text(f"{kind}: {meaning}", style="dim"))
    console.print(Text(f"\n{verdict(checks)}", style="bold"))
    return code


def _grader(grader: GraderInfo) -> str:
    return "The embedded grader (an estimate)" if grader.estimate else f"{grader.model}, prompt {grader.prompt_version}"


def _cells(value: "Agreement") -> tuple[str, str]:
    """Return a measure and its interval as text; dashes where it cannot be computed, say where all grades are the same."""
    if math.isnan(value.value):
        return "-", "-"
    return f"{value.value:.3f}", f"{value.low:.3f} to {value.high:.3f}"


def _dump(context: Context, value: object) -> None:
    """Print a value as JSON: floats rounded, and null for infinity and NaN, which JSON lacks."""
    rounded = json.loads(json.dumps(value), parse_float=lambda text: round(float(text), 4), parse_constant=lambda _: None)
    context.stdout.write(json.dumps(rounded, ensure_ascii=False, indent=2) + "\n")
