"""Serving roles that can change what models are trained on."""

from collections.abc import Iterator
from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.access import (
    ROLE_READS,
    Access,
    Asked,
    Policy,
    Unread,
    boundary_of,
    decide,
    for_containers,
    parts,
    policies_of,
)
from mllens.rules.bucket_access import keys
from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.iam import InlinePolicy, ManagedPolicy, Role
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import Endpoint, EndpointConfig, HostedVariant, Model, TrainingJob
from mllens.scanner.sagemaker_inference import ComponentSpecification, InferenceComponent


@rule(
    severity="high",
    proves=("MLSEC04_BP03", "MLRAI04_BP06"),
    supports=("MLRAI03_BP02",),
    reads=(
        *(*ROLE_READS, Bucket, Bucket.policy, TrainingJob, TrainingJob.input_buckets, Model.role),
        *(EndpointConfig.variants, EndpointConfig.shadow_variants, EndpointConfig.role, Endpoint.config),
        *(InferenceComponent.specification, InferenceComponent.specifications),
    ),
)
def training_data_writable_by_endpoint_role(role: Role, graph: Graph) -> Verdict:
    """The role of a model that serves must not be able to write training data.

    A container that faces the world is the first to be taken over. If it can write where training reads, what it
    writes is in the next model, and nobody sees where it came from. Captured requests belong in a place that training
    does not read. The data of recent training jobs count, whichever model they made.
    """
    if not for_containers(role):
        return NotApplicable("cannot be taken on by SageMaker or Bedrock")
    policies, boundary, judged, doubt, fault = policies_of(role, graph), boundary_of(role, graph), False, "", ""
    for job, bucket, beginning in _read(graph):
        judged = True
        asked = Asked(role.arn, "s3:PutObject", f"arn:{role.arn.split(':')[1]}:s3:::{beginning}*")
        told, where = _write(asked, policies, boundary, _policy(bucket))
        if told.answer == "allowed":
            fault = f"may write {where}, which {job.name} was trained on; take s3:PutObject there from it"
            break
        if told.answer == "unknown":
            doubt = doubt or f"whether it may write {where}, for {job.name}, cannot be told ({told.why})"
    if not fault and not doubt:
        return Pass() if judged else NotApplicable("is where no recent training job reads from S3")
    if not _serves(role, graph):
        return NotApplicable("is the role of no model that serves")
    if fault:
        return Fail(fault)
    raise Unobserved(role.name, doubt)


def _read(graph: Graph) -> Iterator[tuple[TrainingJob, Bucket, str]]:
    """What recent training jobs read: the bucket, and how what is read begins in it."""
    for job in graph.all(TrainingJob, bounded=True):
        for reference in job.input_buckets:
            bucket = graph.to(reference)
            if not isinstance(bucket, Missing):
                yield job, bucket, keys(reference.value)


def _serves(role: Role, graph: Graph) -> bool:
    """Whether a live endpoint has the role, through a model, a component, or its configuration."""
    for model in graph.into(role, Model):
        if any(_live(config, graph) for config in graph.into(model, EndpointConfig)):
            return True
        if any(True for _ in graph.into(model, InferenceComponent)):
            return True
    return any(_live(config, graph) for config in graph.into(role, EndpointConfig))


def _live(config: EndpointConfig, graph: Graph) -> bool:
    return any(True for _ in graph.into(config, Endpoint))


def _write(asked: Asked, policies: list[Policy], boundary: Policy | None, of: Policy) -> tuple[Access, str]:
    """The answer for all of a prefix, or else for a part of it that some policy names."""
    told = decide(asked, identity=policies, boundary=boundary, resource=[of])
    for part in parts(asked, [*policies, of]) if told.answer == "unknown" else ():
        narrower = Asked(asked.principal, asked.action, part)
        if decide(narrower, identity=policies, boundary=boundary, resource=[of]).answer == "allowed":
            return Access("allowed"), _address(part)
    return told, _address(asked.resource)


def _address(arn: str) -> str:
    return f"s3://{arn.split(':::', 1)[1]}"


def _policy(bucket: Bucket) -> Policy:
    """The policy of a bucket; only the account that owns it can read that."""
    try:
        return Policy(f"the policy of {bucket.name}", bucket.policy)
    except Unobserved as gap:
        return Policy(f"the policy of {bucket.name}", Unread(str(gap)))


_ARN = "arn:aws:iam::111122223333:role/serving"
_TRAIN = "arn:aws:s3:::features/churn/train/"


def _trust(service: str) -> Any:
    return {"Statement": {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}}


_TRUST = _trust("sagemaker.amazonaws.com")


