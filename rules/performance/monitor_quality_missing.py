"""Production endpoints whose data or answers nothing compares with what is right."""

from collections.abc import Iterable
from typing import Any

from mllens.rules import Fail, NotApplicable, Rule, Verdict, case, rule
from mllens.rules.quality_watched import WATCHED_BY, unwatched
from mllens.rules.stage import PRODUCTION
from mllens.scanner import Graph, Ref, Unobserved
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import AsyncSettings, Capture, Endpoint, EndpointConfig, HostedVariant, MonitoringSchedule
from mllens.scanner.sagemaker_jobs import ProcessingJob
from mllens.scanner.sagemaker_pipelines import Parameter, Pipeline, Step

GROUND_TRUTH = "ground-truth"  # the tag of an endpoint that says whether true outcomes become known, yes or no


@rule(
    name="monitor-data-quality-missing",
    severity="high",
    confidence="medium",
    proves=("MLPERF06_BP03", "MLREL03_BP02", "MLRAI06_BP06"),
    presumes="Model Monitor",
    reads=WATCHED_BY,
)
def data_quality(endpoint: Endpoint, graph: Graph, *, production: Iterable[str] = PRODUCTION) -> Verdict:
    """What a production endpoint is asked must be compared with its baseline on a schedule.

    A model goes on answering when its inputs no longer look like its training data, and only a comparison shows it: that
    people buy differently, or that a feature is computed otherwise than in training. Tools outside SageMaker are not
    seen; they are a reason to waive this.
    """
    where = unwatched(endpoint, graph, "DataQuality", "its input", production=production)
    if isinstance(where, Verdict):
        return where
    return Fail(
        "has no active schedule that compares what it is asked with a baseline; add one of type DataQuality, "
        f"or a recurring job of any tool over what it captures ({where})"
    )


@rule(
    name="monitor-model-quality-missing",
    severity="high",
    confidence="medium",
    proves=("MLPERF06_BP04", "MLRAI06_BP06"),
    supports=("MLOPS01_BP03", "MLOPS02_BP05"),
    presumes="Model Monitor, and true outcomes that become known",
    reads=WATCHED_BY,
)
def model_quality(
    endpoint: Endpoint,
    graph: Graph,
    *,
    production: Iterable[str] = PRODUCTION,
    ground_truth_tag: str = GROUND_TRUTH,
) -> Verdict:
    """The answers of a production endpoint must be compared with the true outcomes, where these become known.

    Only the outcomes tell whether a model is still right; inputs that look as ever may mean something else by now.
    Whether outcomes become known is told by the endpoint's tag ground-truth, or by a schedule that compared them once.
    """
    tags = {key.lower(): value.strip().lower() for key, value in endpoint.tags.items()}
    known = tags.get(ground_truth_tag.lower())
    if known in {"no", "false"}:
        return NotApplicable(f"learns no true outcomes by its tag {ground_truth_tag}")
    where = unwatched(endpoint, graph, "ModelQuality", "the quality of its answers", production=production)
    if isinstance(where, Verdict):
        return where
    of_old = [
        schedule.name
        for schedule in graph.into(endpoint, MonitoringSchedule, MonitoringSchedule.endpoint)
        if schedule.monitoring_type == "ModelQuality"
    ]
    if of_old:
        return Fail(
            f"is compared with true outcomes only by {of_old[0]}, which is not active; start it again ({where})"
        )
    if known not in {"yes", "true"}:
        raise Unobserved(
            endpoint.name,
            f"whether its true outcomes become known is not told; set its tag {ground_truth_tag} to yes or no",
        )
    return Fail(
        "has no active schedule that compares its answers with the true outcomes; add one of type ModelQuality, "
        f"or a recurring job of any tool over what it captures ({where})"
    )


_PLACE = "s3://loans-captured/live"
_MAIN = HostedVariant(name="main", serverless_concurrency=None)
_CONFIG = EndpointConfig(name="current", variants=(_MAIN,), asynchronous=None)
_QUEUED = EndpointConfig(name="current", variants=(_MAIN,), asynchronous=AsyncSettings())
_SERVERLESS = EndpointConfig(name="current", variants=(HostedVariant(name="main", serverless_concurrency=5),))


def _endpoint(truth: str = "yes", name: str = "loans-prod", status: Any = "InService") -> Endpoint:
    return Endpoint(
        name=name,
        tags={"Ground-Truth": truth} if truth else {},
        status=status,
        config=Ref(EndpointConfig, "current"),
        capture=Capture(enabled=True, status="Started", sampling=100, bucket=Ref(Bucket, _PLACE)),
    )


def _schedule(type_: str, status: str = "Scheduled", endpoint: str = "loans-prod") -> MonitoringSchedule:
    values: dict[str, Any] = {"monitoring_type": type_, "status": status, "endpoint": Ref(Endpoint, endpoint)}
    return MonitoringSchedule(name=f"{endpoint}-{type_}", **values)


def _job(place: str, schedule: str | None = None) -> ProcessingJob:
    return ProcessingJob(name="compare", input_buckets=(Ref(Bucket, place),), schedule_arn=schedule)


_STEP = Step(name="compare", type="Processing", arguments={"ProcessingInputs": [{"S3Input": {"S3Uri": _PLACE}}]})
_PIPELINE = Pipeline(name="weekly", steps=(_STEP,), parameters=(Parameter(name="a", type="b"),))
_BIAS = _schedule("ModelBias")


def _cases(of: Rule, type_: str, *, also_unknown: tuple[Any, ...] = (), also_not: tuple[Any, ...] = ()) -> None:
    """The cases that both share: nothing but the kind of schedule differs."""
    of.cases(
        passes=[
            case(_endpoint(), _schedule(type_)),
            case(_endpoint(), _schedule(type_), unread=[MonitoringSchedule, ProcessingJob]),
        ],
        fails=[
            case(_endpoint(), _CONFIG, _BIAS),
            case(_endpoint(), _CONFIG, _schedule(type_, "Stopped")),
            case(_endpoint(), _CONFIG, _schedule(type_, endpoint="another"), _job("s3://loans-training")),
            case(_endpoint(), _CONFIG, _BIAS, _job(f"{_PLACE}/loans-prod", schedule="arn:of-another-schedule")),
        ],
        unknown=[
            Endpoint(),
            case(_endpoint(), _CONFIG, unread=[MonitoringSchedule]),
            case(_endpoint(), _BIAS),
            case(_endpoint(), _QUEUED, _BIAS),
            case(_endpoint(), _CONFIG, _BIAS, _job(f"{_PLACE}/loans-prod")),
            case(_endpoint(), _CONFIG, _BIAS, _PIPELINE),
            case(_endpoint(), _CONFIG, _BIAS, unread=[ProcessingJob]),
            *also_unknown,
        ],
        not_applicable=[
            _endpoint(name="loans-test"),
            _endpoint(status="Failed"),
            case(_endpoint(), _CONFIG),
            case(_endpoint(), _SERVERLESS, _BIAS),
            *also_not,
        ],
    )


_cases(data_quality, "DataQuality")
_cases(
    model_quality,
    "ModelQuality",
    also_unknown=(case(_endpoint(""), _CONFIG, _BIAS),),
    also_not=(case(_endpoint("no"), _CONFIG, _BIAS),),
)
