"""What AWS answers when it refuses, and what each protocol calls it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.core.exceptions import ServiceException

# The code and the HTTP status of one refusal by protocol; `*` stands for the rest.
_SPELLINGS: dict[str, dict[str, tuple[str, int]]] = {
    "denied": {
        "json": ("AccessDeniedException", 400),
        "rest-json": ("AccessDeniedException", 403),
        "ec2": ("UnauthorizedOperation", 403),
        "*": ("AccessDenied", 403),
    },
    "throttled": {
        "json": ("ThrottlingException", 400),
        "rest-json": ("ThrottlingException", 429),
        "query": ("Throttling", 400),
        "ec2": ("RequestLimitExceeded", 503),
        "*": ("SlowDown", 503),
    },
    "expired": {
        "json": ("ExpiredTokenException", 400),
        "rest-json": ("ExpiredTokenException", 403),
        "ec2": ("RequestExpired", 400),
        "query": ("ExpiredToken", 403),
        "*": ("ExpiredToken", 400),
    },
    "broken": {
        "json": ("InternalFailure", 500),
        "rest-json": ("InternalServerException", 500),
        "rest-xml": ("InternalError", 500),
        "ec2": ("InternalError", 500),
        "*": ("InternalFailure", 500),
    },
}
# Services whose own words differ from those of their protocol.
_OWN_WORDS: dict[tuple[str, str], tuple[str, int]] = {
    ("throttled", "lambda"): ("TooManyRequestsException", 429),
    ("throttled", "s3control"): ("SlowDown", 503),
    ("throttled", "route53"): ("Throttling", 400),
}


class AwsError(ServiceException):  # type: ignore[misc]
    """A refusal with AWS's code; every tap turns it into what its protocol makes of it."""

    # moto looks an error's shape up in the service that its class's module is named after
    __module__ = "sandbox"

    def __init__(
        self, code: str, message: str, status: int | None = None, fields: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(code, message)
        self.code: str = code
        self.message: str = message
        self.status = status
        for name, value in (fields or {}).items():
            setattr(self, name, value)


class ConnectionLost(Exception):  # noqa: N818 (it is an event on the wire, not a fault of ours)
    """The connection breaks before an answer: each tap breaks it in its own way; `outcome` is for the record of calls."""

    def __init__(self, outcome: str) -> None:
        super().__init__(outcome)
        self.outcome = outcome


def spelled(refusal: str, service: str, protocol: str, message: str) -> AwsError:
    """A refusal (`denied`, `throttled`, `expired`, `broken`) as this service would word it."""
    words = _SPELLINGS[refusal]
    code, status = _OWN_WORDS.get((refusal, service)) or words.get(protocol) or words["*"]
    return AwsError(code, message, status)


def denial(caller: str, action: str, resource: str, service: str, protocol: str) -> AwsError:
    """The refusal of a call that no policy of the caller allows."""
    message = (
        f"User: {caller} is not authorized to perform: {action} on resource: {resource} "
        f"because no identity-based policy allows the {action} action"
    )
    return spelled("denied", service, protocol, message)
