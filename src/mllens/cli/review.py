"""Reviews: a workload's answers in the Well-Architected Tool against the evidence, and the evidence written to them."""

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mllens.cli.audit import progress_bar
from mllens.cli.exits import Exit
from mllens.cli.lens import agree, with_connection
from mllens.cli.selection import options

if TYPE_CHECKING:
    from mllens.lens.watool import Aim, Carrying, Case, Outcome, Plan, Reviews, Row, Workload
    from mllens.reports.assessment import Assessment, Waiver

OLDEST = 24.0  # hours
RESPONSIBLE_AI = "responsible-ai"
NAMED = 40

assessment_file = click.argument("assessment", type=click.Path(exists=True, dir_okay=False, path_type=Path))
plan_file = click.argument("plan", type=click.Path(exists=True, dir_okay=False, path_type=Path))
reach = options(
    click.option("--profile", help="AWS profile; else the usual environment."),
    click.option("--endpoint-url", help="Send every call to this address (the simulated AWS, a proxy)."),
    click.option(
        "--ledger",
        type=click.Path(dir_okay=False, path_type=Path),
        help="What was written before, and by whom; else review-….ledger.jsonl beside the plan.",
    ),
    click.option("--json", "as_json", is_flag=True, help="For programs."),
)
which = options(
    click.option("--no-progress", is_flag=True, help="No progress bar."),
    click.option("--workload-id", required=True, metavar="ID", help="The workload in the Tool: its id or ARN."),
    click.option("--lens-arn", help="The lens on it; else its only custom lens."),
    click.option(
        "--mapping",
        metavar="FILE",
        help="Which practices answer which choices of a lens with other ids; `responsible-ai` for AWS's lens of that name.",
    ),
    click.option("--region", help="Region that holds the workload; else your default region."),
    click.option("--no-none-choice", is_flag=True, help="Never tick 'None of these', however much is disproven."),
)
yes = click.option("--yes", is_flag=True, allow_from_autoenv=False, help="Do not ask.")
allow_jira = click.option(
    "--allow-jira-sync", is_flag=True, help="Write even where every changed answer goes on to Jira."
)


@click.group()
def review() -> None:
    """Answers in the Well-Architected Tool: compare with the evidence, plan, apply, verify, roll back.

    What a person answered or noted stays; where the evidence says otherwise, it is shown, and the exit code is 11. A practice
    that a waiver rules out, as somebody other than its owner accepted, is marked as not applicable as long as that lasts.

    The lens is ours, AWS's own Machine Learning Lens by its name, or any other with `--mapping`: a choice is met when all
    practices that answer it are. What is not mapped is listed and left alone, and a name that is not there is an error.
    """


@review.command(epilog="Example: mllens review compare assessment.json --workload-id 0123456789abcdef0123456789abcdef")
@assessment_file
@which
@reach
def compare(assessment: Path, **given: Any) -> int:
    """Show what is claimed against what was found, over-claims first. It only reads."""
    from mllens.reports.json import load

    read = load(assessment)
    return with_connection(given, _reviews(), lambda tool: _compare(tool, read, given))


def _compare(tool: "Reviews", read: "Assessment", given: dict[str, Any]) -> int:
    from mllens.lens.watool import NOTHING, Ledger, Memory, choose_lens, ledger_of, observed, plan_review

    workload = tool.workload(given["workload_id"])
    lens = choose_lens(workload, given["lens_arn"])
    aim = _aim(given["mapping"])
    path = given["ledger"] or ledger_of(Path(), workload.id, lens)
    memories: dict[str, Memory] = {}
    if path.is_file():
        with Ledger(path, workload.id, lens) as ledger:
            memories = {line.question: ledger.memory(line.question) for line in ledger.lines}
    with progress_bar(shown=not given["no_progress"]) as progress:
        made = plan_review(
            tool,
            workload,
            lens,
            cases(read),
            lambda live: observed(memories.get(live.question, NOTHING), live),
            source=(read.scanned_at, read.scan.inventory_sha256),
            aim=aim,
            notices=_proposals(read),
            tick_none=not given["no_none_choice"],
            progress=progress,
        )
    if given["as_json"]:
        click.echo(json.dumps({"workload": workload.id, "lens": lens, **_told(made)}, indent=2))
    else:
        _show_claims(made)
        _show_rest(made)
        sends = [item for item in made.items if item.sends]
        click.echo(f"\n`mllens review plan` would write to {len(sends)} of {len(made.items)} questions.")
    return Exit.CONFLICTS if made.conflicts else Exit.DONE


