"""The assessment on a terminal: understood in ten seconds, worst first, with what could not be seen and what to do."""

from collections.abc import Iterator
from io import StringIO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mllens.reports import summary
from mllens.reports.assessment import Assessment, RiskLevel, Severity
from mllens.reports.harmless import harmless, shortened
from mllens.reports.summary import RiskRow, counted

RULES_SHOWN = 8
RESOURCES_SHOWN = 3
MESSAGE = 140  # characters
GAPS_SHOWN = 12
STATEMENTS_SHOWN = 12
STEPS_SHOWN = 3

_SEVERITY_STYLE: dict[Severity, str] = {
    "critical": "bold red",
    "high": "red",
    "medium": "yellow",
    "low": "cyan",
    "info": "dim",
}
_RISK_STYLE: dict[RiskLevel, str] = {"high": "red", "medium": "yellow", "none": "green"}


def render(assessment: Assessment, *, width: int = 80, colour: bool = False) -> str:
    """Give the text; nothing of it depends on the terminal it is made on."""
    out = StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        no_color=not colour,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
        force_jupyter=False,
        _environ={},  # COLUMNS, NO_COLOR and their like are for the caller to judge
    )
    for part in _parts(assessment):
        console.print(part)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _parts(assessment: Assessment) -> Iterator[RenderableType]:
    yield from _verdict(assessment)
    yield from _risk(assessment)
    yield from _failing(assessment)
    yield from _stated(assessment)
    yield from _unseen(assessment)
    yield from _next(assessment)


def _heading(title: str, note: str = "") -> Text:
    return Text.assemble("\n", (title, "bold"), (f"  {note}" if note else "", "dim"), "\n", end="")


def _indented(text: str | Text, by: int = 2, style: str = "") -> Padding:
    return Padding(Text(text, style=style, overflow="fold") if isinstance(text, str) else text, (0, 0, 0, by))


# --------------------------------------------------------------------------------------------------------------- verdict


def _verdict(assessment: Assessment) -> Iterator[RenderableType]:
    worst = summary.risks(assessment.questions)
    style = f"bold {_RISK_STYLE[worst.worst]}" if worst.questions else "bold"
    yield Text.assemble(("Machine Learning Lens", "bold"), ": ", (summary.verdict(assessment), style))
    scope = assessment.scope
    rules = assessment.rules
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    if scope.workload:
        facts.add_row("Workload", summary.workload(scope.workload))
    facts.add_row(
        "Account" if len(scope.accounts) == 1 else "Accounts", harmless(summary.listed(scope.accounts, 5)) or "none"
    )
    facts.add_row("Regions", harmless(summary.listed(scope.regions, 8)) or "none")
    facts.add_row("Scanned", f"{summary.clock(assessment.scanned_at)} by {summary.caller(assessment.scan.caller_arn)}")
    facts.add_row("Judged", f"{counted(assessment.resources.total, 'resource')} by {counted(scope.rules, 'rule')}")
    failing, silent = sum(r.fail > r.waived for r in rules), sum(r.unknown > 0 for r in rules)
    facts.add_row("Rules", f"{failing:,} of {len(rules):,} fail, {silent:,} of {len(rules):,} are unknown somewhere")
    facts.add_row("Read", summary.reading(assessment))
    if scope.selection:
        chosen = "; ".join(f"--{harmless(k)} {harmless(', '.join(v))}" for k, v in sorted(scope.selection.items()))
        facts.add_row("Only", chosen)
    yield Text("")
    yield facts


