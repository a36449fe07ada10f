"""Reports: one model, four faces, and nothing of what somebody typed becomes code in any of them."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest

from interviewer.grading.segment import segment
from interviewer.models import (
    Attempt,
    Dispute,
    ErrorNote,
    Exchange,
    GraderInfo,
    GraderKind,
    Grading,
    KeyPoint,
    PointVerdict,
    Question,
    Reading,
    ReadingKind,
    Score,
    Session,
    SessionOptions,
    Verdict,
)
from interviewer.practice.passages import passages
from interviewer.report.csv import to_csv
from interviewer.report.model import Report, build_report, report_schema
from interviewer.report.render import to_html, to_markdown
from interviewer.resources import resource
from interviewer.storage.store import open_store
from interviewer.ui.screen import Screen
from interviewer.ui.views.attempts import PastAttempt, show_attempts
from interviewer.ui.views.score_card import show_dispute
from tests.conftest import Run
from tests.fakes import Clock, question

MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
TEA = "Um, I boil the water. It draws for a minute. The water may be lukewarm."
EVIL = "=cmd|'/c calc'!A1 <script>alert(1)</script> [x](javascript:alert(1)) \"><img src=x onerror=alert(1)>"


def grading(
    text: str, verdicts: dict[str, tuple[Verdict, str]], overall: int = 62, kind: GraderKind = "llm", error: str = ""
) -> Grading:
    """A grading of an answer to the question about tea: verdicts with the words they rest on."""

    def span(words: str) -> tuple[int, int]:
        return text.index(words), text.index(words) + len(words)

    points = tuple(
        PointVerdict(
            id=point.id,
            text=point.text,
            weight=point.weight,
            verdict=verdicts.get(point.id, ("missing", ""))[0],
            evidence=verdicts[point.id][1] if point.id in verdicts else None,
            span=span(verdicts[point.id][1]) if point.id in verdicts else None,
        )
        for point in question().key_points
    )
    return Grading(
        question_id="tea",
        status="graded",
        score=Score(
            overall=overall,
            band="fair",
            coverage=0.5,
            accuracy=0.8,
            depth=0.5,
            clarity=0.5,
            level=3.0,
            limiting="coverage",
            key_points=points,
            errors=(ErrorNote(evidence=error, span=span(error), correction="It has to boil.", severity="major"),)
            if error
            else (),
            model_answer=question().reference,
        ),
        grader=GraderInfo(kind=kind, model="stub", prompt_version="p1", estimate=kind == "embedded"),
        usage=None,
    )


def stored(home: Path) -> None:
    """Three days of tea: one graded by an LLM, one an estimate, one not graded."""
    home.mkdir()
    store = open_store(home / "interviewer.db")
    kinds: tuple[GraderKind | None, ...] = ("llm", "embedded", None)
    for day, kind in enumerate(kinds):
        when = MONDAY + timedelta(days=day)
        session = store.add_session(SessionOptions(), [question()], when)
        attempt = store.add_attempt(session.id, question(), TEA, when, 30.0)
        if kind is not None:
            store.add_grading(attempt.id, grading(TEA, {"boiling": ("covered", "I boil the water")}, kind=kind), when)
    store.close()


def attempt(text: str = TEA, graded: Grading | None = None, **changes: object) -> Attempt:
    fields = {
        "id": 1,
        "session": 1,
        "question": question(),
        "answer": text,
        "created": MONDAY,
        "seconds": 30.0,
        "grading": graded,
    }
    return Attempt.model_validate(fields | changes)


def report(tmp_path: Path, *attempts: Attempt) -> Report:
    store = open_store(tmp_path / "interviewer.db")
    session = store.add_session(SessionOptions(), [question()], MONDAY)
    store.close()
    return build_report([session], attempts, Clock().now())


FULL = grading(
    TEA,
    {"boiling": ("contradicted", "The water may be lukewarm."), "draw": ("partial", "It draws for a minute.")},
    error="lukewarm",
)


def test_the_answer_is_shown_with_the_words_that_earned_or_lost_something() -> None:
    (passage,) = passages(attempt(graded=FULL))
    assert "".join(piece.text for piece in passage.pieces) == TEA
    assert [(piece.text, piece.mark, piece.notes) for piece in passage.pieces if piece.mark] == [
        ("It draws for a minute.", "partial", (("partial", 2),)),
        ("The water may be ", "contradicted", ()),
        ("lukewarm", "contradicted", (("error", 1),)),
        (".", "contradicted", (("contradicted", 1),)),
    ]


def test_words_said_to_a_follow_up_or_in_a_dispute_are_marked_where_they_were_said(tmp_path: Path) -> None:
    said = attempt(
        exchanges=(Exchange(follow_up="How long?", key_point="draw", answer="Three minutes.", created=MONDAY),),
        disputes=(
            Dispute(
                key_point="boiling",
                argument="I said that I boil it.",
                before="missing",
                after="covered",
                reason="You did.",
                grader=FULL.grader,
                created=MONDAY,
            ),
        ),
    )
    verdicts: dict[str, tuple[Verdict, str]] = {"boiling": ("covered", "I boil it"), "draw": ("covered", "Three minutes.")}
    graded = said.model_copy(update={"grading": grading(said.full_text, verdicts)})
    answer, follow_up, objection = passages(graded)
    assert not any(piece.mark for piece in answer.pieces)
    assert [(piece.text, piece.notes) for piece in follow_up.pieces] == [("Three minutes.", (("covered", 2),))]
    assert [piece.text for piece in objection.pieces if piece.mark] == ["I boil it"]
    for whole in (to_markdown(report(tmp_path, graded)), to_html(report(tmp_path, graded))):
        text = whole[whole.rindex("1. How do you") :]  # below the debrief, which quotes some of it
        assert text.index("How long?") < text.index("Three minutes.") < text.index("I said that ")
        assert "missing → covered. You did." in text
    assert (follow_up.to, objection.to) == ("How long?", question().key_points[0].text)


def test_a_disputed_point_of_a_reference_answer_is_named_by_its_text(tmp_path: Path) -> None:
    point = FULL.key_points[0].model_copy(update={"id": "derived-1"})
    score = FULL.score.model_copy(update={"key_points": (point,)}) if FULL.score else None
    dispute = {
        "key_point": "derived-1",
        "argument": "I said so.",
        "before": "missing",
        "after": "missing",
        "reason": "You did not.",
        "grader": FULL.grader,
        "created": MONDAY,
    }
    asked = question(key_points=(), follow_ups=(), misconceptions=())
    disputed = attempt(graded=FULL.model_copy(update={"score": score}), question=asked, disputes=(dispute,))
    *_, objection = passages(disputed)
    assert objection.to == point.text
    out = io.StringIO()
    show_dispute(Screen(out, out), disputed, disputed)
    show_attempts(Screen(out, out), asked, [PastAttempt(disputed, ())], raw=False)
    assert out.getvalue().count("The water has to boil") >= 2
    assert "derived" not in out.getvalue()
    for write, wrapped in ((to_markdown, "- {}: stays missing."), (to_html, "<li>{}: stays missing.")):
        assert wrapped.format("The water has to boil before it…") in write(report(tmp_path, disputed))


@pytest.mark.parametrize(
    ("kind", "change"), [("turned", "perhaps the other way round → touched on"), ("not_found", "stays not found")]
)
def test_a_dispute_of_an_estimate_is_about_what_was_found(tmp_path: Path, kind: ReadingKind, change: str) -> None:
    verdicts: dict[str, tuple[Verdict, str]] = {"boiling": ("covered", "I boil the water")} if kind == "turned" else {}
    before, after = (grading(TEA, said, kind="embedded") for said in ({}, verdicts))
    first, *others = before.key_points
    reading = Reading(kind=kind, likelihood=0.1, evidence=TEA[:8], span=(0, 8))
    points = (first.model_copy(update={"reading": reading}), *others)
    before = before.model_copy(update={"score": before.score and before.score.model_copy(update={"key_points": points})})
    now: Verdict = "covered" if verdicts else "missing"
    dispute = {"key_point": "boiling", "argument": "I do.", "before": "missing", "after": now, "reason": "Heard."}
    disputed = attempt(graded=after, disputes=(dispute | {"found": kind, "grader": before.grader, "created": MONDAY},))
    out = io.StringIO()
    show_dispute(Screen(out, out), attempt(graded=before), disputed)
    assert f"boiling: {change}  Heard." in out.getvalue()
    show_attempts(Screen(out, out), question(), [PastAttempt(disputed, ())], raw=False)
    for text in (out.getvalue(), to_markdown(report(tmp_path, disputed)), to_html(report(tmp_path, disputed))):
        assert f"boiling: {change}. Heard." in text
        assert not re.search(r"\b(missing|covered)\b", text.rpartition("</style>")[2])


def test_markdown_shows_which_words_earned_which_point(tmp_path: Path) -> None:
    text = "1. I boil *the* water.\n\n- It draws.\nThe water may be lukewarm."
    verdicts: dict[str, tuple[Verdict, str]] = {
        "boiling": ("covered", "I boil *the* water.\n\n- It draws."),
        "draw": ("partial", "It draws."),
    }
    made = to_markdown(report(tmp_path, attempt(text, graded=grading(text, verdicts, error="The water may be lukewarm."))))
    said = [line.rstrip() for line in made.split("**Answer**")[1].split("Delivery")[0].strip().split("\n")]
    assert said == [
        r"> 1\. **I boil \*the\* water.**",
        ">",
        "> **-** **It draws.** (✓1 ◐2)",
        "> **The water may be lukewarm.** (!1)",
    ]
    assert "| 2 | The leaves draw for about three minutes. |" in made
    assert "- !1 “The water may be lukewarm.”" in made


@pytest.mark.parametrize("write", [to_markdown, to_html])
def test_an_estimate_calls_nothing_more_than_perhaps_wrong(tmp_path: Path, write: Callable[[Report], str]) -> None:
    made = write(report(tmp_path, attempt(graded=grading(TEA, {}, kind="embedded", error="lukewarm"))))
    assert "Perhaps wrong" in made
    assert "major" not in made
    assert "Perhaps wrong" not in write(report(tmp_path, attempt(graded=FULL)))


class Page(HTMLParser):
    """What a browser would see of a page: its tags, attributes and texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_whatever_was_typed_stays_text_in_the_page(tmp_path: Path) -> None:
    asked = question(question=EVIL, reference=EVIL, key_points=(KeyPoint(id="boiling", text=EVIL, weight=3),), follow_ups=())
    graded = grading(EVIL, {"boiling": ("covered", EVIL)})
    assert graded.score is not None
    sentences = {"strengths": (EVIL,), "improvements": (EVIL,), "follow_up": EVIL, "model_answer": EVIL}
    graded = graded.model_copy(update={"score": graded.score.model_copy(update=sentences)})
    made = attempt(EVIL, graded, question=asked)
    page = Page(to_html(report(tmp_path, made)))
    assert not {"script", "img", "iframe", "link", "object", "embed", "form"} & {tag for tag, _ in page.tags}
    attributes = [(name, value or "") for _, found in page.tags for name, value in found.items()]
    assert not [name for name, _ in attributes if name.startswith("on") or name in {"src", "srcset", "action"}]
    assert all(value.startswith("#") for name, value in attributes if name == "href")
    assert "".join(page.texts).count("<script>alert(1)</script>") >= 6
    (policy,) = (found["content"] for tag, found in page.tags if tag == "meta" and "http-equiv" in found)
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def _table(made: Report) -> "csv.DictReader[str]":
    """The CSV as a spreadsheet reads it."""
    return csv.DictReader(to_csv(made).encode().decode("utf-8-sig").splitlines())


