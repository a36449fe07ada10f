"""An estimate that a person confirms: their verdicts, a total that adds up, and the estimate kept beside it."""

import asyncio
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import ConsoleDimensions

from interviewer.bank.bank import Bank
from interviewer.grading.confirmation import Claim, admits_not_knowing, claims, confirmed
from interviewer.grading.grade import embedded_grader, grade_answer, make_grader
from interviewer.grading.segment import segment
from interviewer.models import (
    VERDICT_ORDER,
    Attempt,
    ErrorNote,
    GraderInfo,
    Grading,
    PointVerdict,
    Reading,
    ReadingKind,
    Score,
    SessionOptions,
    Verdict,
)
from interviewer.practice.progress import compute_progress
from interviewer.practice.schedule import replay
from interviewer.practice.session import SessionRunner
from interviewer.report.csv import to_csv
from interviewer.report.model import build_report
from interviewer.report.render import to_html, to_markdown
from interviewer.settings import load_settings
from interviewer.storage.store import open_store
from interviewer.ui.screen import Screen
from interviewer.ui.views.claims import all_claims
from interviewer.ui.views.score_card import show_result
from tests.conftest import Run
from tests.fakes import fake_context, question

ANSWER = "The water must not boil. Then the leaves draw for three minutes."
BOIL, DRAW = (0, 24), (25, 64)


def point(number: int, verdict: Verdict, kind: ReadingKind, span: tuple[int, int] | None) -> PointVerdict:
    key_point = question().key_points[number]
    words = ANSWER[slice(*span)] if span else None
    credited = verdict != "missing"
    return PointVerdict(
        id=key_point.id,
        text=key_point.text,
        weight=key_point.weight,
        verdict=verdict,
        evidence=words if credited else None,
        span=span if credited else None,
        reading=Reading(kind=kind, likelihood=0.5, evidence=words, span=span),
    )


def estimate() -> Grading:
    """One point that may be turned round, one touched on, one not found, and words like a common mistake."""
    score = Score(
        overall=50,
        low=40,
        high=62,
        band="fair",
        coverage=0.4,
        accuracy=0.8,
        depth=None,
        clarity=None,
        level=None,
        limiting="coverage",
        key_points=(
            point(0, "missing", "turned", BOIL),
            point(1, "covered", "touched", DRAW),
            point(2, "missing", "not_found", None),
        ),
        errors=(ErrorNote(evidence=ANSWER[:24], span=BOIL, correction="It has to boil.", severity="major"),),
        improvements=("Say first: The leaves draw for about three minutes.", "Answer in sentences."),
        model_answer="Boil fresh water.",
    )
    who = GraderInfo(kind="embedded", model="m", prompt_version="1", estimate=True)
    return Grading(question_id="tea", status="graded", score=score, grader=who, usage=None)


def verdicts(grading: Grading) -> list[Verdict]:
    assert grading.score is not None
    return [point.counted for point in grading.score.key_points]


def test_what_is_accepted_as_shown_accuses_nobody_of_a_turned_point() -> None:
    own = confirmed(estimate(), {}, question())
    assert verdicts(own) == ["missing", "covered", "missing"]
    assert own.score is not None
    # Coverage 2 of 6; the mistake that was found in the words costs 0.20.
    assert (own.score.overall, own.score.low, own.score.high) == (round(100 * 2 / 6 * 0.8), None, None)
    assert (own.measure, own.total) == ("confirmed", "27")
    assert [point.estimate_reading.kind for point in own.score.key_points] == ["turned", "touched", "not_found"]
    assert [advice.partition(":")[0] for advice in own.score.improvements] == [
        "“The water must not boil.” may be the other way round",
        "Add",
    ]


def test_a_person_may_have_said_what_no_words_were_found_for() -> None:
    own = confirmed(estimate(), {"boiling": "covered", "fresh": "covered", "!1": "covered"}, question())
    assert own.score is not None
    assert (own.score.overall, own.score.errors) == (100, ())
    assert own.score.key_points[2].evidence is None
    assert Grading.model_validate_json(own.model_dump_json()) == own


