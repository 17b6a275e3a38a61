"""Import: the draft of a lens becomes what a file says, in the lens that is there if there is one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mllens.lens.watool.difference import Difference, between, digest, same
from mllens.lens.watool.errors import Refused, Unfit
from mllens.lens.watool.finding import confirm, normalised, pick, token
from mllens.lens.watool.tool import Held, Tool
from mllens.lens.watool.wording import plain

MAX_LENSES = 15


@dataclass(frozen=True)
class Import:
    """What an import would do to which lens.

    `held` is None for a new lens. `draft` and `published` are the differences from what is there, None where nothing
    is; with `needed` false the lens says already what the file says.
    """

    text: str
    name: str
    held: Held | None
    draft: Difference | None
    published: Difference | None
    needed: bool


def plan_import(tool: Tool, text: str, arn: str | None = None, *, new: bool = False) -> Import:
    """Compare a lens, which the linter has passed, with what the account holds.

    Raises:
        ToolError: it could not be read, or the lens does not fit what is there.
    """
    content = json.loads(text)
    name = str(content["name"])
    lenses = tool.lenses()
    held = pick(lenses, name, arn, tool.region)
    if new and held is not None:
        raise Unfit(
            f"There is a lens called {plain(held.name)} already, and the Tool takes a name once: {held.arn}. "
            "Leave --new out to update it, or give the lens in the file another name."
        )
    if held is None:
        if len(lenses) >= MAX_LENSES:
            raise Refused(
                f"The account has {len(lenses)} custom lenses in {tool.region} and may have {MAX_LENSES}; nothing was "
                "written. Delete one that no workload uses, in the Tool's console."
            )
        return Import(text, name, None, None, None, needed=True)
    if held.published is not None and held.name != name:
        raise Unfit(
            f"The file calls the lens {plain(name)}, {held.arn} was published as {plain(held.name)}, and a published "
            "name cannot change. Give the lens in the file that name, or import it with --new."
        )
    clash = next((h for h in lenses if h.arn != held.arn and normalised(h.name) == normalised(name)), None)
    if clash is not None:
        raise Unfit(
            f"Another lens is called {plain(clash.name)}: {clash.arn}. Update that one, or choose another name."
        )
    draft, published = tool.draft(held), tool.published(held)
    newest = published if draft is None else draft
    return Import(
        text,
        name,
        held,
        _from(draft, content),
        _from(published, content),
        needed=newest is None or not same(newest, content),
    )


def carry_out_import(tool: Tool, plan: Import) -> str:
    """Write the draft, and read it back; gives the lens's ARN.

    Raises:
        ToolError: it was not written, or it was and what the Tool exports is something else.
    """
    content = json.loads(plan.text)
    now = _now(tool, plan)
    over = "" if now is None else "\n".join((now.arn, now.updated, now.draft.updated if now.draft else ""))
    asked = token("ImportLens", plan.name, over, digest(content))
    arn = tool.import_lens(plan.text, asked, None if now is None else now.arn)
    confirm(tool, lambda: _drafted(tool, arn, content), f"The draft was imported as {arn}")
    return arn


def _now(tool: Tool, plan: Import) -> Held | None:
    """The lens as it is now; refused when it is not what was shown and agreed to."""
    lenses = tool.lenses()
    arn = None if plan.held is None else plan.held.arn
    found = next((held for held in lenses if held.arn == arn), None)
    if found != plan.held or (plan.held is None and pick(lenses, plan.name, None, tool.region) is not None):
        raise Refused(
            f"The lens {plain(plan.name)} was changed by somebody else meanwhile. Run the same command again."
        )
    return found


def _drafted(tool: Tool, arn: str, content: Mapping[str, Any]) -> bool:
    held = next((held for held in tool.lenses() if held.arn == arn), None)
    draft = None if held is None else tool.draft(held)
    return draft is not None and same(draft, content)


def _from(there: Mapping[str, Any] | None, content: Mapping[str, Any]) -> Difference | None:
    return None if there is None else between(there, content)
