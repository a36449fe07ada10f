"""The HTML report in a real browser: every width, light and dark, on paper, and silent."""

import base64
import itertools
import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from interviewer.bank.bank import load_bank
from interviewer.models import SessionOptions
from interviewer.report.cohort import read_cohort
from interviewer.report.model import build_report
from interviewer.report.render import to_html
from interviewer.storage.store import open_store
from tests.fakes import question
from tests.unit.test_cohort import row, ungraded
from tests.unit.test_report import EVIL, FULL, MONDAY, TEA, attempt, grading, report

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (BROWSER and DRIVER), reason="no chromium with its chromedriver is installed")

WIDTHS = (360, 768, 1280)
_QUIET = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


@pytest.fixture(scope="module", params=["report", "cohort"])
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on a session, and that on a cohort, both with texts that want to burst or to run."""
    folder = tmp_path_factory.mktemp("page")
    if request.param == "cohort":
        rows = [row(f"{EVIL}-{n}", grading(TEA, {}, 40)) for n in range(11)] + [row("z" * 200, grading(TEA, {}, 99))]
        (folder / "graded.jsonl").write_text("\n".join([*rows, ungraded("u", EVIL)]))
        file = folder / "cohort.html"
        file.write_text(to_html(read_cohort([str(folder / "graded.jsonl")], load_bank(), MONDAY)), encoding="utf-8")
        return file
    unbroken = attempt("x" * 3000, question=question(question=f"{EVIL} {'y' * 400}"))
    made = report(folder, attempt(graded=FULL), attempt(graded=grading(TEA, {}, 20, "embedded")), unbroken)
    file = folder / "report.html"
    file.write_text(to_html(made), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def browser(page: Path) -> Iterator[Any]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(BROWSER)
    for argument in _QUIET:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    try:
        driver.get(page.as_uri())
        yield driver
    finally:
        driver.quit()


def shown(browser: Any, width: int, scheme: str) -> bytes:
    """A picture of the page at this width."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    taken = browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})
    return base64.b64decode(taken["data"])


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_sticks_out_at_any_width(browser: Any, width: int, tmp_path: Path) -> None:
    light, dark = shown(browser, width, "light"), shown(browser, width, "dark")
    assert light != dark
    needed, given = browser.execute_script(
        "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert needed <= given
    outside = browser.execute_script(
        "return [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
        ".map(e => e.outerHTML.slice(0, 80))"
    )
    assert outside == []
    smallest = browser.execute_script(
        "return Math.min(...[...document.querySelectorAll('main p, main li, main dd')]"
        ".map(e => parseFloat(getComputedStyle(e).fontSize)))"
    )
    assert smallest >= 12


def test_light_is_light_and_dark_is_dark(browser: Any) -> None:
    brightness = {}
    for scheme in ("light", "dark"):
        shown(browser, 768, scheme)
        colour = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
        brightness[scheme] = sum(int(part) for part in colour.strip("rgb()").split(","))
    assert brightness["light"] > 700
    assert brightness["dark"] < 100


def test_it_prints_to_a4(browser: Any) -> None:
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})
    pdf = base64.b64decode(printed["data"])
    assert pdf.startswith(b"%PDF-")
    assert b"/MediaBox [0 0 594.95" in pdf or b"/MediaBox [0 0 595" in pdf
    assert 1 <= pdf.count(b"/Type /Page\n") <= 8


def test_headings_and_landmarks_are_in_order(browser: Any) -> None:
    levels = browser.execute_script("return [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(e => Number(e.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    landmarks = browser.execute_script("return [...document.querySelectorAll('header,main,nav,footer')].map(e => e.tagName)")
    assert [name for name in landmarks if name != "NAV"] == ["HEADER", "MAIN", "FOOTER"]
    unnamed = browser.execute_script(
        "return [...document.querySelectorAll('[aria-labelledby]')]"
        ".filter(e => !document.getElementById(e.getAttribute('aria-labelledby'))).length"
        " + [...document.querySelectorAll('svg:not([aria-hidden]):not([aria-label])')].length"
    )
    assert unnamed == 0
    repeated = browser.execute_script(
        "const ids = [...document.querySelectorAll('[id]')].map(e => e.id); return ids.length - new Set(ids).size"
    )
    assert repeated == 0


def test_every_link_leads_to_its_answer(browser: Any) -> None:
    dead = browser.execute_script(
        "return [...document.links].filter(a => !document.querySelector(a.getAttribute('href'))).length"
    )
    assert dead == 0


def test_the_page_asks_for_nothing_and_complains_about_nothing(browser: Any, page: Path) -> None:
    shown(browser, 768, "light")
    asked = [
        event["params"]["request"]["url"]
        for entry in browser.get_log("performance")
        for event in (json.loads(entry["message"])["message"],)
        if event["method"] == "Network.requestWillBeSent"
    ]
    assert asked == [page.as_uri()]
    assert browser.get_log("browser") == []


def test_two_weeks_of_ten_answers_a_day_print_on_a_dozen_pages(browser: Any, page: Path, tmp_path: Path) -> None:
    store = open_store(tmp_path / "interviewer.db")
    for day in range(14):
        asked = [question(id=f"q-{(day * 7 + n) % 98}", question=f"How do you make {n} cups of black tea?") for n in range(10)]
        session = store.add_session(SessionOptions(), asked, MONDAY + timedelta(days=day))
        for one in asked:
            made = store.add_attempt(session.id, one, " ".join([TEA] * 12), session.created)
            store.add_grading(made.id, grading(TEA, {}, 7 * day), session.created)
    file = tmp_path / "weeks.html"
    file.write_text(to_html(build_report(store.sessions(), store.attempts(), MONDAY)), encoding="utf-8")
    store.close()
    browser.get(file.as_uri())
    try:
        printed = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})
    finally:
        browser.get(page.as_uri())
    assert base64.b64decode(printed["data"]).count(b"/Type /Page\n") <= 12
