"""Production endpoints that keep no record of what they are asked and answer."""

from collections.abc import Iterable
from typing import Any, Literal

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.access import Policy, Unread
from mllens.rules.bucket_access import keys, region_of
from mllens.rules.deployment import READS, SENDS, denied, deploy, roles
from mllens.rules.fix import Fix, Names, NeedsPerson, changed
from mllens.rules.in_production import LIVE, live
from mllens.rules.stage import PRODUCTION, stage
from mllens.scanner import Graph, Missing, Ref, Region, Unobserved
from mllens.scanner.cloudwatch import Alarm
from mllens.scanner.iam import InlinePolicy, ManagedPolicy, PolicyVersion, Role
from mllens.scanner.kms import Key
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import (
    AsyncSettings,
    Capture,
    CaptureSettings,
    Container,
    Endpoint,
    EndpointConfig,
    HostedVariant,
    Model,
    ModelPackage,
    RunningVariant,
)


@rule(
    severity="medium",
    confidence="medium",
    proves=("MLPERF06_BP03",),
    supports=("MLRAI06_BP06", "MLRAI08_BP05"),
    reads=(
        *(*LIVE, Endpoint.capture, Endpoint.config, EndpointConfig),
        *(EndpointConfig.variants, EndpointConfig.asynchronous),
    ),
)
def capture_enabled(endpoint: Endpoint, graph: Graph, *, production: Iterable[str] = PRODUCTION) -> Verdict:
    """A production endpoint on instances must capture requests and answers.

    What was asked and answered cannot be compared with anything later if nobody kept it. Serverless endpoints cannot
    capture, asynchronous ones leave both in S3 anyway, and an application that keeps its own record is a reason to
    waive this.
    """
    where = live(endpoint, production)
    if isinstance(where, NotApplicable):
        return where
    if endpoint.capture is not None and endpoint.capture.enabled:
        return Pass()
    config = graph.to(endpoint.config)
    if isinstance(config, Missing):
        raise Unobserved(
            config.key.name, "the configuration was deleted; whether it serves on instances cannot be told"
        )
    if all(variant.serverless_concurrency is not None for variant in config.variants):
        return NotApplicable("is serverless, which cannot capture")
    if config.asynchronous is not None:
        return NotApplicable("is asynchronous: requests and answers lie in S3")
    return Fail(f"captures nothing; give its next configuration a DataCaptureConfig for input and output ({where})")


@capture_enabled.fix(
    sends=SENDS, reads=(*READS, Endpoint, EndpointConfig.capture, Bucket, Bucket.policy, Bucket.location)
)
def capture_calls(
    endpoint: Endpoint, graph: Graph, names: Names, *, bucket: str = "", sampling: int = 20, key: str = ""
) -> Fix:
    """Capture what the endpoint is asked and answers.

    A deployment carries it, that alarms on the endpoint roll back. It writes below `bucket` (an S3 address), by default
    where the other production endpoints of the region do, under `key` (a KMS key, by default theirs if it is their
    place), `sampling` calls of a hundred. Addresses in several regions stand with commas between.
    """
    config = graph.to(endpoint.config)
    if isinstance(config, Missing):
        raise NeedsPerson("its configuration was deleted, so that there is none to copy; deploy one")
    _same(endpoint, config)
    if not 0 < sampling <= 100:
        raise NeedsPerson(f"sampling={sampling} is no share of calls; choose one from 1 to 100")
    place, kms_key = (bucket, key) if bucket else _place(endpoint, graph, key)
    place = _here(place, endpoint, graph)
    _writable(place, endpoint, config, graph)
    asked = {"EnableCapture": True, "DestinationS3Uri": place, **({"KmsKeyId": kms_key} if kms_key else {})}
    settings = {
        **asked,
        "InitialSamplingPercentage": sampling,
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        # kept as they are, as monitoring reads them; what has another type is kept encoded
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]},
    }
    where = Ref(Bucket, place, endpoint.account, endpoint.region)
    under = Ref(Key, kms_key, endpoint.account, endpoint.region) if kms_key else None
    return Fix(
        effect=(
            changed(
                endpoint,
                capture=Capture(enabled=True, status="Started", sampling=sampling, bucket=where, kms_key=under),
            ),
        ),
        deploys=deploy(
            endpoint,
            graph,
            changes={"DataCaptureConfig": settings},
            values={
                "capture": CaptureSettings(
                    enabled=True, sampling=sampling, bucket=where, kms_key=under, modes=("Input", "Output")
                )
            },
            settled={"DataCaptureConfig": {**asked, "CaptureStatus": "Started", "CurrentSamplingPercentage": sampling}},
        ),
        disrupts=f"what callers send and get, which may be personal, is kept in {place}",
        cost="storage of what is captured, about 0.023 USD a GB and month in S3",
        patch={config.key: {"DataCaptureConfig": settings}},
    )


