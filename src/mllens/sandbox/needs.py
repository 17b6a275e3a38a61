"""What a call needs to be allowed: IAM's actions, each with the resource it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from mllens.sandbox import identity
from mllens.sandbox.answer import Call, kebab
from mllens.sandbox.store import find_member

# IAM's word for a service, where it is not the name the service signs with.
_PREFIXES = {
    "bedrock-agent": "bedrock",
    "cloudwatch": "cloudwatch",
    "mwaa": "airflow",
    "resourcegroupstaggingapi": "tag",
    "s3control": "s3",
    "stepfunctions": "states",
}
# Actions whose name is not that of the operation.
_ACTIONS: dict[tuple[str, str], str] = {
    ("s3", operation): f"s3:{action}"
    for operation, action in {
        "AbortMultipartUpload": "AbortMultipartUpload",
        "CompleteMultipartUpload": "PutObject",
        "CopyObject": "PutObject",
        "CreateMultipartUpload": "PutObject",
        "DeleteBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
        "DeleteBucketCors": "PutBucketCORS",
        "DeleteBucketEncryption": "PutEncryptionConfiguration",
        "DeleteBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
        "DeleteBucketInventoryConfiguration": "PutInventoryConfiguration",
        "DeleteBucketLifecycle": "PutLifecycleConfiguration",
        "DeleteBucketMetricsConfiguration": "PutMetricsConfiguration",
        "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
        "DeleteBucketReplication": "PutReplicationConfiguration",
        "DeleteBucketTagging": "PutBucketTagging",
        "DeleteObjects": "DeleteObject",
        "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
        "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
        "GetBucketAnalyticsConfiguration": "GetAnalyticsConfiguration",
        "GetBucketCors": "GetBucketCORS",
        "GetBucketEncryption": "GetEncryptionConfiguration",
        "GetBucketIntelligentTieringConfiguration": "GetIntelligentTieringConfiguration",
        "GetBucketInventoryConfiguration": "GetInventoryConfiguration",
        "GetBucketLifecycle": "GetLifecycleConfiguration",
        "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
        "GetBucketMetricsConfiguration": "GetMetricsConfiguration",
        "GetBucketNotificationConfiguration": "GetBucketNotification",
        "GetBucketReplication": "GetReplicationConfiguration",
        "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
        "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
        "HeadBucket": "ListBucket",
        "HeadObject": "GetObject",
        "ListBucketAnalyticsConfigurations": "GetAnalyticsConfiguration",
        "ListBucketIntelligentTieringConfigurations": "GetIntelligentTieringConfiguration",
        "ListBucketInventoryConfigurations": "GetInventoryConfiguration",
        "ListBucketMetricsConfigurations": "GetMetricsConfiguration",
        "ListBuckets": "ListAllMyBuckets",
        "ListMultipartUploads": "ListBucketMultipartUploads",
        "ListObjectVersions": "ListBucketVersions",
        "ListObjects": "ListBucket",
        "ListObjectsV2": "ListBucket",
        "ListParts": "ListMultipartUploadParts",
        "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
        "PutBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
        "PutBucketCors": "PutBucketCORS",
        "PutBucketEncryption": "PutEncryptionConfiguration",
        "PutBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
        "PutBucketInventoryConfiguration": "PutInventoryConfiguration",
        "PutBucketLifecycle": "PutLifecycleConfiguration",
        "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
        "PutBucketMetricsConfiguration": "PutMetricsConfiguration",
        "PutBucketNotificationConfiguration": "PutBucketNotification",
        "PutBucketReplication": "PutReplicationConfiguration",
        "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
        "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
        "UploadPart": "PutObject",
    }.items()
} | {
    ("s3control", "DeletePublicAccessBlock"): "s3:PutAccountPublicAccessBlock",
    ("s3control", "GetPublicAccessBlock"): "s3:GetAccountPublicAccessBlock",
    ("s3control", "PutPublicAccessBlock"): "s3:PutAccountPublicAccessBlock",
    ("budgets", "DescribeBudgets"): "budgets:ViewBudget",
    ("budgets", "DescribeNotificationsForBudget"): "budgets:ViewBudget",
    ("budgets", "DescribeSubscribersForNotification"): "budgets:ViewBudget",
    ("lambda", "Invoke"): "lambda:InvokeFunction",
    ("sagemaker-featurestore-runtime", "BatchGetRecord"): "sagemaker:BatchGetRecord",
}
# Actions that know no resources, so that a statement allows them for `*` or not at all. A service that is not here is
# one of which that is not known.
_WITHOUT_RESOURCE: dict[str, tuple[str, ...]] = {
    "application-autoscaling": ("Describe*", "GetPredictiveScalingForecast"),
    "cloudwatch": (
        "*AnomalyDetector", "*OTelEnrichment", "*ResourceMetricsConfiguration", "DescribeAlarmsForMetric",
        "DescribeAnomalyDetectors", "DescribeInsightRules", "GetMetricStatistics", "GetMetricWidgetImage",
        "ListDashboards", "ListManagedInsightRules", "ListMetricStreams", "PutManagedInsightRules",
    ),
    "ecr": (
        "*AccountSetting", "*PullThroughCacheRule", "*PullTimeUpdateExclusion", "*RegistryPolicy",
        "*RegistryScanningConfiguration", "*RepositoryCreationTemplate", "*SigningConfiguration", "*ReplicationBackfill",
        "DescribePullThroughCacheRules", "DescribeRegistry", "DescribeReplicationBackfillResults",
        "DescribeRepositoryCreationTemplates", "GetAuthorizationToken", "ListPullTimeUpdateExclusions",
        "ListReplicationBackfills", "PutReplicationConfiguration",
    ),
    "kms": ("*CustomKeyStore", "CreateKey", "DescribeCustomKeyStores", "GenerateRandom", "ListAliases", "ListKeys",
            "ListRetirableGrants"),
    "logs": ("DescribeLogGroups", "ListLogGroups"),
    "s3": ("GetAccountPublicAccessBlock", "ListAllMyBuckets", "PutAccountPublicAccessBlock"),
    "sagemaker": (
        "*SagemakerServicecatalogPortfolio*", "DescribeJobSchemaVersion", "DescribeLineageGroup", "ExtendTrainingPlan",
        "GetLineageGroupPolicy", "GetSearchSuggestions", "List*", "QueryLineage", "RenderUiTemplate", "Search",
        "SearchTrainingPlanOfferings",
    ),
    "tag": ("*",),
    "wellarchitected": (
        "*GlobalSettings", "CreateAgentProfile", "CreateProfile", "CreateReviewTemplate", "CreateWorkload",
        "GetConsolidatedReport", "GetProfileTemplate", "ImportLens", "ListAgentProfiles", "ListLenses", "ListNotifications",
        "ListProfileNotifications", "ListProfiles", "ListReviewTemplates", "ListShareInvitations", "ListWorkloads",
        "UpdateShareInvitation",
    ),
}  # fmt: skip
# Lists of SageMaker that are asked of one thing.
_OF_ONE = frozenset({
    "ListAliases", "ListClusterEvents", "ListClusterNodes", "ListHubContentVersions", "ListHubContents",
    "ListImageVersions", "ListLabelingJobsForWorkteam", "ListModelCardExportJobs", "ListModelCardVersions",
    "ListModelPackages", "ListPipelineExecutionSteps", "ListPipelineExecutions",
    "ListPipelineParametersForExecution", "ListPipelineVersions", "ListTags",
    "ListTrainingJobsForHyperParameterTuningJob", "ListUltraServersByReservedCapacity",
})  # fmt: skip


class Need(NamedTuple):
    """An action that must be allowed on a resource: an ARN, `*` where it knows none, None where the call does not tell."""

    action: str
    resource: str | None


def action_of(service: str, signing_name: str, operation: str) -> str:
    """The IAM action that an operation needs."""
    named = _ACTIONS.get((service, operation))
    return named or f"{_PREFIXES.get(service, signing_name)}:{operation}"


def needs(call: Call) -> tuple[Need, ...]:
    """Everything that must be allowed for a call, the operation's own action first."""
    action = action_of(call.service.name, call.service.signing_name, call.operation)
    if not knows_resources(action):
        return (Need(action, "*"), *_besides(call, "*"))
    resources = _resources(call)
    return (*(Need(action, resource) for resource in resources), *_besides(call, resources[0]))