def test_no_cell_of_the_table_is_a_formula(tmp_path: Path) -> None:
    rows = list(_table(report(tmp_path, attempt("=1+1"), attempt("-2 is my answer"), attempt("+x"))))
    assert [row["answer"] for row in rows] == ["'=1+1", "'-2 is my answer", "'+x"]


def test_the_table_has_one_row_an_attempt(tmp_path: Path) -> None:
    first, second = _table(report(tmp_path, attempt(graded=FULL), attempt()))
    assert (first["overall"], first["contradicted"], first["partial"], first["missing"]) == ("62", "boiling", "draw", "fresh")
    assert (first["words"], first["fillers"], first["errors"], first["estimate"]) == ("15", "1", "1", "False")
    assert (second["status"], second["overall"], second["reason"]) == ("ungraded", "", "grading has not finished")


def test_the_json_format_keeps_to_the_published_schema(tmp_path: Path) -> None:
    published = resource("data", "report.schema.json").read_text(encoding="utf-8")
    assert published == report_schema(), "run: python -m interviewer.report.model"
    exchange = Exchange(follow_up="How long?", key_point="draw", answer="Three minutes.", created=MONDAY)
    made = report(tmp_path, attempt(graded=FULL, exchanges=(exchange,)), attempt())
    jsonschema.validate(json.loads(made.model_dump_json()), json.loads(published))


