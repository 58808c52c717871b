"""The page, in a real browser, over the real API.

Without Chromium or Chrome these tests are left out, unless BROWSER_REQUIRED is set, as CI does.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Error, Page, Route, expect, sync_playwright

from course_lib.support.page import FOLDER
from tests.conftest import Api
from tests.small_wiki import HOSTILE_TITLE
from tests.waiting import LONG_S

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLAYWRIGHTS = (".cache/ms-playwright", "Library/Caches/ms-playwright")
expect.set_options(timeout=1000 * LONG_S)
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}

command = next(filter(None, map(shutil.which, COMMANDS)), None)
downloaded = any(list((Path.home() / folder).glob("chromium*")) for folder in PLAYWRIGHTS)
required = os.environ.get("BROWSER_REQUIRED")
if not (command or downloaded or required):
    pytest.skip(
        "no Chromium or Chrome: the page was not tried (`.venv/bin/playwright install chromium`)",
        allow_module_level=True,
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Playwright's own Chromium, or the one that is installed."""
    path = None if downloaded else command
    sandboxed = [] if os.getuid() else ["--no-sandbox"]  # the sandbox does not start for root
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=sandboxed)
        except Error:
            if required:
                raise
            pytest.skip(f"{path or 'Chromium'} does not start: the page was not tried")
        yield browser
        browser.close()


