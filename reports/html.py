"""The assessment as one HTML file: nothing is loaded from anywhere, and nothing from the account can act in it."""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from mllens import lens
from mllens.reports import summary
from mllens.reports.assessment import Assessment, Evidence, Finding, Practice, Question, ResourceId, Severity
from mllens.reports.harmless import harmless, middle, shortened
from mllens.reports.lineage import Drawing, Lineage, Troubled, identity, troubled
from mllens.reports.summary import Group, RiskRow

ROWS_STANDING = 200
WORST_SHOWN = 5
RESOURCES_SHOWN = 40
ROWS_ON_PAPER, RESOURCES_ON_PAPER = 60, 20  # nobody searches paper
READS_SHOWN = 2  # of a row; the others open with a click
NAME, MESSAGE, VALUE = 120, 400, 300  # characters; the JSON has the whole

TEMPLATES = Path(__file__).parent / "templates"
STATES: Mapping[str, str] = {
    "proven": "proven",
    "attested": "attested",
    "supported": "supported, not proven",
    "partial": "partial",
    "disproven": "disproven",
    "conflict": "conflict, attested but the evidence is against it",
    "unknown": "unknown",
    "not_applicable": "not applicable",
}
_COLOUR, _VARIABLE = re.compile(r"--(\w+):(#\w+)"), re.compile(r"var\(--(\w+)\)")
_IN_DRAWINGS = (".use{", ".box", ".squares rect", ".squares .")
_BLOCKS_A_ROW, _BLOCK, _STEP = 16, 11, 14


def render(assessment: Assessment, *, choice: Callable[[str], lens.Choice] = lens.choice) -> str:
    """Give the page.

    `choice` gives a practice's improvement by its id, or raises KeyError for one of another lens.
    """
    return _page(assessment, choice, paper=False)


def paper(assessment: Assessment, *, choice: Callable[[str], lens.Choice] = lens.choice) -> str:
    """Give the page as it is printed: no script, nothing to click, each drawing with its own style."""
    return _page(assessment, choice, paper=True)


def _page(assessment: Assessment, choice: Callable[[str], lens.Choice], *, paper: bool) -> str:
    style, script = _block("report.css"), _block("report.js")
    groups = summary.groups(assessment)
    most = ROWS_ON_PAPER if paper else ROWS_STANDING
    standing, rest = _split(groups, most)
    total = summary.risks(assessment.questions)
    gaps = summary.gaps(assessment)
    trouble = troubled(assessment.findings)
    resources = _resources(assessment, trouble[: RESOURCES_ON_PAPER if paper else RESOURCES_SHOWN])
    lens_view = _lens_view(assessment, groups, choice)
    waivers = {waiver.file: waiver for waiver in assessment.waivers}

    def message(finding: Finding) -> str:
        said, waiver = shortened(finding.message, MESSAGE), waivers.get(finding.waiver or "")
        return f"{said} ({summary.acceptance(waiver)})" if waiver else said

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(
        "report.html.j2"
    ).render(
        a=assessment,
        paper=paper,
        drawing_style=_drawing_style(style) if paper else "",
        style=style,
        script=script,
        policy=_policy(style, script),
        data=Markup(_data(rest, message, several=len(assessment.scope.accounts) > 1)),  # noqa: S704 - JSON in which no character can end the element
        s=summary,
        verdict=summary.verdict(assessment),
        total=total,
        pillars=summary.pillars(assessment),
        dimensions=summary.dimensions(assessment),
        blocks=_blocks,
        groups=groups,
        worst=[group for group in groups if group.failing][:WORST_SHOWN],
        failing_rules=sum(bool(group.failing) for group in groups),
        standing=standing,
        rest={id_: len(rows) for id_, rows in rest.items()},
        rows=sum(len(group.rows) for group in groups),
        rows_standing=most,
        name=lambda finding: summary.label(finding, NAME),
        norms={rule.id: rule.title for rule in assessment.rules},
        middle=lambda text: middle(text, NAME),
        message=message,
        status=_status,
        reads=_few,
        coded=_coded,
        lens_view=lens_view,
        vouched=summary.vouched(assessment),
        ruled_out=summary.ruled_out(assessment),
        state_of={practice.id: STATES[practice.state] for practice in assessment.practices},
        resources=resources,
        troubled=len(trouble),
        anchor={identity(item.resource): item.anchor for item in resources}.get,
        identity=identity,
        shown_practices={p.practice.id for shown in lens_view.values() for q in shown for p in q.practices},
        states=STATES,
        missed=[gap for gap in gaps if gap.status in summary.INCOMPLETE],
        shallow=summary.shallow(assessment),
        doubted=summary.doubted(assessment),
        by_design=[gap for gap in gaps if gap.status not in summary.INCOMPLETE],
        actions=sorted({action for gap in gaps for action in gap.actions}),
        rules=sorted(assessment.rules, key=lambda rule: rule.id),
    )


