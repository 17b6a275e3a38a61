"""Which of the account's lenses is meant, and whether what was written to it is there."""

import hashlib
import re
from collections.abc import Callable, Sequence

from mllens.lens.watool.errors import ToolError, Unanswered, Unfit
from mllens.lens.watool.tool import Held, Tool
from mllens.lens.watool.wording import plain


def pick(lenses: Sequence[Held], name: str | None, arn: str | None, region: str) -> Held | None:
    """Give the lens with this ARN, else the one of this name; None when no lens has the name.

    Raises:
        Unfit: no lens has the ARN, or several have the name.
    """
    if arn is not None:
        found = next((held for held in lenses if held.arn == arn), None)
        if found is None:
            there = re.match(r"arn:[^:]+:wellarchitected:([^:]+):", arn)
            elsewhere = f" It lies in {there[1]}: give --region {there[1]}." if there and there[1] != region else ""
            raise Unfit(
                f"{plain(arn)}: this account has no custom lens of its own with this ARN in {region}.{elsewhere} "
                "`mllens lens status` shows those it has."
            )
        return found
    matching = [held for held in lenses if name is not None and normalised(held.name) == normalised(name)]
    if len(matching) > 1:
        several = ", ".join(held.arn for held in matching)
        raise Unfit(f"{len(matching)} lenses are called {plain(str(name))}: {several}. Say which with --lens-arn.")
    return matching[0] if matching else None


def normalised(name: str) -> str:
    """A name as the Tool compares names: without case and spaces."""
    return re.sub(r"\s", "", name).lower()


def token(*parts: str) -> str:
    """A request token from what is asked and from what it was asked over: a repeated call is one, a later one another."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def confirm(tool: Tool, reached: Callable[[], bool], done: str) -> None:
    """Look until what was written can be read back.

    Raises:
        ToolError: it could not, and the message says what was done all the same.
    """
    try:
        if tool.wait(reached):
            return
    except ToolError as error:
        raise type(error)(f"{done}, but could not be read back: {error}") from None
    raise Unanswered(
        f"{done}, but the Tool exports something else. Look at it in the Tool's console, or run `mllens lens status` later."
    )
