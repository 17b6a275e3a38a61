"""The report as a browser shows it; the names in both reports mean harm."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mllens import lens
from mllens.reports.assessment import Assessment
from mllens.reports.html import render

api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install 'mllens[dev]'")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: apt-get install chromium")

Choose = Callable[[str], lens.Choice]
ALL = "22 rows in 9 rules that fail or are unknown"
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
VISIBLE = "(of) => [...document.querySelectorAll(of)].filter((at) => at.checkVisibility()).map((at) => at.innerText)"
CONTRASTS = """() => {
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = parse(colour).slice(0, 3).map((c) => c / 255)
      .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (at) => {
    if (at.tagName === "text") return getComputedStyle(at.parentElement.querySelector("path")).fill;
    for (; at; at = at.parentElement) {
      const { backgroundColor } = getComputedStyle(at);
      if ((parse(backgroundColor)[3] ?? 1) === 1) return backgroundColor;
    }
    return "rgb(255, 255, 255)";
  };
  const own = (at) => [...at.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  return [...document.body.querySelectorAll(":not(script, style, title, option)")]
    .filter((at) => own(at) && at.checkVisibility())
    .map((at) => {
      const style = getComputedStyle(at);
      const [low, high] = [light(at.tagName === "text" ? style.fill : style.color), light(ground(at))].sort((a, b) => a - b);
      return [(high + 0.05) / (low + 0.05), at.tagName + "." + at.getAttribute("class")];
    });
}"""


@dataclass
class Shown:
    """A page and what it did that a report must not do."""

    page: Any
    faults: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def rows(self) -> list[str]:
        """The names in the rows that a person sees."""
        found: list[str] = self.page.evaluate(VISIBLE, ".group .rows tbody tr td:first-child")
        return [text.partition("\n")[0] for text in found]

    def rules(self) -> list[str]:
        return list(self.page.evaluate(VISIBLE.replace("innerText", "id"), ".group"))

    @property
    def count(self) -> str:
        return str(self.page.locator("#count").inner_text())

    def settled(self, count: str, at: str) -> None:
        """Wait for what the filters say and for the address, which follow what is done a little later."""
        api.expect(self.page.locator("#count")).to_have_text(count)
        api.expect(self.page).to_have_url(re.compile(f"html{re.escape(at)}$"))

    @property
    def hash(self) -> str:
        return str(self.page.evaluate("location.hash"))

    def focused(self) -> str:
        return str(
            self.page.evaluate("(a => a.tagName + '.' + (a.name || a.className || a.id))(document.activeElement)")
        )


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with api.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=CHROMIUM)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def hostile(assessment: Assessment, example_module: ModuleType) -> Assessment:
    """Three hundred more fails of one rule, more than stand in the page, all of hostile names and values."""
    of = example_module
    names = [of.SCRIPT, of.BREAKOUT, of.ANSI, of.FORMULA, of.OVERRIDE, of.LONG, of.LINES]
    more = []
    for number in range(300):
        name = f"{number:03}{names[number % len(names)]}"
        job = of.resource(of.JOB, name, "eu-central-1" + of.SCRIPT)
        reads = [of.evidence(job, of.BREAKOUT, {"a": name}, "sagemaker:" + of.SCRIPT)] + [
            of.evidence(of.resource(of.BUCKET, f"{at}{name}"), "Policy", name, "s3:GetBucketPolicy") for at in range(4)
        ]
        more.append(of.finding(1000 + number, "training-job-spot", job, "fail", of.BREAKOUT + name, *reads))
    return assessment.model_copy(update={"findings": assessment.findings + more})


@pytest.fixture(scope="module")
def files(
    assessment: Assessment, hostile: Assessment, choice: Choose, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("reports")
    made = {"example": folder / "example.html", "hostile": folder / "hostile.html"}
    for path, value in zip(made.values(), (assessment, hostile), strict=True):
        path.write_text(render(value, choice=choice), "utf-8")
    return made


Visit = Callable[..., Shown]


@pytest.fixture(scope="module")
def tab(browser: Any) -> Shown:
    """One for all tests: to open one takes longer than most tests."""
    return watched(browser.new_page())


def watched(page: Any) -> Shown:
    shown = Shown(page)
    page.set_default_timeout(5000)
    page.on("console", lambda message: shown.faults.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: shown.faults.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (shown.faults.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda request: shown.requests.append(request.url.partition("#")[0]))
    return shown


@pytest.fixture
def visit(tab: Shown, files: dict[str, Path]) -> Iterator[Visit]:
    """Open a report; whatever it does wrong until the test ends fails the test."""
    tab.faults.clear()
    tab.requests.clear()

    def opener(which: str, at: str = "", *, viewport: dict[str, int] = DESKTOP, scheme: str = "light") -> Shown:
        tab.page.goto("about:blank")
        tab.page.set_viewport_size(viewport)
        tab.page.emulate_media(color_scheme=scheme, media="screen")
        tab.page.goto(files[which].as_uri() + at)
        return tab

    yield opener
    assert tab.faults == []
    assert set(tab.requests) <= {path.as_uri() for path in files.values()}


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("which", ["example", "hostile"])
def test_fits_and_can_be_read(visit: Visit, which: str, viewport: dict[str, int]) -> None:
    shown = visit(which, viewport=viewport)
    shown.page.evaluate("document.querySelectorAll('details').forEach((at) => { at.open = true })")
    assert shown.page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    cut = shown.page.evaluate(
        "[...document.querySelectorAll('td, th, p, li, summary, h1, h2, h3, dd, code')]"
        ".filter((at) => at.checkVisibility() && at.scrollWidth > at.clientWidth + 1 && at.clientWidth > 1)"
        ".map((at) => at.textContent.slice(0, 60))"
    )
    assert cut == []
    for scheme, ground in (("light", "rgb(255, 255, 255)"), ("dark", "rgb(21, 24, 27)")):
        shown.page.emulate_media(color_scheme=scheme)
        assert shown.page.evaluate("getComputedStyle(document.body).backgroundColor") == ground
        contrasts = shown.page.evaluate(CONTRASTS)
        assert len(contrasts) > 300
        assert [(ratio, what) for ratio, what in contrasts if ratio < 4.5] == []


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_worst_risk_stands_on_the_first_screen_and_its_proof_is_one_click_away(
    visit: Visit, viewport: dict[str, int]
) -> None:
    shown = visit("example", viewport=viewport)
    first = shown.page.locator(".worst li").first
    box = first.bounding_box()
    assert box["y"] + box["height"] <= viewport["height"]
    assert "claims-training-data it allows public policies" in first.inner_text()
    first.locator("a").first.click()
    proof = shown.page.locator("#rule-bucket-public-access-blocked tbody tr")
    assert proof.is_visible()
    assert shown.hash == "#rule-bucket-public-access-blocked"
    said = proof.locator("td").nth(2).inner_text()
    for part in (
        "Policy = not set",
        "s3:GetBucketPolicy · 2026-11-01 11:58 UTC",
        'PublicAccessBlockConfiguration = {"BlockPublicAcls": true, "BlockPublicPolicy": false}',
        "s3:GetPublicAccessBlock · 2026-11-01 11:58 UTC",
    ):
        assert part in said


def test_filters_change_the_rows_and_the_address(visit: Visit) -> None:
    shown = visit("example")
    page = shown.page
    assert shown.count == ALL
    page.select_option("[name=severity]", "high")
    assert shown.count == "10 of 22 rows in 3 of 9 rules"
    assert shown.hash == "#severity=high"
    assert shown.rules() == [
        "rule-notebook-root-access-disabled",
        "rule-ml-role-not-administrator",
        "rule-feature-group-encrypted",
    ]
    page.select_option("[name=status]", "unknown")
    assert shown.hash == "#severity=high&status=unknown"
    assert shown.rows() == ["shy", "SageMaker feature groups in us-east-1"]
    page.click("text=Clear")
    shown.settled(ALL, "")
    page.select_option("[name=pillar]", "security")
    assert shown.count == "11 of 22 rows in 4 of 9 rules"
    page.select_option("[name=pillar]", "")
    page.fill("[name=text]", "CHURN")
    shown.settled("2 of 22 rows in 2 of 9 rules", "#text=CHURN")
    assert shown.rows() == ["churn", "churn"]
    page.fill("[name=text]", "nothing has this name")
    shown.settled("0 of 22 rows in 0 of 9 rules", "#text=nothing+has+this+name")
    assert shown.rules() == []


def test_reload_and_back_keep_the_filters(visit: Visit) -> None:
    shown = visit("example")
    page = shown.page
    page.select_option("[name=severity]", "medium")
    page.select_option("[name=status]", "unknown")
    page.reload()
    assert shown.hash == "#severity=medium&status=unknown"
    assert shown.count == "2 of 22 rows in 2 of 9 rules"
    assert page.input_value("[name=severity]") == "medium"
    page.click("nav >> text=Lens")
    assert shown.hash == "#lens"
    page.go_back()
    shown.settled("2 of 22 rows in 2 of 9 rules", "#severity=medium&status=unknown")
    page.go_back()
    shown.settled("6 of 22 rows in 3 of 9 rules", "#severity=medium")
    assert page.input_value("[name=status]") == ""
    page.go_back()
    shown.settled(ALL, "")
    assert page.input_value("[name=severity]") == ""
    page.go_forward()
    shown.settled("6 of 22 rows in 3 of 9 rules", "#severity=medium")


def test_typing_is_one_step_back(visit: Visit) -> None:
    shown = visit("example")
    page = shown.page
    page.locator("[name=text]").press_sequentially("chur", delay=150)
    shown.settled("2 of 22 rows in 2 of 9 rules", "#text=chur")
    page.go_back()
    shown.settled(ALL, "")
    assert page.input_value("[name=text]") == ""


def test_a_link_shows_what_is_closed_or_filtered_away(visit: Visit) -> None:
    shown = visit("example", "#severity=low")
    page = shown.page
    assert shown.rules() == ["rule-training-job-spot"]
    page.evaluate("location.hash = '#rule-endpoint-instance-count'")
    api.expect(page.locator("#rule-endpoint-instance-count tbody")).to_be_visible()
    deep = visit("example", "#MLSEC03_BP02")
    assert deep.page.locator("#MLSEC03_BP02").is_visible()
    assert deep.page.locator("#MLSEC03_BP02").bounding_box()["y"] < 200


def test_rows_beyond_those_that_stand_are_made_of_text(visit: Visit) -> None:
    shown = visit("hostile")
    page = shown.page
    assert shown.count == "322 rows in 9 rules that fail or are unknown"
    page.click("#rule-training-job-spot > summary")
    button = page.locator("#rule-training-job-spot .more button")
    assert button.inner_text() == "Show 100 more of 119"
    button.click()
    assert button.inner_text() == "Show 19 more of 19"
    page.fill("[name=text]", "1299")  # in the name of a bucket that was read
    shown.settled("1 of 322 rows in 1 of 9 rules", "#text=1299")
    row = page.locator("#rule-training-job-spot tbody tr:visible")
    assert row.count() == 1
    cells = row.locator("> td")
    assert cells.nth(0).inner_text().startswith("299very-long-name")
    assert cells.nth(1).inner_text().startswith("</script><img src=x onerror=alert(2)>299very-long")
    assert "sagemaker:<script>alert(1)</script> · 2026-11-01 11:58 UTC" in cells.nth(2).inner_text()
    more = cells.nth(2).locator("details")
    assert more.locator("summary").inner_text() == "3 more reads"
    assert not more.locator("div").first.is_visible()
    more.locator("summary").click()
    assert more.locator("div").count() == 3
    assert page.locator("img, iframe, [onerror], script:not(body > script)").count() == 0


def test_keyboard_reaches_everything(visit: Visit) -> None:
    page = (shown := visit("example")).page
    page.keyboard.press("Tab")
    assert shown.focused() == "A.skip"
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert shown.hash == "#main"
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(shown.focused())
        style, width, thick = page.evaluate(
            "(s => [s.outlineStyle, s.outlineWidth, document.activeElement.matches(':focus-visible')])"
            "(getComputedStyle(document.activeElement))"
        )
        assert (style, thick) == ("solid", True), reached[-1]
        assert int(re.sub(r"\D", "", width)) >= 2
        if page.evaluate("document.activeElement.matches('.group > summary')"):
            break
    assert reached[-7:-1] == [
        "SELECT.pillar", "SELECT.severity", "SELECT.status", "INPUT.text", "BUTTON.", "BUTTON.every",
    ]  # fmt: skip
    is_open = "document.activeElement.parentElement.open"
    assert page.evaluate(is_open)
    page.keyboard.press("Enter")
    assert not page.evaluate(is_open)
    page.keyboard.press("Space")
    assert page.evaluate(is_open)


def test_all_open_and_close(visit: Visit) -> None:
    page = visit("example").page
    every = page.locator("#every")
    assert every.inner_text() == "Open all"
    every.click()
    assert page.locator(".group[open]").count() == 9
    api.expect(every).to_have_text("Close all")
    every.click()
    assert page.locator(".group[open]").count() == 0


def test_drawings_have_a_name(visit: Visit) -> None:
    page = visit("example").page
    page.evaluate("document.querySelectorAll('.resource').forEach((at) => { at.open = true })")
    drawing = page.get_by_role("img", name=re.compile("^training job nightly-1 \\(1 fails\\) uses role"))
    assert drawing.count() == 1
    assert drawing.is_visible()
    assert page.get_by_role("search", name="Filter the findings").count() == 1
    unnamed = page.evaluate(
        "[...document.querySelectorAll('svg:not([aria-hidden])')].filter((at) => !at.getAttribute('aria-label')).length"
    )
    assert unnamed == 0


def test_a_drawing_wider_than_the_screen_begins_with_its_resource(visit: Visit) -> None:
    page = visit("example", viewport=PHONE).page
    churn = page.locator(".resource", has_text="churn").filter(has_text="endpoint · us-east-1")
    churn.locator("> summary").click()
    start = churn.locator(".start")
    api.expect(start).to_be_in_viewport(ratio=1)
    assert churn.locator(".across").evaluate("(at) => at.scrollWidth > at.clientWidth")


def test_print_shows_all_without_what_is_clicked_and_leaves_the_page_as_it_was(visit: Visit) -> None:
    page = visit("example", scheme="dark").page
    closed = "document.querySelectorAll('details:not([open])').length"
    before = page.evaluate(closed)
    assert before > 20
    page.evaluate(f"addEventListener('beforeprint', () => {{ window.closed_then = {closed} }})")
    made = page.pdf()
    assert made.startswith(b"%PDF-")
    assert page.evaluate("window.closed_then") == 0
    assert page.evaluate(closed) == before
    page.emulate_media(media="print")
    for gone in ("nav", "#filters"):
        assert not page.locator(gone).is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"


def test_without_scripts_everything_can_be_opened(browser: Any, files: dict[str, Path]) -> None:
    page = (shown := watched(browser.new_page(java_script_enabled=False))).page
    page.goto(files["example"].as_uri())
    assert not page.locator("#filters").is_visible()
    page.click("#rule-endpoint-instance-count > summary")
    assert page.locator("#rule-endpoint-instance-count tbody tr").first.is_visible()
    assert (shown.faults, shown.requests) == ([], [files["example"].as_uri()])
    page.close()