class Visit:
    """A page of the browser, and all that it asked for and complained about."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.url = f"{url}/"
        self.page = browser.new_page(viewport=WIDE)
        self.page.set_default_timeout(1000 * LONG_S)
        self.hosts: set[str] = set()
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.on("console", self.hear)
        self.page.goto(self.url)

    def hear(self, message) -> None:
        # Chromium itself notes each answer that is an error; the page cannot keep it from that.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def search(self, term: str) -> Page:
        """Ask as a person does, and return the page when it has an answer."""
        self.page.get_by_label("Keyword").fill(term)
        self.page.get_by_role("button", name="Analyse").click()
        self.page.locator("#answer article h2").wait_for()
        return self.page


@pytest.fixture
def visit(browser: Browser, nlp: Api) -> Iterator[Visit]:
    yield from visited(browser, nlp.url)


@pytest.fixture
def odd_visit(browser: Browser, odd: Api) -> Iterator[Visit]:
    yield from visited(browser, odd.url)


def visited(browser: Browser, url: str) -> Iterator[Visit]:
    visit = Visit(browser, url)
    yield visit
    visit.page.close()
    assert visit.complaints == []
    assert visit.hosts == {urlsplit(url).netloc}


def failing(visit: Visit, status: int, body: str, **headers: str) -> None:
    """Let the next questions fail so."""
    form = "application/problem+json" if body.startswith("{") else "text/plain"
    headers = {"Content-Type": form, **headers}
    visit.page.route(
        "**/summarize?*",
        lambda route: route.fulfill(status=status, body=body, headers=headers),
    )


class TestAnswer:
    def test_an_analysis(self, visit: Visit, nlp: Api) -> None:
        page = visit.search("physicist")
        answer = nlp.get("physicist", max_entities=50).json()
        expect(page.get_by_role("heading", level=2)).to_have_text("Albert Einstein")
        expect(page.get_by_role("link", name=answer["url"])).to_have_attribute(
            "href", answer["url"]
        )
        expect(page.locator(".summary p")).to_have_text(answer["summary"])
        expect(page.locator(".sentiment .label")).to_contain_text(answer["sentiment"]["label"])
        expect(page.locator(".license")).to_have_text(answer["license"])
        expect(page.get_by_role("status")).to_contain_text("Albert Einstein")

        page.get_by_text("The sentences that were judged").click()
        shown = page.locator(".sentiment tbody td:nth-child(2)").all_text_contents()
        assert shown == [sentence["text"] for sentence in answer["opening"]]

        kinds = {entity["text"]: entity["label"] for entity in answer["named_entities"]}
        marks = page.locator(".text mark")
        assert marks.count() > 3
        for mark in marks.all():
            assert mark.get_attribute("class") == kinds[mark.text_content()]

    def test_the_answer_without_a_browser(self, visit: Visit, nlp: Api) -> None:
        page = visit.search("physicist")
        raw = json.loads(page.locator(".body").text_content())
        assert raw == nlp.get("physicist", max_entities=50).json()
        url = f"{nlp.url}/summarize?search_term=physicist&max_entities=50"
        expect(page.locator(".curl")).to_have_text(f"curl -i '{url}'")

    def test_the_stages_are_bars_from_their_true_starts(self, visit: Visit) -> None:
        page = visit.search("physicist")
        names = page.locator(".stages tbody td:first-child").all_text_contents()
        assert sorted(names) == ["entities", "fetch", "sentiment", "summary"]
        bars = [
            {side: float(bar.get_attribute(side)) for side in ("x", "width")}
            for bar in page.locator(".stages rect").all()
        ]
        by_name = dict(zip(names, bars, strict=True))
        ends = {name: bar["x"] + bar["width"] for name, bar in by_name.items()}
        assert ends["fetch"] <= by_name["sentiment"]["x"] + 3
        for stage in ("summary", "entities"):
            assert ends["sentiment"] <= by_name[stage]["x"] + 3
            assert by_name[stage]["x"] < min(ends["summary"], ends["entities"])
        assert max(ends.values()) == pytest.approx(1000, abs=3)

    def test_a_refusal_shows_what_was_judged(self, visit: Visit, nlp: Api) -> None:
        page = visit.search("war")
        answer = nlp.get("war").json()
        expect(page.get_by_role("heading", level=2)).to_contain_text(answer["article"])
        expect(page.locator(".detail")).to_have_text(answer["detail"])
        expect(page.locator(".sentiment .label")).to_contain_text("negative")
        assert page.locator(".sentiment tbody tr").count() == len(answer["opening"])
        assert page.locator(".stages tbody tr").count() == 2

    def test_hostile_text_stays_text(self, odd_visit: Visit) -> None:
        page = odd_visit.search(HOSTILE_TITLE)
        expect(page.get_by_role("heading", level=2)).to_have_text(HOSTILE_TITLE)
        assert page.locator("#answer script").count() == 0

    def test_one_of_several_meanings_is_a_click_away(self, odd_visit: Visit) -> None:
        page = odd_visit.search("Choice")
        page.get_by_role("button", name=HOSTILE_TITLE).click()
        expect(page.get_by_role("heading", level=2)).to_have_text(HOSTILE_TITLE)
        page.go_back()
        expect(page.get_by_label("Keyword")).to_have_value("Choice")
        expect(page.get_by_role("heading", level=2)).to_contain_text("404")

    def test_the_address_is_a_question(self, visit: Visit) -> None:
        visit.page.goto(f"{visit.url}?search_term={quote('war & peace')}")
        expect(visit.page.get_by_label("Keyword")).to_have_value("war & peace")
        visit.page.locator("#answer article").wait_for()


class TestErrors:
    @pytest.mark.parametrize("term", ["xylophonist from Mars", "物理学"])
    def test_no_article(self, visit: Visit, term: str) -> None:
        page = visit.search(term)
        expect(page.locator(".detail")).to_contain_text(term)
        expect(page.locator(".advice")).to_contain_text("another word")

    def test_a_bad_parameter(self, visit: Visit) -> None:
        visit.page.goto(f"{visit.url}?search_term={'x' * 301}")
        expect(visit.page.locator(".detail")).to_contain_text("300 characters")

    def test_a_blank_keyword_is_not_sent(self, visit: Visit) -> None:
        visit.page.get_by_label("Keyword").fill("   ")
        visit.page.keyboard.press("Enter")
        assert visit.page.url == visit.url

    @pytest.mark.parametrize(
        ("status", "body", "said", "advice"),
        [
            (408, "Request 7 timed out after 3.0s.", "longer", "Ask again"),
            (500, "Internal Server Error", "died", "log"),
            (502, '{"title": "Bad", "detail": "Wikipedia is away."}', "is away", "minute"),
            (503, "Request dropped due to backpressure", "More questions", "a moment"),
            (504, '{"title": "Slow", "detail": "Wikipedia is slow."}', "is slow", "too slow"),
            (200, "<h1>Sign in to the network</h1>", "not one of", "Is another program"),
            (200, "null", "not one of", "Is another program"),
        ],
    )
    def test_what_went_wrong_and_what_to_do(
        self, visit: Visit, status: int, body: str, said: str, advice: str
    ) -> None:
        failing(visit, status, body)
        page = visit.search("physicist")
        expect(page.locator(".detail")).to_contain_text(said)
        expect(page.locator(".advice")).to_contain_text(advice)

    def test_how_long_to_wait(self, visit: Visit) -> None:
        failing(visit, 503, "dropped", **{"Retry-After": "2"})
        expect(visit.search("physicist").locator(".advice")).to_have_text("Ask again in 2 s.")

    def test_a_lost_connection(self, visit: Visit) -> None:
        visit.page.route("**/summarize?*", lambda route: route.abort())
        expect(visit.search("physicist").locator(".advice")).to_contain_text("make run")


class TestWaiting:
    def test_it_says_that_it_waits_and_a_new_question_replaces_the_old_one(
        self, visit: Visit
    ) -> None:
        held: list[Route] = []
        visit.page.route("**/summarize?search_term=war*", lambda route: held.append(route))
        visit.page.get_by_label("Keyword").fill("war")
        visit.page.keyboard.press("Enter")
        expect(visit.page.get_by_role("status")).to_contain_text("“war”")
        expect(visit.page.locator("#answer")).to_have_attribute("aria-busy", "true")
        page = visit.search("physicist")
        for route in held:
            route.abort()
        expect(page.get_by_role("heading", level=2)).to_have_text("Albert Einstein")
        expect(page.get_by_role("status")).not_to_have_class("waiting")

    def test_who_goes_back_waits_for_nothing(self, visit: Visit) -> None:
        held: list[Route] = []
        visit.page.route("**/summarize?*", lambda route: held.append(route))
        visit.page.get_by_role("button", name="war").click()
        expect(visit.page.locator("#answer")).to_have_attribute("aria-busy", "true")
        visit.page.go_back()
        expect(visit.page.locator("#answer")).not_to_have_attribute("aria-busy", "true")
        expect(visit.page.get_by_role("status")).to_be_empty()
        for route in held:
            route.abort()


class TestEverybody:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
    @pytest.mark.parametrize("term", ["physicist", "war"])
    def test_axe_finds_nothing_and_nothing_sticks_out(
        self, visit: Visit, term: str, size: dict, scheme: str
    ) -> None:
        visit.page.emulate_media(color_scheme=scheme)
        visit.page.set_viewport_size(size)
        page = visit.search(term)
        for details in page.locator("summary").all():
            details.click()
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]

    def test_by_keyboard_alone(self, visit: Visit) -> None:
        keys = visit.page.keyboard
        keys.type("war")
        keys.press("Enter")
        visit.page.locator("#answer article h2").wait_for()
        for _ in range(3):
            keys.press("Tab")
        keys.press("Enter")  # the second example
        expect(visit.page.get_by_label("Keyword")).to_have_value("aristotle")

    def test_the_documentation_needs_no_other_host(self, visit: Visit) -> None:
        visit.page.get_by_role("link", name="documentation").click()
        expect(visit.page.get_by_text("/summarize").first).to_be_visible()


# Texts of two English words or more that are not marked as English.
ENGLISH_LEFT = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const left = [], SAID = "h1, pre, noscript, [role=status]";
  while (walker.nextNode()) {
    const { textContent, parentElement } = walker.currentNode;
    const marked = parentElement.closest("[lang]:not(html)")?.lang === "en";
    if (/[a-z]{2,} [a-z]{2,}/i.test(textContent) && !marked && !parentElement.closest(SAID))
      left.push(textContent.trim());
  }
  return left;
}"""


