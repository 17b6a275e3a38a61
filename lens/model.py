"""The lens as values, read from `lens.toml` and one file a question."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar, cast, get_args

from mllens.lens import risk
from mllens.lens.risk import NONE_SUFFIX, PracticeRisk, RiskRule

Phase = Literal["business-goal", "problem-framing", "data-processing", "model-development", "deployment", "monitoring"]
Dimension = Literal[
    "fairness",
    "explainability",
    "privacy-and-security",
    "safety",
    "controllability",
    "veracity-and-robustness",
    "governance",
    "transparency",
]
DecidedBy = Literal["api", "api-and-answer", "answer"]

HOME = Path(__file__).parent
_Value = TypeVar("_Value")
RESPONSIBLE_AI = "responsibleAi"
_PRACTICE_ID = re.compile(r"(?P<question>(?P<prefix>[A-Z]+)[0-9]{2})_BP[0-9]{2}")


class LensError(ValueError):
    """A file of the lens that does not say what it must; the message names file and field."""


@dataclass(frozen=True)
class Link:
    """A text and, where there is one, the page it leads to."""

    text: str
    url: str | None


@dataclass(frozen=True)
class Choice:
    """A best practice as an answer to its question.

    `risk` is what its absence risks, `why` what goes wrong then, `seen` how one sees on AWS whether it is met. `beyond` is
    what it asks for that no rule looks at, though AWS could be asked; empty where the rules look at all. For responsible AI, `rai` are the ids of the practices of AWS's Responsible AI Lens that it covers, `ml` those of the Machine Learning
    Lens that bear on it.
    """

    id: str
    title: str
    risk: PracticeRisk
    decided_by: DecidedBy
    beyond: str
    why: str
    seen: str
    ask: str
    improve: str
    url: str | None
    more: tuple[Link, ...]
    rai: tuple[str, ...]
    ml: tuple[str, ...]

    @property
    def by_rules(self) -> bool:
        """Whether rules that pass prove it, with nobody's word beside."""
        return self.decided_by == "api" and not self.beyond


@dataclass(frozen=True)
class Question:
    """A question with its practices; the choice "None of these" is not among them, but `none` and the rules know it."""

    id: str
    phase: Phase | None
    dimension: Dimension | None
    title: str
    description: str
    help: Link | None
    choices: tuple[Choice, ...]

    @property
    def none(self) -> str:
        """Id of the choice "None of these", which the Tool knows by its ending."""
        return self.id + NONE_SUFFIX

    @cached_property
    def rules(self) -> tuple[RiskRule, ...]:
        """Its risk rules, derived from the practices' risks."""
        return risk.rules({choice.id: choice.risk for choice in self.choices}, self.none)


@dataclass(frozen=True)
class Pillar:
    """A pillar; `folder` names its questions' folder here and its rules' folder, `prefix` begins its questions' ids."""

    id: str
    name: str
    folder: str
    prefix: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Lens:
    """The whole lens; `version` is the name under which it is published."""

    schema_version: str
    version: str
    name: str
    description: str
    retired: frozenset[str]
    pillars: tuple[Pillar, ...]

    @cached_property
    def questions(self) -> Mapping[str, Question]:
        """All questions by id, in the order of the lens."""
        return {question.id: question for pillar in self.pillars for question in pillar.questions}

    @cached_property
    def choices(self) -> Mapping[str, Choice]:
        """All practices by id, in the order of the lens."""
        return {choice.id: choice for question in self.questions.values() for choice in question.choices}


# --------------------------------------------------------------------------------------------------------------- look up


@cache
def load() -> Lens:
    """Read the lens that this package ships."""
    return read(HOME)


def pillar_of(practice: str) -> str:
    """Give the id of the pillar that a practice belongs to; KeyError names a practice that the lens does not have."""
    return _home(practice)[0].id


