"""What moto gets wrong, and matters to an assessment, is right here."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError
from moto.ec2.responses import EC2Response

ROLE = "arn:aws:iam::123456789012:role/execution"
VARIANT = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 2}
ALARM = {
    "MetricName": "Errors", "Namespace": "N", "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold", "Threshold": 1, "Period": 60,
    "Statistic": "Sum",
}  # fmt: skip


def test_new_buckets_have_the_defaults_of_aws(client):
    s3 = client("s3")
    s3.create_bucket(Bucket="data")
    rule = s3.get_bucket_encryption(Bucket="data")["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert set(s3.get_public_access_block(Bucket="data")["PublicAccessBlockConfiguration"].values()) == {True}
    assert s3.get_bucket_ownership_controls(Bucket="data")["OwnershipControls"]["Rules"] == [
        {"ObjectOwnership": "BucketOwnerEnforced"}
    ]
    kms = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "key"}}]}
    s3.put_bucket_encryption(Bucket="data", ServerSideEncryptionConfiguration=kms)
    s3.delete_bucket_encryption(Bucket="data")
    rule = s3.get_bucket_encryption(Bucket="data")["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    s3.delete_public_access_block(Bucket="data")
    with pytest.raises(ClientError, match="NoSuchPublicAccessBlockConfiguration"):
        s3.get_public_access_block(Bucket="data")


def test_bucket_settings_that_moto_only_pretends_to_keep(client):
    s3 = client("s3")
    s3.create_bucket(Bucket="data")
    tiering = {"Id": "old", "Status": "Enabled", "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}]}
    s3.put_bucket_intelligent_tiering_configuration(Bucket="data", Id="old", IntelligentTieringConfiguration=tiering)
    listed = s3.list_bucket_intelligent_tiering_configurations(Bucket="data")["IntelligentTieringConfigurationList"]
    assert listed == [tiering]
    with pytest.raises(ClientError, match="NoSuchConfiguration"):
        s3.get_bucket_metrics_configuration(Bucket="data", Id="absent")
    with pytest.raises(ClientError, match="NoSuchBucket"):
        s3.put_bucket_intelligent_tiering_configuration(
            Bucket="absent", Id="old", IntelligentTieringConfiguration=tiering
        )
    assert s3.get_bucket_request_payment(Bucket="data")["Payer"] == "BucketOwner"


def test_tagging_sees_ours_and_motos_in_pages(sandbox, client):
    sagemaker, tagging = client("sagemaker"), client("resourcegroupstaggingapi")
    tags = [{"Key": "team", "Value": "ml"}]
    tagged = [sagemaker.create_model(ModelName=f"m{n}", ExecutionRoleArn=ROLE, Tags=tags)["ModelArn"] for n in range(3)]
    bare = sagemaker.create_model(ModelName="bare", ExecutionRoleArn=ROLE)["ModelArn"]
    once = sagemaker.create_model(ModelName="once", ExecutionRoleArn=ROLE, Tags=tags)["ModelArn"]
    sagemaker.delete_tags(ResourceArn=once, TagKeys=["team"])
    sagemaker.create_model_card(ModelCardName="c", Content="{}", ModelCardStatus="Draft", Tags=tags)
    topic = client("sns").create_topic(Name="tagged", Tags=tags)["TopicArn"]
    client("sns").create_topic(Name="bare")
    pages = list(tagging.get_paginator("get_resources").paginate(PaginationConfig={"PageSize": 2}))
    found = {row["ResourceARN"]: row["Tags"] for page in pages for row in page["ResourceTagMappingList"]}
    card = "arn:aws:sagemaker:us-east-1:123456789012:model-card/c"
    assert found == {**dict.fromkeys([*tagged, card, topic], tags), once: []}
    assert bare not in found
    assert [len(page["ResourceTagMappingList"]) for page in pages] == [2, 2, 2]
    only = tagging.get_resources(
        ResourceTypeFilters=["sagemaker:model-card"], TagFilters=[{"Key": "team", "Values": ["ml", "x"]}]
    )
    assert [row["ResourceARN"] for row in only["ResourceTagMappingList"]] == [card]
    tagging.tag_resources(ResourceARNList=[bare, topic], Tags={"env": "dev"})
    assert sagemaker.list_tags(ResourceArn=bare)["Tags"] == [{"Key": "env", "Value": "dev"}]
    assert tagging.get_tag_keys()["TagKeys"] == ["env", "team"]
    tagging.untag_resources(ResourceARNList=[bare], TagKeys=["env"])
    assert sagemaker.list_tags(ResourceArn=bare)["Tags"] == []


def test_alarms_page_under_any_name(client):
    cloudwatch = client("cloudwatch")
    names = ["a/b", "a/ü 1", "b+c&d", "<x>"]
    for name in names:
        cloudwatch.put_metric_alarm(AlarmName=name, **ALARM, Tags=[{"Key": "k", "Value": "v"}])
    cloudwatch.put_composite_alarm(AlarmName="all", AlarmRule='ALARM("a/b")')
    pages = list(cloudwatch.get_paginator("describe_alarms").paginate(PaginationConfig={"PageSize": 2}))
    assert [[row["AlarmName"] for row in page["MetricAlarms"]] for page in pages] == [
        ["<x>", "a/b"],
        ["a/ü 1", "b+c&d"],
    ]
    both = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm", "MetricAlarm"], AlarmNamePrefix="a")
    assert ([row["AlarmName"] for row in both["MetricAlarms"]], both["CompositeAlarms"][0]["AlarmName"]) == (
        ["a/b", "a/ü 1"],
        "all",
    )
    arn = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a/ü 1"
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "k", "Value": "v"}]
    cloudwatch.set_alarm_state(AlarmName="a/b", StateValue="ALARM", StateReason="test")
    assert [row["AlarmName"] for row in cloudwatch.describe_alarms(StateValue="ALARM")["MetricAlarms"]] == ["a/b"]
    cloudwatch.delete_alarms(AlarmNames=["<x>"])
    with pytest.raises(ClientError, match="ResourceNotFound"):
        cloudwatch.delete_alarms(AlarmNames=["<x>"])


def test_metrics_show_what_was_seeded(sandbox, client):
    noon = datetime(2026, 11, 1, 12, tzinfo=UTC)
    points = {noon - timedelta(minutes=m): float(v) for m, v in ((1, 4), (2, 6), (61, 100))}
    sandbox.metric("AWS/SageMaker", "Invocations", {"EndpointName": "e", "VariantName": "v"}, points)
    sandbox.metric(
        "AWS/SageMaker", "Errors", {"EndpointName": "e", "VariantName": "v"}, {noon - timedelta(minutes=1): 1.0}
    )
    dimensions = [{"Name": "VariantName", "Value": "v"}, {"Name": "EndpointName", "Value": "e"}]

    def query(name, metric, stat):
        wanted = {"Namespace": "AWS/SageMaker", "MetricName": metric, "Dimensions": dimensions}
        return {"Id": name, "MetricStat": {"Metric": wanted, "Period": 3600, "Stat": stat}}

    queries = [
        query("i", "Invocations", "Sum"),
        query("e", "Errors", "Sum"),
        {"Id": "rate", "Expression": "100 * e / i"},
    ]
    cloudwatch = client("cloudwatch")
    rows = cloudwatch.get_metric_data(MetricDataQueries=queries, StartTime=noon - timedelta(days=1), EndTime=noon)[
        "MetricDataResults"
    ]
    assert [(row["Id"], row["Values"]) for row in rows] == [("i", [10.0, 100.0]), ("e", [1.0]), ("rate", [10.0])]
    assert rows[0]["Timestamps"] == [noon - timedelta(hours=1), noon - timedelta(hours=2)]
    points = cloudwatch.get_metric_statistics(
        Namespace="AWS/SageMaker", MetricName="Invocations", Dimensions=dimensions, StartTime=noon - timedelta(hours=1), EndTime=noon,
        Period=3600, Statistics=["Maximum", "Average"],
    )["Datapoints"]  # fmt: skip
    assert [(p["Maximum"], p["Average"]) for p in points] == [(6.0, 5.0)]
    assert (
        len(cloudwatch.list_metrics(Namespace="AWS/SageMaker", Dimensions=[{"Name": "EndpointName"}])["Metrics"]) == 2
    )
    with pytest.raises(ClientError, match="AWS/"):
        cloudwatch.put_metric_data(Namespace="AWS/SageMaker", MetricData=[{"MetricName": "m", "Value": 1}])
    cloudwatch.put_metric_data(Namespace="Own", MetricData=[{"MetricName": "m", "Value": 1}])
    assert cloudwatch.list_metrics(Namespace="Own")["Metrics"][0]["MetricName"] == "m"


def test_scalable_targets_page(client):
    sagemaker, scaling = client("sagemaker"), client("application-autoscaling")
    variants = [{**VARIANT, "VariantName": f"v{n}"} for n in range(3)]
    sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=variants)
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")

    def target(n):
        return {
            "ServiceNamespace": "sagemaker",
            "ResourceId": f"endpoint/e/variant/v{n}",
            "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        }

    for n in range(3):
        scaling.register_scalable_target(**target(n), MinCapacity=1, MaxCapacity=4)
    scaling.register_scalable_target(**target(0), MinCapacity=2)
    pages = list(
        scaling.get_paginator("describe_scalable_targets").paginate(
            ServiceNamespace="sagemaker", PaginationConfig={"PageSize": 2}
        )
    )
    assert [len(page["ScalableTargets"]) for page in pages] == [2, 1]
    assert (pages[0]["ScalableTargets"][0]["MinCapacity"], pages[0]["ScalableTargets"][0]["MaxCapacity"]) == (2, 4)
    tracking = {
        "TargetValue": 70.0,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
    }
    scaling.put_scaling_policy(
        PolicyName="p",
        **target(1),
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=tracking,
    )
    shown = scaling.describe_scaling_policies(ServiceNamespace="sagemaker", ResourceId="endpoint/e/variant/v1")[
        "ScalingPolicies"
    ]
    assert shown[0]["TargetTrackingScalingPolicyConfiguration"] == tracking
    scaling.deregister_scalable_target(**target(1))
    assert scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"] == []
    with pytest.raises(ClientError, match="ValidationException"):
        scaling.register_scalable_target(**target(9), MinCapacity=1, MaxCapacity=4)
    with pytest.raises(ClientError, match="ObjectNotFoundException"):
        scaling.deregister_scalable_target(**target(1))


def test_authorization_details_page_and_know_managed_policies(client):
    iam = client("iam")
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    for name in ("one", "two"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    iam.create_user(UserName="u")
    for name in ("AmazonSageMakerFullAccess", "AdministratorAccess", "ReadOnlyAccess", "AmazonS3FullAccess"):
        iam.attach_role_policy(RoleName="one", PolicyArn=f"arn:aws:iam::aws:policy/{name}")
    pages = list(iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 2}))
    sizes = [
        sum(len(page[name]) for name in ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"))
        for page in pages
    ]
    assert sizes == [2, 2, 2, 1]
    roles = [row for page in pages for row in page["RoleDetailList"]]
    assert [row["RoleName"] for row in roles] == ["one", "two"]
    assert roles[0]["AssumeRolePolicyDocument"] == json.loads(trust)
    assert len(roles[0]["AttachedManagedPolicies"]) == 4
    only = iam.get_account_authorization_details(Filter=["Role"])
    assert (len(only["RoleDetailList"]), only["UserDetailList"], only["Policies"]) == (2, [], [])


def test_what_breaks_inside_moto_is_an_aws_error(client):
    with pytest.raises(ClientError, match="moto fails on kms:ListGrants") as refused:
        client("kms").list_grants(KeyId="x")
    assert refused.value.response["Error"]["Code"] == "InternalFailure"


def test_a_package_that_moto_lacks_is_an_aws_error(client, monkeypatch):
    # what moto needs for a neighbour may be missing: a client must get an answer, not the web server's own page
    def needs_a_package(self):
        raise ModuleNotFoundError("No module named 'elsewhere'")

    monkeypatch.setattr(EC2Response, "describe_vpc_endpoint_services", needs_a_package)
    with pytest.raises(
        ClientError, match="moto fails on ec2:DescribeVpcEndpointServices: ModuleNotFoundError"
    ) as refused:
        client("ec2").describe_vpc_endpoint_services()
    assert refused.value.response["Error"]["Code"] in {"InternalFailure", "InternalError"}
