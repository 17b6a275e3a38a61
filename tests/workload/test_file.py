"""`workload.toml`: what it may say, what it means, and that what is written is read back."""

from pathlib import Path

import pytest

from mllens.workload.file import Workload, WorkloadError, read_workload, text

WHERE = 'name = "fraud"\naccounts = ["111122223333"]\nregions = ["us-east-1"]\n'


def read(folder: Path, content: str) -> Workload:
    file = folder / "w.toml"
    file.write_text(content, "utf-8")
    return read_workload(file)


def test_what_it_says(tmp_path: Path) -> None:
    said = read(
        tmp_path, WHERE + 'roots = ["Endpoint:a"]\napplications = ["Fraud"]\ntags = { team = "risk", a = "b" }\n'
    )
    assert said == Workload(
        "fraud", ("111122223333",), ("us-east-1",), (("a", "b"), ("team", "risk")), ("Endpoint:a",), ("Fraud",)
    )
    assert (said.selects, said.by_tags) == (True, True)
    whole = read(tmp_path, WHERE)
    assert (whole.selects, whole.by_tags) == (False, False)


def test_its_digest_is_of_what_it_says(tmp_path: Path) -> None:
    one = read(tmp_path, WHERE + 'roots = ["Endpoint:a", "Endpoint:b"]\n')
    other = read(tmp_path, "# ours\n" + WHERE + 'roots = [\n  "Endpoint:b",\n  "Endpoint:a",\n]\n')
    assert one.sha256 == other.sha256
    assert one.sha256 != read(tmp_path, WHERE + 'roots = ["Endpoint:a"]\n').sha256


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (WHERE + 'roots = ["endpoint"]\n', "roots: 'endpoint' is no ARN, nor a type and a name"),
        (WHERE + 'roots = "Endpoint:a"\n', "roots: expected a list of text"),
        (WHERE + "tags = { team = 1 }\n", "tags: expected a table of text"),
        (WHERE.replace("fraud", " "), "name: expected the workload's name"),
        ("\xff", "not TOML"),
    ],
)
def test_what_it_may_not_say(tmp_path: Path, content: str, told: str) -> None:
    with pytest.raises(WorkloadError, match=f"w.toml: {told}"):
        read(tmp_path, content)


@pytest.mark.parametrize("name", ["fraud", 'a "b" \\ c', "a\nb\x1b[2J\x7f", "Überwachung \U0001f600", "'''"])
def test_what_is_written_is_read_back(tmp_path: Path, name: str) -> None:
    said = Workload(
        name, ("111122223333",), ("eu-west-1", "us-east-1"), ((name, name),), ("Endpoint:a", "b:c"), (name,)
    )
    assert read(tmp_path, text(said, [f"of {name}"])) == said
