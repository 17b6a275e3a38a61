"""The lens: our questions, and any other custom lens."""

from pathlib import Path

import click

from mllens.cli.exits import Exit


@click.group()
def lens() -> None:
    """The custom lens: build, check, read."""


@lens.command(epilog="Example: mllens lens build -o lens.json")
@click.option("-o", "--output", type=click.Path(path_type=Path, allow_dash=True), default=Path("-"), show_default=True)
def build(output: Path) -> int:
    """Write the custom lens as the Well-Architected Tool imports it."""
    from mllens.lens import build as made
    from mllens.scanner.inventory import write_atomically

    if str(output) == "-":
        click.echo(made(), nl=False)
    else:
        write_atomically(output, made().encode())
    return Exit.DONE


@lens.command("lint", epilog="Example: mllens lens lint lens.json")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def lint_(file: Path) -> int:
    """Check any custom lens against the Tool's limits, and its risk rules for sense."""
    from mllens.lens import lint

    problems = lint(file.read_bytes())
    for problem in problems:
        click.echo(f"{problem.level}: {file}: {problem.path}: {problem.message}")
    errors = sum(problem.level == "error" for problem in problems)
    click.echo(f"{len(problems)} problems, {errors} errors", err=True)
    return Exit.USAGE if errors else Exit.DONE


@lens.command(epilog="Example: mllens lens show MLREL04")
@click.argument("question", required=False)
def show(question: str | None) -> int:
    """Show the questions, or one question with its practices and risk rules."""
    from mllens.lens import load

    if question is None:
        for pillar in load().pillars:
            click.echo(f"\n{pillar.name}")
            for one in pillar.questions:
                click.echo(f"  {one.id:<10}{one.title}")
        return Exit.DONE
    found = load().questions.get(question)
    if found is None:
        raise click.UsageError(f"There is no question {question}; `mllens lens show` lists them.")
    click.echo(f"{found.id}  {found.title}\n\n{found.description}\n")
    for choice in found.choices:
        click.echo(f"  {choice.id}  ({choice.risk}; decided by {choice.decided_by})  {choice.title}")
        click.echo(f"               Ask: {choice.ask}")
    click.echo()
    for rule in found.rules:
        click.echo(f"  {rule.risk}: {rule.condition}")
    return Exit.DONE
