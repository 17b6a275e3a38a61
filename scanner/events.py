"""EventBridge: what starts when a model is approved, an alarm rings or a time comes."""

from typing import Any, Literal

from mllens.scanner.collect import Call, Collector, Listed
from mllens.scanner.iam import Role
from mllens.scanner.model import Ref, Resource, Struct, api, ref
from mllens.scanner.sagemaker_pipelines import Pipeline
from mllens.scanner.sns import ANY_TOPIC, Topic


class Target(Struct):
    """What a rule sends to."""

    id: str = api("Id")
    target_arn: str = api("Arn")
    # Targets with a policy of their own (topics, functions) need no role.
    role: Ref[Role] | None = ref("RoleArn")
    topic: Ref[Topic] | None = ref("Arn", pattern=ANY_TOPIC)
    pipeline: Ref[Pipeline] | None = ref("Arn", pattern=r"(arn:[^:]+:sagemaker:[^:]+:[^:]+:pipeline/.+)")


class Rule(Resource, type="AWS::Events::Rule", name="Name", arn="Arn"):
    """A rule on the default bus, where the events of AWS's services arrive."""

    state: Literal["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"] = api("State")
    # A rule has a pattern, a schedule, or both.
    pattern: Any | None = api("EventPattern")
    schedule: str | None = api("ScheduleExpression")
    # Rules that a service made for itself name it.
    managed_by: str | None = api("ManagedBy")
    targets: tuple[Target, ...] = ref("Targets", of="ListTargetsByRule", absent=())


COLLECTORS = (
    Collector(
        Rule,
        Listed(Call("events", "ListRules", items="Rules", parse=("EventPattern",))),
        then=(Call("events", "ListTargetsByRule", given={"Rule": "Name", "EventBusName": "EventBusName"}),),
        tags=Call("events", "ListTagsForResource", items="Tags", given={"ResourceARN": "arn"}),
    ),
)
