"""Who decides each practice: rules, people, or both, from what the lens leaves to the API and which rules there are."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from mllens.lens import Choice, load
from mllens.lens.model import RESPONSIBLE_AI
from mllens.rules.load import ours

Who = Literal["rules", "rules and a person", "a person"]

HEAD = """# The lens

Every practice that the lens asks for and who decides whether it is met, made from the lens and the rules by
`mllens generate`; `mllens lens show QUESTION` tells more of each.

*Rules*: what AWS answers settles it, and rules look at all of it. *Rules and a person*: rules disprove it, or support it,
but there is more to it than they see, and a person's statement (`mllens attest new`) ticks it; `mllens lens show QUESTION`
says what no rule sees. *A person*: no rule speaks of it.

**Risk.** A question has no risk when all its practices are met, medium risk when enough of them are, and high risk else.
Enough is: of practices whose absence risks more and less, all that risk most (high); of such that all rate high, all but
any one; where none rates high, any one. A question with one practice has no risk or that practice's own. *None of these*
spoils both better levels, what does not apply drops out, every practice counts, and one more never hurts. The rules in
`lens.json` are made from the column *risk if absent* by this scheme alone.

"""
COLUMNS = """
| question | practice | what must hold | risk if absent | decided by | proven by | supported by |
|---|---|---|---|---|---|---|
"""


class Evidence(Protocol):
    """What is evidence for practices: a rule, or the tally of one in an assessment."""

    @property
    def id(self) -> str: ...  # noqa: D102 - its name says it
    @property
    def proves(self) -> Sequence[str]: ...  # noqa: D102 - its name says it
    @property
    def supports(self) -> Sequence[str]: ...  # noqa: D102 - its name says it


@dataclass(frozen=True)
class Deciding:
    """Who decides a practice, and the ids of the rules that are evidence for it."""

    choice: Choice
    proves: tuple[str, ...]
    supports: tuple[str, ...]

    @property
    def who(self) -> Who:
        """Rules that prove decide alone only where the API tells all there is to know, and they look at all of it."""
        if self.proves and self.choice.by_rules:
            return "rules"
        return "rules and a person" if self.proves or self.supports else "a person"


def deciding(rules: Iterable[Evidence]) -> Mapping[str, Deciding]:
    """Who decides each practice of the lens as these rules are, by practice id, in the order of the lens.

    Of rules with one id, as ours and what an assessment tells of them, the last counts.
    """
    by_id = {rule.id: rule for rule in rules}
    proves: dict[str, list[str]] = {}
    supports: dict[str, list[str]] = {}
    for _, rule in sorted(by_id.items()):
        for practice in rule.proves:
            proves.setdefault(practice, []).append(rule.id)
        for practice in rule.supports:
            supports.setdefault(practice, []).append(rule.id)
    return {
        id_: Deciding(choice, tuple(proves.get(id_, ())), tuple(supports.get(id_, ())))
        for id_, choice in load().choices.items()
    }


def tallies(decided: Mapping[str, Deciding]) -> Iterator[str]:
    """Say how many practices who decides: of the Machine Learning Lens, and of responsible AI, which is ours."""
    responsible = {c.id for p in load().pillars if p.id == RESPONSIBLE_AI for q in p.questions for c in q.choices}
    for name, ids in (
        ("the Machine Learning Lens", decided.keys() - responsible),
        ("responsible AI", decided.keys() & responsible),
    ):
        counts = Counter(decided[id_].who for id_ in ids)
        yield f"{len(ids)} practices of {name}: " + ", ".join(f"{counts[who]} by {who}" for who in get_args(Who))


def table() -> str:
    """`lens/README.md`."""
    decided = deciding(ours())
    parts = [HEAD, *(f"- {line}\n" for line in tallies(decided))]
    for pillar in load().pillars:
        parts += [f"\n## {pillar.name}\n", COLUMNS]
        parts += [_line(question.id, decided[c.id]) for question in pillar.questions for c in question.choices]
    return "".join(parts)


def _line(question: str, found: Deciding) -> str:
    cells = (
        question,
        found.choice.id,
        found.choice.title,
        found.choice.risk,
        found.who,
        " ".join(f"`{rule}`" for rule in found.proves),
        " ".join(f"`{rule}`" for rule in found.supports),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
