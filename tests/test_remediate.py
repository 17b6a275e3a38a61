"""The way back as people walk it: audit, plan, apply, verify, audit, undo, over HTTP on the demo account."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest
from program import Done

from mllens.remediation import planfile
from mllens.sandbox import Fault, Faults, Sandbox
from mllens.sandbox.demo import seed
from mllens.sandbox.snapshot import Difference, Snapshot

REGIONS = ("--region", "us-east-1", "--region", "eu-west-1")
TOPICS = ",".join(f"arn:aws:sns:{region}:123456789012:ml-on-call" for region in ("us-east-1", "eu-west-1"))
TOPIC = f"endpoint-no-error-alarm.topic={TOPICS}"
PLACE = "capture-enabled.bucket=s3://meridian-ml-capture/capture"
CHOICES = ("--with-metrics", "--set", TOPIC, "--set", PLACE)


@dataclass(frozen=True)
class Place:
    """A folder, a simulated account over HTTP, and the program in it."""

    sandbox: Sandbox
    url: str
    folder: Path
    call: Callable[..., Done]

    def mllens(self, *arguments: object) -> Done:
        return self.call(*map(str, arguments), "--endpoint-url", self.url)

    def plan(self, *arguments: object, output: str = "plan.json") -> Any:
        choices = CHOICES if "--rule" not in arguments or "capture-enabled" in arguments else ()
        choices = ("--set", TOPIC) if arguments == ("--rule", "endpoint-no-error-alarm") else choices
        done = self.mllens("remediate", "plan", *REGIONS, *choices, "-o", output, *arguments)
        assert done.code == 0, done.err
        return json.loads((self.folder / output).read_text())

    def audit(self) -> Any:
        done = self.mllens("audit", *REGIONS, "--with-metrics", "-f", "json", "-o", "-", "--accept-partial")
        assert done.code == 0, done.err
        return done.told


@pytest.fixture(scope="module")
def seeded() -> Iterator[tuple[Sandbox, str]]:
    with Sandbox() as sandbox:
        seed(sandbox)
        with sandbox.serve() as url:
            yield sandbox, url


@pytest.fixture
def place(
    seeded: tuple[Sandbox, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: Callable[..., Done]
) -> Iterator[Place]:
    """The demo account, and a check that a test left it as it found it."""
    monkeypatch.setattr("mllens.remediation.send.time.sleep", lambda _: None)
    sandbox, url = seeded
    sandbox.calls.clear()
    yield Place(sandbox, url, tmp_path, inside)
    sandbox.faults, sandbox.engine.policy = Faults(), None


def _failing(assessment: Any) -> set[str]:
    return {f["id"] for f in assessment["findings"] if f["status"] == "fail"}


def _left(before: Snapshot, after: Snapshot, plan: Any) -> list[Difference]:
    """What differs and no action listed as history."""
    history = {member for action in plan["actions"] for member in action["history"]}
    return [d for d in before.differences(after) if f"{d.service}:{d.noun}.{d.member}" not in history]


def test_gaps_are_closed_and_proven_and_taken_back(place: Place) -> None:
    before = place.sandbox.snapshot()
    first = place.audit()
    plan = place.plan()
    closes = {gap["finding"] for action in plan["actions"] for gap in action["closes"]}
    assert len(closes) >= 10
    assert closes <= {f["id"] for f in first["findings"] if f["status"] == "fail" and f["fix"]}
    assert place.sandbox.snapshot() == before, "planning only reads"

    policy = place.call("policy", "remediate", "plan.json")
    place.sandbox.enforce(policy.told)
    place.sandbox.deployments(looks=2)
    place.sandbox.clock.advance(timedelta(hours=1))
    applied = place.mllens("remediate", "apply", "plan.json", "--yes", "--json")
    assert applied.code == 0, applied.out
    assert {a["outcome"] for a in applied.told["actions"]} == {"done"}
    assert {g["state"] for g in applied.told["gaps"]} == {"closed"}
    place.sandbox.clock.advance(timedelta(hours=1))
    verified = place.mllens("remediate", "verify", "plan.json", "--json")
    assert (verified.code, {g["state"] for g in verified.told["gaps"]}) == (0, {"closed"})
    place.sandbox.enforce(None)

    second = place.audit()
    assert not closes & _failing(second)
    statuses = {f["id"]: f["status"] for f in second["findings"]}
    assert {statuses[id_] for id_ in closes} == {"pass"}

    place.sandbox.enforce(policy.told)
    undone = place.mllens("remediate", "undo", "plan.json", "--yes", "--json")
    assert undone.code == 0, undone.out
    place.sandbox.deployments(looks=0)
    place.sandbox.enforce(None)
    assert _left(before, place.sandbox.snapshot(), plan) == []
    third = place.audit()
    new = {f["rule"] for f in third["findings"] if f["id"] in _failing(third) - _failing(first)}
    assert _failing(first) <= _failing(third)
    assert all(rule.startswith("deploy-") for rule in new), "an endpoint keeps how it was deployed last"
    assert place.mllens("remediate", "undo", "plan.json", "--yes").out.startswith("There is nothing to take back")


def test_without_one_of_its_actions_the_policy_is_not_enough(place: Place) -> None:
    plan = place.plan("--rule", "kms-rotation")
    policy = place.call("policy", "remediate", "plan.json").told
    for statement in policy["Statement"]:
        statement["Action"] = [a for a in statement["Action"] if a != "kms:EnableKeyRotation"]
    policy["Statement"] = [s for s in policy["Statement"] if s["Action"]]
    place.sandbox.enforce(policy)
    done = place.mllens("remediate", "apply", "plan.json", "--yes")
    assert len(plan["actions"]) == 1
    assert done.code == 3
    assert "kms:EnableKeyRotation" in done.out


def test_without_a_terminal_it_asks_for_yes(place: Place) -> None:
    place.plan("--rule", "kms-rotation")
    before = place.sandbox.snapshot()
    done = place.mllens("remediate", "apply", "plan.json")
    assert (done.code, "--yes" in done.err) == (2, True)
    assert place.sandbox.snapshot() == before


BUCKET = "meridian-claims-samples"
HALF = {"BlockPublicAcls": True, "IgnorePublicAcls": False, "BlockPublicPolicy": False, "RestrictPublicBuckets": False}


@pytest.fixture
def opened(place: Place) -> Iterator[Place]:
    """A plan that closes one bucket, and afterwards the bucket as it was."""
    plan = place.plan("--rule", "training-data-bucket-public")
    assert [step["target"]["name"] for action in plan["actions"] for step in action["steps"]] == [BUCKET]
    yield place
    s3 = place.sandbox.client("s3")
    s3.delete_public_access_block(Bucket=BUCKET)
    s3.delete_bucket_tagging(Bucket=BUCKET)


def _changed(place: Place, block: dict[str, bool]) -> None:
    place.sandbox.client("s3").put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=block)


def _rewritten(place: Place, **changes: Any) -> None:
    """The plan, as a program that knows its digest would have changed it."""
    path = place.folder / "plan.json"
    planfile.save(planfile.load(path).model_copy(update=changes), path)


def test_an_old_plan_and_one_for_another_account_are_refused(place: Place) -> None:
    place.plan("--rule", "kms-rotation")
    _rewritten(place, scanned_at=datetime(2026, 10, 1, tzinfo=UTC))
    done = place.mllens("remediate", "apply", "plan.json", "--yes")
    assert (done.code, "plan anew" in done.err) == (2, True), done.err
    _rewritten(place, account="999999999999")
    done = place.mllens("remediate", "apply", "plan.json", "--yes")
    assert (done.code, "is for account 999999999999" in done.err) == (2, True), done.err


def test_a_plan_that_was_edited_is_refused(place: Place) -> None:
    path = place.folder / "plan.json"
    place.plan("--rule", "kms-rotation")
    path.write_text(path.read_text().replace('"KeyId": "', '"KeyId": "0'))
    before = place.sandbox.snapshot()
    done = place.mllens("remediate", "apply", "plan.json", "--yes")
    assert (done.code, "changed after it was planned" in done.err) == (2, True)
    assert place.sandbox.snapshot() == before


def test_a_plan_that_was_applied_is_not_written_over_and_undo_asks_which_account(place: Place) -> None:
    place.plan("--rule", "kms-rotation")
    assert place.mllens("remediate", "apply", "plan.json", "--yes").code == 0
    again = place.mllens("remediate", "plan", *REGIONS, "--rule", "kms-rotation", "-o", "plan.json")
    assert (again.code, "undo it, or name another file" in again.err) == (2, True)
    with Sandbox(account="999999999999") as other, other.serve() as url:
        key = other.session().get_credentials().access_key
        undone = place.call("remediate", "undo", "plan.json", "--yes", "--endpoint-url", url)
    assert key
    assert (undone.code, "credentials are for" in undone.err) == (2, True)
    assert place.mllens("remediate", "undo", "plan.json", "--yes").code == 0
    place.plan("--rule", "kms-rotation")


def test_what_a_person_did_after_a_refusal_is_not_taken_back(opened: Place) -> None:
    opened.sandbox.faults = Faults(Fault("deny", "s3:PutPublicAccessBlock"))
    assert opened.mllens("remediate", "apply", "plan.json", "--yes").code == 3
    opened.sandbox.faults = Faults()
    closed = dict.fromkeys(HALF, True)
    _changed(opened, closed)
    assert "nothing to take back" in opened.mllens("remediate", "undo", "plan.json", "--yes").out
    block = opened.sandbox.client("s3").get_public_access_block(Bucket=BUCKET)
    assert block["PublicAccessBlockConfiguration"] == closed


def test_what_is_excluded_is_not_touched_for_others_either(place: Place) -> None:
    plan = place.plan("--rule", "training-data-bucket-public", "--exclude", BUCKET)
    assert plan["actions"] == []
    assert {left["why"] for left in plan["left"]} == {f"it would change what is excluded by --exclude {BUCKET}"}


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ("capture-enabled.sampling=often", "valid integer"),
        ("capture-enabled.colour=red", "no choice colour"),
        ("kms-rotation.x=1", "no choice x"),
        ("unheard-of.x=1", "no rule unheard-of"),
        ("sampling=1", "expected RULE.CHOICE=VALUE"),
    ],
)
def test_choices_that_are_wrong_are_refused_before_anything_is_read(place: Place, choice: str, said: str) -> None:
    done = place.mllens("remediate", "plan", *REGIONS, "--set", choice)
    assert (done.code, said in done.err) == (2, True), done.err
    assert len(place.sandbox.calls) == 0


def test_consent_is_given_on_the_command_line_only(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.plan("--rule", "kms-rotation")
    before = place.sandbox.snapshot()
    monkeypatch.setenv("MLLENS_REMEDIATE_APPLY_YES", "1")
    done = place.mllens("remediate", "apply", "plan.json")
    assert (done.code, "--yes" in done.err) == (2, True)
    (place.folder / "mllens.toml").write_text("[remediate.apply]\nyes = true\n")
    done = place.mllens("remediate", "apply", "plan.json")
    assert (done.code, "on the command line only" in done.err) == (2, True)
    assert place.sandbox.snapshot() == before


def test_an_alarm_that_a_deployment_stands_on_is_taken_back_after_it(place: Place) -> None:
    before = place.sandbox.snapshot()
    plan = place.plan("--rule", "endpoint-no-error-alarm", "--rule", "capture-enabled")
    alarm = next(a["id"] for a in plan["actions"] if any(a["id"] in other["waits_for"] for other in plan["actions"]))
    deploy = next(a["id"] for a in plan["actions"] if alarm in a["waits_for"])
    applied = place.mllens("remediate", "apply", "plan.json", "--yes", "--json", "--action", deploy).told
    assert [a["id"] for a in applied["actions"]] == [alarm, deploy]
    undone = place.mllens("remediate", "undo", "plan.json", "--yes", "--json", "--action", alarm).told
    assert [a["id"] for a in undone["actions"]] == [deploy, alarm]
    assert _left(before, place.sandbox.snapshot(), plan) == []
    wrong = place.mllens("remediate", "apply", "plan.json", "--yes", "--action", "nothing")
    assert (wrong.code, "no action nothing" in wrong.err) == (2, True)


def test_without_its_inventory_nothing_is_said_to_be_closed(place: Place) -> None:
    place.plan("--rule", "kms-rotation")
    (place.folder / "plan.inventory.mllens").unlink()
    done = place.mllens("remediate", "verify", "plan.json", "--json")
    assert (done.code, {gap["state"] for gap in done.told["gaps"]}) == (4, {"unknown"})


def test_what_cannot_be_read_again_is_unknown_not_open(place: Place) -> None:
    place.plan("--rule", "endpoint-no-error-alarm")
    place.sandbox.faults = Faults(Fault("deny", "cloudwatch:DescribeAlarms"))
    done = place.mllens("remediate", "verify", "plan.json", "--json")
    assert (done.code, {gap["state"] for gap in done.told["gaps"]}) == (4, {"unknown"})


def test_beyond_the_limits_nothing_is_sent(place: Place) -> None:
    place.plan("--rule", "model-card-missing-for-production")
    before = place.sandbox.snapshot()
    done = place.mllens("remediate", "apply", "plan.json", "--yes", "--max-per-rule", 1)
    assert (done.code, "--max-per-rule" in done.err) == (2, True)
    assert place.sandbox.snapshot() == before


def test_what_is_excluded_or_could_not_be_read_is_never_planned(place: Place) -> None:
    plan = place.plan("--rule", "kms-rotation", "--exclude", "alias/*")
    assert plan["actions"] == []
    assert {left["why"] for left in plan["left"]} == {"excluded by --exclude alias/*"}
    place.sandbox.faults = Faults(Fault("deny", "kms:GetKeyRotationStatus"))
    place.mllens("remediate", "plan", *REGIONS, "--rule", "kms-rotation", "-o", "denied.json")
    denied = json.loads((place.folder / "denied.json").read_text())
    assert (denied["actions"], denied["left"]) == ([], [])


def test_a_deployment_that_is_rolled_back_in_silence_is_a_failure(place: Place) -> None:
    before = place.sandbox.snapshot()
    plan = place.plan("--rule", "endpoint-no-error-alarm", "--rule", "capture-enabled")
    deploying = [a for a in plan["actions"] if a["steps"][-1]["operation"] == "UpdateEndpoint"]
    for action in deploying:
        place.sandbox.rolls_back(action["targets"][0]["name"], region=action["targets"][0]["region"])
    done = place.mllens("remediate", "apply", "plan.json", "--yes", "--json")
    outcomes = {a["id"]: a for a in done.told["actions"]}
    assert done.code == 4
    assert deploying
    for action in deploying:
        assert outcomes[action["id"]]["outcome"] == "failed"
        assert "rolled back" in outcomes[action["id"]]["why"]
        target = action["targets"][0]
        place.sandbox.rolls_back(target["name"], region=target["region"], times=0)
    assert place.mllens("remediate", "undo", "plan.json", "--yes").code == 0
    assert _left(before, place.sandbox.snapshot(), plan) == []


def test_what_if_tells_what_would_change_and_calls_nothing_for_it(place: Place) -> None:
    done = place.mllens("remediate", "plan", *REGIONS, "--what-if", "--json", "--rule", "model-card-*")
    told = done.told["what_if"]
    changed = {d["id"]: d for d in told["findings"]}
    closes = {gap["finding"] for action in done.told["plan"]["actions"] for gap in action["closes"]}
    assert all(changed[id_]["then"] == "pass" for id_ in closes)
    drafts = [d for d in told["findings"] if d["what"].startswith("model-card-not-approved")]
    assert drafts
    assert all(d["then"].startswith("fail") and d["now"] == "not_applicable" for d in drafts)


def _owned(place: Place) -> None:
    tags = [{"Key": "managed-by", "Value": "terraform"}]
    place.sandbox.client("s3").put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": tags})


def _faults(kind: Any) -> Callable[[Place], None]:
    def give(place: Place) -> None:
        place.sandbox.faults = Faults(Fault(kind, "s3:PutPublicAccessBlock"))

    return give


@pytest.mark.parametrize(
    ("meanwhile", "code", "outcome", "why"),
    [
        (lambda place: _changed(place, dict.fromkeys(HALF, True)), 0, "already", ""),
        (lambda place: _changed(place, HALF), 4, "skipped", "with other settings"),
        (_owned, 4, "skipped", "it belongs to Terraform"),
        (_faults("deny"), 3, "failed", "AccessDenied"),
        (_faults("throttle"), 4, "failed", "SlowDown"),
        (_faults("error"), 4, "failed", "no effect"),
        (_faults("lost"), 0, "done", ""),
    ],
    ids=["equal", "other", "owned", "denied", "throttled", "broken", "lost"],
)
def test_each_end_has_its_word_and_its_exit_code(
    opened: Place, meanwhile: Callable[[Place], None], code: int, outcome: str, why: str
) -> None:
    meanwhile(opened)
    done = opened.mllens("remediate", "apply", "plan.json", "--yes", "--json")
    (action,) = done.told["actions"]
    assert (done.code, action["outcome"]) == (code, outcome), action
    assert why in action["why"]


def test_ctrl_c_ends_after_the_action_under_way_and_the_next_run_goes_on(place: Place) -> None:
    plan = place.plan("--rule", "model-card-missing-for-production")
    assert len(plan["actions"]) > 2
    place.sandbox.faults = Faults(Fault("slow", "sagemaker:CreateModelCard", seconds=1.0))
    command = [sys.executable, "-m", "mllens", "remediate", "apply", "plan.json", "--yes", "--json"]
    environment = {**os.environ, "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    with subprocess.Popen(
        [*command, "--endpoint-url", place.url], cwd=place.folder, env=environment, stdout=PIPE, stderr=PIPE
    ) as process:
        journal = place.folder / "plan.journal.jsonl"
        while not journal.exists() or b"sending" not in journal.read_bytes():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    outcomes = [a["outcome"] for a in json.loads(out)["actions"]]
    assert process.returncode == 4
    assert b"Finishing what is under way" in err
    assert outcomes == sorted(outcomes), "what was begun was finished, and nothing was begun after"
    assert set(outcomes) == {"done", "waiting"}
    place.sandbox.faults = Faults()
    assert place.mllens("remediate", "apply", "plan.json", "--yes").code == 0
    assert place.mllens("remediate", "undo", "plan.json", "--yes").code == 0
