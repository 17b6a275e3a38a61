"""Files that people write in a small part of YAML: mappings, lists and text, and each value knows its line.

YAML has tags that build objects, aliases that grow, and a 1.1 that reads an account id as an octal number and `no` as
false. None of it is of use here: a tag, an anchor or an alias is an error, and every scalar is text, of which the model
says what it means.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import wrap
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mllens.reports.harmless import harmless, shortened
from mllens.statements.standing import FORMAT

LARGEST = 64 << 10  # bytes
DEEPEST = 4

Place = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)


class StatementError(ValueError):
    """Files that do not say what they must: each with its line, and what was expected."""

    def __init__(self, *problems: str) -> None:
        self.problems = tuple(shortened(problem, 500) for problem in problems)
        super().__init__("\n".join(self.problems))


@dataclass
class _Document:
    """What stands in a file; `lines` has the line of each value."""

    name: str
    events: Iterator[yaml.Event]
    lines: dict[Place, int] = field(default_factory=dict)

    def wrong(self, line: int, what: str) -> StatementError:
        return StatementError(f"{self.name}:{line}: {what}")

    def whole(self) -> Any:
        next(self.events)  # the stream starts
        start = next(self.events)
        if isinstance(start, yaml.StreamEndEvent):
            raise self.wrong(1, "the file is empty")
        content = self._value(next(self.events), ())
        next(self.events)  # the document ends
        end = next(self.events)
        if not isinstance(end, yaml.StreamEndEvent):
            raise self.wrong(_line(end), "a second document begins here; write it to a file of its own")
        return content

    def _value(self, event: yaml.Event, place: Place) -> Any:
        line = self.lines[place] = self._plain(event)
        if isinstance(event, yaml.ScalarEvent):
            return event.value
        if len(place) >= DEEPEST:
            raise self.wrong(line, f"nested more than {DEEPEST} deep")
        return self._items(place) if isinstance(event, yaml.SequenceStartEvent) else self._members(place)

    def _plain(self, event: yaml.Event) -> int:
        """The line of an event, which is nothing but a value."""
        line = _line(event)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise self.wrong(
                line, "anchors (&) and aliases (*) are not read; write the value out, in quotes if need be"
            )
        if getattr(event, "tag", None) is not None:
            raise self.wrong(line, "tags (!) are not read; write the value in quotes if it is text")
        return line

    def _items(self, place: Place) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._value(event, (*place, len(items))))
        return items

    def _members(self, place: Place) -> dict[str, Any]:
        members: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            line = self._plain(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise self.wrong(line, "a name was expected")
            if event.value in members:
                raise self.wrong(line, f"{event.value} stands here twice")
            members[event.value] = self._value(next(self.events), (*place, event.value))
        return members


def _line(event: yaml.Event) -> int:
    assert event.start_mark is not None  # the parser marks what it reads
    return event.start_mark.line + 1


def read(path: Path, model: type[M], known: Mapping[str, str]) -> M:
    """What a file states.

    `known` are the ids that the model's fields may name (practices or rules), each with its title.

    Raises:
        StatementError: it is no YAML as we read it, of a newer format, or not what the model asks for.
        OSError: it cannot be read.
    """
    content, lines = _content(path)
    try:
        return model.model_validate(content, context=known)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        told = sorted((_problem(lines, problem) for problem in problems), key=lambda p: p[0])
        raise StatementError(*(f"{path}:{line}: {said}" for line, said in told)) from None


def _content(path: Path) -> tuple[dict[str, Any], Mapping[Place, int]]:
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise StatementError(f"{path}:1: larger than {LARGEST >> 10} KiB; a file holds one statement")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise StatementError(f"{path}:{line}: not UTF-8") from None
    try:
        document = _Document(str(path), yaml.parse(text, Loader=yaml.BaseLoader))
        content = document.whole()
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise StatementError(f"{path}:{line}: the character U+{error.character:04X} is not allowed in YAML") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise StatementError(f"{path}:{mark.line + 1 if mark else 1}: not YAML: {error.problem}") from None
    if not isinstance(content, dict):
        raise StatementError(f"{path}:1: names with values were expected, as `format: {FORMAT}`")
    _check_format(path, content, document.lines)
    return content, document.lines


def _check_format(path: Path, content: dict[str, Any], lines: Mapping[Place, int]) -> None:
    """That the format is one we read; it stands there as a number afterwards."""
    version = content.get("format", "")
    line = lines.get(("format",), 1)
    if not (isinstance(version, str) and version.isdecimal() and 0 < len(version) < 5 and int(version) > 0):
        raise StatementError(f"{path}:{line}: format: {FORMAT} was expected")
    if int(version) > FORMAT:
        raise StatementError(f"{path}:{line}: format: {version} is newer than {FORMAT}; update mllens")
    content["format"] = int(version)


def _problem(lines: Mapping[Place, int], problem: ErrorDetails) -> tuple[int, str]:
    """The line of what is wrong, or of what it is missing from; and what was expected."""
    place = problem["loc"]
    near = next(place[:end] for end in range(len(place), -1, -1) if place[:end] in lines)
    where = ""
    for step in place:
        where += f"[{step}]" if isinstance(step, int) else f".{step}"
    said = {
        "extra_forbidden": "is no known name; remove it, or correct it",
        "missing": "is missing",
        "tuple_type": "must be a list: [one, another]",
    }.get(problem["type"]) or problem["msg"].removeprefix("Value error, ")
    return lines[near], f"{where.removeprefix('.')}{': ' if where else ''}{said}"


def files(folder: Path) -> list[Path]:
    """The YAML files of a folder and of those in it, in order."""
    return sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml") and path.is_file())


def read_all(folder: Path, model: type[M], known: Mapping[str, str]) -> dict[str, M]:
    """What all files of a folder state, by their names in it.

    Raises:
        StatementError: some are wrong; it tells of all of them.
        OSError: one cannot be read.
    """
    found: dict[str, M] = {}
    problems: list[str] = []
    for path in files(folder):
        try:
            found[path.relative_to(folder).as_posix()] = read(path, model, known)
        except StatementError as error:
            problems += error.problems
    if problems:
        raise StatementError(*problems)
    return found


def text(content: Mapping[str, Any], comments: Iterable[str] = ()) -> str:
    """A statement as a file: comments, whatever stands in them, and what `read` reads again."""
    lines = [
        f"# {line}"
        for comment in comments
        for line in wrap(harmless(comment), 110, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    ]
    dumped = yaml.safe_dump({"format": FORMAT, **content}, sort_keys=False, allow_unicode=True, width=110)
    return "\n".join([*lines, dumped])
