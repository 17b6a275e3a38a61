"""What lies around SageMaker, read from a simulated account: names of every form, children, records of settings."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from scans import Scanner

from mllens.sandbox import Sandbox
from mllens.scanner import Graph, Inventory, Missing, Resource, Unobserved
from mllens.scanner.autoscaling import ScalableTarget, ScalingPolicy
from mllens.scanner.budgets import Budget, BudgetNotification
from mllens.scanner.catalogue import collectors
from mllens.scanner.client import Answer, Clients
from mllens.scanner.cloudwatch import Alarm
from mllens.scanner.collect import Call
from mllens.scanner.cost import MonthlyCost
from mllens.scanner.ecr import Image, RegistryScanning, Repository
from mllens.scanner.events import Rule
from mllens.scanner.found import Found, filled
from mllens.scanner.iam import ManagedPolicy, Role
from mllens.scanner.kms import Key
from mllens.scanner.plan import plan
from mllens.scanner.row import Key as Key_
from mllens.scanner.row import Row
from mllens.scanner.s3 import AccountPublicAccessBlock, Bucket
from mllens.scanner.sagemaker import Endpoint, Model
from mllens.scanner.shapes import answers
from mllens.scanner.sns import Topic

ACCOUNT, REGION = "123456789012", "us-east-1"
REGISTRY = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(account=ACCOUNT, regions=(REGION,)) as made:
        yield made


def read(sandbox: Sandbox, *types: type[Resource], **options: Any) -> tuple[Graph, Inventory]:
    wanted = plan([*types, *(field for t in types for field in t.fields.values())])
    inventory = Scanner(sandbox, wanted)(**options)
    return Graph(inventory), inventory


def client(sandbox: Sandbox, service: str) -> Any:
    return sandbox.client(service, REGION)


def test_one_reading_of_iam_serves_roles_and_policies(sandbox: Sandbox) -> None:
    iam = client(sandbox, "iam")
    iam.create_role(RoleName="train", Path="/ml/", AssumeRolePolicyDocument=json.dumps(TRUST))
    own = iam.create_policy(PolicyName="mine", Path="/ml/", PolicyDocument=json.dumps(ALLOW))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="train", PolicyArn=own)
    iam.attach_role_policy(RoleName="train", PolicyArn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess")
    iam.put_role_policy(RoleName="train", PolicyName="inside", PolicyDocument=json.dumps(ALLOW))
    iam.put_role_permissions_boundary(RoleName="train", PermissionsBoundary=own)
    graph, inventory = read(sandbox, Role, ManagedPolicy)
    assert inventory.manifest.calls["iam:GetAccountAuthorizationDetails"] == 1
    [role] = graph.known(Role)
    attached = [graph.to(policy) for policy in role.managed_policies]
    assert [(p.account, p.name) for p in attached] == [(ACCOUNT, "mine"), ("aws", "AmazonSageMakerFullAccess")]
    assert [v.document for v in attached[0].versions if v.is_default] == [ALLOW]
    assert [(p.name, p.document) for p in role.inline_policies] == [("inside", ALLOW)]
    assert graph.to(role.boundary) == attached[0]


def test_a_key_is_found_by_every_name_it_has(sandbox: Sandbox) -> None:
    kms, ecr = client(sandbox, "kms"), client(sandbox, "ecr")
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/ml", TargetKeyId=key["KeyId"])
    kms.enable_key_rotation(KeyId=key["KeyId"])
    names = (key["Arn"], key["KeyId"], "alias/ml", key["Arn"].replace(f"key/{key['KeyId']}", "alias/ml"))
    for number, name in enumerate(names):
        ecr.create_repository(
            repositoryName=f"r{number}", encryptionConfiguration={"encryptionType": "KMS", "kmsKey": name}
        )
    graph, inventory = read(sandbox, Repository, Key)
    keys = [graph.to(repository.kms_key) for repository in graph.known(Repository)]
    assert [k.name for k in keys] == [key["KeyId"], key["KeyId"], "alias/ml", "alias/ml"]
    assert {(k.key_id, k.manager, k.state, k.rotation_enabled) for k in keys} == {
        (key["KeyId"], "CUSTOMER", "Enabled", True)
    }
    assert {k.policy["Statement"][0]["Action"] for k in keys} == {"kms:*"}
    assert inventory.manifest.calls["kms:GetKeyPolicy"] == 2


def test_rotation_alone_needs_the_description_too() -> None:
    """The other operations take no alias, and some of AWS's own keys let nobody ask."""
    need = plan([Key.rotation_enabled]).needs[Key.type]
    assert {str(call) for call in need.then} == {"kms:DescribeKey", "kms:GetKeyRotationStatus"}


