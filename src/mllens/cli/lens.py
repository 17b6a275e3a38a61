"""The lens: our questions, any other custom lens, and both in the Well-Architected Tool."""

import json
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mllens.cli.exits import Exit
from mllens.cli.selection import options

if TYPE_CHECKING:
    from mllens.clearing import Way
    from mllens.deciding import Deciding
    from mllens.lens import Question
    from mllens.lens.upgrade import Content, Lost, Upgrade
    from mllens.lens.watool import Change, Comparison, Connection, Difference, Tool

C = TypeVar("C", bound="Connection")
INDENT = " " * 15


@click.group()
def lens() -> None:
    """The custom lens: build, check, read, compare; a way out of high risk; import, publish."""


@lens.command(epilog="Example: mllens lens build -o lens.json")
@click.option("-o", "--output", type=click.Path(path_type=Path, allow_dash=True), default=Path("-"), show_default=True)
def build(output: Path) -> int:
    """Write the custom lens as the Well-Architected Tool imports it."""
    from mllens.lens import build as made
    from mllens.lens.linter import MAX_SIZE, minified
    from mllens.scanner.inventory import write_atomically

    text = made()
    if str(output) == "-":
        click.echo(text, nl=False)
    else:
        write_atomically(output, text.encode())
    click.echo(f"{minified(json.loads(text)):,} characters without white space, of {MAX_SIZE:,}", err=True)
    return Exit.DONE


@lens.command("lint", epilog="Example: mllens lens lint lens.json")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML that says which choices of the lens our practices answer; it is checked too.",
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def lint_(file: Path, mapping: Path | None, *, as_json: bool) -> int:
    """Check any custom lens against the Tool's limits, and its risk rules for sense. Errors end with exit code 10."""
    from mllens.lens import lint

    problems = lint(file.read_bytes())
    errors = sum(problem.level == "error" for problem in problems)
    if as_json:
        told = [{"level": p.level, "path": p.path, "message": p.message} for p in problems]
        click.echo(json.dumps({"file": str(file), "errors": errors, "problems": told}, indent=2))
    else:
        for problem in problems:
            click.echo(f"{problem.level}: {file}: {problem.path}: {problem.message}")
        click.echo(f"{len(problems)} problems, {errors} errors", err=True)
    if mapping is not None:
        _check_mapping(mapping, file)
    return Exit.REACHED if errors else Exit.DONE


