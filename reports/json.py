"""The assessment as JSON: written in pieces with stable bytes, read back with errors that say where and what."""

import re
from collections.abc import Iterable, Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json, to_json

from mllens.reports.assessment import SCHEMA_VERSION, Assessment, Evidence, Finding
from mllens.reports.harmless import shortened
from mllens.scanner.garbage import no_collections

LARGEST = 2 << 30  # bytes; a file this large holds some ten million findings, and reading it would exhaust the memory
SHOWN_ERRORS = 5

_NOT_ASCII = re.compile("[^\x00-\x7e]")  # DEL stands outside too: a terminal acts on it
_IDENTITY = ("type", "account", "region", "name")
_SORTED_BY = {
    "coverage": attrgetter("account", "region", "type", "scope"),
    "findings": attrgetter(
        "rule", "resource.account", "resource.region", "resource.type", "resource.name", "resource.arn", "id"
    ),
    "practices": attrgetter("lens", "id"),
    "rules": attrgetter("id"),
    "attestations": attrgetter("practice", "file"),
    "waivers": attrgetter("file"),
    "broken": attrgetter("rule", "where"),
    "relations": attrgetter(*(f"{end}.{part}" for end in ("source", "target") for part in _IDENTITY), "field"),
    "undrawn": attrgetter(*(f"resource.{part}" for part in _IDENTITY)),
}  # questions keep the lens's order, which is theirs


class AssessmentError(ValueError):
    """A text that is not an assessment this version can read; the message names the file, the place and the remedy."""


# ---------------------------------------------------------------------------------------------------------------- write


def render(assessment: Assessment) -> str:
    """Give the whole text; for a large assessment write `chunks` one by one instead."""
    return "".join(chunks(assessment))


def chunks(assessment: Assessment) -> Iterator[str]:
    """Give the text piece by piece, at most one finding at a time.

    All of it is ASCII, so nothing in a name can act on a terminal.
    """
    before = "{\n"
    for name in type(assessment).model_fields:
        value = getattr(assessment, name)
        yield f'{before}  "{name}": '
        before = ",\n"
        if name == "findings":
            yield from _array(_finding(finding) for finding in sorted(value, key=_SORTED_BY[name]))
        elif isinstance(value, list):
            yield from _array(sorted(value, key=_SORTED_BY[name]) if name in _SORTED_BY else value)
        else:
            yield _text(_ordered(value), "\n  ")
    yield "\n}\n"


def _array(items: Iterable[BaseModel]) -> Iterator[str]:
    before = "[\n    "
    for item in items:
        yield before + _text(item, "\n    ")
        before = ",\n    "
    yield "[]" if before.startswith("[") else "\n  ]"


def _finding(finding: Finding) -> Finding:
    rows = sorted(
        finding.evidence, key=attrgetter("resource.arn", "resource.type", "resource.name", "field", "operation")
    )
    return finding.model_copy(update={"evidence": [_row(row) for row in rows]})


def _row(row: Evidence) -> Evidence:
    return row.model_copy(update={"value": _ordered(row.value)})


def _ordered(value: Any) -> Any:
    """Give dictionaries in the order of their keys, at every depth, and text that UTF-8 can hold."""
    ordered = value
    if isinstance(value, dict):
        ordered = {_ordered(key): _ordered(value[key]) for key in sorted(value)}
    elif isinstance(value, list | tuple):
        ordered = [_ordered(item) for item in value]
    elif isinstance(value, str) and not value.isascii():
        ordered = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    elif isinstance(value, BaseModel):
        fields = {name: getattr(value, name) for name in type(value).model_fields}
        ordered = value.model_copy(update={name: _ordered(part) for name, part in fields.items()})
    return ordered


def _text(value: Any, newline: str) -> str:
    # JSON text holds no newline but those between its parts, so indenting deeper is a replacement
    text = to_json(value, indent=2, by_alias=True).decode().replace("\n", newline)
    return _NOT_ASCII.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


# ----------------------------------------------------------------------------------------------------------------- read


def load(source: Path | str | bytes) -> Assessment:
    """Read an assessment from a file, or from its text.

    Raises:
        AssessmentError: it is not JSON, not an assessment, or of a newer version.
        OSError: the file cannot be read.
    """
    name = source.name if isinstance(source, Path) else "assessment"
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    if size > LARGEST:
        raise AssessmentError(f"{name}: {size:,} bytes are more than the {LARGEST:,} that are read")
    text = source.read_bytes() if isinstance(source, Path) else source
    try:
        with no_collections():
            assessment = Assessment.model_validate_json(text, strict=True, by_alias=True, by_name=False)
    except ValidationError as error:
        raise AssessmentError(f"{name}: {_explained(text, name, error)}") from None
    rules = {rule.id for rule in assessment.rules}
    for number, finding in enumerate(assessment.findings):
        if finding.rule not in rules:
            raise AssessmentError(f"{name}: findings[{number}].rule: {shortened(finding.rule, 60)} is not among rules")
    files = {None, *(waiver.file for waiver in assessment.waivers)}
    for number, practice in enumerate(assessment.practices):
        if practice.ruled_out not in files:
            told = shortened(str(practice.ruled_out), 60)
            raise AssessmentError(f"{name}: practices[{number}].ruled_out: {told} is not among waivers")
    return assessment


def _explained(text: str | bytes, name: str, error: ValidationError) -> str:
    """Say what is wrong with a text that did not validate, the largest matter alone."""
    try:
        content = from_json(text)
    except ValueError as reason:  # also what is nested too deeply
        return f"not JSON: {shortened(str(reason), 200)}"
    if not isinstance(content, dict) or "schema_version" not in content:
        return f"not an assessment: it has no schema_version; `mllens assess -o {name}` writes one"
    version = content["schema_version"]
    if type(version) is not int or version < 1:
        return f"schema_version: {SCHEMA_VERSION} was expected"
    if version > SCHEMA_VERSION:
        return f"schema_version: {version} is newer than {SCHEMA_VERSION}, the newest this mllens reads; update mllens"
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    told = [_problem(problem) for problem in problems[:SHOWN_ERRORS]]
    more = [f"and {len(problems) - SHOWN_ERRORS} more"] if len(problems) > SHOWN_ERRORS else []
    return "; ".join(told + more)


def _problem(problem: ErrorDetails) -> str:
    """Say where and what was expected; never what stood there, which may be anything and of any length."""
    where = ""
    for step in problem["loc"]:
        where += f"[{step}]" if isinstance(step, int) else f".{shortened(step, 60)}"
    expected = {"extra_forbidden": "is not a known field; remove it", "missing": "is missing"}
    return f"{where.removeprefix('.')}: {expected.get(problem['type']) or problem['msg']}"
