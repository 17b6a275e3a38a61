"""What the simulated AWS holds at one moment, and how a later moment differs."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from mllens.sandbox import kms, motoland
from mllens.sandbox.store import Record, State, World


class Place(NamedTuple):
    """Where a record stands; the parts of its key are joined by slashes."""

    account: str
    region: str
    service: str
    noun: str
    key: str


@dataclass(frozen=True)
class Difference:
    """One member that changed.

    Attributes:
        account: The account of the record.
        region: Its region.
        service: botocore's name for its service.
        noun: What it is, as operations call it: `Endpoint`, `MetricAlarm`, `Bucket`.
        key: Its name; the parts of a longer key are joined by slashes.
        member: AWS's name of the top-level member, `Tags` for all tags; empty when the record itself came or went.
        before: The value, or the members of a record that went; None where there was none.
        after: The value, or the members of a record that came; None where there is none.
    """

    account: str
    region: str
    service: str
    noun: str
    key: str
    member: str
    before: Any
    after: Any


# What is there without anybody having made it.
_ALWAYS: dict[tuple[str, str], Record] = {("ecr", "RegistryScanningConfiguration"): {"scanType": "BASIC", "rules": []}}
# Tables that say something about a record of moto's: shown as members of that.
_SHOWN_ELSEWHERE = frozenset({("kms", "KeyRotation")})


@dataclass(frozen=True)
class Snapshot:
    """What the simulated AWS held at one moment, in all accounts and regions.

    That is every record with its tags that is kept here (SageMaker, alarms, scaling, the Well-Architected Tool and
    whatever else moto lacks), and of what moto keeps the settings of S3 buckets, ECR registries and repositories, KMS
    keys and log groups. Datapoints of metrics, the history of alarms, objects, images and events stay out, as does
    what moto keeps of other services.
    """

    held: Mapping[Place, Record]

    def differences(self, later: Snapshot) -> tuple[Difference, ...]:
        """How a later snapshot differs, times and versions included, in order of place and member."""
        found: list[Difference] = []
        for place in sorted(self.held.keys() | later.held.keys()):
            always = _ALWAYS.get((place.service, place.noun))
            before, after = self.held.get(place, always), later.held.get(place, always)
            if before is None or after is None:
                found.append(Difference(*place, "", before, after))
                continue
            found += [
                Difference(*place, member, before.get(member), after.get(member))
                for member in sorted(before.keys() | after.keys())
                if before.get(member) != after.get(member)
            ]
        return tuple(found)


def take(world: World) -> Snapshot:
    """Copy what is held now; the caller sees to it that nothing changes meanwhile."""
    held: dict[Place, Record] = {}
    for state in world:
        held.update(_own(state))
    for service, read in _READERS.items():
        for account, region, backend in motoland.in_use(service):
            for place, record in read(world, account, region, backend):
                held[place] = copy.deepcopy({n: v for n, v in record.items() if v is not None})
    return Snapshot(held)


def _own(state: State) -> Iterator[tuple[Place, Record]]:
    arns = {id(place.record): arn for arn, place in state.places.items()}
    for (service, noun), table in state.tables.items():
        if (service, noun) in _SHOWN_ELSEWHERE:
            continue
        for key, record in table.items():
            tags = state.tags.get(arns.get(id(record), ""))
            shown = copy.deepcopy(record) | ({"Tags": dict(tags)} if tags else {})
            yield Place(state.account, state.region, service, noun, "/".join(key)), shown


def _buckets(world: World, account: str, region: str, backend: Any) -> Iterator[tuple[Place, Record]]:
    for name, bucket in backend.buckets.items():
        block = bucket.public_access_block
        yield (
            Place(account, bucket.region_name, "s3", "Bucket", name),
            {
                "PublicAccessBlockConfiguration": {
                    "BlockPublicAcls": block.block_public_acls,
                    "IgnorePublicAcls": block.ignore_public_acls,
                    "BlockPublicPolicy": block.block_public_policy,
                    "RestrictPublicBuckets": block.restrict_public_buckets,
                }
                if block
                else None,
                "ServerSideEncryptionConfiguration": bucket.encryption,
                "VersioningConfiguration": bucket.versioning_status,
                "LifecycleConfiguration": _plain(bucket.rules) or None,
                "LoggingEnabled": bucket.logging or None,
                "OwnershipControls": bucket.ownership_rule,
                "Policy": _document(bucket.policy),
                "Tags": backend.tagger.get_tag_dict_for_resource(bucket.arn) or None,
            },
        )


def _registries(world: World, account: str, region: str, backend: Any) -> Iterator[tuple[Place, Record]]:
    scanning = Place(account, region, "ecr", "RegistryScanningConfiguration", "")
    yield scanning, backend.registry_scanning_configuration
    for name, repository in backend.repositories.items():
        yield (
            Place(account, region, "ecr", "Repository", name),
            {
                "repositoryArn": repository.arn,
                "imageTagMutability": str(repository.image_tag_mutability),
                "imageScanningConfiguration": repository.image_scanning_configuration,
                "encryptionConfiguration": repository.encryption_configuration,
                "lifecyclePolicyText": _document(repository.lifecycle_policy),
                "policyText": _document(repository.policy),
                "Tags": backend.tagger.get_tag_dict_for_resource(repository.arn) or None,
            },
        )


def _keys(world: World, account: str, region: str, backend: Any) -> Iterator[tuple[Place, Record]]:
    state = world.state(account, region)
    for name, key in backend.keys.items():
        rotation = {member: value for member, value in kms.rotation(state, key).items() if member != "KeyId"}
        yield (
            Place(account, region, "kms", "Key", name),
            {
                "Arn": key.arn,
                "KeyState": key.key_state,
                "Description": key.description,
                "DeletionDate": key.deletion_date,
                "Policy": _document(key.policy),
                "Tags": backend.tagger.get_tag_dict_for_resource(key.id) or None,
            }
            | rotation,
        )


def _log_groups(world: World, account: str, region: str, backend: Any) -> Iterator[tuple[Place, Record]]:
    for name, group in backend.groups.items():
        yield (
            Place(account, region, "logs", "LogGroup", name),
            {
                "arn": group.arn,
                "retentionInDays": group.retention_in_days,
                "kmsKeyId": group.kms_key_id,
                "Tags": backend.tagger.get_tag_dict_for_resource(group.arn) or None,
            },
        )


def _plain(value: Any) -> Any:
    """Moto's own objects as data, which can be compared."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return {name: _plain(inner) for name, inner in vars(value).items()} if hasattr(value, "__dict__") else value


def _document(text: str | bytes | None) -> Any:
    """A policy as data: white space makes no difference."""
    return json.loads(text) if text else None


_Reader = Callable[[World, str, str, Any], Iterator[tuple[Place, Record]]]
_READERS: dict[str, _Reader] = {"s3": _buckets, "ecr": _registries, "kms": _keys, "logs": _log_groups}