@review.command(
    epilog="Example: mllens review plan assessment.json --workload workload.toml "
    "--workload-id 0123456789abcdef0123456789abcdef"
)
@assessment_file
@click.option(
    "--workload",
    "scope",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="WORKLOAD.TOML",
    help="What the workload is: the file by which the assessment was made.",
)
@which
@click.option(
    "--mode",
    type=click.Choice(("fill-empty", "own")),
    default="own",
    show_default=True,
    help="Write only to questions that nobody answered or noted anything at; or also what mllens wrote before.",
)
@click.option(
    "--accept-conflict",
    "accepted",
    multiple=True,
    metavar="CHOICE",
    allow_from_autoenv=False,
    help="Write the evidence over what a person answered there, its note included (repeat). Only at a terminal.",
)
@click.option(
    "--as",
    "person",
    metavar="NAME",
    allow_from_autoenv=False,
    help="Who agrees to that; it is kept in the plan and in the ledger.",
)
@click.option("--reason", metavar="TEXT", allow_from_autoenv=False, help="Why; it is kept beside the name.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("review-plan.json"),
    show_default=True,
)
@reach
def plan(assessment: Path, **given: Any) -> int:
    """Write down what the evidence would change in the answers, and what people said against it. Nothing is sent.

    The plan is a proposal, for people to read before `apply`. With `--mode fill-empty` it holds only what goes to questions
    that nobody answered or noted anything at, be it mllens; with `own` also what follows the evidence where mllens wrote
    before and nobody changed it since. What a person answered is in neither: that takes `--accept-conflict` for each choice,
    with the name and the reason of the person who agrees, who sits at a terminal. A run by a schedule has none, so it
    writes over people's answers only where it applies a plan in which a person agreed.
    """
    from mllens.reports.json import load

    _check_consent(given)
    read = load(assessment)
    return with_connection(given, _reviews(), lambda tool: _plan(tool, read, given))


def _plan(tool: "Reviews", read: "Assessment", given: dict[str, Any]) -> int:
    from mllens.lens.watool import (
        Consent,
        Ledger,
        choose_lens,
        dump_plan,
        ledger_of,
        mismatches,
        plan_review,
    )
    from mllens.scanner.inventory import write_atomically
    from mllens.workload.file import fitting, read_workload

    scope, output, aim = read_workload(given["scope"]), given["output"], _aim(given["mapping"])
    fitting(scope, read.scope)
    workload = tool.workload(given["workload_id"])
    lens = choose_lens(workload, given["lens_arn"])
    notices = [*mismatches(scope.accounts, scope.regions, scope.applications, workload), *_proposals(read)]
    if read.scope.workload and read.scope.workload.unsure:
        notices.append(
            f"of {read.scope.workload.unsure} resources it cannot be told whether they are the workload's: what was "
            "found of them is unknown"
        )
    if workload.jira == "AUTO":
        notices.append("answers that change go on to Jira: apply asks for --allow-jira-sync")
    path = given["ledger"] or ledger_of(output.parent, workload.id, lens)
    if not path.exists():
        notices.append(f"{path} begins with this plan: what is answered by now counts as answered by people")
    with Ledger(path, workload.id, lens) as ledger, progress_bar(shown=not given["no_progress"]) as progress:
        made = plan_review(
            tool,
            workload,
            lens,
            cases(read),
            ledger.look,
            source=(read.scanned_at, read.scan.inventory_sha256),
            aim=aim,
            notices=notices,
            mode=given["mode"],
            tick_none=not given["no_none_choice"],
            accepted={
                choice: Consent(by=given["person"].strip(), reason=given["reason"].strip())
                for choice in given["accepted"]
            },
            progress=progress,
        )
    write_atomically(output, dump_plan(made))
    if given["as_json"]:
        click.echo(json.dumps(made.model_dump(mode="json"), indent=2))
    else:
        _show_plan(made)
        _show_rest(made)
        click.echo(f"\nPlan: {output}", err=True)
    return Exit.CONFLICTS if made.conflicts else Exit.DONE


