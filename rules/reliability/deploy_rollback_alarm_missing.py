"""Rollback alarms that do not exist."""

from mllens.rules import Fail, NotApplicable, Pass, Verdict, case, rule
from mllens.scanner import Graph, Missing, Ref
from mllens.scanner.cloudwatch import Alarm
from mllens.scanner.sagemaker import Endpoint


@rule(
    severity="high",
    proves=("MLREL04_BP02", "MLRAI04_BP05"),
    presumes="a rollback alarm",
    reads=(Endpoint.rollback_alarms, Alarm),
)
def deploy_rollback_alarm_missing(endpoint: Endpoint, graph: Graph) -> Verdict:
    """Alarms that guard a deployment must exist.

    SageMaker rolls an update back when one of the alarms named with it fires. An alarm that was deleted or renamed
    never fires: the update looks guarded and is not. What is judged is the last deployment; the next one may name
    other alarms.
    """
    if not endpoint.rollback_alarms:
        return NotApplicable("names no rollback alarm in its last deployment")
    for alarm in endpoint.rollback_alarms:
        if isinstance(graph.to(alarm), Missing):
            return Fail(
                f"was guarded in its last deployment by the alarm {alarm.value}, which does not exist; create it"
            )
    return Pass()


_GUARDED = Endpoint(rollback_alarms=(Ref(Alarm, "errors"), Ref(Alarm, "latency")))

deploy_rollback_alarm_missing.cases(
    passes=[case(_GUARDED, Alarm(name="errors"), Alarm(name="latency"))],
    fails=[
        case(_GUARDED, Alarm(name="errors")),
        case(_GUARDED, Alarm(name="errors"), Alarm(name="latency", region="eu-west-1")),
    ],
    unknown=[Endpoint(), case(_GUARDED, unread=[Alarm])],
    not_applicable=[Endpoint(rollback_alarms=())],
)
