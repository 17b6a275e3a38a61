import base64
import hashlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from types import ModuleType

import pytest

from mllens import lens
from mllens.reports.assessment import Assessment
from mllens.reports.html import RESOURCES_SHOWN, ROWS_STANDING, paper, render

Choose = Callable[[str], lens.Choice]
OURS = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "nav",
        "main",
        "section",
        "footer",
        "script",
    ),
    *("h1", "h2", "h3", "p", "a", "b", "i", "small", "code", "span", "div", "ul", "ol", "li", "dl", "dt", "dd"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "details", "summary", "svg", "rect"),
    *("figure", "figcaption", "g", "path", "text"),
    *("form", "label", "select", "option", "input", "button"),
}
LOADING = {"src", "srcset", "data", "poster", "background", "action", "formaction", "manifest", "ping", "xlink:href"}


class Page(HTMLParser):
    """What a browser would make of the page: elements, attributes, texts."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.inside: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self.inside.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.inside[-1] if self.inside else "", []).append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for found, attributes in self.elements if found == tag]


@pytest.fixture(scope="module")
def text(assessment: Assessment, choice: Choose) -> str:
    return render(assessment, choice=choice)


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


@pytest.fixture(scope="module")
def large(assessment: Assessment, choice: Choose, example_module: ModuleType) -> str:
    """A thousand more fails of one rule, with names that mean harm."""
    model = next(f for f in assessment.findings if f.rule == "training-job-spot")
    more = [
        model.model_copy(
            update={
                "id": f"more-{number:04}",
                "resource": model.resource.model_copy(update={"name": f"{number:04}{example_module.BREAKOUT}"}),
            }
        )
        for number in range(1000)
    ]
    return render(assessment.model_copy(update={"findings": assessment.findings + more}), choice=choice)


def test_reads_as_agreed(text: str, golden: Callable[[str, str], None]) -> None:
    golden("example.html", text)


def test_nothing_read(nothing: Assessment, choice: Choose, golden: Callable[[str, str], None]) -> None:
    golden("empty.html", render(nothing, choice=choice))


def test_rendering_twice_gives_the_same_bytes(assessment: Assessment, choice: Choose, text: str) -> None:
    assert render(assessment, choice=choice) == text


def test_policy_lets_only_this_style_and_script_act(page: Page) -> None:
    policies = [m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert len(policies) == 1
    directives = dict(part.split(" ", 1) for part in policies[0].split("; "))

    def of(tag: str, at: int) -> str:
        return "'sha256-" + base64.b64encode(hashlib.sha256(page.texts[tag][at].encode()).digest()).decode() + "'"

    assert directives == {
        "default-src": "'none'",
        "style-src": of("style", 0),
        "script-src": of("script", 1),  # the first is data
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
    }
    assert len(page.all("style")) == 1
    assert page.all("script") == [{"type": "application/json", "id": "rest"}, {}]


def test_policy_comes_before_what_it_governs(text: str) -> None:
    assert text.index("Content-Security-Policy") < min(
        text.index("<style"), text.index("<title"), text.index("<script")
    )


def test_nothing_is_loaded(page: Page) -> None:
    for tag, attributes in page.elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "audio", "video", "image", "use"}
        assert not LOADING & attributes.keys(), (tag, attributes)
        assert "style" not in attributes  # the policy would drop it
        assert not [name for name in attributes if name.startswith("on")]
    assert not re.search(r"@import|url\(", page.texts["style"][0])
    assert not re.search(
        r"fetch|XMLHttpRequest|WebSocket|import\(|innerHTML|eval|document\.write", page.texts["script"][1]
    )


def test_links_lead_into_the_page_or_to_the_documentation(page: Page) -> None:
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    outside = []
    for link in page.all("a"):
        if link["href"].startswith("#"):
            assert link["href"][1:] in ids
        else:
            outside.append(link)
    assert outside
    assert all(link["href"].startswith("https://docs.aws.amazon.com/") for link in outside)
    assert all(link["rel"] == "noreferrer" for link in outside)


def test_no_address_stands_elsewhere(page: Page) -> None:
    for tag, attributes in page.elements:
        for name, value in attributes.items():
            assert (tag, name) == ("a", "href") or name == "aria-label" or "://" not in value, (tag, name, value)


def test_ids_are_unique(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("which", ["text", "large"])
def test_nothing_of_the_account_becomes_markup(which: str, request: pytest.FixtureRequest) -> None:
    text = request.getfixturevalue(which)
    assert "<script>alert" not in text
    assert "<img" not in text
    assert text.count("</script>") == 2
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", text)
    assert {tag for tag, _ in Page(text).elements} == OURS


def test_what_hostile_names_are_is_shown(page: Page) -> None:
    cells = " ".join(page.texts["td"] + page.texts["a"])
    for shown in (
        "<script>alert(1)</script>",
        r"\x1b[2J\x1b[31mred",
        r"safe\u202egnp.exe",
        r"first line\nsecond",
        "=cmd|",
    ):
        assert shown in cells


def test_the_worst_rows_stand_and_the_rest_is_data(large: str) -> None:
    page = Page(large)
    statuses = [row["data-status"] for row in page.all("tr") if "data-status" in row]
    assert len(statuses) == ROWS_STANDING
    rest = json.loads(page.texts["script"][0])
    assert {rule: len(rows) for rule, rows in rest["rows"].items() if rule != "rule-training-job-spot"} == {
        "rule-endpoint-tagged-with-owner": 2,  # info: not among the worst
        "rule-notebook-root-access-disabled": 1,  # waived
    }
    assert sum(map(len, rest["rows"].values())) == 22 + 1000 - ROWS_STANDING
    assert "0999</script><img src=x onerror=alert(2)>" in rest["texts"]
    assert "The 200 worst of 1,022 rows." in large


def test_the_worst_resources_are_shown(large: str) -> None:
    page = Page(large)
    shown = [attributes["id"] for attributes in page.all("details") if attributes.get("class") == "resource"]
    assert shown == [f"resource-{number}" for number in range(1, RESOURCES_SHOWN + 1)]
    assert "The 40 worst of 1,016 resources that fail a rule or could not be judged, worst first" in large
    assert "Lineage was followed from 12 of these 16 resources." in large


def test_lineage_is_told_in_words_and_marked_by_shape(page: Page) -> None:
    drawings = [attributes for attributes in page.all("svg") if attributes.get("role") == "img"]
    assert len(drawings) == 4  # bucket, role, endpoint and one of the training jobs
    assert drawings[3]["aria-label"] == (
        "training job nightly-1 (1 fails) uses role [bold red]not markup[/] [link=http://evil.example]x[/link] (1 fails), "
        "key 1234abcd-12ab-34cd-56ef-1234567890ab (not read) and bucket claims-training-data (1 fails)."
    )
    kinds = {attributes["class"].strip() for attributes in page.all("g")}
    assert {"box start fail", "box fail", "box missing", "box unseen", "box"} <= kinds


def test_passes_are_counts(text: str) -> None:
    assert ">locked<" not in text
    assert "50 pass, 17 fail (1 waived), 5 unknown, 3 not applicable" in text


def test_every_question_and_rule_is_there(page: Page, assessment: Assessment) -> None:
    ids = {attributes.get("id") for _, attributes in page.elements}
    assert {question.id for question in assessment.questions} <= ids
    titles = " ".join(page.texts["th"])
    assert all(rule.title in titles for rule in assessment.rules)


def test_one_question_is_one_square(page: Page) -> None:
    squares = [attributes["class"] for attributes in page.all("rect")]
    assert sorted(squares[:10]) == [
        "high", "high", "high", "maybe high", "maybe high", "maybe high", "maybe high", "maybe medium", "medium", "none",
    ]  # fmt: skip


def test_what_the_message_names_is_shown_and_the_rest_is_folded(
    assessment: Assessment, choice: Choose, example_module: ModuleType
) -> None:
    of = example_module
    churn = of.resource(of.ENDPOINT, "churn")
    reads = [of.evidence(of.resource(of.PACKAGE, f"credit/{n}"), "Image", f"image-{n}", "Search") for n in (1, 2, 3)]
    tags = of.evidence(churn, "Tags", {}, "")
    status = of.evidence(churn, "EndpointStatus", "InService", "sagemaker:DescribeEndpoint")
    found = of.finding(1, "endpoint-instance-count", churn, "fail", "it serves credit/3", *reads, tags, status)
    one = assessment.model_copy(update={"findings": [found]})
    text = render(one, choice=choice)
    cell = text[text.index("<code>EndpointStatus") :].partition("</td>")[0]
    assert re.findall(r"<code>(\w+) = &#34;(.*?)&#34;</code>", cell) == [
        ("EndpointStatus", "InService"),
        ("Image", "image-3"),
        ("Image", "image-1"),
        ("Image", "image-2"),
    ]
    shown, _, folded = cell.partition('<details class="reads"><summary>3 more reads</summary>')
    assert shown.count("<code>") == 2
    assert "Tags = {}" in folded
    on_paper = paper(one, choice=choice)
    assert "3 more reads: see the HTML report" in on_paper
    assert "image-2" not in on_paper


def test_backticks_become_code(assessment: Assessment, choice: Choose) -> None:
    rules = [rule.model_copy(update={"harm": "Say `<b>own</b>` & more."}) for rule in assessment.rules]
    text = render(assessment.model_copy(update={"rules": rules}), choice=choice)
    assert "Say <code>&lt;b&gt;own&lt;/b&gt;</code> &amp; more." in text


def test_a_small_account_makes_a_small_page(text: str) -> None:
    assert len(text.encode()) < 90_000


def luminance(colour: str) -> float:
    digits = "".join(c * 2 for c in colour) if len(colour) == 3 else colour
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_colours_can_be_read(page: Page) -> None:
    schemes = [
        dict(re.findall(r"--(\w+):#(\w+)", block)) for block in re.findall(r":root{([^}]*)}", page.texts["style"][0])
    ]
    assert len(schemes) == 3  # light, dark, print
    for scheme in schemes:
        for text, ground in [
            (t, g) for t in ("ink", "quiet", "link", "high", "medium", "none") for g in ("bg", "soft")
        ]:
            low, high = sorted((luminance(scheme[text]), luminance(scheme[ground])))
            assert (high + 0.05) / (low + 0.05) >= 4.5, (text, ground)
