"""`mllens lens import`, `publish` and `status` as people run them, against the simulated Tool over HTTP."""

import copy
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from program import ENVIRONMENT, Done, emptied

from mllens.cli.main import cli
from mllens.lens import build, load
from mllens.sandbox import Fault, Faults, Sandbox
from mllens.sandbox.errors import ConnectionLost

LENS: dict[str, Any] = {
    "schemaVersion": "2021-11-01",
    "name": "House rules",
    "description": "What we expect.",
    "pillars": [
        {"id": "rules", "name": "Rules", "questions": [
            {"id": "H01", "title": "How?", "description": "Why.",
             "choices": [
                 {"id": "H01_a", "title": "So", "improvementPlan": {"displayText": "Do it."}},
                 {"id": "H01_b", "title": "And so", "improvementPlan": {"displayText": "Do that."}},
                 {"id": "H01_no", "title": "None of these"},
             ],
             "riskRules": [
                 {"condition": "H01_a && H01_b && !H01_no", "risk": "NO_RISK"},
                 {"condition": "default", "risk": "HIGH_RISK"},
             ]},
        ]},
    ],
}  # fmt: skip
WRITES = ("ImportLens", "CreateLensVersion")


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Sandbox, str]]:
    with Sandbox() as sandbox, sandbox.serve() as url:
        yield sandbox, url


@pytest.fixture
def sandbox(served: tuple[Sandbox, str]) -> Iterator[Sandbox]:
    """The simulated AWS without any lens, and without memory of calls and faults."""
    with emptied(served[0]) as sandbox:
        yield sandbox


@pytest.fixture
def lens(sandbox: Sandbox, served: tuple[Sandbox, str], inside: Callable[..., Done]) -> Callable[..., Done]:
    """Runs `mllens lens …` in this process, beside a lens.json."""
    write(LENS)

    def run(command: str, *arguments: str | Path, url: str = served[1]) -> Done:
        return inside("lens", command, *arguments, "--endpoint-url", url)

    return run


def write(lens: dict[str, Any]) -> None:
    Path("lens.json").write_text(json.dumps(lens), "utf-8")


def reworded(title: str = "How exactly?", **changes: Any) -> dict[str, Any]:
    lens = copy.deepcopy(LENS)
    lens["pillars"][0]["questions"][0]["title"] = title
    return lens | changes


def narrowed() -> dict[str, Any]:
    lens = copy.deepcopy(LENS)
    question = lens["pillars"][0]["questions"][0]
    del question["choices"][1]
    question["riskRules"][0]["condition"] = "H01_a && !H01_no"
    return lens


def held(sandbox: Sandbox) -> list[tuple[str, list[str], bool]]:
    """The lenses in the simulated Tool: name, versions, whether there is a draft."""
    table = sandbox.engine.world.state(sandbox.account, "us-east-1").table("wellarchitected", "Lens")
    return [(row["Name"], list(row["versions"]), row["draft"] is not None) for row in table]


def writes(sandbox: Sandbox) -> list[str]:
    return [made.operation for made in sandbox.calls if made.operation in WRITES and made.outcome == "ok"]


def published(lens: Callable[..., Done], version: str = "1.0") -> str:
    arn = lens("import", "--yes", "--json").told["arn"]
    assert lens("publish", "--lens-arn", arn, "--version", version, "--yes").code == 0
    return str(arn)


# --------------------------------------------------------------------------------------------------------- the whole way


def test_draft_version_update_and_its_version(lens: Callable[..., Done], sandbox: Sandbox) -> None:
    first = lens("import", "--yes")
    assert first.code == 0
    assert first.out.startswith("New lens in us-east-1: House rules, as a draft.\nImported as a draft: arn:aws:")
    assert held(sandbox) == [("House rules", [], True)]

    (row,) = lens("status", "--json").told["lenses"]
    arn = row["arn"]
    assert (row["version"], row["draft"]["equal"], row["published"]) == (None, True, None)

    done = lens("publish", "--lens-arn", arn, "--version", "1.0", "--yes")
    assert done.code == 0
    assert "House rules: first version 1.0." in done.out
    assert held(sandbox) == [("House rules", ["1.0"], False)]

    write(reworded())
    assert "version 1.0 differs from lens.json\n      question H01 changed: title\n" in lens("status").out
    updated = lens("import", "--yes", "--json").told
    assert (updated["action"], updated["arn"]) == ("updated", arn)
    assert [change["parts"] for change in updated["changes"]["published"]] == [["title"]]
    assert held(sandbox) == [("House rules", ["1.0"], True)]
    minor = lens("publish", "--lens-arn", arn, "--version", "1.1", "--yes")
    assert "minor version 1.1 after 1.0" in minor.out
    assert "at once, unannounced" in minor.out

    write(narrowed())
    assert lens("import", "--yes").out.count("! choice H01_b removed") == 1
    major = lens("publish", "--lens-arn", arn, "--version", "2.0", "--yes", "--json")
    assert (major.code, major.told["major"]) == (0, True)
    assert "until each is upgraded" in major.err
    assert held(sandbox) == [("House rules", ["1.0", "1.1", "2.0"], False)]
    assert writes(sandbox) == ["ImportLens", "CreateLensVersion"] * 3
    assert sandbox.calls.count("wellarchitected:DeleteLens") == 0


