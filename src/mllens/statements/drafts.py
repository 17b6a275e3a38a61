"""Drafts of attestations: open practices, each with the question to ask and with what a scan knows towards an answer."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mllens import lens
from mllens.deciding import deciding
from mllens.reports.assessment import Assessment
from mllens.reports.harmless import shortened
from mllens.reports.summary import counted
from mllens.rules.load import ours
from mllens.scanner import Graph, Resource, Unobserved
from mllens.scanner.sagemaker import Endpoint, Model, ModelPackage, ModelPackageGroup
from mllens.scanner.sagemaker_governance import ModelCard, Project
from mllens.scanner.sagemaker_jobs import ProcessingJob
from mllens.scanner.sagemaker_review import FlowDefinition

KNOWN_SHOWN = 6
VALUE = 160  # characters
OWNER_TAGS = ("owner", "team", "contact")


@dataclass(frozen=True)
class Draft:
    """A practice to ask about; `known` are sentences, `evidence` the one thing they all point to, `owner` the only one."""

    practice: lens.Choice
    question: str
    known: tuple[str, ...]
    evidence: str
    owner: str


@dataclass(frozen=True)
class _Fact:
    """What a scan knows, and the ARN or address where it stands."""

    text: str
    at: str


def open_practices(assessment: Assessment | None) -> list[str]:
    """The practices that wait for a person: undecided ones of which rules alone are no judge.

    Without an assessment: those of which no rule speaks.
    """
    if assessment is None:
        return [id_ for id_, decided in deciding(ours()).items() if decided.who == "a person"]
    undecided = {p.id for p in assessment.practices if p.state in ("unknown", "supported")}
    judged = deciding([*ours(), *assessment.rules])
    return [id_ for id_, decided in judged.items() if id_ in undecided and decided.who != "rules"]


def drafts(practices: Iterable[str], assessment: Assessment | None, graph: Graph | None) -> list[Draft]:
    """A draft for each practice, in the order given."""
    known = _Known(graph) if graph else None
    said = _said(assessment) if assessment else {}
    made = []
    for id_ in practices:
        facts = known.of(id_) if known else []
        places = {fact.at for fact in facts if fact.at}
        more = len(facts) - KNOWN_SHOWN
        made.append(
            Draft(
                practice=lens.choice(id_),
                question=lens.question_of(id_).title,
                known=(
                    *said.get(id_, ()),
                    *(f"{fact.text}{f' ({fact.at})' if fact.at else ''}" for fact in facts[:KNOWN_SHOWN]),
                    *([f"and {more} more"] if more > 0 else []),
                ),
                evidence=places.pop() if len(places) == 1 else "",
                owner=known.owner if known else "",
            )
        )
    return made


def _said(assessment: Assessment) -> Mapping[str, list[str]]:
    """What rules say of each practice."""
    tallies = {rule.id: rule for rule in assessment.rules}
    said: dict[str, list[str]] = {}
    for practice in assessment.practices:
        for id_ in practice.rules:
            rule = tallies[id_]
            if judged := rule.passed + rule.fail + rule.unknown:
                unknown = f", {rule.unknown} could not be judged" if rule.unknown else ""
                said.setdefault(practice.id, []).append(f"{rule.title} {rule.passed} of {judged} pass{unknown} ({id_})")
    return said


class _Known:
    """What a graph knows, made when a practice first asks for it."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._made: dict[Callable[[Graph], Iterator[_Fact]], list[_Fact]] = {}

    def of(self, practice: str) -> list[_Fact]:
        out: list[_Fact] = []
        for topic, practices in TOPICS.items():
            if practice in practices:
                if topic not in self._made:
                    self._made[topic] = list(topic(self._graph))
                out += self._made[topic]
        return out

    @cached_property
    def owner(self) -> str:
        """The owner that all tags name; empty where they name none or several."""
        owners = _owners(self._graph)
        return next(iter(owners)) if len(owners) == 1 else ""


def _told(resource: object, **fields: str) -> str:
    """What is known of a resource: label and value of each field that is set and was read."""
    parts = []
    for attr, label in fields.items():
        try:
            value = getattr(resource, attr)
        except Unobserved:
            continue
        if value:
            parts.append(f"{label} {shortened(str(value), VALUE)}")
    return "; ".join(parts)


def _named(resource: Resource, what: str, told: str) -> Iterator[_Fact]:
    if told:
        yield _Fact(f"{what} {resource.name}: {told}", resource.arn)


def _of_cards(**fields: str) -> Callable[[Graph], Iterator[_Fact]]:
    def topic(graph: Graph) -> Iterator[_Fact]:
        for card in graph.known(ModelCard):
            try:
                told = _told(card.content, **fields)
            except Unobserved:
                continue
            status = _told(card, status="status")
            yield from _named(card, "model card", f"{status}; {told}" if told and status else told)

    return topic