@review.command(epilog="Example: mllens review apply review-plan.json --milestone")
@plan_file
@click.option(
    "--milestone",
    is_flag=False,
    flag_value="",
    metavar="[NAME]",
    help="Freeze all answers first, under this name or one made from the plan; there are 100, for good.",
)
@click.option("--max-age", default=OLDEST, show_default=True, help="Hours since the scan, at most.")
@allow_jira
@yes
@reach
def apply(plan: Path, **given: Any) -> int:
    """Write what is planned, and read it back. An answer that was changed since the plan is left alone.

    The Tool has no lock: a note that somebody edits within the moment between our look and our write is lost. The ledger
    keeps every answer as it was before.
    """
    return _with_plan(plan, given, lambda made, workload, carrying: _apply(made, workload, carrying, given))


def _apply(made: "Plan", workload: "Workload", carrying: "Carrying", given: dict[str, Any]) -> int:
    sends = [item for item in made.items if item.sends]
    if not given["as_json"]:
        _show_plan(made)
        _show_left(made)
    if not sends:
        return _end(made, [], given)
    _check(made, workload, given)
    carrying.check(workload)
    agree(given, f"Write to {len(sends)} questions of {_plain(workload.name)}?")
    if given["milestone"] is not None:
        _milestone(carrying, given["milestone"] or made.milestone)
    code = _carry(made, carrying.apply(), given)
    if workload.jira == "MANUAL":
        click.echo(
            f"note: Jira gets this once somebody asks: aws wellarchitected update-integration --workload-id {workload.id} "
            "--integrating-service JIRA",
            err=True,
        )
    return code


def _milestone(carrying: "Carrying", name: str) -> None:
    from mllens.lens.watool import MANY_MILESTONES, MOST_MILESTONES

    taken = carrying.milestone(name)
    if taken >= MANY_MILESTONES:
        click.echo(
            f"note: {taken} of 100 milestones are taken, and none can ever be deleted; from {MOST_MILESTONES} on mllens "
            "takes no more",
            err=True,
        )


@review.command(epilog="Example: mllens review verify review-plan.json")
@plan_file
@reach
def verify(plan: Path, **given: Any) -> int:
    """Look whether what was planned stands in the Tool, and whether its risks are those that were predicted."""
    return _with_plan(plan, given, lambda made, workload, carrying: _verify(made, workload, carrying, given))


def _verify(made: "Plan", workload: "Workload", carrying: "Carrying", given: dict[str, Any]) -> int:
    carrying.check(workload)
    return _carry(made, carrying.verify(), given, told=False)


@review.command(epilog="Example: mllens review rollback review-plan.json")
@plan_file
@allow_jira
@yes
@reach
def rollback(plan: Path, **given: Any) -> int:
    """Put back what stood there before a plan was applied; what a person changed since stays."""
    return _with_plan(plan, given, lambda made, workload, carrying: _roll_back(made, workload, carrying, given))


def _roll_back(made: "Plan", workload: "Workload", carrying: "Carrying", given: dict[str, Any]) -> int:
    questions = carrying.applied()
    if not questions:
        _tell(given, "There is nothing to take back: the ledger holds nothing that this plan sent.")
        return Exit.DONE
    _check_jira(workload, len(questions), given)
    agree(given, f"Take back {len(questions)} questions of {_plain(workload.name)}?")
    return _carry(made, carrying.roll_back(), given, told=False)


# -- what these share


