"""Standing: how a file compares with what the account holds of its lens; only reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mllens.lens.watool.difference import Difference, between
from mllens.lens.watool.errors import ToolError
from mllens.lens.watool.finding import normalised, pick
from mllens.lens.watool.tool import Held, Tool


@dataclass(frozen=True)
class Comparison:
    """How what is there differs from the file; without a difference it could not be read, and `unread` says why."""

    difference: Difference | None
    unread: str | None

    @property
    def equal(self) -> bool | None:
        """Whether both say the same; None when it could not be read."""
        return None if self.difference is None else not self.difference.changes


@dataclass(frozen=True)
class Standing:
    """A lens of the file's name, and how its draft and its published version compare; None for what there is not."""

    held: Held
    draft: Comparison | None
    published: Comparison | None


def standing(
    tool: Tool, content: Mapping[str, Any], arn: str | None = None
) -> tuple[tuple[Standing, ...], tuple[Held, ...]]:
    """Compare the lens with this ARN, else those of the file's name; beside them all other lenses of the account.

    Raises:
        ToolError: they could not be listed, or none has the ARN.
    """
    lenses = tool.lenses()
    name = normalised(str(content["name"]))
    chosen = None if arn is None else pick(lenses, None, arn, tool.region)
    named = [held for held in lenses if (normalised(held.name) == name if chosen is None else held == chosen)]
    return (
        tuple(
            Standing(
                held,
                None if held.draft is None else _compared(tool.draft, held, content),
                None if held.published is None else _compared(tool.published, held, content),
            )
            for held in named
        ),
        tuple(held for held in lenses if held not in named),
    )


def _compared(
    read: Callable[[Held], Mapping[str, Any] | None], held: Held, content: Mapping[str, Any]
) -> Comparison | None:
    try:
        there = read(held)
    except ToolError as error:
        return Comparison(None, str(error))
    return None if there is None else Comparison(between(there, content), None)
