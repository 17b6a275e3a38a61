"""IAM in front of moto: the AWS managed policies that an ML estate attaches, and authorization details that page."""

from __future__ import annotations

from typing import Any

from mllens.sandbox import motoland
from mllens.sandbox.answer import Answer, Call, cut, hook

_LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
_PAGE = 100
# What each grants, in short; AWS's own documents are far longer.
_MANAGED: dict[str, tuple[str, list[str]]] = {
    "AdministratorAccess": ("/", ["*"]),
    "AmazonEC2ContainerRegistryReadOnly": ("/", ["ecr:Get*", "ecr:Describe*", "ecr:List*", "ecr:BatchGetImage"]),
    "AmazonS3FullAccess": ("/", ["s3:*", "s3-object-lambda:*"]),
    "AmazonS3ReadOnlyAccess": ("/", ["s3:Get*", "s3:List*", "s3:Describe*"]),
    "AmazonSageMakerFullAccess": (
        "/",
        ["sagemaker:*", "application-autoscaling:*", "cloudwatch:*", "ecr:*", "logs:*", "s3:GetObject", "s3:PutObject"],
    ),
    "AmazonSageMakerReadOnly": ("/", ["sagemaker:Describe*", "sagemaker:List*", "sagemaker:Get*", "sagemaker:Search"]),
    "CloudWatchLogsFullAccess": ("/", ["logs:*"]),
    "IAMFullAccess": ("/", ["iam:*"]),
    "PowerUserAccess": ("/", ["*"]),
    "ReadOnlyAccess": ("/", ["*:Get*", "*:List*", "*:Describe*"]),
    "SecurityAudit": ("/", ["iam:Get*", "iam:List*", "s3:Get*", "sagemaker:Describe*", "sagemaker:List*"]),
    "AWSLambdaBasicExecutionRole": (
        "/service-role/",
        ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    ),
    "AWSCodePipelineServiceRole": ("/service-role/", ["codebuild:*", "s3:*"]),
}
_SINCE = "2020-01-01T00:00:00+00:00"


@motoland.prepare("iam")
def provide_managed_policies(account: str, region: str) -> None:
    """Put the managed policies into an account before IAM is asked there for the first time."""
    backend = motoland.backend("iam", account, region)
    if any(arn.endswith("/AdministratorAccess") for arn in backend.managed_policies):
        return
    from moto.iam.models import AWSManagedPolicy  # noqa: PLC0415 (loaded by now, and not before IAM is used)

    for name, (path, actions) in _MANAGED.items():
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
        data: dict[str, Any] = {
            "DefaultVersionId": "v1", "Path": path, "Document": document, "CreateDate": _SINCE, "UpdateDate": _SINCE,
        }  # fmt: skip
        policy = AWSManagedPolicy.from_data(name, account, backend.region_name, data)
        backend.managed_policies[policy.arn] = policy
        backend.aws_managed_policies.append(policy)


@hook("iam", "GetAccountAuthorizationDetails")
def get_account_authorization_details(call: Call) -> Answer:
    """In pages over all four lists; of AWS's own policies only those in use."""
    details = call.forward()
    rows = [(name, row) for name in _LISTS for row in details.get(name, ()) if name != "Policies" or _shown(row)]
    page, marker = cut(call, rows, call.params.get("Marker"), call.params.get("MaxItems"), _PAGE)
    answer: Answer = {name: [row for listed, row in page if listed == name] for name in _LISTS}
    return answer | {"IsTruncated": marker is not None} | ({"Marker": marker} if marker else {})


def _shown(policy: dict[str, Any]) -> bool:
    return ":iam::aws:" not in policy["Arn"] or policy.get("AttachmentCount", 0) > 0