def _same(endpoint: Endpoint, config: EndpointConfig) -> None:
    """That taking the deployment back would bring back what is now.

    Raises:
        NeedsPerson: it would not.
    """
    now, asked = endpoint.capture, config.capture
    if now is None or asked is None:
        same = now is None and asked is None
    else:
        same = (now.enabled, now.bucket.value) == (asked.enabled, asked.bucket.value)
    if not same:
        raise NeedsPerson("it keeps capture settings of an earlier configuration, which nothing could bring back")


def _here(addresses: str, endpoint: Endpoint, graph: Graph) -> str:
    """The address, of those given, that lies in the endpoint's region: what people send it should not leave that.

    Raises:
        NeedsPerson: none does, or several may.
    """
    here = [a for a in addresses.split(",") if _region(a, endpoint, graph) in ("", endpoint.region)]
    if len(here) != 1:
        raise NeedsPerson(f"choose one place in {endpoint.region} by bucket=s3://..., not {addresses}")
    return here[0]


def _region(address: str, endpoint: Endpoint, graph: Graph) -> str:
    """The region that a bucket lies in; empty where that was not read."""
    try:
        bucket = graph.to(Ref(Bucket, address, endpoint.account, endpoint.region))
        return "" if isinstance(bucket, Missing) else region_of(bucket)
    except Unobserved:
        return ""


def _place(endpoint: Endpoint, graph: Graph, key: str) -> tuple[str, str]:
    """Where the other production endpoints of the region capture to, and under which key, unless one was chosen.

    Raises:
        NeedsPerson: there is not exactly one such place.
    """
    region = Region(name=endpoint.region, account=endpoint.account, region=endpoint.region)
    places = set()
    for other in graph.all(Endpoint, within=region):
        capture = other.capture
        if capture is not None and capture.enabled and stage(other).production:
            place = capture.bucket.value.rstrip("/").removesuffix(f"/{other.name}")  # SageMaker adds the name itself
            places.add((place, key or (capture.kms_key.value if capture.kms_key else "")))
    if len(places) == 1:
        return places.pop()
    known = ", ".join(sorted({place for place, _ in places})) or "no production endpoint of the region captures yet"
    raise NeedsPerson(f"choose where it captures to by bucket=s3://... ({known})")


def _writable(place: str, endpoint: Endpoint, config: EndpointConfig, graph: Graph) -> None:
    """That nothing is known to keep the endpoint from capturing to a place.

    Raises:
        NeedsPerson: something is.
    """
    try:
        beginning = keys(place).rstrip("/")
    except Unobserved as gap:
        raise NeedsPerson(f"{gap}; choose one by bucket=s3://...") from None
    reference = Ref(Bucket, place, endpoint.account, endpoint.region)
    name = reference.key.name
    try:
        bucket = graph.to(reference)
        if isinstance(bucket, Missing):
            raise NeedsPerson(f"there is no bucket {name}; choose another by bucket=s3://...")
        policy = Policy(f"the policy of {name}", bucket.policy)
    except Unobserved as gap:
        policy = Policy(f"the policy of {name}", Unread(str(gap)))
    for role in roles(config, graph):
        partition = role.arn.split(":")[1]
        if denied(role, "s3:PutObject", f"arn:{partition}:s3:::{beginning}/{endpoint.name}/*", graph, policy=policy):
            raise NeedsPerson(
                f"the role {role.name} of its model may not write to {place}; allow it s3:PutObject there"
            )


_CONFIG = Ref(EndpointConfig, "current")
_PLACE = "s3://captured/live"
_SERVING = "arn:aws:iam::111122223333:role/serving"


def _served(name: str = "churn-prod", *, instances: int = 2, **values: Any) -> Endpoint:
    """As a fix needs to know it."""
    told = {"tags": {}, "status": "InService", "capture": None, "config": _CONFIG, "rollback_alarms": (), **values}
    variants = (RunningVariant(name="main", instance_count=instances, desired_instance_count=instances),)
    return Endpoint(
        name=name, arn=f"arn:aws:sagemaker:us-east-1:111122223333:endpoint/{name}", variants=variants, **told
    )