def test_our_own_lens_is_found_by_name_and_knows_its_version(lens: Callable[..., Done], sandbox: Sandbox) -> None:
    Path("lens.json").write_text(build(), "utf-8")
    assert lens("import", "--yes").code == 0
    done = lens("publish", "--yes", "--json").told
    assert (done["action"], done["name"], done["version"]) == ("published", load().name, load().version)
    assert held(sandbox) == [(load().name, [load().version], False)]


def test_twice_writes_once(lens: Callable[..., Done], sandbox: Sandbox) -> None:
    arn = published(lens)
    write(reworded())
    for again in (False, True):
        done = lens("import", "--json") if again else lens("import", "--json", "--yes")
        assert (done.code, done.told["action"]) == (0, "unchanged" if again else "updated")
    sandbox.calls.clear()
    assert "the draft says already what the file says; nothing to do" in lens("import").out
    assert lens("publish", "--lens-arn", arn, "--version", "1.1", "--yes").code == 0
    sandbox.calls.clear()
    assert (
        "version 1.1 is what there is to publish; nothing to do"
        in lens("publish", "--lens-arn", arn, "--version", "1.1").out
    )
    assert lens("publish", "--lens-arn", arn, "--json").told["action"] == "unchanged"
    assert "version 1.1 says already what the file says" in lens("import").out
    assert writes(sandbox) == []


def test_a_draft_that_turns_back_to_what_is_published_has_nothing_to_publish(
    lens: Callable[..., Done], sandbox: Sandbox
) -> None:
    arn = published(lens)
    for content in (reworded(), LENS, reworded(), LENS):
        write(content)
        assert lens("import", "--yes").code == 0
    assert "nothing to do" in lens("publish", "--lens-arn", arn, "--yes").out
    assert writes(sandbox) == ["ImportLens", "CreateLensVersion", *["ImportLens"] * 4]


# ------------------------------------------------------------------------------------------------ asking, and not writing


def test_without_a_terminal_and_without_yes_nothing_is_written(lens: Callable[..., Done], sandbox: Sandbox) -> None:
    done = lens("import")
    assert done.code == 2
    assert done.out == "New lens in us-east-1: House rules, as a draft.\n"
    assert "Nothing was written: there is no terminal to ask on. Give --yes" in done.err
    assert (held(sandbox), writes(sandbox)) == ([], [])


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 130)])
def test_it_asks(
    lens: Callable[..., Done], sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: answer)
    assert lens("import").code == code
    assert len(held(sandbox)) == (1 if answer == "y" else 0)


def many(name: str, number: int) -> dict[str, Any]:
    pillar = LENS["pillars"][0]
    question = pillar["questions"][0]
    if name == "pillars":
        return LENS | {"pillars": [pillar] * number}
    if name == "questions":
        return LENS | {"pillars": [pillar | {"questions": [question] * number}]}
    return LENS | {"pillars": [pillar | {"questions": [question | {"choices": question["choices"] * number}]}]}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (reworded("What; how?"), "title"),
        (reworded("t" * 129), "title"),
        (reworded(name="n" * 129), "name"),
        (reworded(name="Precision >= 0.9"), "name"),
        (many("pillars", 11), "pillars"),
        (many("questions", 21), "pillars[0].questions"),
        (many("choices", 16), "choices"),
        (reworded(description="d" * 500_001), "lens: is 500,"),
    ],
)
def test_our_limits_come_before_theirs(
    lens: Callable[..., Done], sandbox: Sandbox, content: dict[str, Any], told: str
) -> None:
    write(content)
    done = lens("import", "--yes")
    assert (done.code, done.out) == (2, "")
    assert told in done.err
    assert "nothing was sent" in done.err
    assert len(sandbox.calls) == 0


@pytest.mark.parametrize("version", ["", "1.0-beta", "1" * 33, "1 0"])
def test_a_version_that_is_none_makes_no_call(lens: Callable[..., Done], sandbox: Sandbox, version: str) -> None:
    done = lens("publish", "--version", version, "--yes")
    assert done.code == 2
    assert "is no version: it takes 1 to 32 letters, digits and dots" in done.err
    assert len(sandbox.calls) == 0


