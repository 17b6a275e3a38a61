"""`mllens.toml`: defaults of options, and settings of rules."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from mllens.rules import Rule


class BadConfig(Exception):  # noqa: N818 - named for the thing
    """The settings file is wrong; the message says where and what was expected."""


NEVER_FROM_A_FILE = (
    "rules_path", "yes", "allow_drift", "max_per_rule", "max_actions", "max_share", "max_age", "accept_conflict", "accepted",
)  # fmt: skip
"""Code to run, and consent to change an account: a person gives them, a file in a folder does not."""


def read(path: Path) -> dict[str, Any]:
    """The file as tables.

    Raises:
        BadConfig: it is not TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadConfig(f"{path}: not TOML: {error}") from None


def defaults(path: Path, commands: Iterable[str]) -> dict[str, Any]:
    """Defaults for click: one table a command, options spelled as on the command line, without the leading dashes.

    Raises:
        BadConfig: it is not TOML, names no command, or names what is never taken from a file.
    """
    out: dict[str, Any] = {}
    for command, options in read(path).items():
        if command == "rules":
            continue
        if command not in commands:
            raise BadConfig(f"{path}: [{command}]: there is no such command")
        if not isinstance(options, dict):
            raise BadConfig(f"{path}: {command}: expected a table, [{command}]")
        out[command] = _spelled(options, f"{path}: [{command}]")
    return out


def _spelled(options: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Options as click spells them, at any depth (`[policy.scan]`); none of them may name code to run."""
    out: dict[str, Any] = {}
    for name, value in options.items():
        option = name.replace("-", "_")
        if option in NEVER_FROM_A_FILE:
            raise BadConfig(f"{where} {name}: this is given on the command line only")
        out[option] = _spelled(value, f"{where} {name}:") if isinstance(value, Mapping) else value
    return out


def by_parameter(command: click.Command, options: dict[str, Any], where: str) -> None:
    """Name the defaults as click does: an option's parameter may bear another name than the option.

    Raises:
        BadConfig: there is no such option.
    """
    if isinstance(command, click.Group):
        return
    own = [(str(p.name), p.opts[-1]) for p in command.params if isinstance(p, click.Option)]
    known = {name: name for name, _ in own} | {option.lstrip("-").replace("-", "_"): name for name, option in own}
    for name in list(options):
        if name not in known:
            spelled = name.replace("_", "-")
            raise BadConfig(f"{where} {spelled}: there is no such option; `mllens {command.name} --help` shows them")
        options[known[name]] = options.pop(name)


def settings(path: Path | None, rules: Iterable["Rule"]) -> dict[str, Mapping[str, Any]]:
    """Values of rules' settings, from `[rules.<id>]`, each checked against its annotation.

    Raises:
        BadConfig: a rule or setting that does not exist, or a value of another type.
    """
    if path is None:
        return {}
    from typing import get_type_hints

    from pydantic import TypeAdapter, ValidationError

    by_id = {rule.id: rule for rule in rules}
    out: dict[str, Mapping[str, Any]] = {}
    for id_, values in read(path).get("rules", {}).items():
        rule = by_id.get(id_)
        if rule is None:
            raise BadConfig(f"{path}: [rules.{id_}]: there is no such rule (or it is not selected)")
        if not isinstance(values, dict):
            raise BadConfig(f"{path}: rules.{id_}: expected a table, [rules.{id_}]")
        hints = get_type_hints(rule.judge)
        checked = {}
        for name, value in values.items():
            if name not in rule.settings:
                known = ", ".join(rule.settings) or "none"
                raise BadConfig(f"{path}: [rules.{id_}] {name}: no such setting; it has {known}")
            try:
                # A list is kept as a tuple: what is validated as an iterable could be read once only.
                kept = tuple(value) if isinstance(value, list) else value
                TypeAdapter(hints[name]).validate_python(kept, strict=not isinstance(kept, tuple))
            except ValidationError as error:
                raise BadConfig(f"{path}: [rules.{id_}] {name}: {error.errors()[0]['msg']}") from None
            wrong = [part for part in kept if not isinstance(part, str)] if isinstance(kept, tuple) else []
            if wrong:
                raise BadConfig(f"{path}: [rules.{id_}] {name}: expected a list of strings, not {wrong[0]!r} in it")
            checked[name] = kept
        out[id_] = checked
    return out


def choices(given: Iterable[str], rules: Iterable["Rule"]) -> dict[str, dict[str, Any]]:
    """Choices for fixes from `RULE.CHOICE=VALUE`, each checked against its annotation.

    Raises:
        click.UsageError: a fix or choice that does not exist, one that is given twice, or a value of another type.
    """
    from typing import get_type_hints

    from pydantic import TypeAdapter, ValidationError

    by_id = {rule.id: rule.repair for rule in rules if rule.repair is not None}
    out: dict[str, dict[str, Any]] = {}
    for text in given:
        name, equals, value = text.partition("=")
        id_, dot, choice = name.rpartition(".")
        if not (equals and dot and id_ and choice):
            raise click.UsageError(f"--set {text}: expected RULE.CHOICE=VALUE")
        if (repair := by_id.get(id_)) is None:
            raise click.UsageError(f"--set {text}: no rule {id_} with a fix is selected; they are {', '.join(by_id)}")
        if choice not in repair.settings:
            raise click.UsageError(f"--set {text}: its fix has no choice {choice}; it has {', '.join(repair.settings)}")
        if choice in out.get(id_, {}):
            raise click.UsageError(f"--set {text}: {name} is given twice")
        try:
            checked = TypeAdapter(get_type_hints(repair.make)[choice]).validate_python(value)
        except ValidationError as error:
            raise click.UsageError(f"--set {text}: {error.errors()[0]['msg']}") from None
        out.setdefault(id_, {})[choice] = checked
    return out
