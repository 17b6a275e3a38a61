"""Everything that is wrong with a custom lens: what an import refuses, and what it takes without a word."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from mllens.lens import outcomes
from mllens.lens.model import LensError
from mllens.lens.risk import (
    LEVELS,
    NONE_SUFFIX,
    ConditionError,
    Default,
    RiskRule,
    RuleRisk,
    choices_in,
    mixes_operators,
    parse,
)

SCHEMA_VERSION = "2021-11-01"
MAX_SIZE = 500_000  # the API's number; characters or UTF-8 bytes is not known, so both are held under it
MAX_READ = 4 * MAX_SIZE  # a little too large is still worth reading; this much is no lens
MAX_NESTING = 32  # a lens nests 11 deep
MAX_VALUES = 1_000_000
MAX_PILLARS, MAX_QUESTIONS, MAX_CHOICES, MAX_RULES, MAX_RESOURCES = 10, 20, 15, 3, 5
MAX_TITLE, MAX_TEXT, MAX_ID = 128, 2048, 128
RETURNED_TEXT, CALL_ID, RETURNED_URL, LONGEST_CONDITION = 1024, 64, 1024, 342

Level = Literal["error", "warning", "information"]
Path = str
_Place = tuple[Path, dict[str, Any]]

_REFUSED = re.compile(r"[^A-Za-z0-9 \n\r?\-_.,:/()@!&#+'\u2019]")
_HALF = re.compile("[\ud800-\udfff]")
_ID = re.compile(r"[A-Za-z0-9_]+")
_LINK_KEYS = {"displayText", "url"}


@dataclass(frozen=True)
class Problem:
    """One thing wrong: an error is refused or breaks the specification, a warning works but not as one would think."""

    level: Level
    path: str
    message: str


def lint(lens: bytes | str | Mapping[str, Any]) -> list[Problem]:
    """Check a custom lens, as text or as the value read from it, and give all problems in the order of the lens.

    Takes anything, however broken: what cannot be read at all is the one problem reported.
    """
    check = _Check()
    try:
        content = _content(lens, check)
    except _UnreadableError as error:
        return [Problem("error", "lens", str(error))]
    check.lens(content)
    return check.problems


# ---------------------------------------------------------------------------------------------------------------- input


class _UnreadableError(LensError):
    """The input is no JSON object, or too much of one."""


def read_json(text: bytes | str) -> dict[str, Any]:
    """Give what the text of a lens holds, whatever its problems.

    Raises:
        LensError: it is no JSON object, or too much of one.
    """
    return _content(text, _Check())


def _content(lens: bytes | str | Mapping[str, Any], check: "_Check") -> dict[str, Any]:
    if isinstance(lens, bytes | str):
        text = _decoded(lens)
        _measure(text, check)
        _refuse_deep_text(text)
        value = _parsed(text)
    else:
        value = lens
    _refuse_deep_value(value)
    if not isinstance(value, dict):
        raise _UnreadableError(f"must be a JSON object, is {_kind(value)}")
    if not isinstance(lens, bytes | str):
        try:
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        except (TypeError, ValueError) as error:
            raise _UnreadableError(f"holds what JSON cannot say: {error}") from error
        _measure(text, check)
    return value


def _decoded(lens: bytes | str) -> str:
    if len(lens) > MAX_READ:
        raise _UnreadableError(f"is {len(lens):,} long and may have {MAX_SIZE:,} characters; nothing else was checked")
    if isinstance(lens, str):
        return lens
    try:
        return lens.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _UnreadableError(f"is not UTF-8: {error.reason} at byte {error.start}") from error


def minified(content: Mapping[str, Any]) -> int:
    """How long a lens is without white space, in characters or bytes of UTF-8, whichever are more."""
    return _size(json.dumps(content, ensure_ascii=False, separators=(",", ":")))


def _size(text: str) -> int:
    return max(len(text), len(text.encode("utf-8", "surrogatepass")))


def _measure(text: str, check: "_Check") -> None:
    size = _size(text)
    if size > MAX_SIZE:
        check.error(
            "lens", f"is {size:,} long and may have {MAX_SIZE:,}; write it without white space or shorten texts"
        )


def _refuse_deep_text(text: str) -> None:
    """Count brackets before the parser, which would run out of stack."""
    depth = 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', text, re.DOTALL):
        mark = match.group()
        if mark in "[{":
            depth += 1
            if depth > MAX_NESTING:
                raise _UnreadableError(f"nests deeper than {MAX_NESTING} at character {match.start()}")
        elif mark in "]}":
            depth -= 1


def _parsed(text: str) -> Any:
    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is not JSON")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        content: dict[str, Any] = {}
        for key, value in pairs:
            if key in content:
                raise ValueError(f"the key {_shown(key)} stands twice in one object")
            content[key] = value
        return content

    try:
        return json.loads(text, parse_constant=refuse, object_pairs_hook=unique)
    except ValueError as error:  # JSONDecodeError is one, and so is a number of more digits than Python reads
        raise _UnreadableError(f"is not JSON: {error}") from error


def _refuse_deep_value(value: Any) -> None:
    """Walk without recursion; a value that holds itself is found by its depth, one that fans out by its count."""
    level, count = [value], 0
    for _ in range(MAX_NESTING + 1):
        below: list[Any] = []
        for item in level:
            children = item.values() if isinstance(item, dict) else item if isinstance(item, list | tuple) else ()
            count += len(children)
            if count > MAX_VALUES:
                raise _UnreadableError(f"holds more than {MAX_VALUES:,} values")
            below.extend(children)
        if not below:
            return
        level = below
    raise _UnreadableError(f"nests deeper than {MAX_NESTING}")


# --------------------------------------------------------------------------------------------------------------- checks


class _Check:
    """Collects problems on a walk through the lens."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def error(self, path: Path, message: str) -> None:
        self.problems.append(Problem("error", path, message))

    def warning(self, path: Path, message: str) -> None:
        self.problems.append(Problem("warning", path, message))

    def information(self, path: Path, message: str) -> None:
        self.problems.append(Problem("information", path, message))

    # ------------------------------------------------------------------------------------------------------- structure

    def lens(self, lens: dict[str, Any]) -> None:
        self.keys("", lens, {"schemaVersion", "name", "description", "pillars"})
        version = self.text("", lens, "schemaVersion")
        if version not in {None, SCHEMA_VERSION}:
            self.error("schemaVersion", f"must be {SCHEMA_VERSION!r}, is {_shown(version)}")
        self.title("", lens, "name")
        self.description("", lens, required=True)
        pillar_ids: dict[str, Path] = {}
        question_ids: dict[str, Path] = {}
        for place, pillar in self.objects("", lens, "pillars", MAX_PILLARS):
            self.keys(place, pillar, {"id", "name", "questions"})
            self.identifier(place, pillar, pillar_ids)
            self.title(place, pillar, "name")
            for path, question in self.objects(place, pillar, "questions", MAX_QUESTIONS):
                self.question(path, question, question_ids)

    def question(self, path: Path, question: dict[str, Any], known: dict[str, Path]) -> None:
        self.keys(path, question, {"id", "title", "description", "helpfulResource", "choices", "riskRules"})
        self.identifier(path, question, known)
        self.title(path, question, "title")
        self.description(path, question, required=False)
        self.resource(path, question, "helpfulResource")
        choices: dict[str, Path] = {}
        found = self.objects(path, question, "choices", MAX_CHOICES)
        for place, choice in found:
            self.choice(place, choice, choices)
        sound = len(choices) == len(found) <= MAX_CHOICES  # an id is missing or there twice, and has been reported
        self.nones(path, choices)
        self.rules(path, question, choices, judge=sound)

    def choice(self, path: Path, choice: dict[str, Any], known: dict[str, Path]) -> None:
        self.keys(path, choice, {"id", "title", "helpfulResource", "improvementPlan", "additionalResources"})
        none = (self.identifier(path, choice, known) or "").endswith(NONE_SUFFIX)
        self.title(path, choice, "title")
        self.resource(path, choice, "helpfulResource")
        if self.resource(path, choice, "improvementPlan"):
            if none:
                self.information(f"{path}.improvementPlan", "a choice that means none of these needs none")
        elif "improvementPlan" not in choice and not none:
            self.error(f"{path}.improvementPlan", "is missing; only a choice whose id ends in _no needs none")
        if "additionalResources" in choice:
            self.additional(path, choice)

    def additional(self, path: Path, choice: dict[str, Any]) -> None:
        counts: dict[str, int] = {}
        for place, item in self.objects(path, choice, "additionalResources", None):
            self.keys(place, item, {"type", "content"})
            kind = self.text(place, item, "type")
            if kind is not None and kind not in {"HELPFUL_RESOURCE", "IMPROVEMENT_PLAN"}:
                self.error(f"{place}.type", f"must be HELPFUL_RESOURCE or IMPROVEMENT_PLAN, is {_shown(kind)}")
            content = self.objects(place, item, "content", None)
            for spot, link in content:
                self.link(spot, link)
            if kind is not None:
                counts[kind] = counts.get(kind, 0) + len(content)
        for kind, count in counts.items():
            if count > MAX_RESOURCES:
                message = f"has {count} of type {_shown(kind)}, a choice may have {MAX_RESOURCES} of each type"
                self.error(f"{path}.additionalResources", message)

    # ---------------------------------------------------------------------------------------------------------- values

    def keys(self, path: Path, content: dict[str, Any], known: set[str]) -> None:
        for key in content:
            if key not in known:
                name = str(key) if _ID.fullmatch(str(key)) else _shown(str(key))
                self.warning(_join(path, name[:80]), "is no key of the format; that it is ignored is not documented")

    def text(self, path: Path, content: dict[str, Any], key: str) -> str | None:
        """Give a required text, or report and give None."""
        value = content.get(key)
        where = _join(path, key)
        if key not in content:
            self.error(where, "is missing")
        elif not isinstance(value, str):
            self.error(where, f"must be a text, is {_kind(value)}")
        elif not value.strip():
            self.error(where, "is empty")
        elif _HALF.search(value):
            self.error(where, "holds half of a character (a lone surrogate), which cannot be sent")
        else:
            return value
        return None

    def objects(self, path: Path, content: dict[str, Any], key: str, most: int | None) -> list[_Place]:
        """Give the objects of a required array with their paths, those of the wrong type reported and left out."""
        value = content.get(key)
        where = _join(path, key)
        if key not in content:
            self.error(where, "is missing")
        elif not isinstance(value, list):
            self.error(where, f"must be an array, is {_kind(value)}")
        else:
            if not value:
                self.warning(where, "is empty")
            if most is not None and len(value) > most:
                self.error(where, f"has {len(value)} items and may have {most}")
            return list(self._sound(where, value))
        return []

    def _sound(self, where: Path, items: list[Any]) -> Iterator[_Place]:
        for number, item in enumerate(items):
            if isinstance(item, dict):
                yield f"{where}[{number}]", item
            else:
                self.error(f"{where}[{number}]", f"must be an object, is {_kind(item)}")

    def identifier(self, path: Path, content: dict[str, Any], known: dict[str, Path]) -> str | None:
        """Check an id and remember where it stands."""
        value = self.text(path, content, "id")
        where = f"{path}.id"
        if value is None:
            return None
        if not _ID.fullmatch(value):
            self.error(where, f"may hold letters, digits and _ only, is {_shown(value)}")
        if not 3 <= len(value) <= MAX_ID:
            self.error(where, f"has {len(value)} characters, must have 3 to {MAX_ID}")
        elif len(value) > CALL_ID:
            self.warning(where, f"has {len(value)} characters; the API's calls take at most {CALL_ID}")
        if value in known:
            self.error(where, f"{_shown(value)} is used at {known[value]} already")
        known.setdefault(value, path)
        return value

    def title(self, path: Path, content: dict[str, Any], key: str) -> None:
        value = self.text(path, content, key)
        if value is not None:
            self.length(_join(path, key), value, MAX_TITLE)
            self.characters(_join(path, key), value)

    def description(self, path: Path, content: dict[str, Any], *, required: bool) -> None:
        where = _join(path, "description")
        if not required and "description" not in content:
            self.warning(where, "is missing; the specification does not call it optional")
            return
        value = self.text(path, content, "description")
        if value is not None:
            self.length(where, value, MAX_TEXT)
            self.characters(where, value)
            if RETURNED_TEXT < len(value) <= MAX_TEXT:
                message = f"has {len(value)} characters; the API model promises to return {RETURNED_TEXT}"
                self.information(where, message)

    def length(self, where: Path, value: str, most: int) -> None:
        if len(value) > most:
            self.error(where, f"has {len(value)} characters and may have {most}")

    def characters(self, where: Path, value: str) -> None:
        """Report characters outside the set for names, titles and descriptions."""
        refused = dict.fromkeys(_REFUSED.findall(value))
        doubtful = [character for character in refused if character == "\t" or character.isalnum()]
        certain = [character for character in refused if character not in doubtful]
        if certain:
            allowed = "letters, digits, spaces, line breaks and - _ . , : / ( ) @ ! & # + ' ?"
            self.error(where, f"holds {_listed(certain)}, refused here; allowed are {allowed}")
        if doubtful:
            self.warning(where, f"holds {_listed(doubtful)}; only ASCII letters and digits are known to be accepted")

    def resource(self, path: Path, content: dict[str, Any], key: str) -> bool:
        """Check an optional resource and say whether it is there."""
        if key not in content:
            return False
        value = content[key]
        if isinstance(value, dict):
            self.link(f"{path}.{key}", value)
            return True
        self.error(f"{path}.{key}", f"must be an object, is {_kind(value)}")
        return False

    def link(self, path: Path, link: dict[str, Any]) -> None:
        self.keys(path, link, _LINK_KEYS)
        text = self.text(path, link, "displayText")
        if text is not None:
            self.length(f"{path}.displayText", text, MAX_TEXT)
        if "url" in link:
            url = self.text(path, link, "url")
            if url is not None and not url.startswith(("http://", "https://")):
                self.error(f"{path}.url", f"must begin http:// or https://, is {_shown(url)}")
            if url is not None and len(url) > RETURNED_URL:
                message = f"has {len(url)} characters; the API model promises to return {RETURNED_URL}"
                self.warning(f"{path}.url", message)

    # ----------------------------------------------------------------------------------------------------------- rules

    def nones(self, path: Path, choices: dict[str, Path]) -> None:
        nones = [choice for choice in choices if choice.endswith(NONE_SUFFIX)]
        if choices and not nones:
            message = "no id ends in _no: a workload that does none of these cannot say so and stays unanswered"
            self.warning(f"{path}.choices", message)
        elif len(nones) > 1:
            self.warning(f"{path}.choices", f"{_listed(nones)} all mean none of these; keep one")
        if nones and len(nones) == len(choices):
            self.error(f"{path}.choices", "has none of these, and nothing else")

    def rules(self, path: Path, question: dict[str, Any], choices: dict[str, Path], *, judge: bool) -> None:
        found = self.objects(path, question, "riskRules", MAX_RULES)
        read = [self.rule(place, content, choices) for place, content in found]
        sound = [rule for rule in read if rule is not None]
        seen: dict[RuleRisk, Path] = {}
        for (place, _), rule in zip(found, read, strict=True):
            if rule is not None and rule.risk in seen:
                self.error(f"{place}.risk", f"{rule.risk} has a rule at {seen[rule.risk]} already")
            if rule is not None:
                seen.setdefault(rule.risk, place)
        defaults = [number for number, rule in enumerate(read) if rule is not None and rule.condition == Default()]
        if found and len(sound) == len(found) and not defaults:
            self.error(f"{path}.riskRules", "has no rule with the condition `default`, which every question must have")
        if defaults and defaults[0] < len(read) - 1:
            self.warning(f"{path}.riskRules[{defaults[0]}].condition", "`default` before the last rule hides the rest")
        if judge and sound and choices and len(sound) == len(found) <= MAX_RULES:
            self.consequences(path, outcomes.table(tuple(choices), sound))

    def rule(self, path: Path, content: dict[str, Any], choices: dict[str, Path]) -> RiskRule | None:
        """Read one rule, or report why not."""
        self.keys(path, content, {"condition", "risk"})
        text = self.text(path, content, "condition")
        risk = self.text(path, content, "risk")
        level = next((known for known in LEVELS if known == risk), None)
        if risk is not None and level is None:
            low = "; there is no low risk" if "LOW" in risk.upper() else ""
            self.error(f"{path}.risk", f"must be one of {', '.join(LEVELS)}, is {_shown(risk)}{low}")
        if text is None:
            return None
        where = f"{path}.condition"
        try:
            condition = parse(text)
        except ConditionError as error:
            self.error(where, str(error))
            return None
        if len(text) > LONGEST_CONDITION:
            message = f"has {len(text)} characters; none longer than {LONGEST_CONDITION} is known to have been imported"
            self.information(where, message)
        if condition != Default() and mixes_operators(text):
            self.warning(where, "mixes && and || without parentheses; which binds tighter is not documented")
        unknown = sorted(choices_in(condition) - choices.keys())
        if unknown:
            self.error(where, f"names {_listed(unknown)}, no choice of this question")
            return None
        return None if level is None else RiskRule(condition, level)

    def consequences(self, path: Path, table: outcomes.Table) -> None:
        """Report what the rules do to selections; the service examines nothing of this."""
        where = f"{path}.riskRules"
        practices = [choice for choice in table.choices if not choice.endswith(NONE_SUFFIX)]
        nones = [choice for choice in table.choices if choice.endswith(NONE_SUFFIX)]
        if len(table.rules) == 1 and table.rules[0].condition == Default():
            self.information(where, f"every answer gives {table.rules[0].risk}: the question is informational")
            return
        for number, rule in enumerate(table.rules):
            if not table.reachable(number):
                self.warning(f"{where}[{number}]", f"is never reached: {rule.risk} cannot come out")
        undecided = table.undecided()
        if undecided is not None:
            self.warning(where, f"no rule holds when only {_listed(undecided)} {_is(undecided)} selected")
        if len(table.levels()) == 2:
            if len(practices) == 1:
                message = "has one practice, so two levels of risk"
            else:
                message = (
                    f"only {' and '.join(r for r, level in LEVELS.items() if level in table.levels())} can come out"
                )
            self.information(where, message)
        for choice in practices:
            self.effect(f"{path}.choices[{table.choices.index(choice)}]", choice, table)
        for none in nones:
            with_others = table.eased_despite(none)
            if with_others is not None:
                others = [choice for choice in with_others if choice != none]
                message = f"{_shown(none)} is not exclusive: with {_listed(others)} it is judged better than alone"
                self.warning(where, f"{message}; add && !{none} to the better rules")

    def effect(self, path: Path, choice: str, table: outcomes.Table) -> None:
        if not table.has_effect(choice):
            named = any(choice in choices_in(rule.condition) for rule in table.rules)
            self.warning(path, "never changes the risk" + ("" if named else ": no rule names it"))
            return
        before = table.worsened_by(choice)
        if before is not None:
            message = f"ticking it worsens the risk when {_listed(before)} {_is(before)} selected"
            self.warning(path, f"{message}; one more practice should never hurt")


# ------------------------------------------------------------------------------------------------------------- wording


def _join(path: Path, key: str) -> Path:
    return f"{path}.{key}" if path else key


_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "true or false"),
    (str, "a text"),
    (dict, "an object"),
    (list, "an array"),
    (int, "a number"),
    (float, "a number"),
)


def _kind(value: object) -> str:
    if value is None:
        return "null"
    return next((name for kind, name in _KINDS if isinstance(value, kind)), f"a Python {type(value).__name__}")


def _shown(text: str | None) -> str:
    """Quote what the file says: hostile text must not reach a terminal as it is."""
    quoted = ascii(text)
    return quoted if len(quoted) <= 80 else f"{quoted[:77]}..."


def _listed(items: list[str] | tuple[str, ...], show: Callable[[str], str] = _shown) -> str:
    more = f" and {len(items) - 5} more" if len(items) > 5 else ""
    return ", ".join(show(item) for item in items[:5]) + more


def _is(items: list[str] | tuple[str, ...]) -> str:
    return "is" if len(items) == 1 else "are"