def _risk(assessment: Assessment) -> Iterator[RenderableType]:
    rows = summary.pillars(assessment)
    if not rows:
        return
    total = summary.risks(assessment.questions, name="All")
    yield _heading("Risk by pillar", "questions, from the best to the worst case")
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    table.add_column("", no_wrap=True)
    for name in ("questions", "high", "medium", "none", "open"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in [*rows, *([total] if len(rows) > 1 else [])]:
        table.add_row(
            Text(row.name, style="bold" if row is total else ""),
            str(row.questions),
            *(_span(row, level) for level in ("high", "medium", "none")),
            Text(str(row.open), style="" if row.open else "dim"),
        )
    yield Padding(table, (0, 0, 0, 2))
    if total.open or total.not_applicable:
        told = [
            f"Open: the evidence leaves the risk of {total.open} of {counted(total.questions, 'question')} undecided"
        ]
        if total.unanswered:
            told.append(f"{total.unanswered} of them without any evidence")
        if total.not_applicable:
            told.append(f"{counted(total.not_applicable, 'more question')} "
                        f"{'does' if total.not_applicable == 1 else 'do'} not apply")  # fmt: skip
        yield _indented("; ".join(told) + ".", style="dim")
    of_people = summary.dimensions(assessment)
    if of_people:
        yield _heading("Responsible AI by dimension", "risk, from the best to the worst case")
        table = Table.grid(padding=(0, 2))
        for row in of_people:
            level = Text(row.level, style=_RISK_STYLE[row.worst] if row.questions else "dim")
            table.add_row(row.name, level, row.held if row.practices else "")
        yield Padding(table, (0, 0, 0, 2))


def _span(row: RiskRow, level: RiskLevel) -> Text:
    span = {"high": row.high, "medium": row.medium, "none": row.none}[level]
    return Text(str(span), style=_RISK_STYLE[level] if span.most else "dim")


# -------------------------------------------------------------------------------------------------------------- findings


def _failing(assessment: Assessment) -> Iterator[RenderableType]:
    failing = [group for group in summary.groups(assessment) if group.failing]
    waived = sum(rule.waived for rule in assessment.rules)
    if not assessment.rules:
        return
    rules = f"{len(failing):,} of {counted(len(assessment.rules), 'rule')} fail" + ("s" if len(failing) == 1 else "")
    accepted = f"; {counted(waived, 'failing finding')} accepted by waivers" if waived else ""
    if not failing:
        yield _heading("What fails")
        yield _indented(f"Nothing that could be judged: {rules}{accepted}.")
        return
    yield _heading("What fails, worst first", rules + accepted)
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, width=8)
    table.add_column(overflow="fold")
    for group in failing[:RULES_SHOWN]:
        severity = group.rule.severity
        lines = [
            Text(harmless(group.rule.title), style="bold"),
            Text.assemble(group.tally, ("  " + harmless(group.rule.id), "dim")),
        ]
        for finding in group.failing[:RESOURCES_SHOWN]:
            said = Text.assemble(summary.label(finding), (f": {_said(finding.message)}", "dim"), overflow="fold")
            lines.append(said)
        more = len(group.failing) - RESOURCES_SHOWN
        if more > 0:
            lines.append(Text(f"and {more:,} more", style="dim"))
        if group.planned_by:
            lines.append(Text.assemble(("fix: ", "dim"), harmless(group.planned_by), overflow="fold"))
        body = Group(*lines[:2], *(Padding(line, (0, 0, 0, 2)) for line in lines[2:]), "")
        table.add_row(Text(severity, style=_SEVERITY_STYLE[severity]), body)
    yield Padding(table, (0, 0, 0, 2))
    if len(failing) > RULES_SHOWN:
        yield _indented(f"and {counted(len(failing) - RULES_SHOWN, 'more failing rule')}: see the HTML report")


def _said(message: str) -> str:
    """A message on two lines at most; of a long one, what stands in brackets at its end goes first."""
    whole = harmless(message)
    brief = whole.rpartition(" (")[0] if len(whole) > MESSAGE * 2 // 3 and whole.endswith(")") else whole
    return shortened(brief or whole, MESSAGE)


# ---------------------------------------------------------------------------------------------------------------- stated


