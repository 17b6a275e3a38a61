"""What if: which findings, practices and risks would change if a plan were carried out. Nothing is called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mllens.assess import assess
from mllens.reports.assessment import Assessment
from mllens.rules import Rule
from mllens.scanner import Graph, Inventory
from mllens.statements.attestations import Attestation
from mllens.statements.waivers import Waiver


@dataclass(frozen=True)
class Difference:
    """What is one way now and would be another: a finding, a practice or a question; "" where there is none."""

    id: str
    what: str
    now: str
    then: str


@dataclass(frozen=True)
class WhatIf:
    """What a plan would change in the assessment. `findings` holds those that appear, too, and why they are as they are."""

    findings: tuple[Difference, ...]
    practices: tuple[Difference, ...]
    questions: tuple[Difference, ...]


def what_if(
    now: Inventory,
    then: Graph,
    rules: Sequence[Rule],
    left_out: Sequence[Rule],
    settings: Mapping[str, Mapping[str, Any]],
    *,
    attestations: Mapping[str, Attestation] | None = None,
    waivers: Mapping[str, Waiver] | None = None,
) -> WhatIf:
    """The difference between two assessments by the same rules and statements."""
    told = [
        assess(
            inventory,
            rules,
            left_out=left_out,
            settings=settings,
            attestations=attestations,
            waivers=waivers,
            reproducible=True,
        )
        for inventory in (now, then.inventory)
    ]
    return WhatIf(
        findings=_differ(*(_findings(one) for one in told)),
        practices=_differ(*({p.id: (p.title, str(p.state)) for p in one.practices} for one in told)),
        questions=_differ(*(_questions(one) for one in told)),
    )


def _findings(assessment: Assessment) -> dict[str, tuple[str, str]]:
    return {
        f.id: (
            f"{f.rule}: {f.resource.name or f.resource.type}",
            f.status + (f": {f.message}" if f.status in ("fail", "unknown") else ""),
        )
        for f in assessment.findings
    }


def _questions(assessment: Assessment) -> dict[str, tuple[str, str]]:
    return {
        q.id: (q.title, q.risk if q.risk_best == q.risk_worst else f"{q.risk_best} to {q.risk_worst}")
        for q in assessment.questions
    }


def _differ(now: dict[str, tuple[str, str]], then: dict[str, tuple[str, str]]) -> tuple[Difference, ...]:
    out = []
    for id_ in sorted(now.keys() | then.keys()):
        what, was = now.get(id_, ("", ""))
        what_then, will = then.get(id_, ("", ""))
        if was != will:
            out.append(Difference(id_, what or what_then, was, will))
    return tuple(out)