def test_no_file(lens: Callable[..., Done], sandbox: Sandbox) -> None:
    done = lens("import", "absent.json")
    assert done.code == 2
    assert "absent.json does not exist; `mllens lens build -o absent.json` writes" in done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--version", "1.0"), "Version 1.0 is published already, and the draft differs"),
        (("--version", "0.9"), "Version 0.9 is not higher than 1.0"),
        (("--version", "1.1", "--minor"), "what answers mean: question H01 changed: riskRules; choice H01_b removed"),
        ((), "Give --version; 1.0 is published."),
    ],
)
def test_a_version_that_does_not_fit(
    lens: Callable[..., Done], sandbox: Sandbox, arguments: tuple[str, ...], message: str
) -> None:
    arn = published(lens)
    write(narrowed())
    lens("import", "--yes")
    sandbox.calls.clear()
    done = lens("publish", "--lens-arn", arn, "--yes", *arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert writes(sandbox) == []


def test_the_lens_must_be_there_and_be_meant(lens: Callable[..., Done], sandbox: Sandbox) -> None:
    assert "There is no lens called Machine Learning Lens with Evidence in us-east-1" in lens("publish").err
    arn = published(lens)
    absent = lens("import", "--yes", "--lens-arn", f"{arn}0")
    assert (absent.code, "no custom lens of its own with this ARN in us-east-1" in absent.err) == (2, True)
    elsewhere = lens("status", "--lens-arn", arn, "--region", "eu-west-1")
    assert (elsewhere.code, "give --region us-east-1" in elsewhere.err) == (2, True)
    twice = lens("import", "--yes", "--new")
    assert (twice.code, "the Tool takes a name once" in twice.err) == (2, True)
    both = lens("import", "--yes", "--new", "--lens-arn", arn)
    assert (both.code, "give one of them" in both.err) == (2, True)
    write(LENS | {"name": "Other rules"})
    renamed = lens("import", "--yes", "--lens-arn", arn)
    assert (renamed.code, "a published name cannot change" in renamed.err) == (2, True)
    nothing = lens("publish", "--lens-arn", arn, "--version", "2.0")
    assert (nothing.code, "nothing to publish as 2.0" in nothing.err) == (2, True)
    assert lens("import", "--yes").code == 0
    assert held(sandbox) == [("House rules", ["1.0"], False), ("Other rules", [], True)]
    write(LENS)
    other = lens("status", "--json").told["others"][0]["arn"]
    taken = lens("import", "--yes", "--lens-arn", other)
    assert (taken.code, f"Another lens is called House rules: {arn}" in taken.err) == (2, True)
    assert writes(sandbox) == ["ImportLens", "CreateLensVersion", "ImportLens"]


def test_a_sixteenth_lens_is_not_tried(lens: Callable[..., Done], sandbox: Sandbox) -> None:
    tool = sandbox.client("wellarchitected")
    for number in range(15):
        tool.import_lens(JSONString=json.dumps(LENS | {"name": f"Lens {number}"}))
    sandbox.calls.clear()
    done = lens("import", "--yes")
    assert done.code == 4
    assert "has 15 custom lenses in us-east-1 and may have 15; nothing was written" in done.err
    assert writes(sandbox) == []
    told = lens("status", "--json").told
    assert (told["lenses"], len(told["others"])) == ([], 15)


# ---------------------------------------------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize(
    ("denied", "code"), [("ListLenses", 3), ("ImportLens", 4), ("ExportLens", 4)]
)  # fmt: skip
def test_a_permission_that_is_lacking_is_named(
    lens: Callable[..., Done], sandbox: Sandbox, denied: str, code: int
) -> None:
    published(lens)
    write(reworded())
    sandbox.calls.clear()
    sandbox.faults = Faults(Fault("deny", f"wellarchitected:{denied}"))
    done = lens("import", "--yes")
    assert done.code == code
    assert f"mllens: wellarchitected:{denied} is denied" in done.err
    assert "`mllens policy lens` prints the permissions needed" in done.err
    assert held(sandbox) == [("House rules", ["1.0"], False)]


def test_publishing_denied(lens: Callable[..., Done], sandbox: Sandbox) -> None:
    arn = lens("import", "--yes", "--json").told["arn"]
    sandbox.faults = Faults(Fault("deny", "wellarchitected:CreateLensVersion"))
    done = lens("publish", "--lens-arn", arn, "--version", "1.0", "--yes")
    assert done.code == 4
    assert "mllens: wellarchitected:CreateLensVersion is denied" in done.err
    assert held(sandbox) == [("House rules", [], True)]


def test_status_tells_what_it_could_not_read(lens: Callable[..., Done], sandbox: Sandbox) -> None:
    published(lens)
    sandbox.faults = Faults(Fault("deny", "wellarchitected:ExportLens"))
    done = lens("status")
    assert done.code == 4
    assert "  version 1.0 was not read\n" in done.out
    assert done.err.count("wellarchitected:ExportLens is denied") == 1