def _stated(assessment: Assessment) -> Iterator[RenderableType]:
    counting = summary.counting(assessment)
    if not counting:
        return
    yield _heading("What people state", counting)
    vouched = summary.vouched(assessment)
    rows: list[tuple[str, str, str]] = []
    for state, style in (("conflict", "red"), ("attested", "green")):
        for practice in assessment.practices:
            against = "; the evidence is against it" if state == "conflict" else ""
            if practice.state == state:
                rows += [
                    (state, style, f"{harmless(a.practice)} by {summary.vouching(a)}{against}")
                    for a in vouched.get(practice.id, ())
                ]
    rows += [
        ("waived", "", f"{counted(w.matched, 'failing finding')} {summary.acceptance(w)}")
        for w in assessment.waivers
        if w.matched
    ]
    ruled_out = summary.ruled_out(assessment)
    rows += [("outside", "", f"{harmless(practice)} is {said}") for practice, said in ruled_out.items()]
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, width=8)
    table.add_column(overflow="fold")
    for word, style, text in rows[:STATEMENTS_SHOWN]:
        table.add_row(Text(word, style=style), Text(text, overflow="fold"))
    yield Padding(table, (0, 0, 0, 2))
    if len(rows) > STATEMENTS_SHOWN:
        yield _indented(f"and {len(rows) - STATEMENTS_SHOWN:,} more: see the HTML report")
    if ruled_out:
        yield _bullet(
            f"Ruled out by waivers: {counted(len(ruled_out), 'practice')}; the risks above are what the evidence says."
        )
    notices = summary.notices(assessment)
    for notice in notices[:STATEMENTS_SHOWN]:
        yield _bullet(notice)
    if len(notices) > STATEMENTS_SHOWN:
        yield _bullet(f"And {counted(len(notices) - STATEMENTS_SHOWN, 'more notice')}: see the HTML report.")


# ---------------------------------------------------------------------------------------------------------------- unseen


def _unseen(assessment: Assessment) -> Iterator[RenderableType]:
    every = summary.gaps(assessment)
    missed = [gap for gap in every if gap.status in summary.INCOMPLETE]
    design = len(every) - len(missed)
    alone = summary.shallow(assessment)
    doubted = summary.doubted(assessment)
    if not (every or alone or doubted or assessment.broken or not assessment.coverage):
        return
    yield _heading("What could not be seen")
    if not assessment.coverage:
        yield _bullet("Nothing was read: no list of any type, account or region.")
    for gap in missed[:GAPS_SHOWN]:
        yield _bullet(str(gap))
    if len(missed) > GAPS_SHOWN:
        yield _bullet(f"And {counted(len(missed) - GAPS_SHOWN, 'more gap')}: see the HTML report.")
    if alone:
        yield _bullet(alone)
    if doubted:
        yield _bullet(doubted)
    for broken in assessment.broken:
        where = shortened(broken.where, 120)
        yield _bullet(f"The rule {harmless(broken.rule)} broke while it ran; its findings are unknown: {where}")
    if design:
        yield _bullet(f"{counted(design, 'place')} bounded, not enabled or not supported: see the HTML report.")


def _bullet(text: str, mark: str = "-") -> Table:
    row = Table.grid(padding=(0, 1, 0, 0))
    row.add_column(no_wrap=True)
    row.add_column(overflow="fold")
    row.add_row(f"  {mark}", text)
    return row


# ------------------------------------------------------------------------------------------------------------------ next


def _next(assessment: Assessment) -> Iterator[RenderableType]:
    steps = list(_steps(assessment))
    if steps:
        yield _heading("Next")
        for number, step in enumerate(steps, 1):
            yield _bullet(step, f"{number}.")


def _steps(assessment: Assessment) -> Iterator[str]:
    groups = summary.groups(assessment)
    worst = [group for group in groups if group.failing and group.rule.severity == groups[0].rule.severity]
    if worst:
        findings = counted(sum(len(group.failing) for group in worst), f"{worst[0].rule.severity} finding")
        yield f"Begin with the {findings} above; each names its remedy."
    failing = [finding for group in groups for finding in group.failing]
    repairable = sum(finding.fix for finding in failing)
    if repairable:
        yield f"`mllens remediate plan` can close {repairable:,} of {counted(len(failing), 'failing finding')}."
    high = sum(question.risk == "high" for question in assessment.questions)
    if high:
        yield f"`mllens lens plan assessment.json` lists the fewest practices that clear {counted(high, 'high risk')}."
    if any(line.status == "denied" for line in assessment.coverage):
        yield "`mllens policy scan` prints the permissions that were missing; scan again with them."
    by_people = summary.uncertain(assessment.practices)
    if by_people:
        share = f"{len(by_people):,} of {counted(len(assessment.practices), 'practice')}"
        yield f"No rule decided {share}; `mllens attest new --assessment assessment.json` asks people."
    if not assessment.coverage:
        yield "`mllens policy scan` prints the policy that an audit needs; check the credentials and the regions."
    yield "`mllens report assessment.json -f html` shows every finding with its evidence."
