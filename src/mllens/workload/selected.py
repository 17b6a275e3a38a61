"""Selected: the resources that a workload's file selects, by tags, applications or as roots."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mllens.reports.harmless import harmless
from mllens.scanner import Key, Resource, Unobserved
from mllens.scanner.catalogue import collectors
from mllens.scanner.model import TYPES
from mllens.scanner.row import arn_parts
from mllens.workload.file import NAMED, Workload, WorkloadError
from mllens.workload.links import ACCOUNT_WIDE
from mllens.workload.ties import Doubt, Step, Ties, one_place, unknown_because

APPLICATION_TAG = "awsApplication"  # how AppRegistry marks what belongs to an application


def takes_tags(type_: str) -> bool:
    """Whether tags of a type are read at all: of others they select nothing."""
    collector = collectors().get(type_)
    return collector is not None and collector.tags is not None


@dataclass(frozen=True)
class Selected:
    """What is selected, and what may be, for its tags or it itself were not read."""

    sure: Mapping[Key, Step]
    perhaps: Mapping[Key, Doubt]


def selected(ties: Ties) -> Selected:
    """Select by tags and roots.

    Raises:
        WorkloadError: a root is nowhere, and all was read.
    """
    workload = ties.workload
    sure: dict[Key, Step] = {}
    perhaps: dict[Key, Doubt] = {}
    for key, resource in ties.known.items() if workload.by_tags else ():
        try:
            if how := _by_tags(workload, resource.tags):
                sure[key] = Step(None, how)
        except Unobserved as gap:
            if takes_tags(key.type):
                perhaps[key] = Doubt(None, unknown_because(gap))
    if workload.by_tags:
        perhaps |= {key: Doubt(None, why) for key, why in ties.hidden.items() if takes_tags(key.type)}
    for root in workload.roots:
        found, unread = _root(ties, root)
        sure |= {key: Step(None, f"root {root}") for key in found}
        perhaps |= {key: Doubt(None, f"root {root}: {ties.hidden[key]}") for key in unread}
    return Selected(sure, perhaps)


def _by_tags(workload: Workload, tags: Mapping[str, str]) -> str:
    if workload.tags and all(tags.get(key) == value for key, value in workload.tags):
        return "tags " + ", ".join(f"{key}={value}" for key, value in workload.tags)
    if (said := tags.get(APPLICATION_TAG)) and any(_is_application(wanted, said) for wanted in workload.applications):
        return f"application {said}"
    return ""


def _is_application(wanted: str, said: str) -> bool:
    """Whether an application's name or ARN is meant by a tag; the tag's ARN is that of its resource group: NAME/ID."""
    parts = said.rsplit("/", 2)[1:]
    return wanted in (said, *parts) or (wanted.startswith("arn:") and wanted.rsplit("/", 1)[-1] == parts[-1:][0])


def _root(ties: Ties, root: str) -> tuple[list[Key], list[Key]]:
    """The keys that a root means, and the types and places where it may be and was not read.

    Raises:
        WorkloadError: it is nowhere, and all was read.
    """
    if root.startswith("arn:"):
        found = [key for key, resource in ties.known.items() if resource.arn == root]
        if found:
            return found, []
        cls = _type_of(root)
        if cls is None:
            raise WorkloadError(f"roots: {harmless(root)}: there is no such resource among those read")
        wanted = [cls.key_of(root, *arn_parts(root)[:2])]
    else:
        match = NAMED.fullmatch(root)
        named = [
            c for c in TYPES.values() if match and c.__name__.lower() == match[1].lower() and c.type not in ACCOUNT_WIDE
        ]
        if not match or not named:
            raise WorkloadError(
                f"roots: {harmless(root)}: there is no such type; as in Endpoint:{match[2] if match else 'x'}"
            )
        cls = named[0]
        places = [(a, r) for a in ties.workload.accounts for r in ties.workload.regions]
        wanted = sorted({cls.key_of(match[2], account, region) for account, region in places})
    there = [key for key in wanted if key in ties.known]
    unread = [
        h for h in ties.hidden_by_type.get(cls.type, ()) if any(one_place(h, key) for key in wanted if key not in there)
    ]
    if not there and not unread:
        raise WorkloadError(
            f"roots: {harmless(root)} is not there: every {cls.__name__} of the workload's accounts and regions was "
            "read. Correct the file."
        )
    if root.startswith("arn:"):
        there = wanted  # it is one, whether it was read or not
    return there, unread


def _type_of(arn: str) -> type[Resource] | None:
    """The type that an ARN names: `endpoint-config` of `sagemaker` is SageMaker's EndpointConfig."""
    service, path = re.sub("[^a-z0-9]", "", arn.split(":")[2].lower()), arn_parts(arn)[2]
    kind = re.match(r"([a-z0-9-]+)[:/]", path)
    for cls in TYPES.values():
        if cls.type in ACCOUNT_WIDE or cls.type not in collectors():
            continue
        of, name = (part.lower() for part in cls.type.split("::")[1:])
        if of == service and (name == kind[1].replace("-", "") if kind else service in ("s3", "sns")):
            return cls
    return None