def _check_consent(given: dict[str, Any]) -> None:
    """That it is a person who agrees to write over people's answers, with name and reason, and here.

    Raises:
        click.UsageError: it is not.
    """
    agreeing = [bool((given[name] or "").strip()) for name in ("person", "reason")]
    if any(agreeing) != bool(given["accepted"]) or any(agreeing) != all(agreeing):
        raise click.UsageError(
            "--accept-conflict CHOICE, --as NAME and --reason TEXT belong together: a person answers for it."
        )
    if given["accepted"] and not sys.stdin.isatty():
        raise click.UsageError(
            "There is no terminal, so nobody is here to agree to --accept-conflict. Make the plan at a terminal; it may be "
            "applied anywhere."
        )


def _reviews() -> Any:
    from mllens.lens.watool import Reviews

    return Reviews


def _aim(given: str | None) -> "Aim | None":
    """The mapping that was given: a file, or the one that is made from our lens.

    Raises:
        click.UsageError: there is no such file, or it cannot be read.
    """
    from mllens.lens.target import responsible_ai
    from mllens.lens.watool import Aim

    if given is None:
        return None
    if given == RESPONSIBLE_AI:
        return Aim(given, responsible_ai())
    try:
        return Aim(given, Path(given).read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(
            f"--mapping {given}: {error}. Give a mapping file, or {RESPONSIBLE_AI} for AWS's lens."
        ) from None


def cases(assessment: "Assessment") -> list["Case"]:
    """The evidence for each question; findings that are equal are named equally, whenever they were made."""
    from mllens.lens.watool import Case, Found, evidence_name

    findings: dict[str, list[str]] = {}
    unjudged = {
        practice for finding in assessment.findings if finding.status == "unknown" for practice in finding.practices
    }
    stated, waivers = _stated(assessment), {waiver.file: waiver for waiver in assessment.waivers}
    for finding in assessment.findings:
        for practice in finding.practices:
            findings.setdefault(practice, []).append(f"{finding.id} {finding.status} {finding.waived}")
    found = {
        practice.id: Found(
            choice=practice.id,
            state=practice.state,
            met=practice.met,
            of=practice.of,
            unknown=practice.unknown,
            waived=practice.met_with_waivers - practice.met,
            complete=practice.unknown == 0 and practice.id not in unjudged,
            evidence=evidence_name([practice.state, *findings.get(practice.id, ())]),
            stated=tuple(dict.fromkeys(map(_plain, stated.get(practice.id, ())))),
            ruled_out="" if practice.ruled_out is None else _accepted(waivers[practice.ruled_out]),
        )
        for practice in assessment.practices
    }
    return [
        Case(
            question=question.id,
            found=tuple(found[choice.id] for choice in question.choices if choice.id in found),
            none=any(choice.selected for choice in question.choices if choice.id not in found),
            risk=question.risk,
        )
        for question in assessment.questions
    ]


def _accepted(waiver: "Waiver") -> str:
    return _plain(f"out of scope, accepted by {waiver.accepted_by} until {waiver.expires} ({waiver.file})")


def _proposals(assessment: "Assessment") -> list[str]:
    """What would take practices out of scope, and does not count."""
    return [
        f"{waiver.file} would rule out {', '.join(waiver.practices)}: it {waiver.why}"
        for waiver in assessment.waivers
        if waiver.practices and waiver.standing != "holds"
    ]


def _stated(assessment: "Assessment") -> dict[str, list[str]]:
    """For each practice who vouches for it, and who accepts that it fails: people, days, and where it is written."""
    said: dict[str, list[str]] = {}
    for attestation in assessment.attestations:
        if attestation.standing == "holds":
            who = f"attested by {attestation.owner} on {attestation.date} until {attestation.expires}"
            said.setdefault(attestation.practice, []).extend((who, attestation.evidence))
    waivers = {waiver.file: waiver for waiver in assessment.waivers}
    for finding in assessment.findings:
        if finding.waiver is not None:
            waiver = waivers[finding.waiver]
            who = f"waived by {waiver.owner} until {waiver.expires} ({waiver.file})"
            for practice in finding.practices:
                said.setdefault(practice, []).append(who)
    return said


def _with_plan(file: Path, given: dict[str, Any], work: Any) -> int:
    from mllens.lens.watool import Carrying, Ledger, Reviews, ToolError, ledger_of, load_plan

    try:
        made = load_plan(file)
    except ToolError as error:
        raise click.UsageError(str(error)) from None

    def carry(tool: Reviews) -> int:
        workload = tool.workload(made.workload)
        path = given["ledger"] or ledger_of(file.parent, made.workload, made.lens)
        with Ledger(path, made.workload, made.lens) as ledger:
            code: int = work(made, workload, Carrying(tool, made, ledger))
            return code

    return with_connection({**given, "region": made.region}, Reviews, carry)


def _check(made: "Plan", workload: "Workload", given: dict[str, Any]) -> None:
    """That the plan is recent, by AWS's own clock, and that Jira was thought of.

    Raises:
        click.UsageError: it is not, or was not.
    """
    age = (workload.now - datetime.fromisoformat(made.scanned_at)).total_seconds() / 3600
    if age > given["max_age"]:
        raise click.UsageError(
            f"This plan rests on a scan of {made.scanned_at}, {age:.0f} hours ago; scan and plan anew, or allow it with "
            f"--max-age {age + 1:.0f}."
        )
    _check_jira(workload, sum(item.sends for item in made.items), given)


def _check_jira(workload: "Workload", questions: int, given: dict[str, Any]) -> None:
    if workload.jira == "AUTO" and not given["allow_jira_sync"]:
        raise click.UsageError(
            f"Every answer that changes goes on to Jira from this workload, and may change issues there: {questions} "
            "questions, and their choices. Nothing was written. Switch the workload's integration to manual, or give --allow-jira-sync."
        )


def _carry(made: "Plan", coming: Iterator["Outcome"], given: dict[str, Any], *, told: bool = True) -> int:
    """Tell each outcome as it comes, also those before an error that ends the run; with `told` the plan's conflicts."""
    from mllens.lens.watool import ToolError

    outcomes: list[Outcome] = []
    try:
        for outcome in coming:
            outcomes.append(outcome)
            if not given["as_json"]:
                why = f": {_plain(outcome.why)}" if outcome.why else ""
                click.echo(f"  {_plain(outcome.question)}  {outcome.word}{why}")
    except ToolError:
        _end(made, outcomes, given, told=told)
        raise
    return _end(made, outcomes, given, told=told)


def _end(made: "Plan", outcomes: Sequence["Outcome"], given: dict[str, Any], *, told: bool = True) -> int:
    conflicts = made.conflicts if told else ()
    if given["as_json"]:
        rows = [{"question": o.question, "outcome": o.word, "why": o.why} for o in outcomes]
        left = [{"question": item.question, "why": item.left} for item in made.items if item.left and told]
        more = {"conflicts": _rows(conflicts), "withheld": _rows(made.withheld if told else ()), "notes_left": left}
        click.echo(json.dumps({"plan": made.id, "questions": rows, **more}, indent=2))
    else:
        words = [o.word for o in outcomes]
        counts = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))
        click.echo(f"{len(outcomes)} questions{f': {counts}' if counts else ''}.")
        _show_conflicts(conflicts if outcomes else ())  # with nothing to write they were shown just now
    if conflicts:
        return Exit.CONFLICTS
    return Exit.DONE if all(o.fine for o in outcomes) else Exit.PARTIAL


