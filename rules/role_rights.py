"""What a role of machine learning may do to SageMaker, and what it is the role of."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mllens.rules.access import ROLE_READS, Access, Asked, Policy, boundary_of, decide, parts, policies_of
from mllens.rules.verdict import Fail, NotApplicable, Pass, Verdict
from mllens.scanner import Graph, Unobserved
from mllens.scanner.iam import Role
from mllens.scanner.sagemaker import Model, TrainingJob
from mllens.scanner.sagemaker_jobs import HyperParameterTuningJob, ProcessingJob
from mllens.scanner.sagemaker_studio import Domain, NotebookInstance, UserProfile

JOBS = (
    *(TrainingJob.role, ProcessingJob.role),
    *(HyperParameterTuningJob.definition, HyperParameterTuningJob.definitions),
)
STUDIO = (UserProfile.execution_role, Domain.execution_role, Domain.space_execution_role)
WORKLOADS = (Model.role, *JOBS)
USERS = (*WORKLOADS, NotebookInstance.role, *STUDIO)
RIGHTS = ROLE_READS
"""What a rule reads that asks for `jobs`, `studio`, `workloads`, `users`, `Rights`."""

OTHER = "any-other"  # the name of something that no policy can mean by name
APPROVES: Mapping[str, str | None] = {"sagemaker:ModelApprovalStatus": "Approved"}
"""What is known of a request that approves a version."""


def jobs(role: Role, graph: Graph) -> Iterator[str]:
    """The newest jobs that train or process data with a role.

    Raises:
        Unobserved: when exhausted, here and below, if there may be others.
    """
    yield from _known_first(
        (f"the training job {job.name}" for job in graph.into(role, TrainingJob, bounded=True)),
        (f"the processing job {job.name}" for job in graph.into(role, ProcessingJob, bounded=True)),
        (f"the tuning job {job.name}" for job in graph.into(role, HyperParameterTuningJob, bounded=True)),
    )


def studio(role: Role, graph: Graph) -> Iterator[str]:
    """Who works in Studio with a role."""
    yield from _known_first(
        (f"the Studio user {user.name}" for user in graph.into(role, UserProfile)),
        (f"the Studio domain {domain.name}" for domain in graph.into(role, Domain)),
    )


def workloads(role: Role, graph: Graph) -> Iterator[str]:
    """The models and newest jobs that a role belongs to."""
    yield from _known_first((f"the model {model.name}" for model in graph.into(role, Model)), jobs(role, graph))


def users(role: Role, graph: Graph) -> Iterator[str]:
    """The models, newest jobs, notebooks and people of Studio that a role belongs to."""
    yield from _known_first(
        workloads(role, graph),
        (f"the notebook {notebook.name}" for notebook in graph.into(role, NotebookInstance)),
        studio(role, graph),
    )


def _known_first(*sources: Iterator[str]) -> Iterator[str]:
    """All that is known of several sources, before what is not known of one of them."""
    gap = None
    for source in sources:
        try:
            yield from source
        except Unobserved as first:
            gap = gap or first
    if gap:
        raise gap


@dataclass(frozen=True)
class Rights:
    """The rights of a role by its own policies, within its boundary."""

    role: Role
    policies: list[Policy]
    boundary: Policy | None

    @classmethod
    def of(cls, role: Role, graph: Graph) -> "Rights":
        """Those of a role; documents that were not read leave answers unknown."""
        return cls(role, policies_of(role, graph), boundary_of(role, graph))

    def may(self, action: str, resource: str, context: Mapping[str, str | None] | None = None) -> Access:
        """Whether it may do something to one thing, or to all that a pattern means."""
        asked = Asked(self.role.arn, action, resource, context=context or {})
        return decide(asked, identity=self.policies, boundary=self.boundary)

    def may_to_some(self, action: str, kind: str, context: Mapping[str, str | None] | None = None) -> Access:
        """Whether it may do something to any things of a kind (`model-package/`), whatever they are called.

        Asked of one with a name that nobody gave, and of those that its policies name.
        """
        everything = f"arn:{self.partition}:{_service(action)}:*:*:{kind}*"
        named = parts(Asked(self.role.arn, action, everything), self.policies)
        told = [self.may(action, self.thing(action, kind), context)]
        told += [self.may(action, pattern, context) for pattern in dict.fromkeys(named)]
        sure = next((access for access in told if access.answer == "allowed"), None)
        return sure or next((access for access in told if access.answer == "unknown"), told[0])

    def thing(self, action: str, kind: str, region: str = "us-east-1") -> str:
        """The ARN of something that an action may be about, under a name that nobody gave."""
        return f"arn:{self.partition}:{_service(action)}:{region}:{self.role.account}:{kind}{OTHER}"

    @property
    def partition(self) -> str:
        """The part of AWS that the role lies in."""
        return self.role.arn.split(":", 2)[1]

    def by(self, action: str, resource: str, context: Mapping[str, str | None] | None = None) -> str:
        """The one policy that is enough to allow something, if there is one."""
        asked = Asked(self.role.arn, action, resource, context=context or {})
        enough = (p.name for p in self.policies if decide(asked, identity=[p]).answer == "allowed")
        return next(enough, "its policies together")


def _service(action: str) -> str:
    return action.partition(":")[0]


def judged(role: Role, told: Iterable[tuple[Access, str, str]], users: Iterator[str], nobody: str) -> Verdict:
    """The verdict on a role that must not be allowed any of several things: each with what it is, and the remedy.

    Raises:
        Unobserved: what is not allowed surely may be, to a role that is in use; or whether it is in use is not told.
    """
    told = tuple(told)
    able = [one for answer in ("allowed", "unknown") for one in told if one[0].answer == answer]
    if not able:
        return Pass()
    access, what, remedy = able[0]
    for user in users:
        if access.answer == "unknown":
            raise Unobserved(role.name, f"whether it may {what} cannot be told ({access.why})")
        return Fail(f"may {what}, and is the role of {user}; {remedy}")
    return NotApplicable(nobody)
