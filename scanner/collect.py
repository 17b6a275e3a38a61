"""Declarations: which calls produce a resource type. No loop, no client: the engine has one of each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Literal

from mllens.scanner.model import Resource

READ_VERBS = ("Get", "List", "Describe", "Search", "BatchGet", "BatchDescribe", "Query", "Lookup", "Select", "View")

# Never sent, whatever a declaration says: these hand out credentials, secret values, code, object bodies, records or
# signed addresses. `*` matches anything.
DENIED = frozenset(
    {
        "*:*Credentials*", "*:*AuthToken*", "*:*AuthorizationToken*", "*:*EmbedUrl*", "*:*Presigned*", "*:*SecretValue*",
        "*:GetQueryResults", "*:*DownloadUrl*", "ebs:*", "glacier:GetJobOutput", "timestream-query:*",
        "lambda:GetFunctionConfiguration", "glue:GetConnection", "glue:GetConnections",
        "appconfigdata:GetLatestConfiguration", "apigateway:GetApiKey", "apigateway:GetApiKeys",
        "athena:GetQueryResults", "bedrock-agent-runtime:*", "bedrock-runtime:*", "codeartifact:GetAuthorizationToken",
        "codeartifact:GetPackageVersionAsset", "codecommit:GetBlob", "codecommit:GetFile", "codecommit:GetFolder",
        "cognito-identity:GetCredentialsForIdentity", "cognito-identity:GetOpenIdToken*", "connect:GetFederationToken",
        "dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodbstreams:GetRecords",
        "ec2:GetConsoleOutput", "ec2:GetConsoleScreenshot", "ec2:GetPasswordData", "ecr:BatchGetImage",
        "ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer", "ecr-public:GetAuthorizationToken",
        "gamelift:GetComputeAuthToken", "gamelift:GetInstanceAccess", "glue:GetStatement",
        "iam:GetAccessKeyLastUsed", "iam:GetCredentialReport", "kinesis:GetRecords", "kinesis:GetShardIterator",
        "kms:GetParametersForImport", "lambda:GetFunction", "lambda:GetLayerVersion*", "lightsail:DownloadDefaultKeyPair",
        "lightsail:GetInstanceAccessDetails", "logs:FilterLogEvents", "logs:GetLogEvents", "logs:GetLogRecord",
        "logs:GetQueryResults", "rds:DownloadDBLogFilePortion", "redshift:GetClusterCredentials*",
        "redshift-data:GetStatementResult*", "redshift-serverless:GetCredentials", "s3:GetObject*", "s3:SelectObjectContent",
        "s3control:GetDataAccess", "sagemaker-featurestore-runtime:*", "sagemaker-runtime:*",
        "secretsmanager:BatchGetSecretValue", "secretsmanager:GetRandomPassword", "secretsmanager:GetSecretValue",
        "sqs:ReceiveMessage", "ssm:GetParameter", "ssm:GetParameterHistory",
        "ssm:GetParameters", "ssm:GetParametersByPath", "sso:GetRoleCredentials", "sts:AssumeRole*",
        "sts:GetFederationToken", "sts:GetSessionToken",
    }
)  # fmt: skip


class DefinitionError(Exception):
    """A declaration is wrong: the message names the place and the remedy. It stops the run."""


@dataclass(frozen=True)
class OfName:
    """A part of the resource's name as a parameter: the first group of a regular expression; left out if it has none."""

    pattern: str


@dataclass(frozen=True)
class Maybe:
    """A member as a parameter that is left out where the member is not there, as one of two that exclude each other."""

    member: str


@dataclass(frozen=True)
class Month:
    """The first day of a month as a parameter: of the scan's own (0), or of one before it (-1)."""

    offset: int


@dataclass(frozen=True, eq=False)
class Call:
    """One AWS operation, and how its answer is read.

    Attributes:
        service: boto3's name of the service.
        operation: the operation as the service model spells it.
        items: where a list's items stand in the answer; or the structure that a detail's members stand in.
        given: parameter to what fills it: a member (of the listed item, of the parent, or of what was answered before),
            `arn`, `name`, `account`, an `OfName`, a `Month`; structures and lists of these where the parameter is one.
        fixed: parameters with a constant value.
        none: error codes that mean "not set": the answer then counts as read, and empty. `Code: words` where the code
            means other things too: the words must be in the message.
        parse: members (`A.B` nested) that hold JSON as text, kept decoded.
        scripts: members that hold scripts in base64; what was seen in them is kept, never their text.
        when: members of what was answered before and the values with which the call is made at all.
        iam: the IAM action where it is not the service's prefix and the operation.
        price: US dollars a call (or, for metrics, a metric); a priced call is made only when asked for.
        region: where a global service is called, if not in each region.
    """

    service: str
    operation: str
    items: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    none: tuple[str, ...] = ()
    parse: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    when: Mapping[str, str] = field(default_factory=dict)
    iam: str = ""
    price: float = 0.0

    def __post_init__(self) -> None:
        if denied(self.service, self.operation):
            raise DefinitionError(f"{self}: this operation is never sent: it returns secrets, data or code")
        if not self.operation.startswith(READ_VERBS):
            raise DefinitionError(f"{self}: the scanner only reads; {self.operation} is not a reading operation")

    def __str__(self) -> str:
        return f"{self.service}:{self.operation}"

    def unset(self, code: str, message: str) -> bool:
        """Whether an error says only that what was asked for is not set."""
        meant = (entry.partition(": ") for entry in self.none)
        return any(code == its_code and words in message for its_code, _, words in meant)

    @property
    def depends(self) -> frozenset[str]:
        """The members that must be known before it can be made, beside `arn`, `name` and `account`."""
        return frozenset({*_leaves(self.given), *self.when} - {"arn", "name", "account"})