def test_nobody_else_has_a_credit_without_words() -> None:
    with pytest.raises(ValueError, match="with evidence"):
        PointVerdict(id="draw", text="Draw.", weight=2, verdict="covered")


def test_a_confirmation_can_be_corrected() -> None:
    first = confirmed(estimate(), {"draw": "missing"}, question())
    assert {claim.id: claim.proposed for claim in claims(first)}["draw"] == "missing"
    assert verdicts(confirmed(first, {"draw": "partial"}, question())) == ["missing", "partial", "missing"]


NOT_KNOWING = """
I have no idea. | Sorry, I don't know this one. | idk | Hmm, I forgot. Pass! | I can’t remember | can`t recall | dunno | hmmm
I´ve forgotten this. | I forget | unfortunately I don't know | I'm afraid I don't know the answer | I have absolutely no idea!
I really don't know anything about this. | I'm not familiar with this | I don't have an answer. | I can't answer that
I'll pass on this one | I'm drawing a blank here | I don't know - sorry | Honestly? Not sure. | I never heard of it
"""
ELSEWHERE = """
Keine Ahnung | Keine Ahnung. | Ich habe keine Ahnung | Ich weiß es nicht. | weiss ich nicht | Das weiß ich leider nicht
je ne sais pas | Je sais pas. | Aucune idée | Je n'en sais rien | Je n’ai aucune idée
no lo sé | No sé. | no se | ni idea | No tengo ni idea | non lo so | Non so. | Nessuna idea | Non ne ho idea
não sei | Nao sei | Eu não sei. | Não faço ideia | não tenho a menor ideia
"""
ANSWERS = """
No. | nope | nothing | O(n) | I am not sure, perhaps boil it. | Is it fresh water? | Skip it. | skip | Let it say I don't know.
When bias goes down, variance goes up and the other way; not sure. | It is right as often as it is sure. | BFS, I'm sure.
BERT: both before and after. GPT: only before. Not sure. | I'm sure it is not. | Bias ↑ → variance ↓, not sure | No. Not sure.
The encoder takes it in, the decoder gets it out. Not sure. | You can't know if I am in it or not.
Well. | I don't know. It can't remember. | Cannot remember. | Unsure. | Forgotten. | I don't know if it boils | ?
I don't know. I don't know. I don't know. I don't know. I don't know.
Keine | Keine Ahnung, vielleicht kocht es. | idea | Je ne sais pas si le thé est noir. | No. So. | No sé si es verde. | Não.
Das weiß ich.
"""


@pytest.mark.parametrize(
    ("answer", "admits"),
    [
        (text.strip(), admits)
        for texts, admits in ((NOT_KNOWING, True), (ELSEWHERE, True), (ANSWERS, False))
        for text in texts.strip().replace("\n", "|").split("|")
    ],
)
def test_who_says_only_that_they_do_not_know_needs_no_key(answer: str, admits: bool) -> None:
    nothing = asyncio.run(grade_answer(embedded_grader(), question(), segment("idk")))
    attempt = Attempt(id=1, session=1, question=question(), answer=answer, created=fake_context(Path()).now(), grading=nothing)
    assert admits_not_knowing(attempt) is admits
    assert not admits_not_knowing(attempt.model_copy(update={"grading": estimate()}))


@pytest.mark.parametrize("answer", [text.strip() for text in ELSEWHERE.strip().replace("\n", "|").split("|")])
def test_who_does_not_know_in_another_language_gets_an_estimate_in_which_nothing_is_found(answer: str) -> None:
    grading = asyncio.run(grade_answer(embedded_grader(), question(), segment(answer)))
    assert grading.score is not None, grading.reason
    assert not any(claim.words for claim in claims(grading))


