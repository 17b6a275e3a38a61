"""What every report tells first: the risk by pillar, the rules that fail, worst first, and what could not be seen."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from shlex import quote
from typing import get_args

from mllens.reports.assessment import (
    Assessment,
    Attestation,
    Coverage,
    CoverageStatus,
    Finding,
    Practice,
    Question,
    RiskLevel,
    RuleTally,
    Severity,
    Waiver,
    Workload,
)
from mllens.reports.harmless import harmless, shortened

PILLARS: Mapping[str, str] = {
    "operationalExcellence": "Operational Excellence",
    "security": "Security",
    "reliability": "Reliability",
    "performance": "Performance Efficiency",
    "costOptimization": "Cost Optimization",
    "sustainability": "Sustainability",
    "responsibleAi": "Responsible AI",
}
"""In the order in which they are shown; a test holds them equal to the lens's."""
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
LEVELS: tuple[RiskLevel, ...] = ("none", "medium", "high")
WHOLE: frozenset[CoverageStatus] = frozenset({"complete", "empty"})
INCOMPLETE: frozenset[CoverageStatus] = frozenset({"partial", "denied", "throttled", "failed", "not_attempted"})
"""What was meant to be read and was not; the rest is by design."""
OPEN = frozenset({"undetermined", "unanswered"})

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|.")
_TYPE_SOMEWHERE = re.compile(r"([A-Za-z0-9]+::[A-Za-z0-9]+::[A-Za-z0-9]+)(?: in ([a-z0-9-]+))?")
_CALLER = re.compile(r"arn:[^:]*:(?:sts|iam)::[0-9]*:(assumed-role|role|user|federated-user|root)(?:/(.+))?")


# ----------------------------------------------------------------------------------------------------------------- words


def words(type_: str, count: int = 2) -> str:
    """Name a resource type as people do: `AWS::SageMaker::NotebookInstance` becomes "notebook instances"."""
    parts = [
        part if part.isupper() and len(part) > 1 else part.lower() for part in _WORD.findall(type_.rpartition("::")[2])
    ]
    name = harmless(" ".join(parts))
    if count == 1 or not name:
        return name
    if re.search(r"[^aeiou]y$", name):
        return f"{name[:-1]}ies"
    return f"{name}es" if re.search(r"(s|x|ch|sh)$", name) else f"{name}s"


def service(type_: str) -> str:
    """Name the service of a type: `SageMaker`."""
    parts = type_.split("::")
    return harmless(parts[1] if len(parts) == 3 else type_)


def listed(items: Iterable[str], most: int = 3) -> str:
    """Join as in a sentence, the first ones by name and the rest by number."""
    named = list(items)
    if len(named) > most + 1:
        named = [*named[:most], f"{len(named) - most} more"]
    return " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)


