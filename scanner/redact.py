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
        "environmentVariables", "Parameters", "OnCreate", "OnStart", "Variables", "RuleParameters", "HookParameters", "ProfilingParameters", "CustomerMetadataProperties",
        "MetadataProperties",
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
    (
        "url-with-password",
        re.compile(r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,20}://[^\s/:@]{1,200}:[^\s/@]{1,500}@", re.IGNORECASE),
    ),
    ("script", re.compile(r"\AIyE[A-Za-z0-9+/]")),  # base64 of a text that begins with #!
    ("presigned-url", re.compile(r"[?&]X-Amz-(?:Signature|Security-Token)=", re.IGNORECASE)),
)
# What every secret of these shapes holds: most texts hold none of it, and are looked at once instead of ten times.
HINT = re.compile(r"AKIA|ASIA|AROA|AIDA|-----BEGIN|eyJ|gh[pousr]_|github_pat_|xox|hf_|sk-|://|IyE|\?[Xx]-|&[Xx]-")
# A name and its value inside a text: `NAME=value`, `name: value`, `"name": "value"`.
ASSIGNED = re.compile(r"""(?<![\w.])([A-Za-z][\w.-]{0,80})(?:["']?\s*=|["']\s*:|:\s)\s*["']?(?=[^\s"',;{}])""")
OPTION = re.compile(r"--?([A-Za-z][\w.-]*)")
VALUES = ("Value", "value", "DefaultValue")  # beside a Name
# Names beside a secret that say only where it is kept.
POINTER = re.compile(r"(arn|_?id|name|path|uri|url)$", re.IGNORECASE)


def redact(answer: Any, *, free: bool = False) -> Any:
    """A copy without secrets: `{"$redacted": kind}` stands where one was. `free`: below a free-form member."""
    match answer:
        case str():
            kind = shape(answer) or (_assigned(answer) if free else "")
            return {REDACTED: kind} if kind else answer
        case None | bool() | int() | float():
            return answer
        case dict() | Mapping():
            pair = _pair(answer) if free else ""
            return {
                key: _by_name(pair or key, value)
                if free and (_secret(key, value) or (pair and key in VALUES and _any(value)))
                else redact(value, free=free or key in FREE_FORM)
                for key, value in answer.items()
            }
        case list() | tuple():
            return [
                _by_name(option, item) if free and (option := _option(before)) else redact(item, free=free)
                for before, item in zip((None, *answer), answer, strict=False)
            ]
    return answer


def text(message: str) -> str:
    """An error text without secrets: each is replaced by its kind."""
    for kind, pattern in SHAPES:
        message = pattern.sub(f"[{kind}]", message)
    return message


def shape(value: str) -> str:
    """The kind of secret that a string has the shape of; empty if none."""
    if HINT.search(value) is None:
        return ""
    return next((kind for kind, pattern in SHAPES if pattern.search(value)), "")


def _secret(key: Any, value: Any) -> bool:
    return isinstance(key, str) and _named(key) and _any(value)


def _any(value: Any) -> bool:
    return bool(value) and not isinstance(value, bool)


def _pair(pair: Mapping[str, Any]) -> str:
    """The name in a structure of a name and a value, as a pipeline's parameter, where the value is a secret."""
    name = pair.get("Name", pair.get("name"))
    return name if isinstance(name, str) and _named(name) else ""


def _named(key: str) -> bool:
    return bool(SECRET_NAME.search(key)) and not POINTER.search(key)


def _option(argument: Any) -> str:
    """The name of a command-line option whose value, the next argument, is a secret."""
    found = OPTION.fullmatch(argument) if isinstance(argument, str) else None
    return found[1] if found and _named(found[1]) else ""


def _assigned(value: str) -> str:
    """The kind of secret that a text assigns to a name, as scripts, options and JSON do; empty if none."""
    return next((f"named {name[:60]}" for name in ASSIGNED.findall(value) if _named(name)), "")


def _by_name(key: str, value: Any) -> dict[str, str]:
    return {REDACTED: (shape(value) if isinstance(value, str) else "") or f"named {key[:60]}"}
