"""The lens that is to be answered: ours, AWS's own with the same ids, or any other by a mapping file."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mllens.lens.model import LensError, load
from mllens.lens.risk import NONE_SUFFIX


@dataclass(frozen=True, order=True)
class Place:
    """A choice in its question, for the same id may stand in two questions."""

    question: str
    choice: str

    def __str__(self) -> str:
        return f"{self.question}/{self.choice}"


@dataclass(frozen=True)
class Target:
    """Which of our practices answer which choices: a choice is met when all practices that answer it are."""

    practices: Mapping[Place, tuple[str, ...]]


def identical() -> Target:
    """Ours, and AWS's Machine Learning Lens of November 2025, whose ids ours are."""
    questions = load().questions.values()
    return Target(
        {Place(question.id, choice.id): (choice.id,) for question in questions for choice in question.choices}
    )


def responsible_ai() -> str:
    """The mapping to AWS's Responsible AI Lens, whose practices each of ours names; written as `mapped` reads it."""
    lines = [
        f"{choice.id} = [{', '.join(repr(name.replace('-', '_')) for name in choice.rai)}]"
        for choice in load().choices.values()
        if choice.rai
    ]
    return "\n".join(["[practices]", *lines, ""])


def mapped(text: str, lens: Mapping[str, Any]) -> Target:
    """Read a mapping to another lens: a TOML table `[practices]` from our practice to one or more of its choices.

    A choice is written `choice`, or `question/choice` where several questions have it.

    Args:
        text: of the mapping file.
        lens: the other one, as `upgrade.read_text` gives it.

    Raises:
        LensError: the mapping is wrong, or names a practice or a choice that there is not.
    """
    places: dict[str, list[Place]] = {}
    for place in _places(lens):
        places.setdefault(place.choice, []).append(place)
        places.setdefault(str(place), []).append(place)
    answered: dict[Place, list[str]] = {}
    for practice, names in _table(text):
        if practice not in load().choices:
            raise LensError(f"practices.{practice}: our lens has no such practice; `mllens lens show` lists them")
        for name in names:
            place = _one(practice, name, places.get(name, []))
            if practice in answered.setdefault(place, []):
                raise LensError(f"practices.{practice}: names {place} twice")
            answered[place].append(practice)
    return Target({place: tuple(sorted(practices)) for place, practices in sorted(answered.items())})


def _places(lens: Mapping[str, Any]) -> Iterator[Place]:
    for pillar in lens["pillars"]:
        for question in pillar.get("questions", ()):
            yield from (Place(question["id"], choice["id"]) for choice in question.get("choices", ()))


def _table(text: str) -> Iterable[tuple[str, list[str]]]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LensError(f"is not TOML: {error}") from error
    table = content.pop("practices", None)
    if not isinstance(table, dict) or not table:
        raise LensError("`[practices]` must be a table from our practices to choices of the other lens")
    if content:
        raise LensError(f"{min(content)}: is not known here; `[practices]` is all that a mapping holds")
    for practice, names in table.items():
        if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
            raise LensError(f"practices.{practice}: must be an array with one or more choices of the other lens")
    return table.items()


def _one(practice: str, name: str, found: list[Place]) -> Place:
    if not found:
        raise LensError(f"practices.{practice}: the other lens has no choice {name}")
    if len(found) > 1:
        raise LensError(f"practices.{practice}: {name} stands in several questions; write {found[0]} or {found[1]}")
    if found[0].choice.endswith(NONE_SUFFIX):
        raise LensError(f'practices.{practice}: {name} is "None of these", which no practice answers')
    return found[0]