def counted(count: int, noun: str, plural: str = "") -> str:
    """Say "1 rule" or "1,200 rules"."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


@lru_cache
def clock(time: str) -> str:
    """Say a time of the assessment as people read it."""
    return harmless(re.sub(r"^(\S{10})T(\d\d:\d\d):\d\dZ$", r"\1 \2 UTC", time))


def caller(arn: str) -> str:
    """Say who looked: "role Auditor"."""
    match = _CALLER.fullmatch(arn)
    if not match:
        return harmless(arn) or "the caller"
    kind, name = match[1], (match[2] or "")
    if kind == "root":
        return "the root user"
    # an assumed role's path ends with the name of the session
    return f"{'role' if 'role' in kind else 'user'} {harmless(name.split('/')[0] if kind == 'assumed-role' else name.split('/')[-1])}"


# ------------------------------------------------------------------------------------------------------------------ risk


@dataclass(frozen=True)
class Span:
    """A number of questions in the best and in the worst case."""

    least: int
    most: int

    def __str__(self) -> str:
        return str(self.least) if self.least == self.most else f"{self.least}\N{EN DASH}{self.most}"


@dataclass(frozen=True)
class RiskRow:
    """The questions of a pillar, of a dimension, or all; those that do not apply are only in `not_applicable`.

    `open` counts the questions whose risk is not settled, of which `unanswered` had no evidence at all; `maybe_medium`
    those that range from none to medium.
    """

    id: str
    name: str
    questions: int
    high: Span
    medium: Span
    none: Span
    maybe_medium: int
    open: int
    unanswered: int
    not_applicable: int
    best: RiskLevel
    worst: RiskLevel
    met: int
    partly: int
    failed: int
    practices: int

    @property
    def held(self) -> str:
        """How the practices stand: "1 of 7 practices held, 2 in part, 1 failed, 3 open"."""
        undecided = self.practices - self.met - self.partly - self.failed
        more = [(self.partly, "in part"), (self.failed, "failed"), (undecided, "open")]
        return ", ".join(
            [f"{self.met} of {counted(self.practices, 'practice')} held", *(f"{n} {word}" for n, word in more if n)]
        )

    @property
    def level(self) -> str:
        """The worst risk among the questions: as it surely is, or from its best to its worst."""
        if not self.questions:
            return "does not apply" if self.not_applicable else "not asked"
        return self.best if self.best == self.worst else f"{self.best} to {self.worst}"


def risks(questions: Iterable[Question], id_: str = "", name: str = "") -> RiskRow:
    """Count the risk of these questions."""
    every = list(questions)
    asked = [question for question in every if question.risk != "not_applicable"]
    choices = [c for question in asked for c in question.choices if c.state not in {None, "not_applicable"}]
    return RiskRow(
        id=id_,
        name=name,
        questions=len(asked),
        high=_span(asked, "high"),
        medium=_span(asked, "medium"),
        none=_span(asked, "none"),
        maybe_medium=sum((question.risk_best, question.risk_worst) == ("none", "medium") for question in asked),
        open=sum(question.risk in OPEN for question in asked),
        unanswered=sum(question.risk == "unanswered" for question in asked),
        not_applicable=len(every) - len(asked),
        best=max((question.risk_best for question in asked), key=LEVELS.index, default="none"),
        worst=max((question.risk_worst for question in asked), key=LEVELS.index, default="none"),
        met=sum(choice.state in {"proven", "attested"} for choice in choices),
        partly=sum(choice.state == "partial" for choice in choices),
        failed=sum(choice.state == "disproven" for choice in choices),
        practices=len(choices),
    )


def _span(questions: Iterable[Question], level: RiskLevel) -> Span:
    """Count the questions that surely have this risk, and those that may have it."""
    at = LEVELS.index(level)
    ranges = [(LEVELS.index(q.risk_best), LEVELS.index(q.risk_worst)) for q in questions]
    return Span(sum(best == at == worst for best, worst in ranges), sum(best <= at <= worst for best, worst in ranges))


def pillars(assessment: Assessment) -> list[RiskRow]:
    """Count the risk by pillar, in the order in which pillars are shown."""
    by_pillar: dict[str, list[Question]] = {}
    for question in assessment.questions:
        by_pillar.setdefault(question.pillar, []).append(question)
    order = [*(id_ for id_ in PILLARS if id_ in by_pillar), *sorted(by_pillar.keys() - PILLARS.keys())]
    return [risks(by_pillar[id_], id_, PILLARS.get(id_) or harmless(id_)) for id_ in order]


def dimensions(assessment: Assessment) -> list[RiskRow]:
    """Count the risk by dimension of responsible AI, in the order of their questions."""
    by_dimension: dict[str, list[Question]] = {}
    for question in sorted(assessment.questions, key=lambda q: q.id):
        if question.dimension is not None:
            by_dimension.setdefault(question.dimension, []).append(question)
    return [risks(asked, id_, harmless(id_.replace("-", " ").capitalize())) for id_, asked in by_dimension.items()]


def verdict(assessment: Assessment) -> str:
    """Say the whole in one sentence."""
    row = risks(assessment.questions)
    if not row.questions:
        return "No question was judged"
    if row.high.most == 0:
        level, span = ("medium", row.medium) if row.medium.most else ("no", row.none)
    else:
        level, span = "high", row.high
    of, more = counted(row.questions, "question"), span.most - span.least
    if more and not span.least:
        return f"Perhaps {level} risk, in up to {span.most} of {of}"
    return f"{level.capitalize()} risk in {span.least} of {of}" + (f", perhaps in {more} more" if more else "")


# -------------------------------------------------------------------------------------------------------------- findings


@dataclass(frozen=True)
class Group:
    """What one rule found that needs somebody: fails, fails somebody accepted, and what could not be judged."""

    rule: RuleTally
    pillars: tuple[str, ...]
    failing: tuple[Finding, ...]
    unknown: tuple[Finding, ...]
    waived: tuple[Finding, ...]

    @property
    def rows(self) -> tuple[Finding, ...]:
        """All of them, worst first."""
        return self.failing + self.unknown + self.waived

    @property
    def rank(self) -> tuple[int, int, int, str]:
        """Sorts worst first."""
        kind = 0 if self.failing else 1 if self.unknown else 2
        return kind, SEVERITIES.index(self.rule.severity), -len(self.failing), self.rule.id

    @property
    def planned_by(self) -> str:
        """The command that plans the fix of what fails; empty where there is none."""
        return f"mllens remediate plan --rule {quote(self.rule.id)}" if any(f.fix for f in self.failing) else ""

    @property
    def tally(self) -> str:
        """Say how many of how many: "7 of 9 notebook instances fail, 1 of them waived; 1 more could not be judged"."""
        rule, type_ = self.rule, self.rows[0].resource.type
        judged = rule.passed + rule.fail
        said = []
        if judged:
            fails = "fails" if rule.fail == 1 else "fail"
            said.append(f"{rule.fail:,} of {judged:,} {words(type_, judged)} {fails if rule.fail else 'fail'}")
            if rule.waived:
                all_of = "waived" if rule.fail == 1 else "all of them waived"
                said[-1] += f", {all_of if rule.waived == rule.fail else f'{rule.waived:,} of them waived'}"
        if rule.unknown:
            said.append(f"{rule.unknown:,} {'more ' if judged else ''}could not be judged")
        return "; ".join(said)


def groups(assessment: Assessment) -> list[Group]:
    """Group what fails or is unknown by rule, worst first; resources in a fixed order."""
    tallies = {rule.id: rule for rule in assessment.rules}
    pillar_of = {question.id: question.pillar for question in assessment.questions}
    order = list(PILLARS)
    found: dict[str, dict[str, list[Finding]]] = defaultdict(lambda: {"fail": [], "unknown": [], "waived": []})
    for finding in assessment.findings:
        if finding.status in {"fail", "unknown"}:
            found[finding.rule]["waived" if finding.waived else finding.status].append(finding)
    made = []
    for id_, kinds in found.items():
        rule = tallies[id_]
        of = {pillar_of[q] for p in rule.proves + rule.supports if (q := p.rpartition("_")[0]) in pillar_of}
        made.append(
            Group(
                rule=rule,
                pillars=tuple(sorted(of, key=lambda p: (order.index(p) if p in order else len(order), p))),
                failing=_in_order(kinds["fail"]),
                unknown=_in_order(kinds["unknown"]),
                waived=_in_order(kinds["waived"]),
            )
        )
    return sorted(made, key=lambda group: group.rank)


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(
        sorted(findings, key=lambda f: (f.resource.account, f.resource.region, f.resource.name, f.resource.arn, f.id))
    )


def label(finding: Finding, most: int = 64) -> str:
    """Name the resource of a finding, or the type and place that could not be read."""
    of = finding.resource
    if of.name:
        return shortened(of.name, most)
    name = f"{service(of.type)} {words(of.type)}"
    return shortened(f"{name} in {of.region}" if of.region else name, most)


# ------------------------------------------------------------------------------------------------------------ statements


def vouched(assessment: Assessment) -> dict[str, list[Attestation]]:
    """Give the attestations that count, by practice; of each practice the first to expire first."""
    by_practice: dict[str, list[Attestation]] = defaultdict(list)
    for attestation in sorted(assessment.attestations, key=lambda a: (a.practice, a.expires, a.file)):
        if attestation.standing == "holds":
            by_practice[attestation.practice].append(attestation)
    return dict(by_practice)


def vouching(attestation: Attestation) -> str:
    """Say who vouches and until when: "Ada, reviewed by Grace, until 2027-01-31"."""
    said = f"{attestation.owner}, reviewed by {attestation.reviewer}, until {attestation.expires}"
    return harmless(said)


def acceptance(waiver: Waiver) -> str:
    """Say who accepts, until when and why."""
    return f"accepted by {harmless(waiver.owner)} until {harmless(waiver.expires)}: {shortened(waiver.reason, 200)}"


def ruled_out(assessment: Assessment) -> dict[str, str]:
    """Say of each practice that a waiver takes out of scope who accepted that until when, and what contradicts it."""
    waivers = {waiver.file: waiver for waiver in assessment.waivers}
    said = {}
    for practice in assessment.practices:
        if practice.ruled_out is not None:
            waiver = waivers[practice.ruled_out]
            said[practice.id] = (
                f"out of scope, accepted by {harmless(waiver.accepted_by)} until {harmless(waiver.expires)}: "
                f"{shortened(waiver.reason, 200)}{contradiction(practice.of)}"
            )
    return said


def contradiction(resources: int) -> str:
    """Say how many resources a rule could judge by a practice that is ruled out; empty if none, as it should be."""
    if not resources:
        return ""
    return f"; {counted(resources, 'resource')} {'says' if resources == 1 else 'say'} that it applies"


def notices(assessment: Assessment) -> list[str]:
    """Say which statements do not count or soon will not, and which waivers match nothing, a sentence each."""
    said = [
        f"The attestation of {a.practice} ({a.file}) {a.why}."
        for a in sorted(assessment.attestations, key=lambda a: (a.practice, a.file))
        if a.why
    ]
    said += [f"The waiver {w.file} {w.why}." for w in sorted(assessment.waivers, key=lambda w: w.file) if w.why]
    return [harmless(text) for text in said]


def counting(assessment: Assessment) -> str:
    """Say how many statements count: "2 of 3 attestations and 1 of 1 waiver count"."""
    kinds = (("attestation", assessment.attestations), ("waiver", assessment.waivers))
    said = [f"{sum(s.standing == 'holds' for s in of)} of {counted(len(of), noun)}" for noun, of in kinds if of]
    return f"{' and '.join(said)} {'counts' if sum(len(of) for _, of in kinds) == 1 else 'count'}" if said else ""


# ------------------------------------------------------------------------------------------------------------------ gaps


@dataclass(frozen=True)
class Gap:
    """What was not read whole, in one sentence each for what and why, what it costs, and what helps."""

    status: CoverageStatus
    what: str
    cost: str
    remedy: str
    actions: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join(part for part in (self.what, self.cost, self.remedy) if part)


REMEDIES: Mapping[CoverageStatus, str] = {
    "denied": "`mllens policy scan` prints what is missing.",
    "throttled": "`mllens scan --resume` goes on where it stopped.",
    "failed": "`mllens scan --resume` tries again.",
    "partial": "`mllens scan --resume` tries again.",
    "not_attempted": "`mllens scan --resume` goes on where it stopped.",
}
_STATUS_ORDER: tuple[CoverageStatus, ...] = (
    "denied", "failed", "throttled", "partial", "not_attempted", "bounded", "not_enabled", "unsupported"
)  # fmt: skip


def gaps(assessment: Assessment) -> list[Gap]:
    """Say what was not read whole, what was meant to be first; equal sentences of several regions become one."""
    silent = _unknown_rules(assessment)
    by_place: dict[tuple[str, str, str], list[Coverage]] = defaultdict(list)
    for line in assessment.coverage:
        by_place[line.account, line.region, service(line.type)].append(line)
    merged: dict[tuple[int, str, str, str, tuple[str, ...], str], list[Coverage]] = defaultdict(list)
    for (account, _, of), lines in sorted(by_place.items()):
        for status in _STATUS_ORDER:
            missed = sorted((line for line in lines if line.status == status), key=lambda line: line.type)
            if not missed:
                continue
            wholly = len(missed) == len(lines) and status in {"denied", "failed", "not_attempted", "not_enabled"}
            types = () if wholly else tuple(words(line.type) for line in missed)
            why = listed(sorted({_why(line) for line in missed}))
            merged[_STATUS_ORDER.index(status), account, of, status, types, why] += missed
    who = caller(assessment.scan.caller_arn)
    made = []
    for (_, account, of, _, types, why), lines in sorted(merged.items()):
        regions = sorted({line.region for line in lines if line.region})
        place = f" in {harmless(listed(regions))}" if regions else ""
        if len(assessment.scope.accounts) > 1:
            place += f" of account {harmless(account)}"
        rules = set().union(*(silent.get((line.account, line.region, line.type), ()) for line in lines))
        made.append(
            Gap(
                status=lines[0].status,
                what=f"{of}{' ' if types else ''}{listed(types)}{place} {_said(lines, why, who, plural=bool(types))}.",
                cost=f"{counted(len(rules), 'rule')} {'answers' if len(rules) == 1 else 'answer'} unknown."
                if rules
                else "",
                remedy=REMEDIES.get(lines[0].status, ""),
                actions=tuple(sorted({harmless(line.action) for line in lines if line.action})),
            )
        )
    return made


def _why(line: Coverage) -> str:
    if line.status == "denied":
        return harmless(line.action or line.operation)
    return shortened(line.reason, 160)


def _said(lines: list[Coverage], why: str, who: str, *, plural: bool) -> str:
    """Say what happened to these lines, which all have one status."""
    seen, read = sum(line.seen for line in lines), sum(line.read for line in lines)
    ratio = f"{read:,} of {seen:,}" if seen else ""
    calls = listed(sorted({harmless(line.operation) for line in lines if line.operation})) or "the call"
    were, are = ("were", "are") if plural else ("was", "is")
    counts, because, after = (f": {ratio}" if ratio else ""), (f" ({why})" if why else ""), (f": {why}" if why else "")
    denied = len({_why(line) for line in lines})
    throttled = "".join(f"; {part}" for part in (why, f"{ratio} read" if ratio else "") if part)
    said: Mapping[CoverageStatus, str] = {
        "denied": f"could not be read: {why or 'access'} {'is' if denied == 1 else 'are'} denied to {who}",
        "failed": f"could not be read: {calls} failed{because}",
        "throttled": f"{were} not read to the end: {calls} was throttled{throttled}",
        "partial": f"{were} read in part{counts}{because}",
        "not_attempted": f"{were} not read{after}",
        "bounded": f"{were} read within a bound{counts}{because}",
        "not_enabled": f"{are} not enabled{after}",
        "unsupported": f"{are} not supported there{after}",
    }
    return said[lines[0].status]


def _unknown_rules(assessment: Assessment) -> dict[tuple[str, str, str], set[str]]:
    """Find the rules that are unknown for a type in a place: about it, or naming it as what they lacked."""
    rules: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for finding in assessment.findings:
        if finding.status == "unknown":
            of = finding.resource
            rules[of.account, of.region, of.type].add(finding.rule)
            for type_, region in _TYPE_SOMEWHERE.findall(finding.message):
                rules[of.account, region or of.region, type_].add(finding.rule)
    return rules


def workload(of: Workload) -> str:
    """Say which workload is assessed, how much it is, and how much may be beside that."""
    perhaps = f", perhaps {of.unsure:,} more" if of.unsure else ""
    return f"{shortened(of.name, 60)} ({counted(of.members, 'resource')}{perhaps})"


def doubted(assessment: Assessment) -> str:
    """Say why it cannot be told what the workload is made of; empty where it can."""
    of = assessment.scope.workload
    if of is None or not of.doubts:
        return ""
    what = counted(of.unsure, "resource") if of.unsure else "what was not read"
    return f"Whether {what} may be of the workload cannot be told: {listed(shortened(why, 160) for why in of.doubts)}"


def reading(assessment: Assessment) -> str:
    """Say how much was read, with the denominator: a list is one type in one account and region."""
    every = len(assessment.coverage)
    if not every:
        return "nothing was read"
    missed = sum(line.status in INCOMPLETE for line in assessment.coverage)
    whole = sum(line.status in WHOLE for line in assessment.coverage)
    said = f"{whole:,} of {counted(every, 'list')} in full"
    if missed:
        said += f", {missed:,} not or in part"
    if rest := every - whole - missed:
        said += f", {rest:,} bounded, not enabled or not supported"
    return said


def shallow(assessment: Assessment) -> str:
    """Say how many known resources lacked something a rule reads; empty if none did."""
    alone = [finding for finding in assessment.findings if finding.status == "unknown" and finding.resource.name]
    if not alone:
        return ""
    of = {(f.resource.type, f.resource.account, f.resource.region, f.resource.name) for f in alone}
    rules = len({finding.rule for finding in alone})
    verb = "was" if len(of) == 1 else "were"
    return f"{counted(len(of), 'resource')} {verb} not read far enough for {counted(rules, 'rule')}."


def uncertain(practices: Iterable[Practice]) -> list[Practice]:
    """Pick the practices no rule can decide and nobody has attested."""
    return [p for p in practices if p.state in {"unknown", "supported"} and not p.unknown]
