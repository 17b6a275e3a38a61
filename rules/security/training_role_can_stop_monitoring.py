"""Workloads that could switch off what watches them."""

from typing import Any

from mllens.rules import NotApplicable, Verdict, case, rule
from mllens.rules.access import for_containers
from mllens.rules.role_rights import RIGHTS, WORKLOADS, Rights, judged, workloads
from mllens.scanner import Graph, Ref
from mllens.scanner.iam import InlinePolicy, ManagedPolicy, Role
from mllens.scanner.sagemaker import Model, TrainingJob
from mllens.scanner.sagemaker_jobs import ProcessingJob
from mllens.scanner.sagemaker_studio import UserProfile

WATCHES = (
    ("sagemaker:StopMonitoringSchedule", "monitoring-schedule/", "stop monitoring schedules"),
    ("sagemaker:DeleteMonitoringSchedule", "monitoring-schedule/", "delete monitoring schedules"),
    ("cloudwatch:DisableAlarmActions", "alarm:", "silence alarms"),
    ("cloudwatch:DeleteAlarms", "alarm:", "delete alarms"),
)


@rule(
    severity="high",
    proves=("MLSEC03_BP01", "MLRAI05_BP04"),
    presumes="a model or a job",
    reads=(*RIGHTS, *WORKLOADS),
)
def training_role_can_stop_monitoring(role: Role, graph: Graph) -> Verdict:
    """Roles of models and jobs must not be able to stop monitoring schedules or silence alarms.

    A container that was taken over, or that merely goes wrong, would then also take away what should have told. No
    model and no job needs such rights; whoever sets monitors up has a role of his own. What an organization's policies
    take away on top is not seen.
    """
    if not for_containers(role):
        return NotApplicable("cannot be taken on by SageMaker or Bedrock")
    rights = Rights.of(role, graph)
    told = [(rights.may_to_some(action, kind), what, f"take {action} from it") for action, kind, what in WATCHES]
    return judged(role, told, workloads(role, graph), "is the role of no model and no recent job")


_ARN = "arn:aws:iam::111122223333:role/ml"
_MANAGED = "arn:aws:iam::111122223333:policy/ml"
_REF = Ref(Role, _ARN)


def _role(
    action: Any,
    resource: Any = "*",
    *,
    by: str = "sagemaker",
    boundary: bool = False,
    managed: bool = False,
    **more: Any,
) -> Role:
    principal = {"Service": f"{by}.amazonaws.com"}
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return Role(
        name="ml",
        arn=_ARN,
        trust_policy={"Statement": {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}},
        inline_policies=(InlinePolicy(name="own", document={"Statement": [statement]}),),
        managed_policies=(Ref(ManagedPolicy, _MANAGED),) if managed else (),
        boundary=Ref(ManagedPolicy, _MANAGED) if boundary else None,
    )


_ALL = _role(["sagemaker:*", "cloudwatch:*"])
_MODEL, _JOB = Model(role=_REF), TrainingJob(role=_REF)
_READS = _role(["sagemaker:Describe*", "cloudwatch:Describe*", "cloudwatch:PutMetricData"])

training_role_can_stop_monitoring.cases(
    passes=[
        case(_READS, _MODEL, unread=[Model]),
        case(_role("cloudwatch:DeleteAlarms", "arn:aws:cloudwatch:*:*:dashboard/*"), _JOB),
        case(_role("sagemaker:StopTrainingJob"), _JOB),
    ],
    fails=[
        case(_ALL, _MODEL, unread=[Model, TrainingJob]),
        case(_ALL, _JOB, unread=[Model]),
        case(_ALL, ProcessingJob(role=_REF)),
        case(_role("cloudwatch:*"), _JOB),
        case(_role("cloudwatch:DeleteAlarms", "arn:aws:cloudwatch:eu-west-1:*:alarm:churn-*"), _MODEL),
        case(_role("sagemaker:DeleteMonitoringSchedule"), _JOB),
    ],
    unknown=[
        Role(),
        case(_ALL, unread=[TrainingJob]),
        case(_role("cloudwatch:*", Condition={"StringEquals": {"aws:ResourceTag/team": "churn"}}), _MODEL),
        case(_role("s3:*", managed=True), _MODEL, unread=[ManagedPolicy]),
        case(_role("s3:*", managed=True), _MODEL, ManagedPolicy(name="ml", account="111122223333")),
        case(_role("cloudwatch:*", boundary=True), _MODEL, unread=[ManagedPolicy]),
    ],
    not_applicable=[_ALL, case(_ALL, UserProfile(execution_role=_REF)), case(_role("*", by="lambda"), _MODEL)],
)
