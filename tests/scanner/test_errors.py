"""What AWS's errors mean: the table, entry by entry."""

import pytest

from mllens.scanner.errors import meaning


@pytest.mark.parametrize(
    ("service", "code", "message", "status", "kind"),
    [
        ("sagemaker", "ThrottlingException", "Rate exceeded", 400, "throttled"),
        ("s3", "SlowDown", "Please reduce your request rate.", 503, "throttled"),
        ("ec2", "RequestLimitExceeded", "Request limit exceeded.", 503, "throttled"),
        ("iam", "Throttling", "Rate exceeded", 400, "throttled"),
        ("lambda", "TooManyRequestsException", "Rate Exceeded.", 429, "throttled"),
        ("anything", "Strange", "", 429, "throttled"),
        ("sagemaker", "AccessDeniedException", "User: x is not authorized to perform: y", 400, "denied"),
        ("ec2", "UnauthorizedOperation", "You are not authorized", 403, "denied"),
        ("iam", "AccessDenied", "", 403, "denied"),
        ("s3", "403", "Forbidden", 403, "denied"),
        ("macie2", "AccessDeniedException", "Macie is not enabled", 403, "not_enabled"),
        ("macie2", "AccessDeniedException", "User: x is not authorized to perform: y", 403, "denied"),
        ("sagemaker", "AccessDeniedException", "Macie is not enabled", 403, "denied"),
        (
            "securityhub",
            "InvalidAccessException",
            "Account 1 is not subscribed to AWS Security Hub",
            401,
            "not_enabled",
        ),
        ("ec2", "OptInRequired", "You are not subscribed to this service", 401, "not_enabled"),
        ("sagemaker", "ExpiredTokenException", "The security token included in the request is expired", 400, "failed"),
        ("sts", "InvalidClientTokenId", "The security token included in the request is invalid.", 403, "failed"),
        ("sagemaker", "UnrecognizedClientException", "The security token is invalid.", 400, "failed"),
        ("sagemaker", "ResourceNotFound", "no such thing", 400, "gone"),
        ("sagemaker", "ValidationException", 'Could not find endpoint "arn:x".', 400, "gone"),
        ("sagemaker", "ValidationException", "RecordNotFound", 400, "gone"),  # of notebook instances
        ("sagemaker", "ValidationException", "1 validation error detected: Value null", 400, "failed"),
        ("cloudwatch", "ValidationException", "Could not find it", 400, "failed"),
        ("s3", "NoSuchBucket", "The specified bucket does not exist", 404, "gone"),
        ("iam", "NoSuchEntity", "The role cannot be found", 404, "gone"),
        ("bedrock", "ResourceNotFoundException", "", 404, "gone"),
        ("sagemaker", "UnknownOperationException", "", 400, "unsupported"),
        ("sagemaker", "ValidationException", "Unknown operation ListThings", 400, "unsupported"),
        ("sagemaker", "InternalFailure", "", 500, "retry"),
        ("s3", "InternalError", "", 500, "retry"),
        ("s3", "ServiceUnavailable", "", 503, "retry"),
        ("sagemaker", "Brandnew", "", 500, "retry"),
        ("sagemaker", "Brandnew", "", 400, "failed"),
        ("sagemaker", "", "", 400, "failed"),
    ],
)
def test_meaning(service: str, code: str, message: str, status: int, kind: str) -> None:
    assert meaning(service, code, message, status) == kind
