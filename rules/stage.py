"""Production or not: told by a resource's tags, then by its name."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from mllens.scanner import Resource

TAGS = ("environment", "env", "stage")
PRODUCTION = ("prod", "production", "prd", "live")
ELSE = (
    *("dev", "devel", "development", "test", "testing", "tst", "qa", "uat", "staging", "stage", "stg"),
    *("sandbox", "sbx", "demo", "poc", "experiment", "nonprod", "nonproduction", "preprod", "preproduction"),
)


@dataclass(frozen=True)
class Stage:
    """Whether a resource is in production; `assumed` says by what it was taken for that.

    `marked` is false where neither tags nor name say anything: it is then taken for production.
    """

    production: bool
    assumed: str
    marked: bool


def stage(resource: Resource, production: Collection[str] = PRODUCTION) -> Stage:
    """Tell production from the rest: the tags environment, env or stage first, then words of the name.

    `production` are the words that mean it.

    Raises:
        Unobserved: the tags were not read. The name is no substitute: what the tags say would have come first.
    """
    for key, value in sorted(resource.tags.items()):
        if key.lower() in TAGS and (told := _told(value, production)) is not None:
            return Stage(told, f"{_kind(told)} by its tag {key}={value}", marked=True)
    if (told := _told(resource.name, production)) is not None:
        return Stage(told, f"{_kind(told)} by its name", marked=True)
    return Stage(production=True, assumed="taken for production, as neither tags nor name say", marked=False)


def _told(text: str, production: Collection[str]) -> bool | None:
    words = re.findall(r"[a-z0-9]+", re.sub(r"\b(non|pre)[-_ ]?(?=prod)", r"\1", text.lower()))
    yes, no = any(word in production for word in words), any(word in ELSE for word in words)
    return yes if yes != no else None


def _kind(told: bool) -> str:
    return "production" if told else "not production"