@given(st.fixed_dictionaries({id_: st.sampled_from(VERDICT_ORDER) for id_ in ("boiling", "draw", "fresh", "!1")}))
def test_the_total_is_coverage_times_accuracy_whatever_is_said(said: dict[str, Verdict]) -> None:
    own = confirmed(estimate(), said, question())
    assert own.score is not None
    assert own.score.overall == round(100 * own.score.coverage * own.score.accuracy)
    assert verdicts(own) == [said[name] for name in ("boiling", "draw", "fresh")]


def test_an_estimate_of_an_older_release_has_readings_and_a_range_all_the_same() -> None:
    before = estimate()
    assert before.score is not None
    bare = [point.model_copy(update={"reading": None}) for point in before.score.key_points]
    old = before.model_copy(update={"score": before.score.model_copy(update={"key_points": bare, "low": None, "high": None})})
    assert [claim.kind for claim in claims(old)] == ["not_found", "touched", "not_found", "mistake"]
    assert old.total == "35–65"


def test_no_face_of_an_estimate_claims_more_than_it_knows_and_each_says_who_confirmed_it(home: Path) -> None:
    context = fake_context(home)
    store = open_store(context.paths.database)
    session = store.add_session(SessionOptions(), [question()], context.now())
    runner = SessionRunner(context, store, session, (question(),), make_grader(load_settings({}, context.paths), context))
    attempt = asyncio.run(runner.save_answer(question(), ANSWER, 3.0))
    store.add_grading(attempt.id, estimate(), context.now())

    def faces() -> dict[str, str]:
        attempts = store.attempts()
        report = build_report(store.sessions(), attempts, context.now())
        out = io.StringIO()
        show_result(Screen(out, io.StringIO()), attempts[0])
        return {
            "html": to_html(report),
            "folded": to_html(report.model_copy(update={"sessions": report.sessions * 2})),
            "md": to_markdown(report),
            "csv": to_csv(report),
            "card": " ".join(out.getvalue().split()),
        }

    before = faces()
    for name in ("html", "md", "card"):
        assert "40–62" in before[name], name
        assert "unconfirmed" in before[name], name
        assert "touched on" in before[name], name
        assert "other way round" in before[name], name
        for claim in ("strong", "fair", "covered", "coverage"):
            assert claim not in before[name].rpartition("</style>")[2], (name, claim)
    assert "Perhaps the other way round: The water has to boil before it is poured.</span></summary>" in before["folded"]
    assert (
        "you may have this the other way round: (must-have) “The water must not boil.” / The water has to boil"
        in before["card"]
    )
    assert ",False,40,62,draw,boiling,fresh," in before["csv"]
    for _ in range(2):  # what is confirmed again unchanged is no other grading
        asyncio.run(runner.judge_by_person(store.attempts()[0], {}))
    after = faces()
    for name in ("html", "md", "card"):
        assert "confirmed by you" in after[name], name
        assert "coverage 33.3 × accuracy 0.80 = 27" in after[name], name
        assert "unconfirmed" not in after[name].partition("<footer")[0].rpartition("</style>")[2], name
    assert ",True,,,,,," in after["csv"]
    assert ",0.3333,0.8,,," in after["csv"]  # depth and clarity were not measured
    assert "| coverage | accuracy |\n|---:|---:|\n| 33 % | 80 % |\n" in after["md"]
    first, second = store.gradings(attempt.id)
    assert (first.grading, second.grading.measure) == (estimate(), "confirmed")


def test_confirmed_answers_have_trends_and_reviews_of_their_own(home: Path) -> None:
    context = fake_context(home)
    store = open_store(context.paths.database)
    sessions = [store.add_session(SessionOptions(), [question()], context.now()).id for _ in range(2)]
    looked_at = confirmed(estimate(), {"boiling": "covered", "!1": "covered"}, question())
    # What a retry is measured by makes no first attempt of it.
    for session, grading in ((sessions[0], estimate()), (sessions[0], looked_at), (sessions[1], looked_at)):
        attempt = store.add_attempt(session, question(), ANSWER, context.now())
        store.add_grading(attempt.id, grading, context.now())
    assert [(review.kind, review.overall) for review in store.reviews()] == [("embedded", 50), ("confirmed", 83)]
    assert [memory.overall for memory in replay(store.reviews(), "confirmed")] == [83]
    found = compute_progress(store.attempts(), (), Bank((question(),)), context.now())
    assert {one.kind: one.answers for one in found.graders} == {"embedded": 1, "confirmed": 1}


