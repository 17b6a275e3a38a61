"""Assessing: an inventory and rules in, an assessment out. No clock, no network, no order of dictionaries."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from mllens import __version__
from mllens.lens import Evidence as PracticeEvidence
from mllens.lens import PracticeState, answer, build, fold, tally
from mllens.lens import load as load_lens
from mllens.lineage import lineage
from mllens.reports import assessment as out
from mllens.rules import Fail, Finding, NotApplicable, Rule, Severity, Unknown, findings
from mllens.rules.findings import evidence as evidence_of
from mllens.scanner import Field, Graph, Inventory, Key, Resource
from mllens.scanner.garbage import few_collections
from mllens.statements.attestations import Attestation, Attesting, Heard
from mllens.statements.waivers import Waiver, Waiving
from mllens.workload import Membership, Workload, counted, membership
from mllens.workload.file import inside

WORST_FIRST = {"critical": 0, "high": 1, "medium": 2, "low": 3, "info": 4}


@few_collections()
def assess(
    inventory: Inventory,
    rules: Sequence[Rule],
    *,
    left_out: Sequence[Rule] = (),
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    as_of: datetime | None = None,
    selection: Mapping[str, list[str]] | None = None,
    attestations: Mapping[str, Attestation] | None = None,
    waivers: Mapping[str, Waiver] | None = None,
    workload: Workload | None = None,
    evidence: Literal["fail", "all"] = "fail",
    reproducible: bool = False,
) -> out.Assessment:
    """Judge an inventory by rules and answer the lens.

    Args:
        inventory: what was read.
        rules: the rules to judge by; practices that none of them speaks of stay unknown.
        left_out: rules that were not chosen; practices that they prove stay unknown unless a chosen one fails.
        settings: values of rules' settings, by rule id.
        as_of: the time to judge ages by, if not the scan's own.
        selection: what narrowed the rules, for the record.
        attestations: what people vouch for, by file; those count that hold at the time to judge by.
        waivers: what people accept, by file; likewise.
        workload: which part of what was read is assessed; without one, all of it.
        evidence: of which findings it is told: of those that fail or are unknown, or of all.
        reproducible: leave out request ids, calls and wall-clock times, so that equal inventories give equal bytes.

    Raises:
        WorkloadError: the inventory does not hold the workload's accounts, regions or roots.
    """
    graph = Graph(inventory, now=as_of)
    of = membership(graph, workload) if workload else None
    found = list(findings(rules, graph, settings))
    manifest = inventory.manifest
    waiving = Waiving(waivers or {}, graph, {rule.id for rule in left_out})
    waived = {f.id: file for f in found if (file := waiving.of(f))}
    if of is not None:
        found = counted(found, of, rules)
        waived = {f.id: waived[f.id] for f in found if f.id in waived and isinstance(f.verdict, Fail)}
    attesting = Attesting(
        attestations or {},
        graph.now.date(),
        manifest.accounts if workload is None else workload.accounts,
        "" if workload is None else workload.name,
    )
    practices = _practices(found, left_out, waived, attesting)
    telling = _Telling(waived, evidence, reproducible=reproducible)
    said = [telling.finding(f) for f in sorted(found, key=_worst_first)]
    relations, undrawn, walked = lineage(graph, said)
    return out.Assessment(
        mllens_version=__version__,
        scope=out.Scope(
            accounts=manifest.accounts if workload is None else sorted(workload.accounts),
            regions=manifest.regions if workload is None else sorted(workload.regions),
            partition=manifest.partition,
            rules=len(rules),
            selection=dict(selection or {}),
            workload=_workload(graph, of, rules) if of else None,
        ),
        scanned_at=_time(graph.now.timestamp()),
        scan=out.Scan(
            caller_arn=manifest.caller_arn,
            started_at=None if reproducible else _time(manifest.started_at),
            finished_at=None if reproducible else _time(manifest.finished_at),
            policy_sha256=manifest.policy_sha256,
            botocore_version=manifest.botocore_version,
            rules_sha256=_digest_of_rules(rules, settings),
            lens_sha256=_digest_of_lens(),
            inventory_sha256=digest_of_rows(inventory),
        ),
        resources=_resources(graph, of),
        coverage=[
            out.Coverage(
                account=line.account,
                region=line.region,
                type=line.type,
                status=line.status,
                reason=line.reason,
                operation=line.operation,
                action=line.action,
                scope=line.scope,
                seen=line.seen,
                read=line.read,
            )
            for line in manifest.coverage
            if workload is None or inside(workload, Key(line.type, line.account, line.region, ""))
        ],
        findings=said,
        practices=[_practice(state, rules, waiving) for state in practices.values()],
        questions=_questions(practices),
        rules=_rule_tallies(found, rules, waived),
        attestations=attesting.told(),
        waivers=waiving.told(waived),
        broken=sorted(
            {(f.rule.id, f.failed): out.BrokenRule(rule=f.rule.id, where=f.failed) for f in found if f.failed}.values(),
            key=lambda b: (b.rule, b.where),
        ),
        relations=relations,
        undrawn=undrawn,
        walked=walked,
        calls=None if reproducible else manifest.calls,
        throttled=None if reproducible else manifest.throttled,
        retried=None if reproducible else manifest.retried,
    )


def _worst_first(finding: Finding) -> tuple[Any, ...]:
    return (WORST_FIRST[finding.rule.severity], finding.rule.id, finding.key)


def _time(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _resources(graph: Graph, of: Membership | None) -> out.Resources:
    by_type = {type_: graph.count(type_) for type_ in graph.types if not type_.startswith("AWS::::")}
    if of is not None:
        held = Counter(row.type for row in graph.inventory.rows if not row.gone and of.standing(row.key) == "member")
        by_type = {type_: held[type_] for type_ in by_type}
    return out.Resources(total=sum(by_type.values()), by_type=by_type)


def _workload(graph: Graph, of: Membership, rules: Iterable[Rule]) -> out.Workload:
    said, judged = of.workload, {rule.subject.type for rule in rules}
    standings = Counter(
        of.standing(r.key) for r in graph.inventory.rows if not r.gone and not r.type.startswith("AWS::::")
    )
    return out.Workload(
        name=said.name,
        sha256=said.sha256,
        tags=dict(said.tags),
        roots=list(said.roots),
        applications=list(said.applications),
        members=standings["member"],
        unsure=standings["unsure"],
        doubts=sorted({doubt.why for key, doubt in of.unsure.items() if key.name or key.type in judged}),
    )


class _Telling:
    """Tells findings in the words of an assessment; what many of them rest on is told once, and shared."""

    def __init__(self, waived: Mapping[str, str], evidence: Literal["fail", "all"], *, reproducible: bool) -> None:
        self._waived, self._wanted, self._reproducible = waived, evidence, reproducible
        self._resources: dict[tuple[Key, str], out.ResourceId] = {}
        self._evidence: dict[tuple[Key, Field], out.Evidence | None] = {}

    def finding(self, finding: Finding) -> out.Finding:
        message, status = "", status_of(finding)
        match finding.verdict:
            case Fail(message=said) | NotApplicable(why=said) | Unknown(why=said):
                message = said
        rests_on = finding.read if self._wanted == "all" or status in ("fail", "unknown") else ()
        return out.Finding(
            id=finding.id,
            rule=finding.rule.id,
            resource=self._resource(finding.key, finding.arn),
            status=status,
            waived=finding.id in self._waived,
            waiver=self._waived.get(finding.id),
            severity=finding.rule.severity,
            message=message,
            evidence=[told for read in rests_on if (told := self._told(*read)) is not None],
            practices=list(finding.rule.practices),
            fix=finding.rule.repair is not None and status == "fail",
        )

    def _resource(self, key: Key, arn: str) -> out.ResourceId:
        if (told := self._resources.get((key, arn))) is None:
            told = out.ResourceId(arn=arn, type=key.type, account=key.account, region=key.region, name=key.name)
            self._resources[key, arn] = told
        return told

    def _told(self, resource: Resource, field: Field) -> out.Evidence | None:
        key = (resource.key, field)
        if key not in self._evidence:
            self._evidence[key] = self._tell(resource, field)
        return self._evidence[key]

    def _tell(self, resource: Resource, field: Field) -> out.Evidence | None:
        if (known := evidence_of(resource, field)) is None:
            return None
        return out.Evidence(
            resource=self._resource(known.resource, known.arn),
            field=known.field,
            value=known.value,
            absent=known.absent,
            operation=known.operation,
            observed_at=None if self._reproducible or known.observed_at is None else _time(known.observed_at),
            request_id=None if self._reproducible else known.request_id,
        )


def status_of(finding: Finding) -> out.FindingStatus:
    """A verdict as the assessment names it."""
    match finding.verdict:
        case Fail():
            return "fail"
        case Unknown():
            return "unknown"
        case NotApplicable():
            return "not_applicable"
    return "pass"


def _practices(
    found: Iterable[Finding], left_out: Iterable[Rule], waived: Collection[str], attesting: Attesting
) -> dict[str, PracticeState]:
    evidence: dict[str, list[PracticeEvidence]] = {}
    heard: dict[str, list[Heard]] = {}
    for rule in left_out:  # what it would have said is unknown: a choice of rules must not look better than all of them
        for practice in rule.proves:
            evidence.setdefault(practice, []).append(PracticeEvidence("proves", rule.id, "unknown", waived=False))
            heard.setdefault(practice, []).append(Heard(Key("", "", "", ""), "", failed=False))
    for finding in found:
        if finding.rule.presumes and isinstance(finding.verdict, NotApplicable):
            continue  # that the means is lacking does not make the practice inapplicable
        status = status_of(finding)
        subject = "\0".join(finding.key)
        for practices, relation in ((finding.rule.proves, "proves"), (finding.rule.supports, "supports")):
            said = PracticeEvidence(relation, subject, status, waived=finding.id in waived)  # type: ignore[arg-type]
            failed = status == "fail" and relation == "proves"
            for practice in practices:
                evidence.setdefault(practice, []).append(said)
                if practice in attesting and status != "not_applicable":
                    heard.setdefault(practice, []).append(Heard(finding.key, finding.arn, failed=failed))
    return {
        choice.id: fold(tally(evidence.get(choice.id, ())), choice, attesting.of(choice.id, heard.get(choice.id, ())))
        for choice in load_lens().choices.values()
    }


def _practice(state: PracticeState, rules: Iterable[Rule], waiving: Waiving) -> out.Practice:
    choice = load_lens().choices[state.practice]
    return out.Practice(
        id=choice.id,
        lens=load_lens().name,
        title=choice.title,
        risk=choice.risk,
        state=state.state,
        met=state.met,
        of=state.of,
        unknown=state.unknown,
        met_with_waivers=state.met_with_waivers,
        rules=sorted(rule.id for rule in rules if choice.id in rule.practices),
        ruled_out=waiving.ruling_out(choice.id),
    )


def _questions(practices: Mapping[str, PracticeState]) -> list[out.Question]:
    questions = []
    for pillar in load_lens().pillars:
        for question in pillar.questions:
            found = answer(question, practices)
            choices = [
                out.Choice(id=c.id, selected=c.id in found.selected, state=practices[c.id].state)
                for c in question.choices
            ]
            choices.append(out.Choice(id=question.none, selected=question.none in found.selected, state=None))
            questions.append(
                out.Question(
                    id=question.id,
                    pillar=pillar.id,
                    dimension=question.dimension,
                    title=question.title,
                    risk=found.risk,
                    risk_best=found.risk_best,
                    risk_worst=found.risk_worst,
                    undecided=list(found.undecided),
                    choices=choices,
                )
            )
    return questions


def _rule_tallies(found: Sequence[Finding], rules: Sequence[Rule], waived: Collection[str]) -> list[out.RuleTally]:
    counts = Counter((finding.rule.id, status_of(finding)) for finding in found)
    accepted = Counter(finding.rule.id for finding in found if waived and finding.id in waived)
    return [
        out.RuleTally(
            id=rule.id,
            title=rule.norm,
            harm=rule.harm,
            severity=rule.severity,
            confidence=rule.confidence,
            proves=list(rule.proves),
            supports=list(rule.supports),
            module=rule.module,
            passed=counts[rule.id, "pass"],
            fail=counts[rule.id, "fail"],
            unknown=counts[rule.id, "unknown"],
            not_applicable=counts[rule.id, "not_applicable"],
            waived=accepted[rule.id],
        )
        for rule in sorted(rules, key=lambda r: (WORST_FIRST[r.severity], r.id))
    ]


@cache
def _digest_of_lens() -> str:
    return hashlib.sha256(build().encode()).hexdigest()


def _digest_of_rules(rules: Iterable[Rule], settings: Mapping[str, Mapping[str, Any]] | None) -> str:
    digest = hashlib.sha256()
    for file in sorted({rule.file for rule in rules}, key=lambda f: f.name):
        digest.update(file.name.encode() + b"\0" + Path(file).read_bytes())
    digest.update(msgspec.json.encode(settings or {}, order="deterministic"))
    return digest.hexdigest()


def digest_of_rows(inventory: Inventory) -> str:
    """What was read, without when: two scans of an unchanged account have one digest."""
    digest = hashlib.sha256()
    for row in inventory.rows:
        digest.update(msgspec.json.encode(msgspec.structs.replace(row, seen={}), order="deterministic"))
    return digest.hexdigest()


def reached(assessment: out.Assessment, level: Severity, *, unknown: bool = False) -> bool:
    """Whether a failing, unwaived finding is at or above a severity; `unknown` counts unknown ones too."""
    statuses = {"fail", "unknown"} if unknown else {"fail"}
    return any(
        f.status in statuses and not f.waived and WORST_FIRST[f.severity] <= WORST_FIRST[level]
        for f in assessment.findings
    )