def test_keys_of_aws_are_not_asked_for_their_rotation(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    key = client(sandbox, "kms").create_key()["KeyMetadata"]
    client(sandbox, "ecr").create_repository(
        repositoryName="repo", encryptionConfiguration={"encryptionType": "KMS", "kmsKey": key["Arn"]}
    )
    send = Clients.send

    def of_aws(self: Clients, call: Call, region: str, parameters: Any) -> Any:
        answer = send(self, call, region, parameters)
        if call.operation == "DescribeKey" and isinstance(answer, Answer):
            return replace(answer, body={"KeyMetadata": {**answer.body["KeyMetadata"], "KeyManager": "AWS"}})
        return answer

    monkeypatch.setattr(Clients, "send", of_aws)
    graph, inventory = read(sandbox, Repository, Key)
    [repository] = graph.known(Repository)
    found = graph.to(repository.kms_key)
    assert found.manager == "AWS"
    with pytest.raises(Unobserved, match="not asked, for KeyManager is AWS"):
        _ = found.rotation_enabled
    assert "kms:GetKeyRotationStatus" not in inventory.manifest.calls
    assert [line.status for line in graph.lines(Key)] == ["complete"]


def test_a_key_that_is_gone_is_missing_and_asked_for_nothing_more(sandbox: Sandbox) -> None:
    gone = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000"
    client(sandbox, "ecr").create_repository(
        repositoryName="repo", encryptionConfiguration={"encryptionType": "KMS", "kmsKey": gone}
    )
    graph, inventory = read(sandbox, Repository, Key)
    [repository] = graph.known(Repository)
    assert graph.to(repository.kms_key) == Missing(Key.key_of(gone, "", ""))
    assert "kms:GetKeyPolicy" not in inventory.manifest.calls


def test_what_belongs_to_another_account_lies_outside(sandbox: Sandbox) -> None:
    other = f"arn:aws:kms:{REGION}:999999999999:key/00000000-0000-0000-0000-000000000000"
    client(sandbox, "ecr").create_repository(
        repositoryName="repo", encryptionConfiguration={"encryptionType": "KMS", "kmsKey": other}
    )
    graph, inventory = read(sandbox, Repository, Key)
    [repository] = graph.known(Repository)
    with pytest.raises(Unobserved, match="outside the scan"):
        graph.to(repository.kms_key)
    assert "kms:DescribeKey" not in inventory.manifest.calls
    assert [line.status for line in graph.lines(Key)] == ["empty"]


def test_keys_are_read_in_the_region_where_they_are_named() -> None:
    with Sandbox(account=ACCOUNT, regions=(REGION, "eu-west-1")) as sandbox:
        for region in sandbox.regions:
            key = sandbox.client("kms", region).create_key()["KeyMetadata"]["Arn"]
            sandbox.client("ecr", region).create_repository(
                repositoryName="repo", encryptionConfiguration={"encryptionType": "KMS", "kmsKey": key}
            )
        graph, inventory = read(sandbox, Repository, Key)
        assert [k.region for k in graph.known(Key)] == ["eu-west-1", REGION]
        assert inventory.manifest.calls["kms:DescribeKey"] == 2


def test_a_repository_with_all_its_settings_and_one_with_none(sandbox: Sandbox) -> None:
    ecr = client(sandbox, "ecr")
    rules = {
        "rules": [
            {
                "rulePriority": 1,
                "selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 5},
                "action": {"type": "expire"},
            }
        ]
    }
    ecr.create_repository(
        repositoryName="team/full",
        imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters=[{"filterType": "WILDCARD", "filter": "dev*"}],
    )
    ecr.put_lifecycle_policy(repositoryName="team/full", lifecyclePolicyText=json.dumps(rules))
    ecr.create_repository(repositoryName="bare")
    ecr.put_registry_scanning_configuration(
        scanType="ENHANCED",
        rules=[
            {"scanFrequency": "CONTINUOUS_SCAN", "repositoryFilters": [{"filter": "team*", "filterType": "WILDCARD"}]}
        ],
    )
    graph, _ = read(sandbox, Repository, RegistryScanning)
    bare, full = graph.known(Repository)
    assert (full.tag_mutability, full.mutability_exclusions) == ("IMMUTABLE_WITH_EXCLUSION", ("dev*",))
    assert (full.lifecycle_policy, bare.lifecycle_policy) == (rules, None)
    assert (full.policy, bare.policy) == (None, None)
    assert (full.scan_frequency, bare.scan_on_push) == ("CONTINUOUS_SCAN", False)
    [registry] = graph.known(RegistryScanning)
    assert (registry.name, registry.scan_type) == (ACCOUNT, "ENHANCED")
    assert [(rule.frequency, rule.filters) for rule in registry.rules] == [("CONTINUOUS_SCAN", ("team*",))]


@pytest.mark.parametrize(
    ("written", "name", "image"),
    [
        (f"{REGISTRY}/team/serving:1.2", "team/serving:1.2", {"imageTag": "1.2"}),
        (f"{REGISTRY}/serving", "serving:latest", {"imageTag": "latest"}),
        (f"{REGISTRY}/serving@sha256:ab", "serving@sha256:ab", {"imageDigest": "sha256:ab"}),
        (f"{REGISTRY}/serving:1@sha256:ab", "serving:1@sha256:ab", {"imageDigest": "sha256:ab"}),
    ],
)
def test_an_image_is_asked_for_as_it_is_named(written: str, name: str, image: dict[str, str]) -> None:
    key = Image.key_of(written, "999999999999", "eu-west-1")
    assert key == (Image.type, ACCOUNT, REGION, name)
    describe, findings = collectors()[Image.type].then
    found = Found(Image, key, "", REGION, {"Image": name})
    repository = name.partition("@")[0].partition(":")[0]
    assert filled(describe.given, found.parameter) == {"repositoryName": repository, "imageIds": [image]}
    assert filled(findings.given, found.parameter) == {"repositoryName": repository, "imageId": image}


def test_images_are_read_where_models_name_them(sandbox: Sandbox) -> None:
    ecr, sagemaker = client(sandbox, "ecr"), client(sandbox, "sagemaker")
    ecr.create_repository(repositoryName="team/serving")
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {"mediaType": "x", "size": 1, "digest": "sha256:" + "0" * 64},
        "layers": [],
    }
    pushed = ecr.put_image(repositoryName="team/serving", imageManifest=json.dumps(manifest), imageTag="1")["image"]
    images = {
        "by-tag": f"{REGISTRY}/team/serving:1",
        "by-digest": f"{REGISTRY}/team/serving@{pushed['imageId']['imageDigest']}",
        "gone": f"{REGISTRY}/team/serving:0",
        "of-aws": "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2",
        "elsewhere": "docker.io/library/python:3.12",
    }
    for name, image in images.items():
        sagemaker.create_model(
            ModelName=name,
            ExecutionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/r",
            PrimaryContainer={"Image": image, "ModelDataUrl": "s3://b/m"},
        )
    graph, inventory = read(sandbox, Model, Image, Repository)
    named = {model.name: model.primary_container.ecr_image for model in graph.known(Model)}
    found = [graph.to(named[name]) for name in ("by-tag", "by-digest")]
    assert {image.digest for image in found} == {pushed["imageId"]["imageDigest"]}
    assert {graph.to(image.repository).name for image in found} == {"team/serving"}
    assert [image.scan_status for image in found] == [None, None]
    assert graph.to(named["gone"]) == Missing(named["gone"].key)
    assert named["elsewhere"] is None
    with pytest.raises(Unobserved, match="outside the scan"):
        graph.to(named["of-aws"])
    assert inventory.manifest.calls["ecr:DescribeImages"] == 3
    assert [line.status for line in graph.lines(Image)] == ["complete"]


