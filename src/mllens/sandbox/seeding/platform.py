"""What stands around the models: buckets, roles, keys, images, topics, rules, budgets, logs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mllens.sandbox import identity
from mllens.sandbox.seeding.account import START, US, Account, tags

_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


@dataclass(frozen=True, kw_only=True)
class Key:
    """A KMS key of the customer's, by its alias."""

    alias: str
    region: str
    rotates: bool = True
    leaves: bool = False  # waits for its deletion


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A bucket; `versioning` is None where it was never turned on, `expires` empties a prefix after so many days.

    Versions of what expires go thirty days later.
    """

    name: str
    region: str
    versioning: str | None
    key: str | None = None
    public: bool = False
    expires: tuple[tuple[str, int], ...] = ()
    logs: str | None = None
    takes_logs: bool = False


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role: AWS's policies and the account's own that it carries, what it may do itself, and who takes it on."""

    name: str
    managed: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    service: str = "sagemaker"
    allowed: tuple[tuple[str | tuple[str, ...], str | tuple[str, ...]], ...] = ()
    boundary: str | None = None
    confined: bool = False  # trusted only for requests of the account itself
    trusts: tuple[str, ...] = ()  # accounts
    passes: tuple[str, ...] = ()  # roles that it may pass to SageMaker


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A managed policy of the account's own."""

    name: str
    actions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Repository:
    """An ECR repository and the tags of its images, with what scans found in them."""

    name: str
    region: str
    images: Mapping[str, Mapping[str, int]]
    immutable: bool = False
    scanned: bool = False
    key: str | None = None
    keeps: int | None = None  # so many images; the lifecycle deletes the others


@dataclass(frozen=True, kw_only=True)
class Scanning:
    """Which repositories of a region are scanned when something is pushed, by filters."""

    region: str
    on_push: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Topic:
    """An SNS topic and who hears it: protocol and address; nobody confirms what must be confirmed by hand."""

    name: str
    region: str
    heard_by: tuple[tuple[str, str], ...] = ()
    key: str | None = None


@dataclass(frozen=True, kw_only=True)
class EventRule:
    """A rule of EventBridge, by a pattern over SageMaker's events or a schedule; target is a topic or a pipeline."""

    name: str
    region: str
    detail_type: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    schedule: str = ""
    topic: str | None = None
    pipeline: str | None = None
    role: str | None = None
    enabled: bool = True


@dataclass(frozen=True, kw_only=True)
class Budget:
    """A monthly budget: what it is over, and at which percentages which topic or address is told."""

    name: str
    limit: str
    services: tuple[str, ...] = ()
    told: tuple[tuple[float, str], ...] = ()
    action_role: str | None = None


@dataclass(frozen=True, kw_only=True)
class LogGroup:
    """A log group; without days its events are kept for ever."""

    name: str
    region: str
    days: int | None = None
    key: str | None = None


def make_key(account: Account, key: Key) -> None:
    """A key, which rotates each year unless it leaves or nobody thought of it."""
    made = account.ask(START, "kms", key.region, "create_key", Description=f"{key.alias} data")
    id_ = made["KeyMetadata"]["KeyId"]
    account.ask(START, "kms", key.region, "create_alias", AliasName=f"alias/{key.alias}", TargetKeyId=id_)
    if key.leaves:
        account.ask(START, "kms", key.region, "schedule_key_deletion", KeyId=id_, PendingWindowInDays=30)
    elif key.rotates:
        account.ask(START, "kms", key.region, "enable_key_rotation", KeyId=id_)


def make_bucket(account: Account, bucket: Bucket) -> None:
    """A bucket with AWS's defaults and the settings that somebody made."""

    def s3(operation: str, **parameters: Any) -> None:
        account.ask(START, "s3", bucket.region, operation, Bucket=bucket.name, **parameters)

    where = {} if bucket.region == US else {"CreateBucketConfiguration": {"LocationConstraint": bucket.region}}
    s3("create_bucket", **where)
    if bucket.versioning:
        s3("put_bucket_versioning", VersioningConfiguration={"Status": bucket.versioning})
    if bucket.key:
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": account.key(bucket.region, bucket.key)}
        rules = [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]
        s3("put_bucket_encryption", ServerSideEncryptionConfiguration={"Rules": rules})
    if bucket.public:
        s3("delete_public_access_block")
        s3("put_bucket_policy", Policy=_open_to(bucket, "*", "s3:GetObject"))
    if bucket.takes_logs:
        s3("put_bucket_policy", Policy=_open_to(bucket, {"Service": "logging.s3.amazonaws.com"}, "s3:PutObject"))
    if bucket.expires:
        versions = {"NoncurrentVersionExpiration": {"NoncurrentDays": 30}} if bucket.versioning == "Enabled" else {}
        rules = [
            {
                "ID": f"expire-{prefix or 'all'}",
                "Status": "Enabled",
                "Filter": {"Prefix": prefix},
                "Expiration": {"Days": days},
                **versions,
            }
            for prefix, days in bucket.expires
        ]
        s3("put_bucket_lifecycle_configuration", LifecycleConfiguration={"Rules": rules})
    if bucket.logs:
        target = {"TargetBucket": bucket.logs, "TargetPrefix": f"{bucket.name}/"}
        s3("put_bucket_logging", BucketLoggingStatus={"LoggingEnabled": target})


