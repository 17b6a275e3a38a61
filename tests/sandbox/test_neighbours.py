"""What moto loses or invents of the services around SageMaker."""

import json

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/execution"
MANIFEST = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
    "layers": [{"digest": "sha256:" + "a" * 64}],
}


def put_image(client, *, scanned):
    ecr = client("ecr")
    ecr.create_repository(repositoryName="team/score")
    made = ecr.put_image(repositoryName="team/score", imageTag="7", imageManifest=json.dumps(MANIFEST))
    if scanned:
        ecr.start_image_scan(repositoryName="team/score", imageId={"imageTag": "7"})
    return made["image"]["imageId"]["imageDigest"]


def test_a_topic_counts_who_hears_it_and_who_has_not_confirmed(client):
    sns = client("sns")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    queue = f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"
    direct = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)["SubscriptionArn"]
    mail = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")["SubscriptionArn"]
    assert direct.startswith(topic)
    assert mail == "pending confirmation"
    shown = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert {s["Protocol"]: s["SubscriptionArn"] for s in shown} == {"sqs": direct, "email": "PendingConfirmation"}
    counts = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (counts["SubscriptionsConfirmed"], counts["SubscriptionsPending"]) == ("1", "1")
    confirmed = sns.confirm_subscription(TopicArn=topic, Token="mailed")["SubscriptionArn"]
    assert confirmed in {s["SubscriptionArn"] for s in sns.list_subscriptions()["Subscriptions"]}
    counts = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (counts["SubscriptionsConfirmed"], counts["SubscriptionsPending"]) == ("2", "0")
    with pytest.raises(ClientError, match="InvalidParameter"):
        sns.confirm_subscription(TopicArn=topic, Token="again")


def test_a_budget_shows_whom_it_tells_and_what_it_does(client):
    budgets = client("budgets")
    money = {"Amount": "100", "Unit": "USD"}
    at_80 = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0}
    mail = [{"SubscriptionType": "EMAIL", "Address": "a@example.com"}]
    budgets.create_budget(
        AccountId=ACCOUNT,
        Budget={"BudgetName": "ml", "BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": money},
        NotificationsWithSubscribers=[{"Notification": at_80, "Subscribers": mail}],
    )
    named = {"AccountId": ACCOUNT, "BudgetName": "ml"}
    spelled = {**at_80, "ThresholdType": "PERCENTAGE"}
    assert budgets.describe_subscribers_for_notification(**named, Notification=spelled)["Subscribers"] == mail
    with pytest.raises(ClientError, match="NotFoundException"):
        budgets.describe_subscribers_for_notification(**named, Notification={**at_80, "Threshold": 90.0})
    assert budgets.describe_budget_actions_for_account(AccountId=ACCOUNT)["Actions"] == []
    budgets.create_budget_action(
        **named,
        NotificationType="ACTUAL",
        ActionType="APPLY_IAM_POLICY",
        ActionThreshold={"ActionThresholdValue": 100.0, "ActionThresholdType": "PERCENTAGE"},
        Definition={"IamActionDefinition": {"PolicyArn": "arn:aws:iam::aws:policy/AWSDenyAll", "Roles": ["train"]}},
        ExecutionRoleArn=ROLE,
        ApprovalModel="AUTOMATIC",
        Subscribers=mail,
    )
    (action,) = budgets.describe_budget_actions_for_account(AccountId=ACCOUNT)["Actions"]
    assert (action["BudgetName"], action["ApprovalModel"], action["Status"]) == ("ml", "AUTOMATIC", "STANDBY")


def test_a_scan_finds_what_was_added_and_nothing_else(sandbox, client):
    digest = put_image(client, scanned=True)
    asked = {"repositoryName": "team/score", "imageId": {"imageDigest": digest}}
    assert client("ecr").describe_image_scan_findings(**asked)["imageScanFindings"]["findingSeverityCounts"] == {}
    sandbox.image_findings("team/score", "7", {"CRITICAL": 2})
    found = client("ecr").describe_image_scan_findings(**asked)["imageScanFindings"]
    assert (found["findingSeverityCounts"], found["findings"]) == ({"CRITICAL": 2}, [])
    with pytest.raises(KeyError, match="no image team/score:8"):
        sandbox.image_findings("team/score", "8", {"LOW": 1})


def test_an_image_that_was_not_scanned_has_no_findings(client):
    digest = put_image(client, scanned=False)
    with pytest.raises(ClientError, match="ScanNotFoundException"):
        client("ecr").describe_image_scan_findings(repositoryName="team/score", imageId={"imageDigest": digest})


def test_an_endpoint_runs_the_image_that_the_registry_holds(client):
    digest, sagemaker = put_image(client, scanned=False), client("sagemaker")
    image = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/team/score"
    sagemaker.create_model(ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": f"{image}:7"})
    variant = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    (deployed,) = sagemaker.describe_endpoint(EndpointName="e")["ProductionVariants"][0]["DeployedImages"]
    assert (deployed["SpecifiedImage"], deployed["ResolvedImage"]) == (f"{image}:7", f"{image}@{digest}")


def test_what_aws_requires_of_an_answer_is_not_made_up(client):
    sagemaker = client("sagemaker")
    made = sagemaker.create_project(ProjectName="p", ServiceCatalogProvisioningDetails={"ProductId": "prod-1"})
    shown = sagemaker.describe_project(ProjectName="p")
    assert shown["ProjectId"] == made["ProjectId"]
    assert shown["ProjectId"].startswith("p-")
    sagemaker.create_feature_group(
        FeatureGroupName="f",
        RecordIdentifierFeatureName="id",
        EventTimeFeatureName="at",
        FeatureDefinitions=[{"FeatureName": n, "FeatureType": "String"} for n in ("id", "at")],
        OnlineStoreConfig={"EnableOnlineStore": True},
    )
    assert "NextToken" not in sagemaker.describe_feature_group(FeatureGroupName="f")


def test_an_account_has_the_regions_that_need_no_opting_in(client):
    ec2 = client("ec2")
    own = {region["RegionName"] for region in ec2.describe_regions()["Regions"]}
    assert len(own) == 17
    assert {"us-east-1", "eu-west-1"} <= own
    assert not own & {"af-south-1", "us-gov-west-1"}
    every = {r["RegionName"]: r["OptInStatus"] for r in ec2.describe_regions(AllRegions=True)["Regions"]}
    assert (every["af-south-1"], every["us-east-1"]) == ("not-opted-in", "opt-in-not-required")
    assert [r["RegionName"] for r in ec2.describe_regions(RegionNames=["eu-west-1"])["Regions"]] == ["eu-west-1"]
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        ec2.describe_regions(RegionNames=["nowhere-1"])
