"""Attestations: a person vouches for a practice that no API can decide, for a scope and until a day."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator

from mllens import lens
from mllens.reports import assessment as out
from mllens.scanner import Key
from mllens.statements.standing import Glob, Name, Stands, Statement, Text

AccountId = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]


class Scope(BaseModel):
    """Of what an attestation speaks: of everything, or of what all of these leave."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    accounts: tuple[AccountId, ...] = Field(default=(), description="none: every account that is scanned")
    workload: Name = Field(default="", description="counts only where this workload is assessed")
    resources: tuple[Glob, ...] = Field(default=(), description="names or ARNs, as 'fraud-*'; none: every resource")


class Attestation(Statement):
    """What a person vouches for; without statement, evidence, owner and another person as reviewer it does not count."""

    signed_by = ("statement", "evidence", "owner", "reviewer")

    practice: str = Field(description="as MLOPS01_BP01")
    scope: Scope = Scope()
    statement: Text = Field(default="", description="what is so, in words that an auditor can check")
    evidence: Text = Field(default="", description="where it can be checked: a link, an ARN, a document's number")
    reviewer: Name = Field(default="", description="who checked it; not the owner")

    @field_validator("practice")
    @classmethod
    def _is_known(cls, practice: str, info: ValidationInfo) -> str:
        if info.context is not None and practice not in info.context:
            raise ValueError(f"there is no practice {practice!r}; `mllens lens show` lists them")
        return practice

    def lacks(self) -> str:
        """Say what it must have to count and has not."""
        if empty := super().lacks():
            return empty
        same = self.owner.casefold() == self.reviewer.casefold()
        return "has its owner as reviewer: somebody else must check it" if same else ""

    def speaks_of(self, key: Key, arn: str) -> bool:
        """Whether a resource is in its scope; what belongs to no account is in each."""
        accounts, globs = self.scope.accounts, self.scope.resources
        return (not accounts or key.account in ("", *accounts)) and (
            not globs or any(fnmatchcase(key.name, glob) or fnmatchcase(arn, glob) for glob in globs)
        )


def load(folder: Path) -> dict[str, Attestation]:
    """The attestations of a folder, by file.

    Raises:
        StatementError: some files are wrong, or name practices that do not exist.
        OSError: one cannot be read.
    """
    from mllens.statements.document import read_all  # noqa: PLC0415 - 12 ms that an audit without such files does not need

    return read_all(folder, Attestation, {choice.id: choice.title for choice in lens.load().choices.values()})


class Heard(NamedTuple):
    """A finding as what an attestation may speak of; `failed`: of a rule that proves, so that it speaks against it."""

    key: Key
    arn: str
    failed: bool


class Attesting:
    """Attestations, on one day, for the accounts of one scan or for one workload in them."""

    def __init__(
        self, attestations: Mapping[str, Attestation], day: dt.date, accounts: Sequence[str], workload: str = ""
    ) -> None:
        self._accounts = accounts
        self._attestations = attestations
        assessed = f"the workload {workload} is" if workload else "whole accounts are"
        self._stands = {
            file: Stands("outside", f"speaks of the workload {a.scope.workload}, and {assessed} assessed")
            if (stands := a.stands(day)).standing == "holds" and a.scope.workload not in ("", workload)
            else stands
            for file, a in attestations.items()
        }
        self._by_practice: dict[str, list[str]] = {}
        for file, attestation in attestations.items():
            if self._stands[file].standing == "holds":
                self._by_practice.setdefault(attestation.practice, []).append(file)

    def __contains__(self, practice: str) -> bool:
        return practice in self._by_practice

    def of(self, practice: str, heard: Iterable[Heard]) -> lens.Attestation | None:
        """What is attested of a practice, of which these findings speak; those that do not apply count no more.

        Against what fails it stands if it speaks of any of that: a conflict. Else it must speak of all there is.
        """
        files = self._by_practice.get(practice, [])
        if not files:
            return None
        found = list(heard)
        failing = [h for h in found if h.failed]
        if failing:
            counting = [f for f in files if any(self._attestations[f].speaks_of(h.key, h.arn) for h in failing)]
            why = "what fails lies outside of its scope"
        else:
            why = self._left_out(files, found)
            counting = [] if why else files
        for file in files:
            if file not in counting:
                self._stands[file] = Stands("outside", why)
        if not counting:
            return None
        first = min((self._attestations[f] for f in counting), key=lambda a: (a.expires, a.owner))
        return lens.Attestation(by=first.owner, on=first.date, until=first.expires, statement=first.statement)

    def _left_out(self, files: Iterable[str], found: Iterable[Heard]) -> str:
        """What these leave unsaid, together; empty where they speak of everything."""
        said = [self._attestations[file] for file in files]
        for heard in found:
            if not any(a.speaks_of(heard.key, heard.arn) for a in said):
                return (
                    f"does not speak of {heard.key if heard.key.name else heard.key.type or 'rules that were left out'}"
                )
        for account in self._accounts:
            there = [a for a in said if not a.scope.accounts or account in a.scope.accounts]
            if not there:
                return f"does not speak of account {account}, which was scanned"
            if all(a.scope.resources for a in there) and not any(h.key.account in ("", account) for h in found):
                return f"names resources, and no rule judged any of account {account}: leave them out to speak of all"
        return ""

    def told(self) -> list[out.Attestation]:
        """All of them as the assessment tells them, after each practice was asked for."""
        return [
            out.Attestation(
                file=file,
                practice=a.practice,
                accounts=list(a.scope.accounts),
                workload=a.scope.workload,
                resources=list(a.scope.resources),
                statement=a.statement,
                evidence=a.evidence,
                owner=a.owner,
                reviewer=a.reviewer,
                date=a.date.isoformat(),
                expires=a.expires.isoformat(),
                standing=self._stands[file].standing,
                soon=self._stands[file].soon,
                why=self._stands[file].why,
            )
            for file, a in sorted(self._attestations.items())
        ]
