"""ECR in front of moto: which repositories the registry scans, and what a scan of an image found."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any

from mllens.sandbox import motoland
from mllens.sandbox.answer import Answer, Call, hook
from mllens.sandbox.errors import AwsError
from mllens.sandbox.store import Record, State

_MOST_RULES = 2
# What each type can do, the stronger first: where rules overlap, that one counts.
_FREQUENCIES = {"BASIC": ("SCAN_ON_PUSH", "MANUAL"), "ENHANCED": ("CONTINUOUS_SCAN", "SCAN_ON_PUSH")}


def add_findings(state: State, repository: str, tag: str, counts: Mapping[str, int]) -> None:
    """Let scans of an image find so many of each severity; the image must be there."""
    digest = motoland.image_digest(state.account, state.region, repository, tag)
    if digest is None:
        raise KeyError(f"there is no image {repository}:{tag} in {state.account} {state.region}; put it first")
    state.table("ecr", "ScanFindings").put((repository, digest), dict(counts))


@hook("ecr", "DescribeImageScanFindings")
def describe_image_scan_findings(call: Call) -> Answer:
    """Of an image that was scanned: what was added for it, else nothing."""
    answer = call.forward()
    digest = answer["imageId"]["imageDigest"]
    counts = call.state.table("ecr", "ScanFindings").get((call.params["repositoryName"], digest)) or {}
    found = answer["imageScanFindings"] | {"findings": [], "findingSeverityCounts": dict(counts)}
    return answer | {"imageScanFindings": found}


@hook("ecr", "PutRegistryScanningConfiguration")
def put_registry_scanning(call: Call) -> Answer:
    """The whole configuration is replaced: rules that are not given are gone."""
    kind, rules = call.params.get("scanType", "BASIC"), copy.deepcopy(call.params.get("rules", []))
    wrong = [r["scanFrequency"] for r in rules if r["scanFrequency"] not in _FREQUENCIES[kind]]
    if wrong:
        raise AwsError("InvalidParameterException", f"Scan type {kind} does not support {wrong[0]}.")
    if len(rules) > _MOST_RULES:
        raise AwsError("ValidationException", f"There can be at most {_MOST_RULES} rules, not {len(rules)}.")
    motoland.backend("ecr", call.account, call.region).put_registry_scanning_configuration(kind, rules)
    return {"registryScanningConfiguration": {"scanType": kind, "rules": rules}}


@hook("ecr", "BatchGetRepositoryScanningConfiguration")
def batch_get_repository_scanning(call: Call) -> Answer:
    """What the registry's rules, and under basic scanning the repository's own setting, come to."""
    held = motoland.backend("ecr", call.account, call.region)
    shown, failures = [], []
    for name in call.params["repositoryNames"]:
        if name in held.repositories:
            shown.append(_scanning(held.registry_scanning_configuration, held.repositories[name]))
        else:
            code = "REPOSITORY_NOT_FOUND"
            failures.append({"repositoryName": name, "failureCode": code, "failureReason": code})
    return {"scanningConfigurations": shown, "failures": failures}


def _scanning(registry: Record, repository: Any) -> Record:
    kind = registry["scanType"]
    found = sorted(_fitting(registry, repository.name), key=lambda fit: _FREQUENCIES[kind].index(fit[0]))
    frequency = found[0][0] if found else "MANUAL"
    if kind == "BASIC" and repository.image_scanning_configuration.get("scanOnPush"):
        frequency = "SCAN_ON_PUSH"
    return {
        "repositoryArn": repository.arn,
        "repositoryName": repository.name,
        "scanOnPush": frequency == "SCAN_ON_PUSH",
        "scanFrequency": frequency,
        "appliedScanFilters": [pattern for how, pattern in found if how == frequency],
    }


def _fitting(registry: Record, name: str) -> Iterator[tuple[str, Record]]:
    """Frequency and filter of every rule that fits a repository; a filter without a star fits any part of the name."""
    for rule in registry["rules"]:
        for wanted in rule["repositoryFilters"]:
            text = wanted["filter"]
            regex = re.escape(text if "*" in text else f"*{text}*").replace(r"\*", ".*")
            if re.fullmatch(regex, name):
                yield rule["scanFrequency"], wanted