def _finalize(value: Any) -> Any:
    """Make every text that enters the page harmless; escaping it is the template's next step."""
    return harmless(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _coded(text: str) -> Markup:
    """Show as code what stands between backticks."""
    parts = harmless(text).split("`")
    return Markup().join(Markup("<code>{}</code>").format(p) if at % 2 else escape(p) for at, p in enumerate(parts))


def _block(name: str) -> Markup:
    return Markup((TEMPLATES / name).read_text("utf-8"))  # noqa: S704 - ours, not from the account


def _drawing_style(style: str) -> Markup:
    """Pick what styles drawings, in the colours of paper: programs that print do not style what is inside of them."""
    scheme = dict(_COLOUR.findall(style[style.index("@media print") :]))
    rules = "".join(line for line in style.splitlines() if line.startswith(_IN_DRAWINGS))
    return Markup(_VARIABLE.sub(lambda match: scheme[match[1]], rules))  # noqa: S704 - ours, not from the account


def _policy(style: str, script: str) -> str:
    """Let exactly the style and the script of this page act, and nothing be loaded."""
    of_style, of_script = (b64encode(sha256(text.encode()).digest()).decode() for text in (style, script))
    return (
        f"default-src 'none'; style-src 'sha256-{of_style}'; script-src 'sha256-{of_script}'; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )


# ---------------------------------------------------------------------------------------------------------------- blocks


@dataclass(frozen=True)
class Blocks:
    """One square for each question of a row, worst first."""

    width: int
    height: int
    size: int
    squares: tuple[tuple[int, int, str], ...]


def _blocks(row: RiskRow) -> Blocks:
    maybe_high = row.high.most - row.high.least
    settled = row.high.least + maybe_high + row.medium.least + row.maybe_medium
    kinds = (
        ["high"] * row.high.least
        + ["maybe high"] * maybe_high
        + ["medium"] * row.medium.least
        + ["maybe medium"] * row.maybe_medium
        + ["none"] * (row.questions - settled)
    )
    squares = tuple((at % _BLOCKS_A_ROW * _STEP, at // _BLOCKS_A_ROW * _STEP, kind) for at, kind in enumerate(kinds))
    across, down = min(len(kinds), _BLOCKS_A_ROW), -(-len(kinds) // _BLOCKS_A_ROW)
    return Blocks(max(across, 1) * _STEP, max(down, 1) * _STEP, _BLOCK, squares)


# -------------------------------------------------------------------------------------------------------------- findings


def _status(finding: Finding) -> str:
    return "waived" if finding.waived else finding.status


def _split(groups: list[Group], most: int) -> tuple[dict[str, tuple[Finding, ...]], dict[str, tuple[Finding, ...]]]:
    """Part the rows of each rule in the worst ones, which stand in the page, and the rest, for the script."""
    order = ["fail", "unknown", "waived"]
    ranked = sorted(
        (order.index(_status(finding)) == 2, summary.SEVERITIES.index(group.rule.severity), at, row)
        for at, group in enumerate(groups)
        for row, finding in enumerate(group.rows)
    )
    stands = {(at, row) for _, _, at, row in ranked[:most]}
    standing, rest = {}, {}
    for at, group in enumerate(groups):
        standing[group.rule.id] = tuple(f for row, f in enumerate(group.rows) if (at, row) in stands)
        rest[group.rule.id] = tuple(f for row, f in enumerate(group.rows) if (at, row) not in stands)
    return standing, rest


@dataclass(frozen=True)
class Read:
    """What one call told of one resource; `of` is empty where it is the finding's own."""

    of: str
    operation: str
    time: str
    values: tuple[tuple[str, str], ...]


def _reads(finding: Finding) -> list[Read]:
    """Give what proves most first: a rule reads much before it finds what is wrong, and its message names that."""

    def source(row: Evidence) -> tuple[int, str, str, str]:
        of = row.resource
        own = (of.arn, of.type, of.name) == (finding.resource.arn, finding.resource.type, finding.resource.name)
        other = "" if own else f"{summary.words(of.type, 1)} {shortened(of.name or of.arn, NAME)}"
        named = bool(of.name) and of.name in finding.message and row.field != "Tags"
        rank = (0 if row.operation else 2) if own else 1 if named else 3
        return rank, other, harmless(row.operation), summary.clock(row.observed_at) if row.observed_at else ""

    rows = sorted(finding.evidence, key=lambda row: (*source(row), row.field))
    return [Read(*key[1:], tuple((harmless(r.field), _value(r)) for r in of)) for key, of in groupby(rows, key=source)]


def _few(finding: Finding) -> tuple[list[Read], list[Read]]:
    """Part the reads in those that are seen at once and the others; one more is no reason to click."""
    reads = _reads(finding)
    most = len(reads) if len(reads) <= READS_SHOWN + 1 else READS_SHOWN
    return reads[:most], reads[most:]


def _value(row: Evidence) -> str:
    return "not set" if row.absent else shortened(json.dumps(row.value, ensure_ascii=False, sort_keys=True), VALUE)


def _data(rest: Mapping[str, Iterable[Finding]], message: Callable[[Finding], str], *, several: bool) -> str:
    """Pack the rows that do not stand in the page: each text once, rows as numbers of texts."""
    texts: dict[str, int] = {}

    def number(text: str) -> int:
        return texts.setdefault(text, len(texts))

    rows = {
        f"rule-{harmless(id_)}": [
            [
                number(_status(finding)),
                number(summary.label(finding, NAME)),
                number(harmless(finding.resource.region)),
                number(harmless(finding.resource.account)),
                number(shortened(finding.message, MESSAGE)),
                [
                    [number(read.of), number(read.operation), number(read.time)]
                    + [number(text) for pair in read.values for text in pair]
                    for read in _reads(finding)
                ],
            ]
            for finding in findings
        ]
        for id_, findings in rest.items()
        if findings
    }
    packed = json.dumps(
        {"accounts": several, "reads": READS_SHOWN, "texts": list(texts), "rows": rows}, separators=(",", ":")
    )
    return packed.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


# ------------------------------------------------------------------------------------------------------------- resources


@dataclass(frozen=True)
class ShownResource:
    """A resource with what is wrong with it, and a drawing of what it uses and what uses it."""

    anchor: str
    resource: ResourceId
    trouble: Troubled
    severity: Severity
    drawing: Drawing | None


def _resources(assessment: Assessment, trouble: Iterable[Troubled]) -> list[ShownResource]:
    lineage = Lineage(assessment)
    return [
        ShownResource(
            anchor=f"resource-{number}",
            resource=item.resource,
            trouble=item,
            severity=(item.failing or item.unknown)[0].severity,
            drawing=lineage.draw(item.resource),
        )
        for number, item in enumerate(trouble, 1)
    ]


# ------------------------------------------------------------------------------------------------------------------ lens


@dataclass(frozen=True)
class ShownPractice:
    """A practice as an answer to its question, with why it matters, what to do or to ask, and the rules that speak of it.

    Of one that is met, or that another lens asks for, no text is shown.
    """

    practice: Practice
    why: str
    improve: str
    seen: str
    beyond: str
    ask: str
    url: str
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class ShownQuestion:
    """A question with the practices that are its choices; `none` says that "None of these" is the answer."""

    question: Question
    row: RiskRow
    practices: tuple[ShownPractice, ...]
    none: bool


def _lens_view(
    assessment: Assessment, groups: list[Group], choice: Callable[[str], lens.Choice]
) -> dict[str, list[ShownQuestion]]:
    """Give the questions by pillar, in order, with everything that is said of their practices."""
    practices = {practice.id: practice for practice in assessment.practices}
    by_practice: dict[str, list[Group]] = {}
    for group in groups:
        for id_ in group.rule.proves + group.rule.supports:
            by_practice.setdefault(id_, []).append(group)
    view: dict[str, list[ShownQuestion]] = {}
    for question in sorted(assessment.questions, key=lambda q: q.id):
        shown = tuple(
            _shown(practices[answer.id], tuple(by_practice.get(answer.id, ())), choice)
            for answer in question.choices
            if answer.id in practices
        )
        none = any(answer.selected and answer.state is None for answer in question.choices)
        view.setdefault(question.pillar, []).append(ShownQuestion(question, summary.risks([question]), shown, none))
    return view


def _shown(practice: Practice, groups: tuple[Group, ...], choice: Callable[[str], lens.Choice]) -> ShownPractice:
    try:
        text = choice(practice.id)
    except KeyError:  # of another lens, whose texts we do not have
        return ShownPractice(practice, "", "", "", "", "", "", groups)
    gap = practice.state in {"partial", "disproven", "conflict"}
    asked = practice.state in {"unknown", "supported"}
    url = text.url if text.url and text.url.startswith("https://") else ""
    return ShownPractice(
        practice=practice,
        why=text.why if gap or asked else "",
        improve=text.improve if gap else "",
        seen=text.seen if asked else "",
        beyond=text.beyond if asked else "",
        ask=text.ask if asked else "",
        url=url if gap or asked else "",
        groups=groups,
    )