def _current(**values: Any) -> EndpointConfig:
    arn = "arn:aws:sagemaker:us-east-1:111122223333:endpoint-config/current"
    variant = HostedVariant(
        name="main", model=Ref(Model, "churn"), instance_type="ml.m5.large", initial_instance_count=1
    )
    told = {"variants": (variant,), "shadow_variants": (), "asynchronous": None, "capture": None, **values}
    return EndpointConfig(name="current", arn=arn, tags={}, **told)


def _model(package: str = "churn/3", account: str = "111122223333") -> Model:
    arn = f"arn:aws:sagemaker:us-east-1:{account}:model-package/{package}"
    return Model(
        name="churn",
        primary_container=Container(package=Ref(ModelPackage, arn)),
        containers=(),
        role=Ref(Role, _SERVING),
    )


def _role(*actions: str, attached: str | None = "see-alarms") -> Role:
    document = {"Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
    return Role(
        name="serving",
        arn=_SERVING,
        inline_policies=(InlinePolicy(name="serve", document=document),),
        managed_policies=(Ref(ManagedPolicy, f"arn:aws:iam::111122223333:policy/{attached}"),) if attached else (),
        boundary=None,
    )


def _rings(state: Literal["OK", "ALARM"] = "OK", *, metric: str = "Invocation5XXErrors", to: str = "sns") -> Alarm:
    return Alarm(
        name="errors",
        arn="arn:aws:cloudwatch:us-east-1:111122223333:alarm:errors",
        namespace="AWS/SageMaker",
        metric_name=metric,
        endpoints=(Ref(Endpoint, "churn-prod"),),
        variants=("main",),
        math=(),
        actions=(f"arn:aws:{to}:us-east-1:111122223333:on-call",),
        actions_enabled=True,
        state=state,
    )


_SEES = ManagedPolicy(
    name="see-alarms",
    versions=(
        PolicyVersion(
            is_default=True,
            document={"Statement": [{"Effect": "Allow", "Action": "cloudwatch:DescribeAlarms", "Resource": "*"}]},
        ),
    ),
)
_OFF = Capture(enabled=False, status="Stopped", sampling=20, bucket=Ref(Bucket, _PLACE))
_ON = Capture(enabled=True, status="Started", sampling=50, bucket=Ref(Bucket, _PLACE))
_OTHER = _served("fraud-prod", capture=_ON)
_KEPT = Bucket(name="captured", policy=None)
_WRITES = _role("s3:PutObject")
_AROUND = (_current(), _model(), _SEES, _OTHER, _KEPT)
_SERVERLESS = HostedVariant(name="main", model=Ref(Model, "churn"), serverless_concurrency=5)

capture_enabled.cases(
    passes=[_served(capture=_ON), _OTHER],
    fails=[
        case(_served(), *_AROUND, _WRITES, _rings()),
        case(_served(instances=1), *_AROUND, _WRITES, _rings()),
        case(_served(rollback_alarms=(Ref(Alarm, "errors"),)), *_AROUND, _WRITES, _rings(metric="OwnQuality")),
        case(_served(), *_AROUND, _WRITES),
        case(_served(), *_AROUND, _WRITES, _rings("ALARM")),
        case(_served(), *_AROUND, _WRITES, _rings(to="autoscaling")),
        case(_served(), *_AROUND, _role("s3:GetObject"), _rings()),
        case(_served(), *_AROUND, _role("s3:PutObject", attached=None), _rings()),
        case(_served(), _current(), _model("gpt", "444455556666"), _WRITES, _SEES, _OTHER, _KEPT, _rings()),
        case(_served(), _current(), _model(), _WRITES, _SEES, _KEPT, _rings()),
        case(_served(capture=_OFF), *_AROUND, _WRITES, _rings()),
        case(_served(status="Updating"), *_AROUND, _WRITES, _rings()),
    ],
    unknown=[
        Endpoint(),
        Endpoint(name="churn-prod", tags={}, status="InService"),
        _served(),
    ],
    not_applicable=[
        _served("churn-dev"),
        _served(status="Creating"),
        case(_served(), _current(variants=(_SERVERLESS,))),
        case(_served(), _current(asynchronous=AsyncSettings(output_bucket=Ref(Bucket, "s3://churn-answers")))),
    ],
)
