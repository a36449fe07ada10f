"""The invariants of a score, whatever a grader claims."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviewer.grading.explanation import explain_total
from interviewer.grading.ladder import bank_follow_up
from interviewer.grading.rescore import rescore
from interviewer.grading.rubric import ScaleName, load_rubric
from interviewer.grading.scoring import difference, score
from interviewer.models import Basis, ErrorNote, FollowUp, GraderKind, Judgement, PointClaim, PointVerdict, Score, Verdict
from tests.fakes import question

verdicts: st.SearchStrategy[Verdict] = st.sampled_from(("covered", "partial", "missing", "contradicted"))
fractions = st.floats(0, 1)
kinds: st.SearchStrategy[GraderKind] = st.sampled_from(("llm", "embedded"))


def point(identity: str, weight: int, verdict: Verdict) -> PointVerdict:
    shown = None if verdict == "missing" else "words"
    return PointVerdict.model_validate(
        {"id": identity, "text": "A fact.", "weight": weight, "verdict": verdict, "evidence": shown, "span": shown and (0, 5)}
    )


points = st.lists(st.tuples(st.integers(1, 3), verdicts), min_size=1, max_size=7).map(
    lambda drawn: tuple(point(f"p{number}", weight, verdict) for number, (weight, verdict) in enumerate(drawn))
)
errors = st.lists(st.sampled_from(("minor", "major")), max_size=4).map(
    lambda drawn: tuple(
        ErrorNote.model_validate({"evidence": "words", "span": (10, 15), "correction": "No.", "severity": severity})
        for severity in drawn
    )
)
judgements = st.builds(
    Judgement, points=st.just(()), errors=st.just(()), depth=fractions, clarity=fractions, level=st.floats(0, 5)
)


def scored(judgement: Judgement, kept: tuple[PointVerdict, ...], wrong: tuple[ErrorNote, ...], kind: GraderKind) -> Score:
    return score(judgement, kept, wrong, question(), kind)


def test_the_rubric_rises() -> None:
    rubric = load_rubric()
    starts = [band.start for band in rubric.bands]
    assert starts == sorted(starts), "a band is found by bisection"
    assert starts[0] == 0
    assert rubric.uncertainty.lost < rubric.uncertainty.sure
    for scale in rubric.scales.values():
        assert list(scale.corners) == sorted(scale.corners)
        assert [shown for _, shown in scale.corners] == sorted(shown for _, shown in scale.corners)


@given(judgements, points, errors, kinds)
def test_a_score_stays_in_its_range_and_band(
    judgement: Judgement, kept: tuple[PointVerdict, ...], wrong: tuple[ErrorNote, ...], kind: GraderKind
) -> None:
    result = scored(judgement, kept, wrong, kind)
    assert 0 <= result.overall <= 100
    assert result.band == load_rubric().band(result.overall).name


@given(judgements, points, errors, kinds, st.data())
def test_saying_more_that_is_right_never_costs(
    judgement: Judgement, kept: tuple[PointVerdict, ...], wrong: tuple[ErrorNote, ...], kind: GraderKind, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(kept) - 1))
    better = (*kept[:index], point(kept[index].id, kept[index].weight, "covered"), *kept[index + 1 :])
    assert scored(judgement, better, wrong, kind).overall >= scored(judgement, kept, wrong, kind).overall


@given(judgements, points, errors, kinds)
def test_an_error_never_pays(
    judgement: Judgement, kept: tuple[PointVerdict, ...], wrong: tuple[ErrorNote, ...], kind: GraderKind
) -> None:
    more = (*wrong, ErrorNote(evidence="words", span=(20, 25), correction="No.", severity="minor"))
    assert scored(judgement, kept, more, kind).overall <= scored(judgement, kept, wrong, kind).overall


@given(judgements, errors, kinds, st.integers(1, 7))
def test_without_a_point_no_fluency_lifts_an_answer_out_of_the_lowest_band(
    judgement: Judgement, wrong: tuple[ErrorNote, ...], kind: GraderKind, count: int
) -> None:
    nothing = tuple(point(f"p{number}", 3, "missing") for number in range(count))
    result = scored(judgement, nothing, wrong, kind)
    assert result.band == load_rubric().bands[0].name


def judged(overall: int | None = None, *, level: float = 3.0, claims: tuple[PointClaim, ...] = ()) -> Judgement:
    own = None if overall is None else overall / 100
    return Judgement(points=claims, depth=0.5, clarity=0.5, level=level, own=own)


def test_the_graders_own_number_moves_a_score_within_the_slack_only() -> None:
    kept = (point("a", 3, "covered"), point("b", 3, "missing"))
    cases: tuple[tuple[ScaleName, Basis], ...] = (("llm", "key_points"), ("llm_reference", "reference"))
    for scale, basis in cases:
        low, middle, high = (score(judged(own), kept, (), question(), "llm", basis).overall for own in (0, 50, 100))
        assert low < middle < high
        assert high - low <= 100 * (2 * load_rubric().scales[scale].slack) * 1.1


def test_a_claim_that_fails_takes_its_share_of_the_own_number_along() -> None:
    claims = tuple(PointClaim(key_point=name, spans=(1,), verdict="covered") for name in ("a", "b"))
    believed = (point("a", 3, "covered"), point("b", 3, "covered"))
    half, none = (believed[0], point("b", 3, "missing")), (point("a", 3, "missing"), point("b", 3, "missing"))
    cases: tuple[tuple[Basis, int], ...] = (("key_points", 50), ("reference", 50))
    for basis, middle in cases:
        scores = [score(judged(100, claims=claims), kept, (), question(), "llm", basis) for kept in (believed, half, none)]
        assert [one.overall for one in scores] == [100, middle, 0]
        assert [one.own for one in scores] == [1.0, 0.5, 0.0]


def test_without_an_own_number_the_level_stands_in_for_it() -> None:
    kept = (point("a", 3, "covered"), point("b", 3, "missing"))
    assert scored(judged(None, level=4.0), kept, (), "llm") == scored(judged(80, level=4.0), kept, (), "llm")


def test_a_reference_alone_is_graded_by_the_own_number_and_a_persons_key_points_by_both() -> None:
    kept = (point("a", 3, "partial"),)
    assert score(judged(70), kept, (), question(), "llm", "key_points").overall == 62
    several = (*kept, point("b", 2, "missing"), point("c", 2, "missing"))
    for basis in ("reference", "proposed"):
        assert score(judged(60), several, (), question(), "llm", basis).overall == 60
        assert score(judged(70), kept, (), question(), "llm", basis).overall == round(100 * (0.54 + 0.46 * 0.3 / 0.6))


def test_against_a_reference_a_number_without_evidence_earns_little() -> None:
    several = tuple(point(f"p{number}", 2, "missing") for number in range(4))
    assert score(judged(100), several, (), question(), "llm", "reference").overall == 45
    assert score(judged(100), several[:1], (), question(), "llm", "reference").overall == 62


@pytest.mark.parametrize(("count", "numbers"), [(1, range(0, 51, 5)), (3, range(15, 101, 5))])
def test_against_a_reference_a_better_number_is_a_better_total(count: int, numbers: range) -> None:
    kept = (point("a", 3, "missing"), *(point(f"p{number}", 2, "covered") for number in range(count - 1)))
    totals = [score(judged(own), kept, (), question(), "llm", "reference").overall for own in numbers]
    assert totals == sorted(set(totals))


@given(judgements, points, errors)
def test_how_a_total_came_about_adds_up_on_paper(
    judgement: Judgement, kept: tuple[PointVerdict, ...], wrong: tuple[ErrorNote, ...]
) -> None:
    result = scored(judgement, kept, wrong, "llm")
    line = explain_total(result, "llm")
    evidence_share, covered, right, own_share, own, mixed, *rest = map(float, re.findall(r"\d+(?:\.\d+)?", line))
    assert evidence_share + own_share == pytest.approx(1)
    assert evidence_share * covered * right + own_share * own == pytest.approx(mixed, abs=0.9)
    assert (rest or [mixed])[-1] == result.overall


@pytest.mark.parametrize(
    ("verdict", "line"),
    [
        ("covered", "the estimate's own 30.4 = 30"),
        ("missing", "the estimate's own 30.4 = 30; no point is touched on: 18"),
    ],
)
def test_how_an_estimate_came_about_is_told_as_it_was(verdict: Verdict, line: str) -> None:
    result = score(Judgement(points=(), own=0.304), (point("a", 3, verdict),), (), question(), "embedded")
    assert explain_total(result, "embedded") == line


def test_the_same_mistake_counts_once() -> None:
    wrong = point("a", 3, "contradicted")
    inside = ErrorNote(evidence="words", span=(0, 5), correction="No.", severity="major")
    judgement = Judgement(points=(), depth=0.5, clarity=0.5, level=3.0)
    kept = (wrong, point("b", 3, "covered"))
    assert scored(judgement, kept, (inside,), "llm").accuracy == scored(judgement, kept, (), "llm").accuracy


def test_a_dispute_that_is_won_takes_the_errors_inside_the_disputed_words_with_it() -> None:
    judgement = Judgement(points=(), depth=0.5, clarity=0.5, level=3.0)
    inside, outside = (
        ErrorNote(evidence="words", span=span, correction="No.", severity="major") for span in ((0, 5), (10, 15))
    )
    before = scored(judgement, (point("draw", 2, "contradicted"), point("fresh", 1, "missing")), (inside, outside), "llm")
    after = rescore(before, [point("draw", 2, "covered")], question(), "llm")
    assert after.errors == (outside,)
    assert after.overall > before.overall
    assert rescore(before, [point("fresh", 1, "covered")], question(), "llm").errors == (inside, outside)


def test_what_holds_an_answer_back_is_named() -> None:
    perfect = Judgement(points=(), depth=1.0, clarity=1.0, level=5.0)
    assert scored(perfect, (point("a", 3, "covered"), point("b", 3, "missing")), (), "llm").limiting == "coverage"
    assert scored(perfect, (point("a", 3, "covered"),), (), "llm").limiting is None


def test_the_heaviest_open_point_is_asked_about_first_and_of_two_follow_ups_the_one_that_comes_first() -> None:
    asked = [FollowUp(text=f"{key}?", key_point=key) for key in ("fresh", "draw", "boiling", "draw")]
    tea = question(follow_ups=(*asked, FollowUp(text="Again?", key_point="boiling")))
    assert [
        (found := bank_follow_up(tea, [one for one in tea.key_points if one.id in open_points], None)) and found.text
        for open_points in ({"fresh", "draw", "boiling"}, {"fresh", "draw"}, {"fresh"}, set[str]())
    ] == ["boiling?", "draw?", "fresh?", None]


def test_an_estimate_stays_a_range_when_a_point_of_it_was_disputed() -> None:
    judgement = Judgement(points=(), own=0.4, range=(0.2, 0.6))
    before = scored(judgement, (point("draw", 2, "missing"), point("boiling", 2, "covered")), (), "embedded")
    after = rescore(before, [point("draw", 2, "covered")], question(), "embedded")
    assert (before.low, before.overall, before.high) == (20, 40, 60)
    assert (after.low, after.overall, after.high) == (70, 90, 100)


def test_what_is_better_new_and_lost_between_two_scores() -> None:
    judgement = Judgement(points=(), depth=0.5, clarity=0.5, level=3.0)
    verdicts: tuple[Verdict, ...] = ("contradicted", "missing", "partial", "covered")
    before = scored(judgement, tuple(point(f"from-{verdict}", 1, verdict) for verdict in verdicts), (), "llm")
    for index, now in enumerate(verdicts):
        after = scored(
            judgement, (*(point(f"from-{verdict}", 1, now) for verdict in verdicts), point("added", 1, now)), (), "llm"
        )
        found = difference(before, after)
        better = [*(f"from-{verdict}" for verdict in verdicts[:index]), "added"] if index > 1 else []
        assert [one.id for one in found.new] == better
        assert [one.id for one in found.lost] == [f"from-{verdict}" for verdict in verdicts[index + 1 :]] + (
            ["added"] if index == 0 else []
        )
        earn_nothing = {"from-contradicted"} if now == "missing" else set()
        assert {one.id for one in found.still} <= {f"from-{now}", "added"} | earn_nothing
        assert bool(found.still) == (now != "covered")


def test_the_follow_up_of_the_bank_is_asked_about_a_missing_point() -> None:
    judgement = Judgement(points=(), depth=0.5, clarity=0.5, level=3.0)
    assert scored(judgement, (point("draw", 2, "missing"),), (), "embedded").follow_up == "How long would you wait?"
    assert scored(judgement, (point("draw", 2, "covered"),), (), "embedded").follow_up == ""
