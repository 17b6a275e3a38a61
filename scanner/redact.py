"""Redaction: secrets leave an answer before anything is kept, by key name and by shape of value."""

import re
from collections.abc import Mapping
from typing import Any

from mllens.scanner.model import REDACTED

# Members whose keys or values the account's people chose, and where they put secrets.
FREE_FORM = frozenset(
    {
        "Environment", "HyperParameters", "StaticHyperParameters", "ContainerArguments", "ContainerEntrypoint",
        "DefaultArguments", "NonOverridableArguments", "PipelineDefinition", "definition", "environment",
        "environmentVariables", "Parameters", "OnCreate", "OnStart", "Variables",
    }
)  # fmt: skip

SECRET_NAME = re.compile(
    r"pass(word|wd|phrase|code)?$|^pass|pwd|secret|token|api_?key|access_?key|private_?key|credential|auth(orization)?$|"
    r"bearer|signature|dsn$|conn(ection)?_?str",
    re.IGNORECASE,
)

SHAPES = (
    ("aws-access-key", re.compile(r"\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}\b")),
    ("private-key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    ("json-web-token", re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}")),
    ("github-token", re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})")),
    ("slack-token", re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}")),
    ("hugging-face-token", re.compile(r"\bhf_[A-Za-z0-9]{30,}")),
    ("api-key", re.compile(r"\bsk-(?:[a-z]+-)*[A-Za-z0-9_-]{20,}")),
    ("url-with-password", re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@]+:[^\s/@]+@", re.IGNORECASE)),
    ("presigned-url", re.compile(r"[?&]X-Amz-(?:Signature|Security-Token)=", re.IGNORECASE)),
)
# Names beside a secret that say only where it is kept.
POINTER = re.compile(r"(arn|_?id|name|path|uri|url)$", re.IGNORECASE)


def redact(answer: Any, *, free: bool = False) -> Any:
    """A copy without secrets: `{"$redacted": kind}` stands where one was. `free`: below a free-form member."""
    match answer:
        case Mapping():
            return {
                key: _by_name(key, value)
                if free and _secret(key, value)
                else redact(value, free=free or key in FREE_FORM)
                for key, value in answer.items()
            }
        case list() | tuple():
            return [redact(item, free=free) for item in answer]
        case str():
            kind = shape(answer)
            return {REDACTED: kind} if kind else answer
    return answer


def text(message: str) -> str:
    """An error text without secrets: each is replaced by its kind."""
    for kind, pattern in SHAPES:
        message = pattern.sub(f"[{kind}]", message)
    return message


def shape(value: str) -> str:
    """The kind of secret that a string has the shape of; empty if none."""
    return next((kind for kind, pattern in SHAPES if pattern.search(value)), "")


def _secret(key: Any, value: Any) -> bool:
    return (
        isinstance(key, str)
        and isinstance(value, str)
        and bool(value)
        and bool(SECRET_NAME.search(key))
        and not POINTER.search(key)
    )


def _by_name(key: str, value: str) -> dict[str, str]:
    return {REDACTED: shape(value) or f"named {key[:60]}"}