def _open_to(bucket: Bucket, who: Any, action: str) -> str:
    statement = {"Effect": "Allow", "Principal": who, "Action": action, "Resource": f"arn:aws:s3:::{bucket.name}/*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def make_policy(account: Account, policy: Policy) -> None:
    """A managed policy over everything."""
    statement = {"Effect": "Allow", "Action": list(policy.actions), "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    account.ask(START, "iam", US, "create_policy", PolicyName=policy.name, PolicyDocument=document)


def make_role(account: Account, role: Role) -> None:
    """A role with one policy inside and others attached."""

    def iam(operation: str, **parameters: Any) -> None:
        account.ask(START, "iam", US, operation, RoleName=role.name, **parameters)

    bounds = {"PermissionsBoundary": account.arn("iam", "", f"policy/{role.boundary}")} if role.boundary else {}
    iam("create_role", AssumeRolePolicyDocument=json.dumps(_trust(account, role)), **bounds)
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": actions, "Resource": resources} for actions, resources in role.allowed
    ]
    if role.passes:
        statements.append(
            {
                "Effect": "Allow",
                "Action": "iam:PassRole",
                "Resource": [account.role(name) if name != "*" else "*" for name in role.passes],
                **(
                    {"Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}}
                    if "*" not in role.passes
                    else {}
                ),
            }
        )
    if statements:
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam("put_role_policy", PolicyName="containers", PolicyDocument=document)
    for policy in role.managed:
        iam("attach_role_policy", PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
    for policy in role.own:
        iam("attach_role_policy", PolicyArn=account.arn("iam", "", f"policy/{policy}"))


def _trust(account: Account, role: Role) -> dict[str, Any]:
    principal: dict[str, Any] = {"Service": f"{role.service}.amazonaws.com"}
    if role.trusts:
        principal["AWS"] = [f"arn:aws:iam::{number}:root" for number in role.trusts]
    condition = {"Condition": {"StringEquals": {"aws:SourceAccount": account.sandbox.account}}} if role.confined else {}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **condition}
    return {"Version": "2012-10-17", "Statement": [statement]}


def make_repository(account: Account, repository: Repository, pushed: datetime = START) -> None:
    """A repository with its images; scans find what the images say."""

    def ecr(operation: str, **parameters: Any) -> None:
        account.ask(pushed, "ecr", repository.region, operation, repositoryName=repository.name, **parameters)

    key = repository.key
    encryption = (
        {"encryptionType": "KMS", "kmsKey": account.key(repository.region, key)}
        if key
        else {"encryptionType": "AES256"}
    )
    ecr(
        "create_repository",
        imageTagMutability="IMMUTABLE" if repository.immutable else "MUTABLE",
        imageScanningConfiguration={"scanOnPush": repository.scanned},
        encryptionConfiguration=encryption,
    )
    for tag, findings in repository.images.items():
        layer = f"sha256:{identity.digest(repository.name, tag) * 2}"
        manifest = {"schemaVersion": 2, "mediaType": _MANIFEST, "layers": [{"digest": layer}]}
        ecr("put_image", imageTag=tag, imageManifest=json.dumps(manifest))
        if repository.scanned:
            ecr("start_image_scan", imageId={"imageTag": tag})
            account.sandbox.image_findings(repository.name, tag, findings, region=repository.region)
    if repository.keeps is not None:
        chosen = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": repository.keeps}
        rules = [{"rulePriority": 1, "selection": chosen, "action": {"type": "expire"}}]
        ecr("put_lifecycle_policy", lifecyclePolicyText=json.dumps({"rules": rules}))


def make_scanning(account: Account, scanning: Scanning) -> None:
    """The scanning rule of a region's registry."""
    filters = [{"filter": each, "filterType": "WILDCARD"} for each in scanning.on_push]
    rules = [{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": filters}]
    account.ask(START, "ecr", scanning.region, "put_registry_scanning_configuration", scanType="BASIC", rules=rules)


def make_topic(account: Account, topic: Topic) -> None:
    """A topic with its subscriptions."""
    attributes = {"KmsMasterKeyId": account.key(topic.region, topic.key)} if topic.key else {}
    account.ask(START, "sns", topic.region, "create_topic", Name=topic.name, Attributes=attributes)
    for protocol, address in topic.heard_by:
        endpoint = account.arn(protocol, topic.region, address) if protocol in {"sqs", "lambda"} else address
        arn = account.topic(topic.region, topic.name)
        account.ask(START, "sns", topic.region, "subscribe", TopicArn=arn, Protocol=protocol, Endpoint=endpoint)


def make_event_rule(account: Account, rule: EventRule) -> None:
    """A rule on the default bus with its one target."""

    def events(operation: str, **parameters: Any) -> None:
        account.ask(START, "events", rule.region, operation, **parameters)

    if rule.detail_type:
        pattern: dict[str, Any] = {"source": ["aws.sagemaker"], "detail-type": [rule.detail_type]}
        when = {"EventPattern": json.dumps(pattern | ({"detail": dict(rule.detail)} if rule.detail else {}))}
    else:
        when = {"ScheduleExpression": rule.schedule}
    events("put_rule", Name=rule.name, State="ENABLED" if rule.enabled else "DISABLED", **when)
    if rule.topic:
        target = {"Arn": account.topic(rule.region, rule.topic)}
    elif rule.pipeline:
        target = {"Arn": account.arn("sagemaker", rule.region, f"pipeline/{rule.pipeline}")}
    else:
        return
    by = {"RoleArn": account.role(rule.role)} if rule.role else {}
    events("put_targets", Rule=rule.name, Targets=[{"Id": "one", **target, **by}])


def make_budget(account: Account, budget: Budget) -> None:
    """A budget, its thresholds, and what it does by itself."""

    def budgets(operation: str, **parameters: Any) -> None:
        account.ask(START, "budgets", US, operation, AccountId=account.sandbox.account, **parameters)

    notifications = [
        {
            "Notification": {
                "NotificationType": "ACTUAL",
                "ComparisonOperator": "GREATER_THAN",
                "Threshold": percent,
                "ThresholdType": "PERCENTAGE",
            },
            "Subscribers": _subscribers(account, who),
        }
        for percent, who in budget.told
    ]
    filters = {"CostFilters": {"Service": list(budget.services)}} if budget.services else {}
    money = {"Amount": budget.limit, "Unit": "USD"}
    budgets(
        "create_budget",
        Budget={
            "BudgetName": budget.name,
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": money,
            **filters,
        },
        NotificationsWithSubscribers=notifications,
    )
    if budget.action_role:
        roles = {"PolicyArn": "arn:aws:iam::aws:policy/AWSDenyAll", "Roles": [budget.action_role]}
        budgets(
            "create_budget_action",
            BudgetName=budget.name,
            NotificationType="ACTUAL",
            ActionType="APPLY_IAM_POLICY",
            ActionThreshold={"ActionThresholdValue": 100.0, "ActionThresholdType": "PERCENTAGE"},
            Definition={"IamActionDefinition": roles},
            ExecutionRoleArn=account.role(budget.action_role),
            ApprovalModel="AUTOMATIC",
            Subscribers=_subscribers(account, budget.told[0][1]),
        )


def _subscribers(account: Account, who: str) -> list[dict[str, str]]:
    if "@" in who:
        return [{"SubscriptionType": "EMAIL", "Address": who}]
    return [{"SubscriptionType": "SNS", "Address": account.topic(US, who)}]


def make_log_group(account: Account, group: LogGroup) -> None:
    """A log group with its retention."""
    key = {"kmsKeyId": account.key(group.region, group.key)} if group.key else {}
    account.ask(START, "logs", group.region, "create_log_group", logGroupName=group.name, **key)
    if group.days:
        account.ask(
            START, "logs", group.region, "put_retention_policy", logGroupName=group.name, retentionInDays=group.days
        )


def make_code_repository(account: Account, region: str, name: str, url: str, labels: Mapping[str, str]) -> None:
    """A Git repository for notebooks."""
    account.sagemaker(
        START, region, "create_code_repository", CodeRepositoryName=name,
        GitConfig={"RepositoryUrl": url, "Branch": "main"}, Tags=tags(labels),
    )  # fmt: skip


def make_all(account: Account, things: Sequence[Any]) -> None:
    """Each by the function for its kind."""
    makers: dict[type[Any], Any] = {
        Key: make_key, Bucket: make_bucket, Policy: make_policy, Role: make_role, Repository: make_repository,
        Scanning: make_scanning, Topic: make_topic, EventRule: make_event_rule, Budget: make_budget, LogGroup: make_log_group,
    }  # fmt: skip
    for thing in things:
        makers[type(thing)](account, thing)