def dimension_of(practice: str) -> Dimension | None:
    """Give the dimension of responsible AI that a practice belongs to; None for one of another pillar."""
    pillar, path = _home(practice)
    return cast("Dimension", _said(path, "dimension")[0]) if pillar.id == RESPONSIBLE_AI else None


def folder_of(practice: str) -> str:
    """Give the folder for rules that are evidence for this practice: `reliability`, `responsible_ai/safety`."""
    folder, dimension = _home(practice)[0].folder, dimension_of(practice)
    return f"{folder}/{dimension.replace('-', '_')}" if dimension else folder


def question_of(practice: str) -> Question:
    """Give the question that a practice answers."""
    pillar, path = _home(practice)
    return _shipped_question(path, pillar)


def choice(practice: str) -> Choice:
    """Give the practice with this id, reading its question's file only: a command about one rule starts fast."""
    for candidate in question_of(practice).choices:
        if candidate.id == practice:
            return candidate
    raise AssertionError(practice)  # `_home` has checked


@cache
def _shipped_index() -> Lens:
    return _index(HOME)


@cache
def _shipped_question(path: Path, pillar: Pillar) -> Question:
    return _question(path, pillar)


@cache
def _home(practice: str) -> tuple[Pillar, Path]:
    """The pillar of a practice and the file of its question."""
    match = _PRACTICE_ID.fullmatch(practice)
    if match:
        for pillar in _shipped_index().pillars:
            path = HOME / "questions" / pillar.folder / f"{match['question']}.toml"
            if pillar.prefix == match["prefix"] and path.is_file() and practice in _said(path, "id"):
                return pillar, path
    raise KeyError(f"no best practice {practice!r} in the lens: ids read like 'MLREL04_BP01'")


@cache
def _said(path: Path, key: str) -> tuple[str, ...]:
    """What a file says of a key, wherever it stands: every scan asks for ids, and all files as TOML take a while."""
    return tuple(re.findall(rf'^{key} = "(.*)"$', path.read_text("utf-8"), re.MULTILINE))


# ----------------------------------------------------------------------------------------------------------------- read


def read(home: Path) -> Lens:
    """Read a lens from a folder with `lens.toml` and `questions/<folder>/<QUESTION>.toml`."""
    index = _index(home)
    pillars = []
    for pillar in index.pillars:
        paths = sorted((home / "questions" / pillar.folder).glob("*.toml"))
        questions = tuple(_question(path, pillar) for path in paths)
        pillars.append(Pillar(pillar.id, pillar.name, pillar.folder, pillar.prefix, questions))
    lens = Lens(index.schema_version, index.version, index.name, index.description, index.retired, tuple(pillars))
    strays = {path.name for path in (home / "questions").iterdir() if path.is_dir()} - {
        pillar.folder for pillar in pillars
    }
    if strays:
        raise LensError(f"questions/{min(strays)}: no pillar of lens.toml has this folder")
    back = lens.retired & (lens.questions.keys() | lens.choices.keys())
    if back:
        raise LensError(f"lens.toml: retired: {min(back)} is in use again; give the new thing a new id")
    return lens


def _index(home: Path) -> Lens:
    """Read `lens.toml` alone: pillars without their questions."""
    table = _open(home / "lens.toml")
    version = table.text("version")
    if not re.fullmatch(r"[A-Za-z0-9.]{1,32}", version):
        raise table.wrong("version", "must be 1 to 32 letters, digits and dots")
    lens = Lens(
        schema_version=table.text("schema_version"),
        version=version,
        name=table.text("name"),
        description=table.text("description").strip(),
        retired=frozenset(table.texts("retired")),
        pillars=tuple(
            part.done(Pillar(part.text("id"), part.text("name"), part.text("folder"), part.text("prefix"), ()))
            for part in table.tables("pillars")
        ),
    )
    return table.done(lens)


