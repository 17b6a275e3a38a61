"""Errors: what an AWS error means for what we know. One table decides; everything else is a failure."""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["throttled", "denied", "gone", "not_enabled", "unsupported", "retry", "failed"]


@dataclass(frozen=True)
class Meaning:
    """Codes (and optionally a message) of one or all services, and what they mean."""

    kind: Kind
    codes: str
    message: str = ""
    service: str = ""


# First match wins. Patterns are case-insensitive regular expressions; codes match whole, messages anywhere.
TABLE = (
    Meaning("not_enabled", "AccessDeniedException", r"Macie is not enabled|not enabled", "macie2"),
    Meaning("not_enabled", "InvalidAccessException", "not subscribed|not enabled", "securityhub"),
    Meaning("not_enabled", "OptInRequired|SubscriptionRequiredException|AccountNotEnabled.*"),
    Meaning(
        "throttled",
        "Throttling|ThrottlingException|ThrottledException|RequestThrottled(Exception)?|TooManyRequests(Exception)?|"
        "RequestLimitExceeded|BandwidthLimitExceeded|ProvisionedThroughputExceeded(Exception)?|SlowDown|"
        "PriorRequestNotComplete|EC2ThrottledException|TransactionInProgressException|LimitExceededException|429",
        "",
    ),
    Meaning("failed", "ExpiredToken(Exception)?|RequestExpired|ExpiredTokenException|TokenRefreshRequired"),
    Meaning("failed", "InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|AuthFailure|InvalidToken"),
    Meaning(
        "denied",
        "AccessDenied(Exception)?|UnauthorizedOperation|UnauthorizedException|Forbidden(Exception)?|AuthorizationError|"
        "AuthorizationErrorException|NotAuthorized(Exception)?|AllAccessDisabled|403",
    ),
    Meaning("gone", "ResourceNotFound(Exception)?|NoSuchBucket|NoSuchEntity|NotFound|NotFoundException|.*NotFoundException"),
    # SageMaker's older operations model no not-found error and answer so.
    Meaning("gone", "ValidationException", r"could not find|does not exist|cannot find|not found|RecordNotFound", "sagemaker"),
    Meaning("unsupported", "UnknownOperationException|UnsupportedOperation(Exception)?|InvalidAction|NotImplemented"),
    Meaning("unsupported", "ValidationException", "unknown operation"),
    Meaning(
        "retry",
        "InternalFailure|InternalError|InternalServerError|InternalServerException|ServiceUnavailable(Exception)?|"
        "ServiceException|InternalServiceError|RequestTimeout(Exception)?|5[0-9][0-9]",
    ),
)  # fmt: skip


def meaning(service: str, code: str, message: str, status: int) -> Kind:
    """What an error answer means."""
    for entry in TABLE:
        if (
            entry.service in ("", service)
            and re.fullmatch(entry.codes, code, re.IGNORECASE)
            and re.search(entry.message, message, re.IGNORECASE)
        ):
            return entry.kind
    if status == 429:
        return "throttled"
    return "retry" if status >= 500 else "failed"
