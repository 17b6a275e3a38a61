"""Rotation of keys: the calls, by the key's own id, and the way back."""

import pytest

from mllens.rules.fix import Fix, Names, NeedsPerson, Undo
from mllens.rules.repairs import fix_of
from mllens.rules.security.kms_rotation import kms_rotation
from mllens.scanner import Graph
from mllens.scanner.kms import Key

ID = "1234abcd-12ab-34cd-56ef-1234567890ab"


def of_key(id_: str) -> Fix:
    key = Key(
        name="alias/ml",
        arn="arn:aws:kms:us-east-1:111122223333:alias/ml",
        key_id=id_,
        manager="CUSTOMER",
        state="Enabled",
        origin="AWS_KMS",
        spec="SYMMETRIC_DEFAULT",
        rotation_enabled=False,
    )
    return fix_of(kms_rotation, key, Graph.of(key, encoded=True), Names("plan"))


def test_a_key_named_by_an_alias_is_set_by_its_id() -> None:
    (step,) = of_key(ID).steps
    assert (step.service, step.operation, step.params) == ("kms", "EnableKeyRotation", {"KeyId": ID})
    assert step.subject.name == "alias/ml"
    assert (step.look.operation, step.look.params) == ("GetKeyRotationStatus", {"KeyId": ID})
    assert step.after == {"KeyRotationEnabled": True}
    assert isinstance(step.undo, Undo)
    assert (step.undo.operation, step.undo.params) == ("DisableKeyRotation", {"KeyId": ID})
    assert step.on == step.look.on == step.undo.on == (f"arn:aws:kms:us-east-1:111122223333:key/{ID}",)


def test_keys_over_regions_are_for_a_person() -> None:
    with pytest.raises(NeedsPerson, match="at the primary key"):
        of_key("mrk-1234abcd12ab34cd56ef1234567890ab")