_CLAIMS = {
    "over": "Claimed, and the evidence says otherwise",
    "contradicted": "Ruled out by a waiver, and resources say that it applies",
    "under": "Met by the evidence, and not claimed",
    "unbacked": "Claimed, and nothing proves it",
}


def _show_claims(made: "Plan") -> None:
    click.echo(f"{_plain(made.workload_name)}, version {_plain(made.lens_version)} of {_plain(made.lens)}")
    for wrong, title in _CLAIMS.items():
        rows = [row for row in made.rows if row.wrong == wrong]
        if rows or wrong != "contradicted":
            click.echo(f"\n{title}: {len(rows)}")
            _list(rows)
    if not any(row.wrong for row in made.rows):
        click.echo("\nWhat is claimed and what was found agree.")
    if differing := [item for item in made.items if item.misjudged]:
        click.echo(f"\nRisk by the answers and by the evidence differ: {len(differing)}")
        for item in sorted(differing, key=lambda i: _weight(i.before.risk) - _weight(i.risk_found)):
            claimed, evident = _worded(item.before.risk), _worded(item.risk_found)
            click.echo(f"  {_plain(item.question)}  {claimed} by the answers, {evident} by the evidence")


def _weight(risk: str) -> int:
    return {"none": 0, "not_applicable": 0, "medium": 2, "high": 3}.get(
        risk.lower(), 1
    )  # what is open may be any of them