class TestChinese:
    NAMES = ("Wikipedia NLP API", "中文", "English", "ms")

    def test_every_text_of_the_page_is_translated(self) -> None:
        words = (FOLDER / "files/words.js").read_text()
        translated = set(re.findall(r'^  "(.+?)":\s', words, re.MULTILINE))
        said = re.findall(r'say\(\s*"(.+?)"', (FOLDER / "files/page.js").read_text())
        page = BeautifulSoup((FOLDER / "index.html").read_text(), "html.parser").body
        for left in page.select("code, noscript, .examples button"):
            left.decompose()
        shown = {" ".join(text.split()) for text in page.find_all(string=True)} - {"", *self.NAMES}
        assert shown | set(said) | {"positive", "neutral", "negative"} == translated

    def test_an_analysis_and_a_refusal(self, visit: Visit) -> None:
        page = visit.page
        page.get_by_role("link", name="中文").click()
        page.get_by_label("关键词").fill("physicist")
        page.get_by_role("button", name="分析").click()
        expect(page.get_by_role("heading", level=2)).to_have_text("Albert Einstein")
        expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
        expect(page.get_by_role("status")).to_contain_text("分析结果")
        expect(page.locator(".sentiment .label")).to_contain_text("正面")
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate(ENGLISH_LEFT) == []
        page.get_by_role("button", name="war").click()
        expect(page.get_by_role("heading", level=2)).to_contain_text("被拒绝了")

        page.get_by_role("link", name="English").click()  # the question stays
        expect(page.get_by_role("heading", level=2)).to_contain_text("was refused")

    def test_the_language_of_the_browser(self, browser: Browser, nlp: Api) -> None:
        context = browser.new_context(locale="zh-TW")
        page = context.new_page()
        page.goto(f"{nlp.url}/")
        expect(page.get_by_text("例如：")).to_be_visible()
        expect(page.get_by_role("link", name="中文")).to_be_hidden()
        context.close()
