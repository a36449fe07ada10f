"""What `evaluate` prints: agreement with people, or the checks of a grader on answers of known rank."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from interviewer.context import Context
from interviewer.errors import ExitCode
from interviewer.evaluate.behaviour_checks import judge, verdict
from interviewer.evaluate.human_agreement import Comparison
from interviewer.models import GraderInfo
from interviewer.text.clean import shorten
from interviewer.ui.screen import Screen

if TYPE_CHECKING:
    from rich.console import Console

    from interviewer.evaluate.metrics import Agreement
    from interviewer.evaluate.point_agreement import Rate

_EXCERPT = 220
"""The most characters of a question or an answer."""


def show_comparison(context: Context, found: Comparison, seconds: float, *, as_json: bool) -> ExitCode:
    """Print the agreement with people after a run of so many seconds; return UNGRADED unless every row was graded."""
    code = ExitCode.OK if found.graded == found.rows else ExitCode.UNGRADED
    if as_json:
        _dump(context, {**asdict(found), "grader": found.grader.model_dump(mode="json"), "seconds": round(seconds, 1)})
        return code
    console = Screen(context.stdout, context.stderr).out
    console.print(Text(f"{_grader(found.grader)} against people", style="bold"))
    console.print(f"{found.graded} of {found.rows} answers to {found.questions} questions graded in {seconds:.0f} s")
    if found.prompt_tokens:
        console.print(f"{found.prompt_tokens:,} + {found.completion_tokens:,} tokens")
    if found.agreement:
        _show_totals(console, found)
    if found.points:
        _show_points(console, found)
    for title, values in (
        ("Pearson with each person, and between them", found.annotators),
        ("Pearson of what needs no judgement", found.baselines),
    ):
        if values:
            console.print(Text(f"\n{title}", style="bold"))
        for name, value in values:
            console.print(f"  {name}: {value.value:.3f} ({value.low:.3f} to {value.high:.3f})")
    if found.worst:
        console.print(Text("\nWhere grader and people differ most", style="bold"))
    for case in found.worst:
        question, answer, reference = (shorten(text, _EXCERPT) for text in (case.question, case.answer, case.reference))
        console.print(Text(f"  {case.id}: people {case.human:.2f}, grader {case.grader:.2f}. {question}"))
        console.print(Text(f"    said: {answer}\n    reference: {reference}", style="dim"))
    for reason, count in sorted(found.reasons.items(), key=lambda item: -item[1]):
        console.print(f"{count} not graded: {reason}")
    return code


def _show_totals(console: "Console", found: Comparison) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False)
    for title in ("", "as graded", "95 % interval", "calibrated", "95 % interval"):
        table.add_column(title, justify="left" if not title else "right")
    for raw, fitted in zip(found.agreement, found.calibrated, strict=True):
        table.add_row(raw.name, *_cells(raw), *_cells(fitted))
    console.print()
    console.print(table)
    console.print("Intervals: questions resampled. Calibrated: by a monotone fit that never saw the question.", style="dim")


def _show_points(console: "Console", found: Comparison) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False)
    for title in ("verdicts on", "points", "kappa", "false credit", "said but missing", "in fair range"):
        table.add_column(title, justify="left" if title == "verdicts on" else "right")
    for one in found.points:
        name = Text(shorten(one.kind, 30) or f"all {one.answers} answers")
        kappa = f"{one.kappa.value:.2f}" if one.kappa else "-"
        table.add_row(name, str(one.points), kappa, *map(_share, (one.false_credit, one.said_but_missing, one.in_range)))
    console.print()
    console.print(table)
    whole = found.points[0]
    if whole.kappa:
        console.print(f"Kappa of all verdicts: {whole.kappa.value:.3f} ({whole.kappa.low:.3f} to {whole.kappa.high:.3f})")
    if whole.unsure_and_wrong.of:
        console.print(
            f"Of {whole.unsure_and_wrong.of} verdicts that it was not sure of, {_share(whole.unsure_and_wrong)} were wrong"
        )
    if found.order.of:
        console.print(
            f"Of two clearly different answers the better one scores higher: {_share(found.order)} of {found.order.of} pairs"
        )


def _share(rate: "Rate") -> str:
    return "-" if rate.share is None else f"{rate.share:.1%}"


def show_behaviour_checks(
    context: Context, info: GraderInfo, scores: dict[str, int], again: dict[str, int], count: int, *, as_json: bool
) -> ExitCode:
    """Print which checks this grader passes; return UNGRADED unless all `count` answers were graded.

    `scores` and `again` are those of a first and a second grading, by the id of the case.
    """
    checks = judge(scores, again)
    code = ExitCode.OK if len(scores) == count else ExitCode.UNGRADED
    if as_json:
        _dump(
            context,
            {
                "grader": info.model_dump(mode="json"),
                "answers": count,
                "graded": len(scores),
                "traits": [{**asdict(check), "share": round(check.share, 4), "ok": check.ok} for check in checks],
                "verdict": verdict(checks),
                "scores": scores,
            },
        )
        return code
    console = Screen(context.stdout, context.stderr).out
    console.print(Text(f"{_grader(info)} on {len(scores)} of {count} answers of known rank\n", style="bold"))
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, show_header=False)
    for check in checks:
        mark = Text("ok", style="green") if check.ok else Text("!!", style="red")
        share = f"{check.share:.0%} (wanted {check.wanted:.0%})"
        table.add_row(mark, check.name, f"{check.held} of {check.of}", share, check.detail)
    console.print(table)
    console.print(Text(f"\n{verdict(checks)}", style="bold"))
    return code


def _grader(grader: GraderInfo) -> str:
    return "The embedded grader (an estimate)" if grader.estimate else f"{grader.model}, prompt {grader.prompt_version}"


def _cells(value: "Agreement") -> tuple[str, str]:
    return f"{value.value:.3f}", f"{value.low:.3f} to {value.high:.3f}"


def _dump(context: Context, value: object) -> None:
    """Print a value as JSON: floats rounded, and null for infinity and NaN, which JSON lacks."""
    rounded = json.loads(json.dumps(value), parse_float=lambda text: round(float(text), 4), parse_constant=lambda _: None)
    context.stdout.write(json.dumps(rounded, ensure_ascii=False, indent=2) + "\n")
