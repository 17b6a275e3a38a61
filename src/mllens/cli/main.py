"""The entry: which command lives where, and what an exit code means."""

import gc
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from mllens import __version__
from mllens.cli.exits import Exit, code_of

COMMANDS = {
    "assess": "mllens.cli.audit",
    "attest": "mllens.cli.attest",
    "audit": "mllens.cli.audit",
    "demo": "mllens.cli.demo",
    "generate": "mllens.cli.generate",
    "lens": "mllens.cli.lens",
    "policy": "mllens.cli.policy",
    "remediate": "mllens.cli.remediate",
    "report": "mllens.cli.audit",
    "review": "mllens.cli.review",
    "rules": "mllens.cli.rules",
    "sandbox": "mllens.cli.sandbox",
    "scan": "mllens.cli.audit",
    "waive": "mllens.cli.waive",
    "workload": "mllens.cli.workload",
}


class Commands(click.Group):
    """Commands whose modules are imported when they are asked for; none of those imports boto3 by itself."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(COMMANDS[cmd_name]), cmd_name)
        if ctx.default_map and cmd_name in ctx.default_map:
            from mllens.cli.config import by_parameter

            by_parameter(
                command, ctx.default_map[cmd_name], f"{ctx.params.get('config') or 'mllens.toml'}: [{cmd_name}]"
            )
        return command


def _defaults(ctx: click.Context, _: click.Parameter, value: Path | None) -> Path | None:
    from mllens.cli.config import defaults

    path = value or (Path("mllens.toml") if Path("mllens.toml").is_file() else None)
    if path is not None:
        ctx.default_map = defaults(path, COMMANDS)
    return path


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "MLLENS"})
@click.version_option(__version__, prog_name="mllens")
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    callback=_defaults,
    is_eager=True,
    help="Settings file; without this, mllens.toml in the working directory.",
)
def cli(config: Path | None) -> None:
    r"""Assess an AWS account against the Well-Architected Machine Learning Lens, with evidence.

    \b
    mllens demo                     try it on a built-in simulated account
    mllens audit --region us-east-1 audit the account your AWS credentials are for
    mllens policy scan              the least IAM policy that an audit needs
    """


def main(arguments: list[str] | None = None) -> None:
    """Run a command and end the process with its exit code."""
    gc.set_threshold(100_000, 50, 1000)  # what is imported and read makes hardly a cycle, and lives to the end
    code = run(lambda: cli.main(arguments, prog_name="mllens", standalone_mode=False))
    gc.freeze()  # else the interpreter looks for garbage in all that is left before it lets go of it
    sys.exit(code)


def run(command: Callable[[], Any]) -> int:
    """Run a command; its exit code. Anything unforeseen is code 1, with a short message."""
    try:
        result = command()
    except click.exceptions.Abort:
        click.echo("Stopped.", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except KeyboardInterrupt:
        click.echo("Stopped.", err=True)
        return 130
    except Exception as error:  # noqa: BLE001 - the last place: it becomes an exit code and a message, never a traceback
        return code_of(error)
    return result if isinstance(result, int) else Exit.DONE
