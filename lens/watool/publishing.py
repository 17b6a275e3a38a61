"""Publish: a draft becomes a version, minor for wording, major for what changes the meaning of answers."""

import re
from dataclasses import dataclass
from typing import Literal

from mllens.lens.watool.difference import Difference, between, digest, same
from mllens.lens.watool.errors import Refused, Unfit
from mllens.lens.watool.finding import confirm, pick, token
from mllens.lens.watool.tool import Held, Tool
from mllens.lens.watool.wording import plain

MOST_NAMED = 3
_VERSION = re.compile(r"[A-Za-z0-9.]{1,32}")


@dataclass(frozen=True)
class Publication:
    """What publishing would do; without a version there is nothing to publish.

    `difference` is that of the draft from the published version, None before the first.
    """

    held: Held
    version: str | None
    major: bool
    difference: Difference | None
    draft_digest: str | None


def plan_publication(
    tool: Tool,
    name: str,
    *,
    arn: str | None = None,
    version: str | None = None,
    kind: Literal["major", "minor"] | None = None,
    known: tuple[str, str] | None = None,
) -> Publication:
    """Compare the draft with what is published, and choose the kind of version that the difference asks for.

    `known` is the digest of a lens and the version it is meant to be published as, taken where none is given.

    Raises:
        ToolError: it could not be read, there is no such lens, or version or kind do not fit.
    """
    if version is not None and not _VERSION.fullmatch(version):
        raise Unfit(f"{plain(version)!r} is no version: it takes 1 to 32 letters, digits and dots, as 1.2.0.")
    held = pick(tool.lenses(), name, arn, tool.region)
    if held is None:
        raise Unfit(
            f"There is no lens called {plain(name)} in {tool.region}: `mllens lens import` makes a draft of it, "
            "--lens-arn names another lens."
        )
    draft, published = tool.draft(held), tool.published(held)
    difference = None if draft is None or published is None else between(published, draft)
    if draft is None or (published is not None and same(published, draft)):
        if version not in (None, held.published):
            raise Unfit(
                f"{held.arn} has no draft that differs from version {held.published}, so there is nothing to publish as "
                f"{plain(str(version))}. `mllens lens import` makes a draft."
            )
        return Publication(held, None, False, difference, None)
    drafted = digest(draft)
    if version is None:
        if known is None or known[0] != drafted:
            raise Unfit(
                f"Which version shall the draft of {plain(held.name)} be? Give --version; "
                + ("none is published." if held.published is None else f"{held.published} is published.")
            )
        version = known[1]
    _check_higher(version, held.published)
    meaning = difference.meaning if difference is not None else ()
    if kind == "minor" and meaning:
        raise Unfit(
            f"A minor version reaches workloads at once and unannounced, and this one changes what answers mean: "
            f"{_listed([str(change) for change in meaning])}. Publish it with --major."
        )
    return Publication(held, version, difference is None or bool(meaning) or kind == "major", difference, drafted)


def carry_out_publication(tool: Tool, plan: Publication) -> None:
    """Publish the draft that was shown, and look whether it is published.

    Raises:
        ToolError: it was not published, or the Tool does not show it.
    """
    if plan.version is None or plan.draft_digest is None:
        return
    now = next((held for held in tool.lenses() if held.arn == plan.held.arn), None)
    draft = None if now is None else tool.draft(now)
    if now != plan.held or draft is None or digest(draft) != plan.draft_digest:
        raise Refused(
            f"The lens {plain(plan.held.name)} was changed by somebody else meanwhile. Run the command again."
        )
    asked = token("CreateLensVersion", plan.held.arn, plan.version, str(plan.major), plan.draft_digest)
    tool.create_version(plan.held.arn, plan.version, asked, major=plan.major)
    confirm(tool, lambda: _published(tool, plan), f"Version {plan.version} of {plan.held.arn} was published")


def _published(tool: Tool, plan: Publication) -> bool:
    held = next((held for held in tool.lenses() if held.arn == plan.held.arn), None)
    if held is None or held.published != plan.version:
        return False
    content = tool.published(held)
    return content is not None and digest(content) == plan.draft_digest


def _check_higher(version: str, published: str | None) -> None:
    if published is not None and version == published:
        raise Unfit(f"Version {version} is published already, and the draft differs from it; give a higher --version.")
    if published is not None and order(version) <= order(published):
        raise Unfit(f"Version {version} is not higher than {published}, which is published; give a higher --version.")


def order(version: str) -> tuple[tuple[tuple[int, int, str], ...], ...]:
    """A key by which versions sort as people count them: 1.10 after 1.9, and 2.0rc1 before 2.0."""
    end = (1, 0, "")
    return tuple(
        (
            *(
                (2, int(number), "") if number else (0, 0, letters.lower())
                for number, letters in re.findall(r"([0-9]+)|([A-Za-z]+)", part)
            ),
            end,
        )
        for part in version.split(".")
    )


def _listed(items: list[str]) -> str:
    more = len(items) - MOST_NAMED
    return "; ".join(items[:MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")