def _of_packages(**fields: str) -> Callable[[Graph], Iterator[_Fact]]:
    def topic(graph: Graph) -> Iterator[_Fact]:
        for package in graph.known(ModelPackage):
            yield from _named(package, "model package", _told(package, **fields))

    return topic


def _reports(graph: Graph) -> Iterator[_Fact]:
    """Bias and explainability reports of registered models."""
    kinds = {
        "bias_report": "bias",
        "bias_pre_training_report": "bias before training",
        "bias_post_training_report": "bias after training",
        "explainability_report": "explainability",
    }
    for package in graph.known(ModelPackage):
        for attr, kind in kinds.items():
            try:
                report = getattr(package, attr)
            except Unobserved:
                continue
            if report is not None:
                yield _Fact(f"report on {kind} of model package {package.name}", str(report.value))


def _jobs(*, clarify: bool) -> Callable[[Graph], Iterator[_Fact]]:
    """Processing jobs that no schedule started: of Clarify, or others, which may be evaluations."""

    def topic(graph: Graph) -> Iterator[_Fact]:
        for job in graph.known(ProcessingJob):
            try:
                if job.schedule_arn is not None or ("clarify" in job.image) != clarify:
                    continue
            except Unobserved:
                continue
            kind = "Clarify job" if clarify else "processing job"
            yield from _named(job, kind, _told(job, status="status", ended="ended"))

    return topic


def _flows(graph: Graph) -> Iterator[_Fact]:
    """Flows of Augmented AI that send predictions to people."""
    for flow in graph.known(FlowDefinition):
        told = _told(flow, status="status", reviewers="reviewers of each task", workteam="team", task_type="reviews")
        yield from _named(flow, "human review", told)


def _tagged_owners(graph: Graph) -> Iterator[_Fact]:
    for owner, count in sorted(_owners(graph).items()):
        yield _Fact(f"tags name {shortened(owner, VALUE)} as owner of {counted(count, 'resource')}", "")


def _owners(graph: Graph) -> Mapping[str, int]:
    found: Counter[str] = Counter()
    kinds: Sequence[type[Resource]] = (Endpoint, Model, ModelPackageGroup, ModelCard, Project)
    for kind in kinds:
        for resource in graph.known(kind):
            try:
                tags: Mapping[str, Any] = resource.tags
            except Unobserved:
                continue
            found.update(value for key, value in tags.items() if key.lower() in OWNER_TAGS and value)
    return found


TOPICS: Mapping[Callable[[Graph], Iterator[_Fact]], frozenset[str]] = {
    _tagged_owners: frozenset({"MLOPS01_BP01", "MLOPS02_BP01", "MLRAI07_BP01"}),
    _of_cards(
        model_owner="owner",
        purpose="purpose",
        intended_uses="intended uses",
        business_problem="problem",
        business_stakeholders="stakeholders",
    ): frozenset({"MLOPS01_BP01", "MLOPS01_BP03", "MLOPS02_BP02", "MLPERF01_BP01", "MLRAI07_BP01", "MLRAI08_BP04"}),
    _of_cards(risk_rating="risk rating", ethical_considerations="ethical considerations", caveats="caveats"): frozenset(
        {
            "MLOPS01_BP02",
            "MLRAI01_BP01",
            "MLRAI01_BP07",
            "MLRAI02_BP01",
            "MLRAI04_BP01",
            "MLRAI08_BP06",
            "MLPERF04_BP05",
        }
    ),
    _of_cards(objective_function="objective", evaluation_details="evaluation"): frozenset(
        {"MLPERF01_BP01", "MLPERF02_BP01", "MLREL03_BP03", "MLRAI04_BP04", "MLRAI06_BP01", "MLRAI06_BP04"}
    ),
    _of_packages(
        approval_status="approval",
        approval_description="because",
        modified_by="last changed by",
        metadata="metadata",
    ): frozenset({"MLOPS02_BP01", "MLRAI06_BP01", "MLRAI07_BP03", "MLRAI07_BP04"}),
    _reports: frozenset(
        {
            "MLOPS01_BP02",
            "MLOPS02_BP06",
            "MLPERF06_BP02",
            "MLREL03_BP04",
            "MLRAI01_BP02",
            "MLRAI01_BP04",
            "MLRAI02_BP02",
        }
    ),
    _flows: frozenset({"MLOPS02_BP05", "MLPERF06_BP01", "MLRAI05_BP06"}),
    _jobs(clarify=True): frozenset(
        {"MLOPS02_BP06", "MLPERF06_BP02", "MLREL03_BP04", "MLRAI01_BP02", "MLRAI01_BP04", "MLRAI02_BP02"}
    ),
    _jobs(clarify=False): frozenset({"MLPERF04_BP02", "MLREL03_BP03", "MLRAI04_BP04", "MLRAI06_BP02", "MLRAI06_BP04"}),
}
"""What is known, and the practices towards whose answer it helps."""