def test_estimates_and_scores_stand_apart_in_every_format(tmp_path: Path) -> None:
    estimated = attempt(graded=grading(TEA, {}, 20, "embedded"), question=question(id="green-tea"))
    both = report(tmp_path, attempt(graded=grading(TEA, {}, 80)), estimated)
    assert [(mean.kind, mean.overall) for mean in both.means] == [("embedded", 20), ("llm", 80)]
    assert [(mean.kind, mean.overall) for mean in both.topics[0].means] == [("embedded", 20), ("llm", 80)]
    for text in (to_markdown(both), to_html(both)):
        told = re.sub(r"(?s)<style>.*?</style>|<[^>]*>", "", text)
        assert not re.search(r"\b50\b(?! %)", told)
        assert "estimate" in told


class Tones(HTMLParser):
    """The tones of a page outside of what is unconfirmed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.told: set[str] = set()
        self._open: list[set[str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        classes = set((dict(attrs).get("class") or "").split())
        self._open.append(classes)
        if not any("unconfirmed" in around for around in self._open):
            self.told |= {name.removeprefix("tone-") for name in classes} & {"good", "half", "bad"}
        if tag in {"meta", "br"}:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()


@pytest.mark.parametrize(("kind", "tones"), [("llm", {"good", "half", "bad"}), ("embedded", set())])
def test_no_colour_of_the_page_praises_or_blames_what_is_unconfirmed(tmp_path: Path, kind: GraderKind, tones: set[str]) -> None:
    store = open_store(tmp_path / "interviewer.db")
    for day, overall in enumerate((20, 50, 90)):
        when = MONDAY + timedelta(days=day)
        session = store.add_session(SessionOptions(), [question()], when)
        made = grading(TEA, {"boiling": ("covered", "I boil the water")}, overall, kind, error="lukewarm")
        store.add_grading(store.add_attempt(session.id, question(), TEA, when).id, made, when)
    page = to_html(build_report(store.sessions(), store.attempts(), MONDAY))
    store.close()
    assert Tones(page).told == tones
    # The mean of all, the days, the question's attempts, and each answer: ranges only.
    shown = re.sub(r"<style>.*?</style>|<[^>]*>", "", page, flags=re.DOTALL)
    if kind == "embedded":
        for total in ("38–67", "from 5–35 to 75–100", "≈35–65"):
            assert total in shown
        assert not re.search(r"[ ≈](20|50|53|90)\b(?! %)", shown)


def test_delivery_is_told_and_kept_apart(tmp_path: Path) -> None:
    made = report(tmp_path, attempt(graded=FULL))
    for text in (to_markdown(made), to_html(made)):
        assert "15 words, 30 s, 1 filler" in text
        assert "Never part of the score" in text


@pytest.mark.parametrize(
    ("arguments", "sessions"),
    [((), [3]), (("2",), [2]), (("--last", "2"), [2, 3]), (("--since", "2026-11-03"), [2, 3]), (("--all",), [1, 2, 3])],
)
def test_a_report_is_about_the_sessions_asked_for(
    run: Run, home: Path, arguments: tuple[str, ...], sessions: list[int]
) -> None:
    stored(home)
    done = run("report", *arguments, "--format", "json", "--output", "-", TZ="UTC")
    assert done.code == 0, done.err
    made = json.loads(done.out)
    assert [session["session"] for session in made["sessions"]] == sessions
    assert [one["session"] for one in made["attempts"]] == sessions


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("1", "--all"), "exclude each other"),
        (("--since", "2030-01-01"), "no answer since 2030-01-01"),
        (("--since", "soon"), "--since"),
        (("9",), "there is no session 9"),
        (("1", "2"), "SESSION is one number"),
        (("one",), "SESSION is one number"),
    ],
)
def test_what_cannot_be_reported_is_told(run: Run, home: Path, arguments: tuple[str, ...], message: str) -> None:
    stored(home)
    done = run("report", *arguments)
    assert done.code == 2
    assert message in done.err


def test_every_format_is_written_to_a_file_of_its_own(run: Run, home: Path, tmp_path: Path) -> None:
    stored(home)
    for face in ("md", "html", "json", "csv"):
        assert run("report", "--all", "--format", face).out.strip() == f"interviewer-1-3.{face}"
        # Excel takes UTF-8 for the local encoding without this mark.
        assert (tmp_path / f"interviewer-1-3.{face}").read_bytes().startswith(b"\xef\xbb\xbf") == (face == "csv")
        assert TEA in re.sub(r"<[^>]*>", "", (tmp_path / f"interviewer-1-3.{face}").read_text())


@pytest.mark.parametrize("face", ["md", "html", "json", "csv"])
@pytest.mark.parametrize("output", [(), ("--output", "mine.txt")])
def test_a_report_takes_the_place_of_a_report_and_of_nothing_else(
    run: Run, home: Path, tmp_path: Path, face: str, output: tuple[str, ...]
) -> None:
    stored(home)
    path = tmp_path / (output[1] if output else f"interviewer-1-3.{face}")
    assert run("report", "--last", "1", "--format", face, "--output", path.name).code == 0
    assert run("report", "--all", "--format", face, *output).code == 0
    assert TEA in re.sub(r"<[^>]*>", "", path.read_text())
    mine = "<!doctype html>\n<title>My notes</title>" if face == "html" else "My notes"
    path.write_text(mine)
    done = run("report", "--all", "--format", face, *output)
    assert done.code == 2
    assert "something else" in done.err
    assert path.read_text() == mine
    assert run("report", "--all", "--format", face, *output, "--force").code == 0
    assert path.read_text() != mine


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_reaches_the_contrast_of_wcag_aa(scheme: str) -> None:
    style = (Path(str(resource("interviewer", "report", "templates", "page.css")))).read_text()
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", blocks[["light", "dark"].index(scheme)]))
    text = [(ink, on) for ink in ("ink", "quiet", "good", "half", "bad") for on in ("paper", "card")]
    marked = [(ink, f"{wash}-wash") for wash in ("good", "half", "bad") for ink in ("ink", "good", "half", "bad")]
    marked += [(ink, "track") for ink in ("ink", "quiet")]
    for ink, on in (*text, *marked):
        assert contrast(colours[ink], colours[on]) >= 4.5, (ink, on)
    for line in ("good", "half", "bad"):
        assert contrast(colours[line], colours["track"]) >= 3, line


def test_an_answer_that_was_typed_is_marked_by_the_real_span_reader(tmp_path: Path) -> None:
    answer = segment(TEA)
    first = answer.spans[0]
    made = attempt(graded=grading(TEA, {"boiling": ("covered", TEA[first.start : first.end])}))
    marked = re.findall(r"<mark[^>]*>(.*?)<sup", to_html(report(tmp_path, made)))
    assert marked == ["I boil the water."]


def test_only_a_measure_of_which_something_was_tried_again_has_a_mean_after_retries(tmp_path: Path) -> None:
    store = open_store(tmp_path / "interviewer.db")
    asked = question(), question(id="coffee", number=None)
    session = store.add_session(SessionOptions(), asked, MONDAY)
    tries: list[tuple[Question, int, GraderKind]] = [(asked[0], 30, "llm"), (asked[1], 10, "embedded"), (asked[0], 61, "llm")]
    for one, overall, kind in tries:
        tried = store.add_attempt(session.id, one, TEA, MONDAY)
        store.add_grading(tried.id, grading(TEA, {}, overall, kind), MONDAY)
    found = build_report(store.sessions(), store.attempts(), MONDAY)
    assert [mean.kind for mean in found.means] == ["embedded", "llm"]
    assert [(mean.kind, mean.overall) for mean in found.last] == [("llm", 61)]
    assert [mean.kind for mean in found.sessions[0].last] == ["llm"]  # of which `history` prints a line
    assert to_markdown(found).count("after retries") == 1


def test_a_retry_is_an_attempt_and_no_question_in_any_format(tmp_path: Path) -> None:
    store = open_store(tmp_path / "interviewer.db")
    session = store.add_session(SessionOptions(), [question()], MONDAY)
    for overall in (30, 61, 100):
        if overall == 100:
            store.mark_model_answer_shown(session.id, "tea")
        tried = store.add_attempt(session.id, question(), TEA, MONDAY)
        store.add_grading(tried.id, grading(TEA, {}, overall), MONDAY)
    found = build_report(store.sessions(), store.attempts(), MONDAY)
    assert [(mean.overall, mean.answers) for mean in (*found.means, *found.last)] == [(30, 1), (61, 1)]
    assert [one.number for one in found.attempts] == [1, 2, 3]
    assert [cell.overall for cell in found.questions[0].cells] == [30, 61]
    assert found.debrief
    assert [lesson.question.id for lesson in found.debrief.study] == ["tea"]  # by the 61, not the 100 after the model answer
    page, text = " ".join(to_html(found).split()), to_markdown(found)
    assert "1 question answered, in 3 attempts" in page
    assert "1 of 1 question answered, in 3 attempts" in text
    for face in (page, text):
        assert "61 after retries" in face
    assert "(counts in no mean)\n\n" in text
    assert re.search(r"after retries.*\n\n## Debrief\n\n0 of 3", text)
    assert re.findall("^##+ .*How do you.*", text, re.MULTILINE) == [
        "## 1. How do you make black tea?",
        "### 1, attempt 2: How do you make black tea?",
        "### 1, attempt 3: How do you make black tea?",
    ]
    assert re.findall("<h3[^>]*>(1.*?)</h3>", page) == [
        "1. How do you make black tea?",
        "1, attempt 2. How do you make black tea?",
        "1, attempt 3. How do you make black tea?",
    ]
    for face in (page, text):
        assert "after the model answer (counts in no mean)" in face
    rows = list(csv.DictReader(to_csv(found).lstrip("\ufeff").splitlines()))
    assert [(row["number"], row["after_model_answer"]) for row in rows] == [("1", "False"), ("2", "False"), ("3", "True")]


def test_a_question_counts_once_in_however_many_sessions_and_the_dates_are_those_of_the_answers(tmp_path: Path) -> None:
    stored(tmp_path / "home")
    store = open_store(tmp_path / "home" / "interviewer.db")
    late = store.add_attempt(1, question(), TEA, MONDAY + timedelta(days=9))
    made = build_report(store.sessions(), store.attempts(), MONDAY)
    assert (made.answered, len(made.attempts), made.attempts[-1].id) == (1, 4, late.id)
    for face in (to_html(made), to_markdown(made)):
        assert "2026-11-02 to 2026-11-11" in face
        assert "1 question answered, in 4 attempts" in " ".join(face.split())


def test_the_weight_of_a_point_and_its_rung_have_a_column_each(tmp_path: Path) -> None:
    graded = grading(TEA, {})
    assert graded.score
    points = tuple(point.model_copy(update={"rung": "what"}) for point in graded.score.key_points)
    deep = graded.model_copy(update={"score": graded.score.model_copy(update={"key_points": points})})
    text = to_markdown(report(tmp_path, attempt(graded=deep)))
    assert "| | key point | weight | rung | verdict | your words |\n|---:|---|---|---|---|---|\n| 1 |" in text
    assert "| must-have | what | missing |" in text
    assert "rung |" not in to_markdown(report(tmp_path, attempt(graded=graded)))


def test_what_the_person_counted_is_shown_as_that_in_every_format() -> None:
    given = grading(TEA, {"boiling": ("covered", "I boil the water")})
    assert given.score is not None
    points = tuple(p.model_copy(update={"by_person": "covered"}) if p.id == "draw" else p for p in given.score.key_points)
    own = given.model_copy(update={"score": given.score.model_copy(update={"key_points": points})})
    session = Session(id=1, created=MONDAY, mode="practice", question_ids=("tea",))
    found = build_report([session], [attempt(TEA, own)], MONDAY)
    assert 'counted by you</span> <span class="quiet">(the grader: missing)' in to_html(found)
    assert "covered, counted by you (the grader: missing)" in to_markdown(found)
    (row,) = csv.DictReader(to_csv(found).lstrip("\ufeff").splitlines())
    assert row["covered"] == "boiling draw"
    assert row["counted_by_you"] == "draw covered (the grader: missing)"
    assert '"by_person": "covered"' in found.model_dump_json(indent=1)
