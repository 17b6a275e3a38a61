"""ECR in front of moto: what a scan of an image found, which moto invents."""

from __future__ import annotations

from collections.abc import Mapping

from mllens.sandbox import motoland
from mllens.sandbox.answer import Answer, Call, hook
from mllens.sandbox.store import State


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