def test_the_printed_policy_is_enough_and_needed(lens: Callable[..., Done], sandbox: Sandbox) -> None:
    def of(command: str) -> dict[str, Any]:
        printed: dict[str, Any] = json.loads(CliRunner().invoke(cli, ["policy", "lens", command]).output)
        return printed

    sandbox.enforce(of("import"))
    arn = lens("import", "--yes", "--json").told["arn"]
    assert lens("status").code == 0
    assert lens("publish", "--lens-arn", arn, "--version", "1.0", "--yes").code == 4
    sandbox.enforce(of("publish"))
    assert lens("publish", "--lens-arn", arn, "--version", "1.0", "--yes").code == 0
    write(reworded())
    assert lens("import", "--yes").code == 4
    sandbox.enforce(of("status"))
    assert lens("status").code == 0


def test_a_throttle_is_waited_out(lens: Callable[..., Done], sandbox: Sandbox) -> None:
    sandbox.faults = Faults(Fault("throttle", "wellarchitected:ImportLens", times=1))
    assert lens("import", "--yes").code == 0
    assert [m.outcome for m in sandbox.calls if m.operation == "ImportLens"] == ["ThrottlingException", "ok"]


def test_nobody_to_ask(lens: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = lens("import", "--yes", "--profile", "absent")
    assert (unknown.code, "(absent) could not be found" in unknown.err) == (3, True)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "")
    for address, told in (
        ("http://127.0.0.1:9", "Check the network"),
        ("http://aws.invalid", "name some with --profile"),
    ):
        away = lens("import", "--yes", "--region", "us-east-1", url=address)
        assert (away.code, told in away.err) == (3, True)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    nowhere = lens("import", "--yes", url="http://aws.invalid")
    assert (nowhere.code, "No region: name one with --region" in nowhere.err) == (2, True)


def test_a_region_that_is_none(lens: Callable[..., Done]) -> None:
    done = lens("status", "--region", "eu west")
    assert (done.code, done.out, "Nothing can be sent there" in done.err) == (2, "", True)


def test_an_address_that_is_none(lens: Callable[..., Done]) -> None:
    done = lens("status", "--region", "us-east-1", url="nowhere")
    assert (done.code, "Nothing can be sent there" in done.err) == (2, True)


def test_an_answer_that_is_lost_is_asked_for_again_and_nothing_is_done_twice(
    lens: Callable[..., Done], sandbox: Sandbox
) -> None:
    sandbox.faults = Faults(Fault("lost", "wellarchitected:*", times=1))
    done = lens("import", "--yes", "--json")
    assert (done.code, done.told["action"]) == (0, "created")
    assert lens("publish", "--lens-arn", done.told["arn"], "--version", "1.0", "--yes").code == 0
    assert held(sandbox) == [("House rules", ["1.0"], False)]
    outcomes = [(m.operation, m.outcome) for m in sandbox.calls if m.operation in WRITES]
    assert outcomes == [(operation, outcome) for operation in WRITES for outcome in ("lost", "ok")]


@pytest.mark.parametrize("operation", WRITES)
def test_killed_after_the_write_the_same_command_finishes(
    lens: Callable[..., Done], sandbox: Sandbox, served: tuple[Sandbox, str], tmp_path: Path, operation: str
) -> None:
    Path("lens.json").write_text(build(), "utf-8")
    command = ["import", "--yes"]
    if operation == "CreateLensVersion":
        assert lens(*command).code == 0
        command = ["publish", "--yes"]
    program = [sys.executable, "-m", "mllens", "lens", *command, "--endpoint-url", served[1]]
    started: list[subprocess.Popen[bytes]] = []

    def kill(_: object) -> None:
        started[0].kill()
        started[0].wait()
        raise ConnectionLost

    sandbox.engine.on_kill = kill
    sandbox.faults = Faults(Fault("kill", f"wellarchitected:{operation}", when="after"))
    started.append(subprocess.Popen(program, cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.DEVNULL))
    assert started[0].wait(60) == -9
    sandbox.faults = Faults()
    sandbox.calls.clear()
    done = lens(*command)
    assert (done.code, "nothing to do" in done.out) == (0, True)
    assert lens("publish", "--yes").code == 0
    assert held(sandbox) == [(load().name, [load().version], False)]
    assert writes(sandbox) == (["CreateLensVersion"] if operation == "ImportLens" else [])


def test_names_from_the_account_do_nothing_to_a_terminal(lens: Callable[..., Done], sandbox: Sandbox) -> None:
    lens("import", "--yes")
    table = sandbox.engine.world.state(sandbox.account, "us-east-1").table("wellarchitected", "Lens")
    next(iter(table))["Name"] = "\x1b[31mHouse\x07"
    assert "\x1b" not in lens("status").out
    assert "Other custom lenses in us-east-1:  [31mHouse " in lens("status").out