def _question(path: Path, pillar: Pillar) -> Question:
    table = _open(path)
    id_ = table.text("id")
    if id_ != path.stem or not re.fullmatch(re.escape(pillar.prefix) + "[0-9]{2}", id_):
        raise table.wrong("id", f"must be the file's name and begin with {pillar.prefix}, then two digits")
    responsible = pillar.id == RESPONSIBLE_AI
    choices = tuple(_choice(part) for part in table.tables("choices"))
    for number, found in enumerate(choices):
        if not re.fullmatch(re.escape(id_) + "_BP[0-9]{2}", found.id):
            raise table.wrong(f"choices[{number}].id", f"must be {id_}_BP and two digits")
        if found.id in {earlier.id for earlier in choices[:number]}:
            raise table.wrong(f"choices[{number}].id", f"{found.id} stands here twice")
    return table.done(
        Question(
            id=id_,
            phase=None if responsible else cast("Phase", table.one_of("phase", get_args(Phase))),
            dimension=cast("Dimension", table.one_of("dimension", get_args(Dimension))) if responsible else None,
            title=table.text("title"),
            description=table.text("description").strip(),
            help=_link(table.table("help")) if "help" in table else None,
            choices=choices,
        )
    )


def _choice(table: "_Table") -> Choice:
    more = tuple(_link(part) for part in table.tables("more")) if "more" in table else ()
    return table.done(
        Choice(
            id=table.text("id"),
            title=table.text("title"),
            risk=cast("PracticeRisk", table.one_of("risk", get_args(PracticeRisk))),
            decided_by=cast("DecidedBy", table.one_of("decided_by", get_args(DecidedBy))),
            beyond=table.text("beyond").strip() if "beyond" in table else "",
            why=table.text("why").strip(),
            seen=table.text("seen").strip(),
            ask=table.text("ask").strip(),
            improve=table.text("improve").strip(),
            url=table.text("url") if "url" in table else None,
            more=more,
            rai=tuple(table.texts("rai")) if "rai" in table else (),
            ml=tuple(table.texts("ml")) if "ml" in table else (),
        )
    )


def _link(table: "_Table") -> Link:
    return table.done(Link(table.text("text").strip(), table.text("url") if "url" in table else None))


def _open(path: Path) -> "_Table":
    import tomllib  # noqa: PLC0415 - only who reads the files pays for it: importing the lens is part of start-up

    name = "/".join(path.parts[-3:]) if path.parent.parent.name == "questions" else path.name
    try:
        return _Table(name, "", tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LensError(f"{name}: {error}") from error


class _Table:
    """A TOML table whose keys are taken one by one, so that a key nobody took is an error."""

    def __init__(self, file: str, path: str, content: dict[str, Any]) -> None:
        self.file = file
        self.path = path
        self.content = content
        self.taken: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self.content

    def wrong(self, key: str, why: str) -> LensError:
        return LensError(f"{self.file}: {self.path}{key}: {why}")

    def take(self, key: str) -> Any:
        if key not in self.content:
            raise self.wrong(key, "is missing")
        self.taken.add(key)
        return self.content[key]

    def text(self, key: str) -> str:
        value = self.take(key)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, "must be a text that is not empty")
        return value

    def texts(self, key: str) -> list[str]:
        value = self.take(key)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(key, "must be an array of texts")
        return value

    def one_of(self, key: str, allowed: Collection[str]) -> str:
        value = self.text(key)
        if value not in allowed:
            raise self.wrong(key, f"is {value!r}, must be one of {', '.join(allowed)}")
        return value

    def table(self, key: str) -> "_Table":
        value = self.take(key)
        if not isinstance(value, dict):
            raise self.wrong(key, "must be a table")
        return _Table(self.file, f"{self.path}{key}.", value)

    def tables(self, key: str) -> list["_Table"]:
        value = self.take(key)
        if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
            raise self.wrong(key, "must be an array of tables with at least one")
        return [_Table(self.file, f"{self.path}{key}[{number}].", item) for number, item in enumerate(value)]

    def done(self, value: _Value) -> _Value:
        unknown = self.content.keys() - self.taken
        if unknown:
            raise self.wrong(min(unknown), "is not a key of this table; remove it or correct its name")
        return value