def test_topics_count_who_listens(sandbox: Sandbox) -> None:
    sns, kms = client(sandbox, "sns"), client(sandbox, "kms")
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/ml", TargetKeyId=key["KeyId"])
    arn = sns.create_topic(Name="on-call", Attributes={"KmsMasterKeyId": "alias/ml"})["TopicArn"]
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue")
    cloudwatch = client(sandbox, "cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="a",
        AlarmActions=[arn, f"arn:aws:swf:{REGION}:{ACCOUNT}:action/actions/AWS_EC2.InstanceId.Stop/1.0"],
        Namespace="n",
        MetricName="m",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    graph, _ = read(sandbox, Alarm, Topic, Key)
    [topic] = graph.known(Topic)
    [alarm] = graph.known(Alarm)
    assert (topic.name, topic.pending, len(topic.subscriptions)) == ("on-call", 0, 1)
    assert isinstance(topic.confirmed, int)
    assert topic.policy["Version"] == "2008-10-17"
    assert graph.to(topic.kms_key).key_id == key["KeyId"]
    assert [graph.to(r) for r in alarm.topics] == [topic]
    assert list(graph.into(topic, Alarm)) == [alarm]


def test_scaling_leads_from_the_endpoint_to_the_alarm_and_back(sandbox: Sandbox) -> None:
    scaling = client(sandbox, "application-autoscaling")
    of = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": "endpoint/e/variant/v",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    sagemaker = client(sandbox, "sagemaker")
    sagemaker.create_model(
        ModelName="m", ExecutionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/r", PrimaryContainer={"Image": "x"}
    )
    variant = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    scaling.register_scalable_target(**of, MinCapacity=1, MaxCapacity=4)
    policy_arn = scaling.put_scaling_policy(
        **of,
        PolicyName="steps",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={
            "AdjustmentType": "ChangeInCapacity",
            "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}],
        },
    )["PolicyARN"]
    client(sandbox, "cloudwatch").put_metric_alarm(
        AlarmName="high",
        AlarmActions=[f"{policy_arn}:createdBy/00000000-0000-0000-0000-000000000000"],
        Namespace="AWS/SageMaker",
        MetricName="InvocationsPerInstance",
        Dimensions=[{"Name": "EndpointName", "Value": "e"}, {"Name": "MonitoringSchedule", "Value": "drift"}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=3,
        Threshold=100,
        ComparisonOperator="GreaterThanThreshold",
    )
    graph, _ = read(sandbox, Endpoint, ScalableTarget, ScalingPolicy, Alarm)
    [endpoint] = graph.known(Endpoint)
    [target] = graph.into(endpoint, ScalableTarget)
    [policy] = graph.into(target, ScalingPolicy)
    [alarm] = graph.into(policy, Alarm)
    assert (target.min_capacity, target.max_capacity, target.component) == (1, 4, None)
    assert (policy.policy_name, policy.policy_type, policy.steps[0].upper_bound) == ("steps", "StepScaling", None)
    assert (alarm.name, alarm.period, alarm.evaluation_periods, alarm.threshold) == ("high", 60, 3, 100.0)
    assert (alarm.datapoints_to_alarm, alarm.treat_missing_data) == (None, "missing")
    assert [schedule.key.name for schedule in alarm.schedules] == ["drift"]


def test_rules_of_the_bus_with_their_targets(sandbox: Sandbox) -> None:
    events, sns = client(sandbox, "events"), client(sandbox, "sns")
    arn = sns.create_topic(Name="approved")["TopicArn"]
    pattern = {"source": ["aws.sagemaker"], "detail": {"ModelApprovalStatus": ["Approved"]}}
    events.put_rule(Name="approval", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="approval", Targets=[{"Id": "1", "Arn": arn}])
    events.put_rule(Name="nightly", ScheduleExpression="rate(1 day)", State="DISABLED")
    graph, _ = read(sandbox, Rule, Topic)
    approval, nightly = graph.known(Rule)
    assert (approval.pattern, approval.schedule, approval.state) == (pattern, None, "ENABLED")
    assert (nightly.pattern, nightly.schedule, nightly.state) == (None, "rate(1 day)", "DISABLED")
    assert [(t.topic.key.name, t.pipeline, t.role) for t in approval.targets] == [("approved", None, None)]
    assert nightly.targets == ()


def test_notifications_know_their_budget(sandbox: Sandbox) -> None:
    limit = {
        "BudgetName": "ml",
        "BudgetLimit": {"Amount": "100", "Unit": "USD"},
        "TimeUnit": "MONTHLY",
        "BudgetType": "COST",
    }
    notice = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0}
    to = [{"SubscriptionType": "SNS", "Address": f"arn:aws:sns:{REGION}:{ACCOUNT}:on-call"}]
    client(sandbox, "budgets").create_budget(
        AccountId=ACCOUNT,
        Budget=limit,
        NotificationsWithSubscribers=[{"Notification": {**notice, "ThresholdType": "PERCENTAGE"}, "Subscribers": to}],
    )
    graph, _ = read(sandbox, Budget, BudgetNotification)
    [budget] = graph.known(Budget)
    [notification] = graph.known(BudgetNotification)
    assert (budget.region, budget.limit) == ("", "100")
    assert graph.to(notification.budget) == budget
    assert (notification.name, notification.threshold) == ("ml/ACTUAL/GREATER_THAN/80/PERCENTAGE", 80.0)


def test_the_accounts_own_block_has_a_name_though_no_answer_tells_it(sandbox: Sandbox) -> None:
    graph, _ = read(sandbox, AccountPublicAccessBlock)
    [unset] = graph.known(AccountPublicAccessBlock)
    assert (unset.key, unset.restrict_public_buckets) == ((AccountPublicAccessBlock.type, ACCOUNT, "", ACCOUNT), False)
    client(sandbox, "s3control").put_public_access_block(
        AccountId=ACCOUNT,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    graph, _ = read(sandbox, AccountPublicAccessBlock)
    assert [block.restrict_public_buckets for block in graph.known(AccountPublicAccessBlock)] == [True]


def test_costs_are_read_only_where_asked_for(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    graph, inventory = read(sandbox, MonthlyCost)
    assert "ce:GetCostAndUsage" not in inventory.manifest.calls
    assert [(line.status, line.scope) for line in graph.lines(MonthlyCost)] == [("bounded", "priced")]
    with pytest.raises(Unobserved, match="--with-cost turns it on"):
        list(graph.all(MonthlyCost, bounded=True))
    asked, send = [], Clients.send

    def cost(self: Clients, call: Call, region: str, parameters: Any) -> Any:
        if call.service != "ce":
            return send(self, call, region, parameters)
        asked.append((region, parameters["TimePeriod"], parameters.get("NextPageToken")))
        month = "2026-09-01" if "NextPageToken" in parameters else "2026-08-01"
        group = {"Keys": ["Amazon SageMaker"], "Metrics": {"UnblendedCost": {"Amount": "12.5", "Unit": "USD"}}}
        body = {"ResultsByTime": [{"TimePeriod": {"Start": month}, "Groups": [group], "Estimated": False}]}
        return Answer(body if "NextPageToken" in parameters else {**body, "NextPageToken": "two"}, 0.0, "")

    monkeypatch.setattr(Clients, "send", cost)
    graph, _ = read(sandbox, MonthlyCost, cost=True)
    period = {"Start": "2026-08-01", "End": "2026-11-01"}
    assert asked == [(REGION, period, None), (REGION, period, "two")]
    assert [(m.name, m.services[0].service, m.services[0].amount) for m in graph.known(MonthlyCost)] == [
        ("2026-08-01", ("Amazon SageMaker",), "12.5"),
        ("2026-09-01", ("Amazon SageMaker",), "12.5"),
    ]


@pytest.mark.parametrize(
    ("cls", "operation", "minimal", "unobserved"),
    [
        (
            ScalableTarget,
            "DescribeScalableTargets",
            {"ResourceId": "inference-component/c"},
            "dimension min_capacity max_capacity created",
        ),
        (Repository, "DescribeRepositories", {"repositoryName": "r"}, "created tag_mutability encryption"),
        (Repository, "GetLifecyclePolicy", {}, ""),
        (Key, "DescribeKey", {"KeyId": "k"}, "manager state origin spec"),
        (Key, "GetKeyRotationStatus", {}, ""),
        (Rule, "ListRules", {"Name": "r"}, "state"),
        (Topic, "GetTopicAttributes", {}, "confirmed pending policy"),
        (Role, "GetAccountAuthorizationDetails", {"RoleName": "r"}, "path created trust_policy"),
        (Bucket, "GetBucketEncryption", {}, ""),
        (Bucket, "GetBucketLifecycleConfiguration", {}, ""),
        (Bucket, "GetPublicAccessBlock", {}, ""),
        (Alarm, "DescribeAlarms", {"AlarmName": "a"}, "state actions_enabled"),
        (Image, "DescribeImages", {}, "repository digest pushed"),
        (Image, "DescribeImageScanFindings", {}, ""),
        (Budget, "DescribeBudgets", {"BudgetName": "b"}, "budget_type time_unit"),
    ],
)
def test_what_a_minimal_answer_leaves_open(
    cls: type[Resource], operation: str, minimal: dict[str, Any], unobserved: str
) -> None:
    row = Row.encode(Key_(cls.type, ACCOUNT, REGION, "x"), answers={operation: minimal})
    shapes = answers(collectors()[cls.type])
    thing = cls.from_row(row, {operation: shapes[operation]})
    of_it = [f for f in cls.fields.values() if f.attr != "tags" and f.of in (None, operation)]
    open_ = []
    for field in (f for f in of_it if f.member in shapes[operation]):
        try:
            getattr(thing, field.attr)
        except Unobserved:
            open_.append(field.attr)
    assert sorted(open_) == sorted(unobserved.split())


def test_a_bucket_that_does_not_exist_costs_one_call(sandbox: Sandbox) -> None:
    sandbox.client("sagemaker", REGION, fast=True).create_model(
        ModelName="m",
        ExecutionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/r",
        PrimaryContainer={"Image": f"{REGISTRY}/x:1", "ModelDataUrl": "s3://nowhere-to-be-found/model.tar.gz"},
    )
    graph, _ = read(sandbox, Bucket, Model)
    model = next(graph.known(Model))
    assert model.primary_container is not None
    assert isinstance(graph.to(model.primary_container.artifact_bucket), Missing)
    assert sum(count for call, count in sandbox.calls.counter.items() if call.startswith("s3:")) == 1
