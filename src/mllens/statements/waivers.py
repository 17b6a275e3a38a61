"""Waivers: somebody accepts that a rule fails, or that a practice does not apply, until a day. What fails goes on failing."""

import datetime as dt
import re
from collections.abc import Collection, Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator, model_validator

from mllens import lens
from mllens.reports import assessment as out
from mllens.reports.assessment import ToolReason
from mllens.rules import Fail, Finding, Rule
from mllens.scanner import Graph, Key, Resource, Unobserved
from mllens.statements.standing import Glob, Name, Stands, Statement, Text

_FINDING = re.compile(r"[0-9a-f]{16}")


class Waiver(Statement):
    """An accepted risk: rules and the resources for which they may fail, single findings, or practices out of scope.

    That a whole practice is out of scope counts once another person than the owner accepts it; until then it is a proposal.
    """

    signed_by = ("owner", "reason")

    rules: tuple[str, ...] = Field(default=(), description="ids of rules; `resources` or `tags` say for what")
    findings: tuple[str, ...] = Field(default=(), description="ids of findings, instead of rules")
    practices: tuple[str, ...] = Field(
        default=(), description="whole practices that are out of scope, as MLSUS01_BP01, instead of rules"
    )
    resources: tuple[Glob, ...] = Field(default=(), description="names or ARNs, as 'sandbox-*'")
    tags: dict[str, Glob] = Field(default={}, description="tags that a resource must bear, all of them")
    reason: Text = Field(default="", description="why the risk is accepted; without one it does not count")
    tool_reason: ToolReason = Field(description="the same in the words of the Well-Architected Tool")
    accepted_by: Name = Field(
        default="",
        description="who accepts that the practices do not apply; not the owner. Without one it is a proposal",
    )
    accepted_on: dt.date | None = Field(default=None, description="the day on which that was accepted")

    @field_validator("rules")
    @classmethod
    def _are_known(cls, rules: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        for rule in rules:
            if info.context is not None and rule not in info.context:
                raise ValueError(f"there is no rule {rule!r}; `mllens rules list` shows them (--rules-path adds some)")
        return rules

    @field_validator("findings")
    @classmethod
    def _are_ids(cls, findings: tuple[str, ...]) -> tuple[str, ...]:
        for finding in findings:
            if not _FINDING.fullmatch(finding):
                raise ValueError(
                    f"{finding!r} is no finding's id: 16 digits and letters a to f, as assessment.json has them"
                )
        return findings

    @field_validator("practices")
    @classmethod
    def _are_of_the_lens(cls, practices: tuple[str, ...]) -> tuple[str, ...]:
        for practice in practices:
            try:
                lens.choice(practice)
            except KeyError:
                raise ValueError(f"there is no practice {practice!r}; `mllens lens show` lists them") from None
        return practices

    @model_validator(mode="after")
    def _says_what(self) -> "Waiver":
        if [bool(self.rules), bool(self.findings), bool(self.practices)].count(True) != 1:
            raise ValueError("name `rules`, `findings` or `practices`, one of them")
        if self.rules and not (self.resources or self.tags):
            raise ValueError("say for what: `resources` or `tags`; resources: ['*'] is all of them")
        if self.findings and (self.resources or self.tags):
            raise ValueError("a finding names its resource; remove `resources` and `tags`")
        if self.practices and (self.resources or self.tags):
            raise ValueError("a practice is waived as a whole; remove `resources` and `tags`, or name `rules`")
        if self.practices and self.tool_reason != "OUT_OF_SCOPE":
            raise ValueError("a whole practice is waived as OUT_OF_SCOPE only; a risk that is accepted names `rules`")
        if not self.practices and (self.accepted_by or self.accepted_on):
            raise ValueError("`accepted_by` and `accepted_on` are for `practices`: the owner accepts what rules find")
        return self

    def lacks(self) -> str:
        """Say what it must have to count and has not."""
        empty = super().lacks()
        if empty or not self.practices:
            return empty
        if not self.accepted_by or self.accepted_on is None:
            return "is a proposal: somebody other than its owner has to accept it (accepted_by, accepted_on)"
        same = self.owner.casefold() == self.accepted_by.casefold()
        return "is accepted by its owner: somebody else must" if same else ""

    def stands(self, day: dt.date) -> Stands:
        """Whether it counts on a day; a practice is not ruled out before the day on which that was accepted."""
        stands = super().stands(day)
        if stands.standing == "holds" and self.accepted_on is not None and day < self.accepted_on:
            return Stands(
                "early", f"was accepted on {self.accepted_on}, after {day}: scan anew, or judge --as-of that day"
            )
        return stands

    def means(self, finding: Finding) -> bool:
        """Whether it speaks of a finding, tags aside."""
        if self.findings:
            return finding.id in self.findings
        name, arn, globs = finding.key.name, finding.arn, self.resources
        return finding.rule.id in self.rules and (
            not globs or any(fnmatchcase(name, glob) or fnmatchcase(arn, glob) for glob in globs)
        )

    def fits(self, tags: Mapping[str, str]) -> bool:
        """Whether a resource with these tags is meant."""
        return all(key in tags and fnmatchcase(tags[key], glob) for key, glob in self.tags.items())


def load(folder: Path, rules: Iterable[Rule]) -> dict[str, Waiver]:
    """The waivers of a folder, by file.

    Raises:
        StatementError: some files are wrong, or name rules that do not exist.
        OSError: one cannot be read.
    """
    from mllens.statements.document import read_all  # noqa: PLC0415 - 12 ms that an audit without such files does not need

    return read_all(folder, Waiver, {rule.id: rule.norm for rule in rules})


def tagged(waivers: Mapping[str, Waiver]) -> frozenset[str]:
    """The rules for whose resources tags must be read."""
    return frozenset(rule for waiver in waivers.values() if waiver.tags for rule in waiver.rules)


class Waiving:
    """Waivers, on the day of one scan and for what it found.

    `left_out` are the ids of rules that did not judge: a waiver of theirs is not idle. `ahead`: those that begin after
    the scan count too, for what is planned now is done later.
    """

    def __init__(
        self, waivers: Mapping[str, Waiver], graph: Graph, left_out: Collection[str] = (), *, ahead: bool = False
    ) -> None:
        self._waivers = waivers
        self._left_out = left_out
        self._graph = graph
        self._stands = {file: waiver.stands(graph.now.date()) for file, waiver in waivers.items()}
        counting = ("holds", "early") if ahead else ("holds",)
        self._in_force = {f: w for f, w in waivers.items() if self._stands[f].standing in counting}
        self._matched: dict[str, set[str]] = {file: set() for file in waivers}
        self._unread = dict.fromkeys(waivers, 0)
        self._resources: dict[type[Resource], dict[Key, Resource]] = {}

    def of(self, finding: Finding) -> str:
        """The file of the waiver that accepts a finding; of several the one that lasts longest; empty if none does."""
        if not self._in_force or not isinstance(finding.verdict, Fail):
            return ""
        accepting = [
            f for f, waiver in self._in_force.items() if waiver.means(finding) and self._fits(f, waiver, finding)
        ]
        for file in accepting:
            self._matched[file].add(finding.id)
        return max(accepting, key=lambda f: (self._in_force[f].expires, f), default="")

    def ruling_out(self, practice: str) -> str | None:
        """The file of the waiver by which a whole practice is out of scope; of several the one that lasts longest."""
        files = [f for f, waiver in self._in_force.items() if practice in waiver.practices]
        return max(files, key=lambda f: (self._in_force[f].expires, f), default=None)

    @property
    def idle(self) -> dict[str, str]:
        """The files of those that accept nothing whatever they name, and why."""
        return {f: stands.why for f, stands in self._stands.items() if f not in self._in_force}

    def said(self, file: str) -> str:
        """Who accepted it until when, and why."""
        waiver = self._waivers[file]
        return f"waived by {waiver.owner} until {waiver.expires} ({file}): {waiver.reason}"

    def _fits(self, file: str, waiver: Waiver, finding: Finding) -> bool:
        if not waiver.tags:
            return True
        subject = finding.rule.subject
        if subject not in self._resources:
            self._resources[subject] = {resource.key: resource for resource in self._graph.known(subject)}
        try:
            return waiver.fits(self._resources[subject][finding.key].tags)
        except Unobserved:
            self._unread[file] += 1
            return False

    def told(self, counting: Collection[str] | None = None) -> list[out.Waiver]:
        """All of them as the assessment tells them, after each finding was asked for.

        `counting`: ids of the findings that are told; without it, all that were asked for.
        """
        return [
            out.Waiver(
                file=file,
                rules=list(w.rules),
                findings=list(w.findings),
                practices=list(w.practices),
                resources=list(w.resources),
                tags=dict(sorted(w.tags.items())),
                owner=w.owner,
                reason=w.reason,
                tool_reason=w.tool_reason,
                accepted_by=w.accepted_by,
                accepted_on=None if w.accepted_on is None else w.accepted_on.isoformat(),
                date=w.date.isoformat(),
                expires=w.expires.isoformat(),
                standing=self._stand(file).standing,
                soon=self._stand(file).soon,
                why=self._stand(file).why,
                matched=len(self._matched[file] if counting is None else self._matched[file].intersection(counting)),
            )
            for file, w in sorted(self._waivers.items())
        ]

    def _stand(self, file: str) -> Stands:
        stands = self._stands[file]
        waiver = self._waivers[file]
        unjudged = any(r in self._left_out for r in waiver.rules) or (waiver.findings and self._left_out)
        if stands.standing != "holds" or self._matched[file] or unjudged or waiver.practices:
            return stands
        why = "matches nothing that fails: remove it, or correct what it names"
        if unread := self._unread[file]:
            why = f"matches nothing: the tags of {unread} failing {'resource' if unread == 1 else 'resources'} were not read"
        return Stands("holds", f"{why}; {stands.why}" if stands.why else why, soon=stands.soon)
