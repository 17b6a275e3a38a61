"""Pipelines that put a model into production without anybody's decision."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.rules.pipeline_steps import KINDS, OPAQUE, RELEASES, Steps
from mllens.rules.stage import PRODUCTION, Stage, stage
from mllens.scanner import Graph, Ref, Unobserved
from mllens.scanner.sagemaker import Endpoint
from mllens.scanner.sagemaker_pipelines import Parameter, Pipeline, Step


@rule(
    severity="high",
    confidence="medium",
    proves=("MLSEC04_BP01", "MLRAI05_BP01", "MLREL04_BP01"),
    supports=("MLREL03_BP01", "MLRAI07_BP03"),
    presumes="a pipeline that registers or deploys models",
    reads=(Pipeline.last_run, Pipeline.steps, Pipeline.parameters, Pipeline.tags, Endpoint, Endpoint.tags),
)
def pipeline_deploys_without_approval(
    pipeline: Pipeline, graph: Graph, *, production: Iterable[str] = PRODUCTION
) -> Verdict:
    """A production pipeline must leave deployment to an approval of what it registered.

    A pipeline that trains and deploys in one run puts a model before customers that no person and no check outside it
    has released. It should end with a version that waits for approval, and the approval should start the deployment.
    What a Lambda step does cannot be seen, nor whom a callback asks.
    """
    if pipeline.last_run is None:
        return NotApplicable("was never run")
    steps, words = Steps(pipeline.steps), tuple(production)
    doubt, elsewhere = "", ""
    for step in (s for s in steps if s.type in RELEASES):
        where = _stage(pipeline, step, graph, words)
        if not where.production:
            elsewhere = where.assumed
        elif (unclear := steps.unclear(step)) is None:
            return Fail(
                f"deploys in {step.name} ({step.type}) without an approval; let it register a version as "
                f"PendingManualApproval, and deploy when that is approved ({where.assumed})"
            )
        else:
            doubt = doubt or f"{unclear.name}: what this step ({unclear.type}) does may be the approval"
    for step in steps:
        if step.type in OPAQUE or step.type not in KINDS:
            doubt = doubt or f"{step.name}: what this step ({step.type}) does is not in the definition"
    if doubt and stage(pipeline, words).production:
        raise Unobserved(pipeline.name, doubt)
    if elsewhere:
        return NotApplicable(f"deploys to what is {elsewhere}")
    if any(step.type == "RegisterModel" and _waits(pipeline, step) for step in steps):
        return Pass()
    return NotApplicable("deploys nothing, and registers nothing that waits for approval")


def _stage(pipeline: Pipeline, step: Step, graph: Graph, words: tuple[str, ...]) -> Stage:
    """What the endpoint that a step names is; where there is none yet, or an expression names it, the pipeline tells."""
    name = step.arguments.get("EndpointName") if isinstance(step.arguments, Mapping) else None
    if isinstance(name, str) and name:
        endpoint = graph.to(Ref(Endpoint, name, pipeline.account, pipeline.region))
        if isinstance(endpoint, Endpoint) and (told := stage(endpoint, words)).marked:
            return told
    return stage(pipeline, words)


def _waits(pipeline: Pipeline, step: Step) -> bool:
    """Whether what a step registers waits for approval: AWS lets it, unless the status is given as another."""
    status = step.arguments.get("ModelApprovalStatus") if isinstance(step.arguments, Mapping) else None
    if isinstance(status, Mapping):
        given = {f"Parameters.{parameter.name}": parameter.default for parameter in pipeline.parameters}
        status = given.get(str(status.get("Get")))
        if not isinstance(status, str):
            raise Unobserved(pipeline.name, f"{step.name}: the approval status is given when a run starts")
    return status in {None, "PendingManualApproval"}


def _pipeline(*steps: Step, name: str = "churn-prod", **more: Any) -> Pipeline:
    train = Step(name="Train", type="Training")
    given: dict[str, Any] = {"tags": {}, "parameters": (), **more}
    return Pipeline(name=name, last_run=datetime(2026, 10, 1, tzinfo=UTC), steps=(train, *steps), **given)


def _register(status: Any = "PendingManualApproval") -> Step:
    return Step(name="Register", type="RegisterModel", arguments={"ModelApprovalStatus": status})


def _serve(*after: str, endpoint: Any = "churn-live") -> Step:
    return Step(name="Serve", type="Endpoint", depends_on=after, arguments={"EndpointName": endpoint})


def _if(*steps: Step) -> Step:
    return Step(name="Good", type="Condition", if_steps=steps, else_steps=(_if_not,))


_if_not = Step(name="Stop", type="Fail")
_GET = {"Get": "Parameters.Status"}
_ASK = Step(name="Ask", type="Callback")

pipeline_deploys_without_approval.cases(
    passes=[
        _pipeline(_if(_register())),
        _pipeline(Step(name="Register", type="RegisterModel", arguments={})),
        _pipeline(
            _register(_GET), parameters=(Parameter(name="Status", type="String", default="PendingManualApproval"),)
        ),
    ],
    fails=[
        _pipeline(_serve()),
        _pipeline(_if(_register(), _serve("Register"))),
        _pipeline(_if(Step(name="Inner", type="Condition", else_steps=(_serve(endpoint=_GET),)))),
        _pipeline(_serve(endpoint="churn"), name="churn"),
        _pipeline(_serve(), Step(name="Tell", type="Lambda", depends_on=("Serve",))),
        case(
            _pipeline(_serve(endpoint="churn-gold"), name="churn-dev"),
            Endpoint(name="churn-gold", tags={}),
            production=("gold",),
        ),
    ],
    unknown=[
        Pipeline(),
        _pipeline(_ASK, _serve("Ask")),
        _pipeline(_register(), Step(name="Deploy", type="Lambda")),
        _pipeline(_register(), Step(name="Each", type="ForEach")),
        _pipeline(_register(_GET), parameters=(Parameter(name="Status", type="String"),)),
        Pipeline(last_run=datetime(2026, 10, 1, tzinfo=UTC), steps=(_serve(endpoint="churn"),)),
        case(_pipeline(_serve()), unread=[Endpoint]),
    ],
    not_applicable=[
        Pipeline(last_run=None),
        _pipeline(),
        _pipeline(_register("Approved")),
        case(_pipeline(_serve(endpoint="churn")), Endpoint(name="churn", tags={"stage": "staging"})),
        _pipeline(_serve(endpoint=_GET), name="churn-dev"),
        _pipeline(_serve(endpoint="churn"), tags={"env": "test"}, name="churn"),
    ],
)
