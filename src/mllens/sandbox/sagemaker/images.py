"""Studio images: numbered versions, each under its aliases."""

from __future__ import annotations

import copy

from mllens.sandbox import identity
from mllens.sandbox.answer import Answer, Call, amend, hook, shown
from mllens.sandbox.store import Record


@hook("sagemaker", "CreateImageVersion")
def create_image_version(call: Call) -> Answer:
    """Versions of an image are numbered from 1."""
    image = call.find("Image", (call.params["ImageName"],))
    version = image.get("versions", 0) + 1
    image["versions"] = version
    record = copy.deepcopy({n: v for n, v in call.params.items() if n != "ClientToken"})
    arn = call.arn(f"image-version/{record['ImageName'].lower()}/{version}")
    record |= {
        "ImageVersionArn": arn, "ImageArn": image["ImageArn"], "Version": version, "ImageVersionStatus": "CREATED",
        "ContainerImage": f"{record['BaseImage'].split('@')[0]}@sha256:{identity.digest(arn) * 2}",
        "CreationTime": call.now, "LastModifiedTime": call.now,
    }  # fmt: skip
    call.state.put("sagemaker", "ImageVersion", (record["ImageName"], str(version)), record, arn)
    return {"ImageVersionArn": arn}


def _image_version(call: Call) -> Record:
    rows = [row for row in call.table("ImageVersion") if row["ImageName"] == call.params["ImageName"]]
    if "Version" in call.params:
        rows = [row for row in rows if row["Version"] == call.params["Version"]]
    if "Alias" in call.params:
        rows = [row for row in rows if call.params["Alias"] in row.get("Aliases", ())]
    if not rows:
        raise call.missing("ImageVersion", (call.params["ImageName"],))
    return rows[-1]


@hook("sagemaker", "DescribeImageVersion")
def describe_image_version(call: Call) -> Answer:
    """By number or alias, else the latest."""
    return shown(call, _image_version(call))


@hook("sagemaker", "UpdateImageVersion")
def update_image_version(call: Call) -> Answer:
    """Aliases come as additions and deletions."""
    record = _image_version(call)
    changes = copy.deepcopy({n: v for n, v in call.params.items() if n not in {"ImageName", "Version", "Alias"}})
    aliases = [a for a in record.get("Aliases", ()) if a not in changes.pop("AliasesToDelete", ())]
    added = changes.pop("AliasesToAdd", [])
    amend(call, record, changes | {"Aliases": [*aliases, *added]})
    return {"ImageVersionArn": record["ImageVersionArn"]}


@hook("sagemaker", "DeleteImageVersion")
def delete_image_version(call: Call) -> Answer:
    """By number or alias, else the latest."""
    record = _image_version(call)
    call.state.remove("sagemaker", "ImageVersion", record, record["ImageVersionArn"])
    return {}
