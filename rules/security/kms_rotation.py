"""Keys of the customer's that never change."""

from typing import Any

from mllens.rules import Fail, NotApplicable, Pass, Verdict, rule
from mllens.rules.fix import Fix, Look, Names, NeedsPerson, Step, Undo, changed
from mllens.scanner import Graph
from mllens.scanner.kms import Key


@rule(
    severity="medium",
    supports=("MLSEC02_BP01",),
    presumes="a customer managed key",
    reads=(Key.manager, Key.state, Key.origin, Key.spec, Key.rotation_enabled),
)
def kms_rotation(key: Key) -> Verdict:
    """Customer managed keys that machine learning uses must rotate by themselves.

    All that a key ever encrypted is open to whoever once got hold of its material; with rotation that ends each year.
    Keys that KMS cannot rotate by itself (asymmetric ones, those with imported material or in a key store) are
    replaced by hand, and not judged.
    """
    if key.manager == "AWS":
        return NotApplicable("is AWS's own, which rotates it")
    if key.state != "Enabled":
        return NotApplicable(f"is {key.state}; KMS rotates keys that are enabled")
    if key.origin != "AWS_KMS" or key.spec != "SYMMETRIC_DEFAULT" or key.rotation_enabled is None:
        return NotApplicable(f"is of a kind that KMS does not rotate ({key.spec}, {key.origin})")
    if not key.rotation_enabled:
        return Fail("does not rotate; turn its rotation on")
    return Pass()


@kms_rotation.fix(sends=("kms:EnableKeyRotation", "kms:DisableKeyRotation"), reads=(Key.key_id,))
def rotate(key: Key, graph: Graph, names: Names) -> Fix:
    """Let KMS rotate the key each year.

    What was encrypted before stays readable, and nothing is encrypted anew. Taking it back ends rotation; material
    that was rotated meanwhile stays.
    """
    if key.key_id.startswith("mrk-"):
        raise NeedsPerson(
            "it is one of several keys over regions, which rotate together; turn rotation on at the primary key"
        )
    # A key that is named by an alias has the alias's ARN, which no policy for this goes by.
    partition = graph.inventory.manifest.partition
    which, on = {"KeyId": key.key_id}, (f"arn:{partition}:kms:{key.region}:{key.account}:key/{key.key_id}",)
    return Fix(
        steps=(
            Step(
                id="rotate",
                service="kms",
                operation="EnableKeyRotation",
                params=which,
                subject=key.key,
                look=Look("kms", "GetKeyRotationStatus", which, members=("KeyRotationEnabled",), on=on),
                after={"KeyRotationEnabled": True},
                undo=Undo("DisableKeyRotation", which, on=on),
                on=on,
            ),
        ),
        effect=(changed(key, rotation_enabled=True),),
        cost="about 1 USD a month more after the first rotation, and another after the second; nothing after later ones",
        patch={key.key: {"EnableKeyRotation": True}},
    )


def _key(rotation: Any = False, **more: Any) -> Key:
    known = {
        "name": "alias/ml",
        "key_id": "1234abcd-12ab-34cd-56ef-1234567890ab",
        "manager": "CUSTOMER",
        "state": "Enabled",
        "origin": "AWS_KMS",
        "spec": "SYMMETRIC_DEFAULT",
        "rotation_enabled": rotation,
    }
    return Key(**{**known, **more})


kms_rotation.cases(
    passes=[_key(rotation=True)],
    fails=[_key(), _key(name="mrk-1", key_id="mrk-1234abcd12ab34cd56ef1234567890ab")],
    unknown=[Key(), Key(manager="CUSTOMER", state="Enabled", origin="AWS_KMS", spec="SYMMETRIC_DEFAULT")],
    not_applicable=[
        Key(manager="AWS"),
        _key(state="PendingDeletion"),
        _key(state="Disabled"),
        _key(origin="EXTERNAL"),
        _key(spec="RSA_2048"),
        _key(rotation=None),
    ],
)