def _check_mapping(mapping: Path, file: Path) -> None:
    from mllens.lens import LensError
    from mllens.lens.target import mapped

    content = _lens_in(file)
    try:
        target = mapped(mapping.read_text("utf-8"), content)
    except (LensError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{mapping}: {error}") from None
    practices = {practice for answering in target.practices.values() for practice in answering}
    click.echo(f"{mapping}: {len(practices)} of our practices answer {len(target.practices)} choices", err=True)


@lens.command(epilog="Example: mllens lens show MLREL04")
@click.argument("question", required=False)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def show(question: str | None, *, as_json: bool) -> int:
    """Show the questions and who decides each practice, or one question with its practices and risk rules.

    Rules decide alone what AWS answers in full; with a person where a rule can disprove a practice or hint at it, but
    not prove it; a person decides what no rule speaks of.
    """
    from mllens.deciding import deciding, tallies
    from mllens.lens import load
    from mllens.rules.load import ours

    found = load().questions if question is None else {question: load().questions.get(question)}
    asked = [one for one in found.values() if one is not None]
    if not asked:
        raise click.UsageError(f"There is no question {question}; `mllens lens show` lists them.")
    decided = deciding(ours())
    if as_json:
        told = [
            {
                "question": one.id,
                "practice": choice.id,
                "title": choice.title,
                "risk": choice.risk,
                "why": choice.why,
                "seen": choice.seen,
                "ask": choice.ask,
                "improve": choice.improve,
                "url": choice.url,
                "rai": choice.rai,
                "ml": choice.ml,
                "beyond": choice.beyond,
                "decided_by": decided[choice.id].who,
                "proves": decided[choice.id].proves,
                "supports": decided[choice.id].supports,
            }
            for one in asked
            for choice in one.choices
        ]
        click.echo(json.dumps(told, indent=2))
    elif question is None:
        for pillar in load().pillars:
            click.echo(f"\n{pillar.name}")
            for one in pillar.questions:
                click.echo(f"  {one.id:<10}{one.title}")
                for choice in one.choices:
                    click.echo(f"    {choice.id:<14}{decided[choice.id].who:<20}{choice.title}")
        click.echo("\n" + "\n".join(tallies(decided)))
    else:
        _show(asked[0], decided)
    return Exit.DONE


def _show(question: "Question", decided: Mapping[str, "Deciding"]) -> None:
    click.echo(f"{question.id}  {question.title}\n\n{question.description}\n")
    for choice in question.choices:
        found = decided[choice.id]
        click.echo(f"  {choice.id}  ({choice.risk}; decided by {found.who})  {choice.title}")
        for word, text in (
            ("Why", choice.why),
            ("Seen", choice.seen),
            ("Ask", choice.ask),
            ("Improve", choice.improve),
        ):
            click.echo(textwrap.fill(f"{word}: {text}", 110, initial_indent=INDENT, subsequent_indent=INDENT))
        if choice.url:
            click.echo(f"{INDENT}{choice.url}")
        for word, rules in (("Proven", found.proves), ("Supported", found.supports)):
            if rules:
                click.echo(f"{INDENT}{word} by: {', '.join(rules)}")
        if choice.beyond:
            click.echo(
                textwrap.fill(f"No rule sees: {choice.beyond}", 110, initial_indent=INDENT, subsequent_indent=INDENT)
            )
    click.echo()
    for rule in question.rules:
        click.echo(f"  {rule.risk}: {rule.condition}")


@lens.command("diff", epilog="Example: mllens lens diff old.json lens.json")
@click.argument("old", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("new", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def diff(old: Path, new: Path, *, as_json: bool) -> int:
    """Compare two custom lenses: what differs, which answers are lost, whether a minor version is enough.

    Practices of AWS's Machine Learning Lens of 2023 (MLOE_01) are found again under their ids of 2025 (MLOPS01_BP01).
    """
    from mllens.lens.upgrade import upgrade

    found = upgrade(_lens_in(old), _lens_in(new))
    if as_json:
        lost = [
            {
                "question": one.question,
                "choice": one.choice,
                "successor": one.successor and one.successor.choice,
                "reworded": one.successor and one.successor.reworded,
            }
            for one in found.lost
        ]
        click.echo(json.dumps({"version": found.kind, "changes": _told(found.changes), "lost": lost}, indent=2))
        return Exit.DONE
    for line in _difference(found):
        click.echo(line)
    return Exit.DONE


def _lens_in(file: Path) -> "Content":
    from mllens.lens import LensError
    from mllens.lens.upgrade import read_text

    try:
        return read_text(file.read_bytes())
    except LensError as error:
        raise click.UsageError(f"{file}: {error}") from None


def _difference(found: "Upgrade") -> Iterator[str]:
    if found.kind == "none":
        yield "Both say the same; there is nothing to publish."
        return
    yield "What differs (! changes what answers mean):"
    yield from (f"  {'! ' if change.meaning else '  '}{change}" for change in found.changes)
    yield f"\nA {found.kind} version. {_EFFECTS[found.kind]}"
    if not found.lost:
        yield "No answer is lost."
        return
    yield f"\nAnswers that are lost ({len(found.lost)}):"
    yield from (f"  {_lost(one)}" for one in found.lost)


def _lost(lost: "Lost") -> str:
    from mllens.lens.watool import plain

    told = f"{lost.question} {lost.choice}" if lost.choice else f"{lost.question} notes, and whether it applies"
    if lost.successor is None:
        return plain(told)
    return plain(f"{told}: now {lost.successor.choice}{', reworded' if lost.successor.reworded else ''}")


@lens.command("plan", epilog="Example: mllens lens plan assessment.json")
@click.argument("assessment", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--possible", is_flag=True, help="Clear also what is high only as long as practices are undecided.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def plan_(assessment: Path, *, possible: bool, as_json: bool) -> int:
    """List the fewest practices that clear every high risk, cheapest first.

    An assessment tells what is wrong by severity; this tells what the lens gives way to, which is less. Exact by the
    risk rules of each question. Cheapest is what a fix closes, then what rules see, then what a person must state.
    """
    from mllens.clearing import way
    from mllens.reports.json import load

    found = way(load(assessment), possible=possible)
    if as_json:
        click.echo(json.dumps(asdict(found), indent=2))
        return Exit.DONE
    for line in _way(found, assessment):
        click.echo(line)
    return Exit.DONE


def _way(found: "Way", file: Path) -> Iterator[str]:
    from mllens.reports.harmless import harmless
    from mllens.reports.summary import counted

    if found.steps:
        risks, practices = counted(len(found.clears), "question"), counted(len(found.steps), "practice")
        yield f"To clear the high risk of {risks} takes {practices}, no fewer. Cheapest first:"
    else:
        yield "No question's risk is high for sure." if found.possible else "No question's risk is high."
    for means, heading in (
        ("fix", "`mllens remediate plan` closes what fails"),
        ("rules", "to be changed by hand; the next audit sees it"),
        ("person", "to be stated by a person (`mllens attest new PRACTICE`), once what fails is mended"),
    ):
        steps = [step for step in found.steps if step.means == means]
        if steps:
            yield f"\n{heading[0].upper()}{heading[1:]}"
        for step in steps:
            yield f"  {step.practice:<14}{step.state or '':<12}{step.title}"
            if step.rules:
                yield f"  {'':<26}{harmless(', '.join(step.rules))}"
    if found.possible:
        yield (
            f"\n{counted(len(found.possible), 'more question')} can turn out high as long as practices are undecided: "
            f"`mllens lens plan {file} --possible` clears these too."
        )


# ------------------------------------------------------------------------------------- in the Well-Architected Tool

NAMED = 12
at = options(
    click.option("--lens-arn", help="The lens; else the one that bears the name."),
    click.option("--profile", help="AWS profile; else the usual environment."),
    click.option("--region", help="Region that holds the lens; else your default region."),
    click.option("--endpoint-url", help="Send every call to this address (the simulated AWS, a proxy)."),
    click.option("--json", "as_json", is_flag=True, help="For programs."),
)
lens_file = click.argument(
    "file", type=click.Path(dir_okay=False, path_type=Path), default=Path("lens.json"), metavar="[FILE=lens.json]"
)
yes = click.option("--yes", is_flag=True, allow_from_autoenv=False, help="Do not ask.")


@lens.command("import", epilog="Example: mllens lens import lens.json --region eu-west-1")
@lens_file
@click.option("--new", is_flag=True, help="A new lens; stops where one has its name.")
@yes
@at
def import_(file: Path, **given: Any) -> int:
    """Put a lens into the Well-Architected Tool as a draft: a new lens, or an update of the one that is there.

    The lens keeps its ARN, and workloads their answers; they see nothing before the draft is published.
    """
    if given["new"] and given["lens_arn"]:
        raise click.UsageError("--new makes a lens, --lens-arn names one that is there: give one of them.")
    text = _fit(file)
    return _with_tool(given, lambda tool: _import(tool, text, given))


def _import(tool: "Tool", text: str, given: dict[str, Any]) -> int:
    from mllens.lens.watool import carry_out_import, plain, plan_import

    plan = plan_import(tool, text, given["lens_arn"], new=given["new"])
    held, say = plan.held, _teller(given)
    if held is None:
        say(f"New lens in {tool.region}: {plain(plan.name)}, as a draft.")
    elif not plan.needed:
        which = "draft" if held.draft else f"version {held.published}"
        say(f"{plain(held.name)}: the {which} says already what the file says; nothing to do.\n  {held.arn}")
    elif held.draft is None:
        say(f"{plain(held.name)}: a new draft beside version {held.published}.\n  {held.arn}")
    else:
        say(f"{plain(held.name)}: the draft that is there is replaced.\n  {held.arn}")
        _tell(say, plan.draft)
    if plan.needed and held is not None and held.published:
        say(f"  What the file changes in version {held.published}:")
        _tell(say, plan.published)
    arn = None if held is None else held.arn
    if plan.needed:
        agree(given, "Import?")
        arn = carry_out_import(tool, plan)
        say(
            f"Imported as a draft: {arn}\n`mllens lens publish --lens-arn {arn}` makes it a version that workloads can use."
        )
    done = "created" if held is None else "updated" if plan.needed else "unchanged"
    if given["as_json"]:
        changes = {"draft": _listed(plan.draft), "published": _listed(plan.published)}
        click.echo(json.dumps({"action": done, "arn": arn, "name": plan.name, "changes": changes}, indent=2))
    return Exit.DONE


@lens.command(epilog="Example: mllens lens publish --version 1.2.0 --region eu-west-1")
@click.option(
    "--version",
    help="1 to 32 letters, digits and dots, higher than what is published. The lens of this program knows its own.",
)
@click.option("--major", "kind", flag_value="major", default=None, help="A major version, even for wording alone.")
@click.option(
    "--minor", "kind", flag_value="minor", help="A minor version; refused where the meaning of answers changes."
)
@yes
@at
def publish(**given: Any) -> int:
    """Make the draft a version: minor for wording, major for what changes the meaning of answers."""
    return _with_tool(given, lambda tool: _publish(tool, given))


def _publish(tool: "Tool", given: dict[str, Any]) -> int:
    from mllens.lens import build, load
    from mllens.lens.watool import carry_out_publication, digest, plain, plan_publication

    ours = (digest(json.loads(build())), load().version)
    plan = plan_publication(
        tool, load().name, arn=given["lens_arn"], version=given["version"], kind=given["kind"], known=ours
    )
    held, say = plan.held, _teller(given)
    if plan.version is None:
        say(f"{plain(held.name)}: version {held.published} is what there is to publish; nothing to do.\n  {held.arn}")
    else:
        kind = "first" if held.published is None else "major" if plan.major else "minor"
        after = f" after {held.published}" if held.published else ""
        say(f"{plain(held.name)}: {kind} version {plan.version}{after}.\n  {held.arn}")
        _tell(say, plan.difference)
        say(_EFFECTS[kind])
        agree(given, "Publish?")
        carry_out_publication(tool, plan)
        say(f"Published: version {plan.version}.")
    if given["as_json"]:
        told = {
            "action": "unchanged" if plan.version is None else "published",
            "arn": held.arn,
            "name": held.name,
            "version": plan.version or held.published,
            "major": plan.major,
            "changes": _listed(plan.difference),
        }
        click.echo(json.dumps(told, indent=2))
    return Exit.DONE


_EFFECTS = {
    "first": "From then on it can be applied to workloads.",
    "major": "Workloads stay on their version until each is upgraded. An upgrade saves a milestone and cannot be undone; "
    "answers to choices that are gone are cleared.",
    "minor": "Workloads that use the lens have it at once, unannounced.",
}


@lens.command(epilog="Example: mllens lens status lens.json --region eu-west-1")
@lens_file
@at
def status(file: Path, **given: Any) -> int:
    """Compare a lens with its draft and its published version in the Well-Architected Tool. It only reads."""
    content = json.loads(_fit(file))
    return _with_tool(given, lambda tool: _status(tool, file, content, given))


def _status(tool: "Tool", file: Path, content: dict[str, Any], given: dict[str, Any]) -> int:
    from mllens.lens.watool import digest, plain, standing

    named, others = standing(tool, content, given["lens_arn"])
    if given["as_json"]:
        told = {
            "file": str(file),
            "sha256": digest(content),
            "region": tool.region,
            "lenses": [
                {
                    "arn": one.held.arn,
                    "name": one.held.name,
                    "version": one.held.published,
                    "draft": _compared(one.draft),
                    "published": _compared(one.published),
                }
                for one in named
            ],
            "others": [{"arn": held.arn, "name": held.name, "version": held.published} for held in others],
        }
        click.echo(json.dumps(told, indent=2))
    else:
        if not named:
            click.echo(f"{plain(str(content['name']))} is not in {tool.region}; `mllens lens import` puts it there.")
        for one in named:
            click.echo(f"{plain(one.held.name)}\n  {one.held.arn}")
            for what, compared in (("draft", one.draft), (f"version {one.held.published}", one.published)):
                if compared is not None:
                    equal = {True: f"says what {file} says", False: f"differs from {file}", None: "was not read"}
                    click.echo(f"  {what} {equal[compared.equal]}")
                    _tell(click.echo, compared.difference)
        if others:
            click.echo(f"Other custom lenses in {tool.region}: {', '.join(plain(held.name) for held in others)}")
    unread = [c.unread for one in named for c in (one.draft, one.published) if c is not None and c.unread]
    for reason in dict.fromkeys(unread):
        click.echo(f"mllens: {reason}", err=True)
    return Exit.PARTIAL if unread else Exit.DONE


def _fit(file: Path) -> str:
    """The text of a lens without errors; what the linter finds is told.

    Raises:
        click.UsageError: there is no such file, or it has errors.
    """
    from mllens.lens import lint

    if not file.exists():
        raise click.UsageError(f"{file} does not exist; `mllens lens build -o {file}` writes the lens of this program.")
    content = file.read_bytes()
    errors = [problem for problem in lint(content) if problem.level == "error"]
    for problem in errors:
        click.echo(f"error: {file}: {problem.path}: {problem.message}", err=True)
    if errors:
        raise click.UsageError(f"{file} has {len(errors)} errors; nothing was sent. Mend them, then try again.")
    return content.decode()


def _with_tool(given: dict[str, Any], work: Callable[["Tool"], int]) -> int:
    from mllens.lens.watool import Tool

    return with_connection(given, Tool, work)


def with_connection(given: dict[str, Any], connect: Callable[..., C], work: Callable[[C], int]) -> int:
    """Do the work, and say which exit code an error means: nothing read, not all done, or wrongly asked for."""
    from mllens.lens.watool import Rejected, ToolError, Unfit
    from mllens.scanner.client import default_region, open_session

    session = open_session(given["profile"], given["endpoint_url"])
    region = given["region"] or default_region(session, given["endpoint_url"])
    if region is None:
        raise click.UsageError("No region: name one with --region, or set AWS_REGION.")
    tool = None
    try:
        tool = connect(session, region, given["endpoint_url"])
        return work(tool)
    except ToolError as error:
        click.echo(f"mllens: {error}", err=True)
        if isinstance(error, Unfit | Rejected):
            return Exit.USAGE
        return Exit.PARTIAL if tool and tool.answered else Exit.NOTHING_READ


def _teller(given: dict[str, Any]) -> Callable[[str], None]:
    return partial(click.echo, err=given["as_json"])


def _tell(say: Callable[[str], None], difference: "Difference | None") -> None:
    """The changes, and which of them are of meaning."""
    if difference is None:
        return
    changes = difference.changes
    for change in changes[:NAMED]:
        say(f"    {'! ' if change.meaning else '  '}{change}")
    if len(changes) > NAMED:
        say(f"      and {len(changes) - NAMED} more; --json lists them all")
    if difference.meaning:
        say("    ! changes what answers mean: a major version")


def _listed(difference: "Difference | None") -> list[dict[str, Any]] | None:
    if difference is None:
        return None
    return _told(difference.changes)


def _told(changes: Iterable["Change"]) -> list[dict[str, Any]]:
    return [{"what": c.what, "id": c.id, "how": c.how, "parts": list(c.parts), "meaning": c.meaning} for c in changes]


def _compared(comparison: "Comparison | None") -> dict[str, Any] | None:
    if comparison is None:
        return None
    return {"equal": comparison.equal, "unread": comparison.unread, "changes": _listed(comparison.difference)}


def agree(given: dict[str, Any], question: str) -> None:
    """Ask, unless --yes.

    Raises:
        click.UsageError: there is nobody to ask.
    """
    if given["yes"]:
        return
    if not sys.stdin.isatty():
        raise click.UsageError(
            "Nothing was written: there is no terminal to ask on. Give --yes if this is what you want."
        )
    click.confirm(question, abort=True, err=True)