def knows_resources(action: str) -> bool:
    """Whether a statement can allow an action for some resources only; yes where that is not known."""
    prefix, _, name = action.partition(":")
    if prefix == "sagemaker" and name in _OF_ONE:
        return True
    return not any(fnmatchcase(name, pattern) for pattern in _WITHOUT_RESOURCE.get(prefix, ()))


_TAGGED_BY = {
    "application-autoscaling": "application-autoscaling:TagResource",
    "cloudwatch": "cloudwatch:TagResource",
    "sagemaker": "sagemaker:AddTags",
    "wellarchitected": "wellarchitected:TagResource",
}


def _besides(call: Call, resource: str | None) -> Iterator[Need]:
    """What else AWS asks for: the right to tag what is created with tags, and to hand on the roles that are named."""
    tagging = _TAGGED_BY.get(call.service.name)
    creating = call.verb in {"create", "update"}
    if tagging and creating and (call.params.get("Tags") or call.params.get("tags")):
        yield Need(tagging, None if resource == "*" else resource)
    if call.service.name == "sagemaker" and creating:
        for role in sorted(set(_roles(call.params))):
            yield Need("iam:PassRole", role)


def _roles(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name.endswith(("RoleArn", "ExecutionRole")) and isinstance(inner, str):
                yield inner
            else:
                yield from _roles(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _roles(inner)


def _resources(call: Call) -> tuple[str | None, ...]:
    found = _BY_SERVICE.get(call.service.name, _any)(call)
    return found or _any(call)


def _any(call: Call) -> tuple[str | None, ...]:
    """As most services have it: an ARN among the parameters, else one made of the noun and its key."""
    given = next((v for v in call.params.values() if isinstance(v, str) and v.startswith("arn:")), None)
    if given and (call.verb != "create" or call.operation == "AssumeRole"):
        return (given,)
    if call.noun and call.verb != "list" and call.service.keys(call.noun):
        names = [find_member(call.params, key) for key in call.service.keys(call.noun)]
        if all(isinstance(name, str) for name in names):
            return (_known(call, call.noun, *names),)
    return (given,)


def _known(call: Call, noun: str, *names: str) -> str:
    """The ARN of a record, or the one that it would have."""
    record = call.look(noun, names)
    arn = record.get(call.service.arn_member(noun)) if record else None
    path = f"{kebab(noun)}/{'/'.join(names)}"
    return str(arn) if arn else call.arn(path.lower() if call.service.name == "sagemaker" else path)


def _endpoints(call: Call) -> tuple[str | None, ...]:
    """The operations on endpoints that concern more than their noun, or another."""
    if call.operation not in {"CreateEndpoint", "UpdateEndpoint", "UpdateEndpointWeightsAndCapacities"}:
        return ()
    names = (("Endpoint", "EndpointName"), ("EndpointConfig", "EndpointConfigName"))
    return tuple(_known(call, noun, call.params[member]) for noun, member in names if member in call.params)


def _objects(call: Call) -> tuple[str | None, ...]:
    bucket, key = call.params.get("Bucket"), call.params.get("Key")
    arn = f"arn:{identity.partition(call.region)}:s3:::{bucket}"
    return (arn + (f"/{key}" if key else ""),) if bucket else (None,)


def _alarms(call: Call) -> tuple[str | None, ...]:
    names = call.params.get("AlarmNames") or [call.params.get("AlarmName")]
    if call.operation == "DescribeAlarms" and names == [None]:
        names = ["*"]
    return tuple(call.arn(f"alarm:{name}", "cloudwatch") for name in names if name)


def _repositories(call: Call) -> tuple[str | None, ...]:
    names = call.params.get("repositoryNames") or [call.params.get("repositoryName")]
    if call.operation == "DescribeRepositories" and names == [None]:
        names = ["*"]
    return tuple(call.arn(f"repository/{name}") for name in names if name)


def _keys(call: Call) -> tuple[str | None, ...]:
    name = call.params.get("KeyId")
    if not isinstance(name, str) or "alias/" in name:
        return ()
    return (name if name.startswith("arn:") else call.arn(f"key/{name}"),)


def _targets(call: Call) -> tuple[str | None, ...]:
    """The ARN that AWS made up for a target; for one that is not registered a policy can only say `scalable-target/*`."""
    names = ("ServiceNamespace", "ResourceId", "ScalableDimension")
    if any(name not in call.params for name in names):
        return ()
    record = call.table("ScalableTarget").get(tuple(str(call.params[name]) for name in names))
    return (record["ScalableTargetARN"] if record else call.arn("scalable-target/*", "application-autoscaling"),)


def _reviews(call: Call) -> tuple[str | None, ...]:
    if "WorkloadId" in call.params:
        return (call.arn(f"workload/{call.params['WorkloadId']}"),)
    alias = call.params.get("LensAlias")
    if alias is None:
        return ()
    official = f"arn:{identity.partition(call.region)}:wellarchitected::aws:lens/{alias}"
    return (alias if alias.startswith("arn:") else official,)


_BY_SERVICE: dict[str, Callable[[Call], tuple[str | None, ...]]] = {
    "application-autoscaling": _targets,
    "cloudwatch": _alarms,
    "ecr": _repositories,
    "kms": _keys,
    "s3": _objects,
    "sagemaker": _endpoints,
    "wellarchitected": _reviews,
}