def _role(resource: Any = (), *, boundary: str | None = None, **more: Any) -> Role:
    statement = {"Effect": "Allow", "Action": ["s3:Get*", "s3:PutObject"], "Resource": resource, **more}
    return Role(
        name="serving",
        arn=_ARN,
        trust_policy=_TRUST,
        inline_policies=(InlinePolicy(name="containers", document={"Statement": [statement]}),),
        managed_policies=(),
        boundary=Ref(ManagedPolicy, boundary) if boundary else None,
    )


def _bucket(effect: str = "", **more: Any) -> Bucket:
    put = {
        "Effect": effect,
        "Principal": {"AWS": _ARN},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::features/*",
    }
    return Bucket(name="features", policy={"Statement": [{**put, **more}]} if effect else None)


_JOB = TrainingJob(name="churn-1", input_buckets=(Ref(Bucket, "s3://features/churn/train/"),))
_MODEL = Model(name="churn", role=Ref(Role, _ARN))
_CONFIG = EndpointConfig(
    name="current", variants=(HostedVariant(name="main", model=Ref(Model, "churn")),), shadow_variants=(), role=None
)
_COMPONENT = InferenceComponent(
    name="churn", specification=ComponentSpecification(model=Ref(Model, "churn")), specifications=()
)
_LIVE = (_MODEL, _CONFIG, Endpoint(name="churn", config=Ref(EndpointConfig, "current")))
_WIDE = _role("arn:aws:s3:::*")
_MAY = "arn:aws:iam::111122223333:policy/limits"
_INSECURE = {"Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}

training_data_writable_by_endpoint_role.cases(
    passes=[
        case(_role("arn:aws:s3:::artifacts/*"), _JOB, _bucket(), unread=[Model]),
        case(_role(["arn:aws:s3:::features/churn/captured/*", "arn:aws:s3:::artifacts/*"]), _JOB, _bucket(), *_LIVE),
        case(_WIDE, _JOB, _bucket("Deny"), *_LIVE),
        case(_WIDE, _JOB, _bucket("Deny", NotPrincipal={"AWS": "arn:aws:iam::111122223333:role/data"}), *_LIVE),
    ],
    fails=[
        case(_WIDE, _JOB, _bucket(), *_LIVE),
        case(_WIDE, _JOB, _bucket("Deny", **_INSECURE), *_LIVE),
        case(_role(_TRAIN + "feedback/*"), _JOB, _bucket(), *_LIVE),
        case(_role("arn:aws:s3:::artifacts/*"), _JOB, _bucket("Allow"), *_LIVE),
        case(
            _WIDE,
            TrainingJob(input_buckets=(Ref(Bucket, "https://s3.eu-west-1.amazonaws.com/features/churn"),)),
            *(_bucket(), *_LIVE),
        ),
        case(_WIDE, TrainingJob(input_buckets=(Ref(Bucket, "s3://features"),)), _bucket(), *_LIVE),
        case(_WIDE, _JOB, _bucket(), _MODEL, _COMPONENT),
        case(
            _WIDE,
            _JOB,
            _bucket(),
            EndpointConfig(name="current", variants=(), shadow_variants=(), role=Ref(Role, _ARN)),
            _LIVE[2],
        ),
    ],
    unknown=[
        case(Role(name="serving", arn=_ARN, trust_policy=_TRUST), _JOB, _bucket(), *_LIVE),
        case(_WIDE, _JOB, Bucket(name="features"), *_LIVE),
        case(_WIDE, _JOB, *_LIVE, unread=[Bucket]),
        case(_role("arn:aws:s3:::*", Condition={"StringEquals": {"aws:ResourceTag/t": "1"}}), _JOB, _bucket(), *_LIVE),
        case(_role("arn:aws:s3:::*", boundary=_MAY), _JOB, _bucket(), *_LIVE, unread=[ManagedPolicy]),
        case(_role("arn:aws:s3:::artifacts/*"), _bucket(), *_LIVE, unread=[TrainingJob]),
        case(_WIDE, _JOB, _bucket(), unread=[Model]),
        case(_WIDE, _JOB, _bucket(), _MODEL, unread=[InferenceComponent]),
        case(
            Role(
                name="serving",
                arn=_ARN,
                trust_policy=_TRUST,
                inline_policies=(),
                managed_policies=(Ref(ManagedPolicy, _MAY),),
                boundary=None,
            ),
            *(_JOB, _bucket(), ManagedPolicy(name="limits", account="111122223333"), *_LIVE),
        ),
    ],
    not_applicable=[
        case(_WIDE, _JOB, _bucket()),
        case(_WIDE, _JOB, _bucket(), _MODEL, _CONFIG),
        case(_WIDE, TrainingJob(input_buckets=()), *_LIVE),
        Role(name="intake", trust_policy=_trust("lambda.amazonaws.com")),
        case(_WIDE, _JOB, *_LIVE),
    ],
)
