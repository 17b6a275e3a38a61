"""What a new lens does to answers given to an old one: what differs, and which answers are lost."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from mllens.lens.linter import read_json
from mllens.lens.model import HOME, LensError
from mllens.lens.watool.difference import Change, between

Kind = Literal["none", "minor", "major"]
Content = Mapping[str, Any]


@dataclass(frozen=True)
class Successor:
    """The choice of the new lens that asks for the same practice; a reworded one may ask for a little else."""

    choice: str
    reworded: bool


@dataclass(frozen=True)
class Lost:
    """An answer that the Tool clears: of a choice, or (without one) a question's notes and its mark "not applicable"."""

    question: str
    choice: str | None
    successor: Successor | None


@dataclass(frozen=True)
class Upgrade:
    """What differs, in the order of the lens, and which answers are lost, in the order of the old one."""

    changes: tuple[Change, ...]
    lost: tuple[Lost, ...]

    @property
    def kind(self) -> Kind:
        """What `mllens lens publish` would make of it."""
        if not self.changes:
            return "none"
        return "major" if any(change.meaning for change in self.changes) else "minor"


def read_text(text: bytes) -> Content:
    """Read the text of any custom lens as far as comparing needs: whether it is fit to import is the linter's matter.

    Raises:
        LensError: it is no lens; the message names the place.
    """
    lens = read_json(text)
    for pillar in _parts(lens, "pillars", "", required=True):
        for question in _parts(pillar, "questions", f"pillar {pillar['id']}: ", required=False):
            for _ in _parts(question, "choices", f"question {question['id']}: ", required=False):
                pass
    return lens


def _parts(whole: Content, key: str, where: str, *, required: bool) -> Iterator[Content]:
    parts = whole.get(key, None if required else [])
    if not isinstance(parts, list):
        raise LensError(f"{where}`{key}` must be an array: this is no custom lens of the Well-Architected Tool")
    seen = set()
    for number, part in enumerate(parts):
        id_ = part.get("id") if isinstance(part, dict) else None
        if not isinstance(id_, str):
            raise LensError(f"{where}{key}[{number}] must be an object with an `id` that is a text")
        if id_ in seen:
            raise LensError(f"{where}{key}[{number}]: the id {id_} stands here twice")
        seen.add(id_)
        yield part


def upgrade(old: Content, new: Content) -> Upgrade:
    """Compare two lenses as `read_text` gives them.

    Answers hang on the id of the question, and those to choices on the id of the choice in its question. Practices of
    the Machine Learning Lens of 2023 are found again under their ids of 2025, but the Tool does not know of that.
    """
    return Upgrade(tuple(_changes(old, new)), tuple(_lost(old, new)))


def _changes(old: Content, new: Content) -> Iterator[Change]:
    """What differs, with the questions of a pillar that is there on one side only."""
    for change in between(old, new).changes:
        yield change
        if change.what == "pillar" and change.how != "changed":
            (pillar,) = (p for p in (new if change.how == "added" else old)["pillars"] if p["id"] == change.id)
            yield from (Change("question", question["id"], change.how) for question in pillar.get("questions", ()))


def _lost(old: Content, new: Content) -> Iterator[Lost]:
    after = {question: frozenset(choices) for question, choices in _questions(new)}
    asked = frozenset().union(*after.values())
    for question, choices in _questions(old):
        if question not in after:
            yield Lost(question, None, _successor(question, asked))
        kept = after.get(question, frozenset())
        yield from (Lost(question, choice, _successor(choice, asked)) for choice in choices if choice not in kept)


def _questions(lens: Content) -> Iterator[tuple[str, list[str]]]:
    for pillar in lens["pillars"]:
        for question in pillar.get("questions", ()):
            yield question["id"], [choice["id"] for choice in question.get("choices", ())]


def _successor(id_: str, asked: frozenset[str]) -> Successor | None:
    found = Successor(id_, reworded=False) if id_ in asked else _since_2023().get(id_.upper().replace("-", "_"))
    return found if found and found.choice in asked else None


@cache
def _since_2023() -> Mapping[str, Successor]:
    """The practices of 2023 (ids written as a lens may write them, `_` for `-`) under their ids of November 2025."""
    with (HOME / "ids_2023_to_2025.csv").open(encoding="utf-8", newline="") as rows:
        return {row["old"]: Successor(row["new"], row["title"] == "reworded") for row in csv.DictReader(rows)}
