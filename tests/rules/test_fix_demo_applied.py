"""Fixes around data, images, keys and cards on the demo account: planned, carried out, proven, and taken back."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scans import Scanner

from mllens.remediation.carry_out import Carrying
from mllens.remediation.journal import Journal
from mllens.remediation.planfile import Plan
from mllens.remediation.planning import Wanted, plan
from mllens.remediation.send import Writer
from mllens.remediation.verify import reading, verify
from mllens.rules import Rule
from mllens.rules.responsible_ai.transparency.model_cards import missing
from mllens.rules.security.capture_bucket_public_or_shared import capture_bucket_public_or_shared
from mllens.rules.security.ecr_scan_on_push import ecr_scan_on_push
from mllens.rules.security.kms_rotation import kms_rotation
from mllens.rules.security.training_data_bucket_public import training_data_bucket_public
from mllens.sandbox import Sandbox
from mllens.sandbox.demo import seed
from mllens.scanner import Inventory, Key
from mllens.scanner.again import again
from mllens.scanner.client import Clients
from mllens.scanner.plan import plan as reading_of

RULES: tuple[Rule, ...] = (
    capture_bucket_public_or_shared,
    ecr_scan_on_push,
    kms_rotation,
    missing,
    training_data_bucket_public,
)
READS = [read for rule in RULES if rule.repair for read in (*rule.reads, *rule.repair.reads)]
SENDS = {operation for rule in RULES if rule.repair for operation in rule.repair.sends}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        seed(made)
        yield made


def _carry(sandbox: Sandbox, made: Plan, folder: Path, way: Callable[[Carrying], Any]) -> set[str]:
    writer = Writer(made, SENDS, session=sandbox.session(), sleep=lambda _: None)
    with Journal(folder / "journal.jsonl", made.id) as journal:
        return {outcome.word for outcome in way(Carrying(made, writer, journal))}


def _there(inventory: Inventory) -> dict[Key, dict[str, Any]]:
    return {row.key: row.decode() for row in inventory.rows}


def test_the_demos_gaps_close_and_open_again_as_they_were(sandbox: Sandbox, tmp_path: Path) -> None:
    scanner = Scanner(sandbox, reading_of(READS, {rule.subject for rule in RULES}))
    before = scanner(regions=sandbox.regions)
    made, _ = plan(before, Wanted(RULES))
    assert made.left == []
    closed = {(gap.rule, gap.target.name) for action in made.actions for gap in action.closes}
    assert closed == {
        ("ecr-scan-on-push", "meridian/document-reader"),
        ("kms-rotation", "alias/meridian-ml"),
        *(
            ("model-card-missing-for-production", endpoint)
            for endpoint in (
                *("assistant-prod", "churn-scores", "claims-triage-eu-prod", "lapse-scores"),
                *("photo-damage-prod", "renewals-prod"),
            )
        ),
        ("training-data-bucket-public", "photo-damage-train-2026-09-12-18-00-00"),
    }

    assert _carry(sandbox, made, tmp_path, lambda carrying: carrying.apply()) == {"done"}
    wanted = reading(made, RULES)
    clients = Clients(wanted.calls)
    proofs = verify(
        made, before, RULES, settings={}, look_again=lambda inventory, keys: again(clients, wanted, inventory, keys)
    )
    assert {proof.word for proof in proofs} == {"closed"}
    assert _carry(sandbox, made, tmp_path, lambda carrying: carrying.undo()) == {"done"}
    assert _there(scanner(regions=sandbox.regions)) == _there(before)