def _show_plan(made: "Plan") -> None:
    for item in made.items:
        if item.sends:
            changes = item.risk_then not in (None, item.before.risk)
            parts = [f"{len(item.marks)} choice{'s' if len(item.marks) > 1 else ''}"] if item.marks else []
            parts += ["our block in its note"] if item.notes is not None else []
            parts += [f"risk {item.before.risk} → {item.risk_then}"] if changes else []
            click.echo(f"{_plain(item.question)}: {', '.join(parts)}")
            _list([row for row in item.rows if row.what == "send"])
    if not any(item.sends for item in made.items):
        click.echo("There is nothing to write.")
    _show_withheld(made)
    _show_conflicts(made.conflicts)


def _show_conflicts(conflicts: Sequence["Row"]) -> None:
    if conflicts:
        click.echo(f"\nConflicts with what people answered: {len(conflicts)}; nothing is written over them")
        _list(conflicts)
        click.echo(
            "  To write the evidence over one: mllens review plan … --accept-conflict CHOICE --as NAME --reason TEXT"
        )


def _show_withheld(made: "Plan") -> None:
    if made.withheld:
        click.echo(f"\nLeft as it is by --mode {made.mode}: {len(made.withheld)}")
        _list(made.withheld)


def _show_left(made: "Plan") -> None:
    for item in made.items:
        if item.left:
            click.echo(f"note: {_plain(item.question)}: {item.left}; the note is left as it is", err=True)


def _show_rest(made: "Plan") -> None:
    _show_left(made)
    for title, ids in (
        ("questions that this lens does not have, or nothing of which is mapped to it", made.absent),
        ("questions and choices of the lens that were not assessed, and are left alone", made.unmapped),
    ):
        if ids:
            click.echo(f"note: {title}: {', '.join(map(_plain, ids))}", err=True)
    for notice in made.notices:
        click.echo(f"note: {_plain(notice)}", err=True)


def _list(rows: Sequence["Row"]) -> None:
    for row in rows[:NAMED]:
        status, wanted = _worded(row.live.status), _worded(row.wanted.status) if row.wanted else ""
        who = {"person": " by a person", "mllens": " by mllens", None: ""}[row.author]
        who += ", in a question that a person ruled out" if row.ruled_out else ""
        to = "" if row.what not in ("send", "withheld") else ", a note" if wanted == status else f" → {wanted}"
        consent = f", as {_plain(row.consent.by)} agrees: {_plain(row.consent.reason)}" if row.consent else ""
        told = f"; {row.told}" if row.told else ""
        click.echo(f"  {_plain(row.choice)}  {status}{who}{to}{consent}{told}")
    if len(rows) > NAMED:
        click.echo(f"  and {len(rows) - NAMED} more; --json lists them all")


def _worded(status: str) -> str:
    return status.lower().replace("_", " ")


def _told(made: "Plan") -> dict[str, Any]:
    return {
        "lens_version": made.lens_version,
        "claims": _rows([row for wrong in _CLAIMS for row in made.rows if row.wrong == wrong]),
        "conflicts": _rows(made.conflicts),
        "risks": [{"question": i.question, "claimed": i.before.risk, "found": i.risk_found} for i in made.items],
        "would_send": [item.question for item in made.items if item.sends],
        "absent": list(made.absent),
        "unmapped": list(made.unmapped),
    }


def _rows(rows: Sequence["Row"]) -> list[dict[str, Any]]:
    return [row.model_dump(mode="json") for row in rows]


def _tell(given: dict[str, Any], text: str) -> None:
    if not given["as_json"]:
        click.echo(text)


def _plain(text: str) -> str:
    from mllens.lens.watool import plain

    return plain(text)