def _leaves(template: Any) -> Iterator[str]:
    match template:
        case str():
            yield template
        case Mapping():
            for inner in template.values():
                yield from _leaves(inner)
        case list():
            for inner in template:
                yield from _leaves(inner)


@cache
def denied(service: str, operation: str) -> bool:
    """Whether an operation is on the deny list, which no declaration can lift."""
    name = f"{service}:{operation}"
    return name in DENIED or any("*" in pattern and fnmatchcase(name, pattern) for pattern in DENIED)


@dataclass(frozen=True, eq=False)
class Window:
    """A bound for types that grow for ever: the newest of each family, created in the last `days`.

    A family is the name without its trailing run stamp (digits, dates, hashes). `member` holds the creation time;
    the list call must sort by it, newest first.
    """

    days: int
    member: str


@dataclass(frozen=True, eq=False)
class Listed:
    """Existence from a list call, everything else from the collector's `then`.

    A call without `items` answers one record of settings. `each`: parameters of further readings of the same list.
    """

    call: Call
    window: Window | None = None
    each: tuple[Mapping[str, Any], ...] = ({},)


@dataclass(frozen=True, eq=False)
class Searched:
    """Existence from a list call, bodies from SageMaker `Search`, `describe` where Search is silent or cannot serve.

    `record` is the resource name that Search takes; `body` where the record stands in a result.
    """

    call: Call
    record: str
    body: str
    describe: Call
    window: Window | None = None


@dataclass(frozen=True, eq=False)
class Each:
    """A list call for each parent: executions of a schedule, packages of a group. `newest` bounds items a parent."""

    parent: type[Resource]
    call: Call
    newest: int | None = None


@dataclass(frozen=True, eq=False)
class Referred:
    """Whatever other resources name: buckets, images, keys. Coverage says "referred"."""


@dataclass(frozen=True, eq=False)
class AccountWide:
    """One paged call for the account; it may serve many types, whose calls then differ in `items` alone.

    The service is global.
    """

    call: Call


@dataclass(frozen=True, eq=False)
class Metric:
    """One CloudWatch metric, kept under `name`: a list of points, oldest first; no datapoint is not zero."""

    name: str
    namespace: str
    statistic: Literal["Sum", "Average", "Maximum", "Minimum", "SampleCount"]
    period: int
    days: int


@dataclass(frozen=True, eq=False)
class Metrics:
    """CloudWatch metrics for each item below a parent: one resource for each of `each` (a path in the parent).

    `dimensions`: CloudWatch dimension to the parent's member (or the item's, when the path leads through `each`).
    """

    parent: type[Resource]
    each: str
    dimensions: Mapping[str, str]
    metrics: tuple[Metric, ...]
    call: Call


Source = Listed | Searched | Each | Referred | AccountWide | Metrics


@dataclass(frozen=True, eq=False)
class Collector:
    """How a type is read: where it comes from, then the calls for each resource.

    `tags` is the operation that lists the tags of one resource, for what neither the answers nor the tagging
    service tell. `by_name` tells whether one resource exists, where neither Describe nor `then` does; an empty list
    then means that it does not.
    """

    produces: type[Resource]
    source: Source
    then: tuple[Call, ...] = ()
    tags: Call | None = None
    by_name: Call | None = None

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every call that this declaration may make."""
        match self.source:
            case Referred():
                first: tuple[Call, ...] = ()
            case Searched(call=call, describe=describe):
                first = (call, SEARCH, describe)
            case _:
                first = (self.source.call,)
        return first + self.then + tuple(call for call in (self.tags, self.by_name) if call)


SEARCH = Call("sagemaker", "Search", items="Results")
TAGGED = Call(
    "resourcegroupstaggingapi",
    "GetResources",
    items="ResourceTagMappingList",
    fixed={"ResourcesPerPage": 100},  # the documented maximum, which the service model does not state
    iam="tag:GetResources",
)
CALLER = Call("sts", "GetCallerIdentity")
REGIONS = Call("ec2", "DescribeRegions", items="Regions")
OWN_CALLS = (CALLER, REGIONS, SEARCH, TAGGED)
"""Calls that the engine itself makes."""
