"""`mllens.toml`: defaults of options, and settings of rules."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mllens.rules import Rule


class BadConfig(Exception):  # noqa: N818 - named for the thing
    """The settings file is wrong; the message says where and what was expected."""


NEVER_FROM_A_FILE = ("rules_path",)  # code to run is named by a person, not found in a folder


def read(path: Path) -> dict[str, Any]:
    """The file as tables.

    Raises:
        BadConfig: it is not TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadConfig(f"{path}: not TOML: {error}") from None


def defaults(path: Path) -> dict[str, Any]:
    """Defaults for click: one table a command, options spelled as on the command line, without the leading dashes."""
    out: dict[str, Any] = {}
    for command, options in read(path).items():
        if command == "rules":
            continue
        if not isinstance(options, dict):
            raise BadConfig(f"{path}: {command}: expected a table, [{command}]")
        out[command] = {name.replace("-", "_"): value for name, value in options.items()}
        for name in NEVER_FROM_A_FILE:
            if name in out[command]:
                raise BadConfig(f"{path}: [{command}] {name}: a folder of rules is named on the command line only")
    return out


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
                checked[name] = TypeAdapter(hints[name]).validate_python(value, strict=not isinstance(value, list))
            except ValidationError as error:
                raise BadConfig(f"{path}: [rules.{id_}] {name}: {error.errors()[0]['msg']}") from None
        out[id_] = checked
    return out