def test_the_embedded_grader_gives_readings_and_a_range(home: Path) -> None:
    context = fake_context(home)
    grader = make_grader(load_settings({}, context.paths, grader="embedded"), context)
    grading = asyncio.run(grade_answer(grader, question(), segment("The leaves draw for about three minutes.")))
    assert grading.score is not None
    assert grading.score.low is not None
    assert grading.score.high is not None
    assert grading.score.low <= grading.score.overall <= grading.score.high
    kinds = {point.id: point.reading.kind for point in grading.score.key_points if point.reading}
    assert (kinds["draw"], kinds["fresh"]) == ("touched", "not_found")


def test_a_pipe_is_never_asked(run: Run) -> None:
    done = run("practice", "--question", "3", "--grader", "embedded", stdin="It memorises the noise.\n/done\n")
    assert done.code == 0
    assert "unconfirmed estimate" in done.out
    assert "which of these points" not in done.out.lower()
    assert json.loads(run("show", "--json").out)[0]["gradings"][0]["confirmed"] is False
    assert run("confirm").code == 2
    assert "--confirm" not in done.err
    asked = run("practice", "--question", "3", "--grader", "embedded", "--confirm", stdin="It memorises the noise.\n/done\n")
    assert (asked.code, asked.err.count("--confirm needs a terminal: estimates stay unconfirmed.")) == (0, 1)


def test_a_correction_begins_with_what_the_person_said_before() -> None:
    own = confirmed(estimate(), {"draw": "partial"}, question())
    screen = Screen(io.StringIO(), io.StringIO())
    attempt = Attempt(id=1, session=1, question=question(), answer=ANSWER, created=fake_context(Path()).now(), grading=own)
    text = "".join(piece for _, piece in all_claims(screen, attempt, tuple(claims(own)), {}, 0))
    assert f"{own.total}, confirmed by you. Which of these points did you say?" in text
    assert "2  half " in text
    assert "?  " not in text


def test_where_no_point_was_found_the_list_says_what_is_often_missed_and_which_keys_count_it() -> None:
    screen = Screen(io.StringIO(), io.StringIO())
    attempt = Attempt(
        id=1, session=1, question=question(), answer=ANSWER, created=fake_context(Path()).now(), grading=estimate()
    )
    found = tuple(claims(estimate()))
    nothing = tuple(claim for claim in found if claim.kind == "not_found")
    some, none = ("".join(piece for _, piece in all_claims(screen, attempt, of, {}, 0)) for of in (found, nothing))
    assert "None of these points was found" not in some
    assert "None of these points was found" in none
    assert "often missed: y or h at a point that you said" in none


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (40, 24), (120, 40)])
@pytest.mark.parametrize("current", [0, 19])
@pytest.mark.parametrize("kind", ["touched", "not_found"])
def test_the_list_of_claims_fits_on_the_screen_with_the_current_one_on_it(
    size: tuple[int, int], current: int, kind: ReadingKind
) -> None:
    width, height = size
    screen = Screen(io.StringIO(), io.StringIO())
    screen.out.size = ConsoleDimensions(width, height)
    found = [Claim(f"p{n}", str(n), kind, "A point 正しい " * 30, "Words of the answer " * 30, "covered") for n in range(20)]
    attempt = Attempt(
        id=1, session=1, question=question(), answer=ANSWER, created=fake_context(Path()).now(), grading=estimate()
    )
    text = "".join(piece for _, piece in all_claims(screen, attempt, found, {}, current))
    assert text.count("\n") < height
    assert max(map(cell_len, text.splitlines())) < width
    assert f"> {current} " in text
