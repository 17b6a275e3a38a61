"""Files by people: what is read, what is refused, and on which line."""

from pathlib import Path

import pytest

from mllens.statements.attestations import Attestation, load
from mllens.statements.document import DEEPEST, LARGEST, StatementError, files, read, text

GOOD = """\
# who owns what
format: 1
practice: MLOPS01_BP01
scope:
  accounts: [012345670123]
statement: >
  Each model has a named owner,
  and a deputy.
evidence: https://wiki.example/owners
owner: no
reviewer: "Grace: Hopper"
date: 2026-01-15
expires: 2026-12-31
"""


def kept(folder: Path, content: str | bytes, name: str = "a.yaml") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refused(folder: Path, content: str | bytes) -> str:
    with pytest.raises(StatementError) as caught:
        read(kept(folder, content), Attestation, {"MLOPS01_BP01": ""})
    return str(caught.value).replace(f"{folder}/", "")


def test_every_value_is_what_stands_there(tmp_path: Path) -> None:
    read_back = read(kept(tmp_path, GOOD), Attestation, {"MLOPS01_BP01": ""})
    assert read_back.scope.accounts == ("012345670123",)  # YAML 1.1 takes it for an octal number
    assert read_back.owner == "no"  # and this for false
    assert read_back.reviewer == "Grace: Hopper"
    assert read_back.statement == "Each model has a named owner, and a deputy."
    assert (read_back.date.isoformat(), read_back.expires.isoformat()) == ("2026-01-15", "2026-12-31")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("reviewer:", "reveiwer:", "a.yaml:11: reveiwer: is no known name; remove it, or correct it"),
        ("date: 2026-01-15\n", "", "a.yaml:2: date: is missing"),
        ("2026-12-31", "2026-02-30", "a.yaml:13: expires: Input should be a valid date"),
        ("2026-12-31", "2026-01-14", "a.yaml:2: expires on 2026-01-14, before its date 2026-01-15"),
        ("MLOPS01_BP01", "MLOPS01_BP99", "a.yaml:3: practice: there is no practice 'MLOPS01_BP99'; `mllens lens show`"),
        ("[012345670123]", "[12]", "a.yaml:5: scope.accounts[0]: String should match pattern"),
        ("[012345670123]", "all", "a.yaml:5: scope.accounts: must be a list: [one, another]"),
        ("format: 1\n", "", "a.yaml:1: format: 1 was expected"),
        ("format: 1", "format: one", "a.yaml:2: format: 1 was expected"),
        ("format: 1", "format: 2", "a.yaml:2: format: 2 is newer than 1; update mllens"),
        ("format: 1", "format: -1", "a.yaml:2: format: 1 was expected"),
        ("owner: no", "owner: no\nowner: yes", "a.yaml:11: owner stands here twice"),
        ("owner: no", "owner: [no", "a.yaml:11: not YAML: expected ',' or ']'"),
        ("owner: no", "owner: !!python/object/apply:os.system [ls]", "a.yaml:10: tags (!) are not read"),
        ("owner: no", "owner: !!str no", "a.yaml:10: tags (!) are not read"),
        ("owner: no", "owner: &a no", "a.yaml:10: anchors (&) and aliases (*) are not read"),
        ("owner: no", "owner: *a", "a.yaml:10: anchors (&) and aliases (*) are not read"),
        ("owner: no", "<<: *a", "a.yaml:10: anchors (&) and aliases (*) are not read"),
        ("owner: no", "*a : no", "a.yaml:10: anchors (&) and aliases (*) are not read"),
        ("owner: no", "? [a]\n: no", "a.yaml:10: a name was expected"),
        ("owner: no", "owner: no\n---\nowner: yes", "a.yaml:11: a second document begins here"),
        ("owner: no", "owner: \x07", "a.yaml:10: the character U+0007 is not allowed in YAML"),
        ("owner: no", "\towner: no", "a.yaml:10: not YAML: found character '\\t'"),
        ("owner: no", r'"\e[2J": no', r"a.yaml:10: \x1b[2J: is no known name"),
        ("owner: no", f"owner: {'x' * 201}", "a.yaml:10: owner: String should have at most 200 characters"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert refused(tmp_path, GOOD.replace(old, new, 1)).startswith(said)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "a.yaml:1: the file is empty"),
        ("# nothing\n", "a.yaml:1: the file is empty"),
        ("- a\n", "a.yaml:1: names with values were expected"),
        ("a\n", "a.yaml:1: names with values were expected"),
        (b"format: 1\nowner: \xff\n", "a.yaml:2: not UTF-8"),
        ("a: " + "[" * 5000, f"a.yaml:1: nested more than {DEEPEST} deep"),
        ("a: " + "{a: " * 5000, f"a.yaml:1: nested more than {DEEPEST} deep"),
        ("#" * (LARGEST + 1), "a.yaml:1: larger than 64 KiB"),
    ],
)
def test_what_is_no_statement(tmp_path: Path, content: str | bytes, said: str) -> None:
    assert refused(tmp_path, content).startswith(said)


def test_what_grows_is_not_read(tmp_path: Path) -> None:
    laughs = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in ("ab", "bc")
    )
    assert refused(tmp_path, laughs).startswith("a.yaml:1: anchors")


def test_all_that_is_wrong_in_a_folder_is_told_at_once(tmp_path: Path) -> None:
    kept(tmp_path, GOOD.replace("date: 2026-01-15\n", "").replace("owner: no\n", "user: no\n"), "b.yml")
    (tmp_path / "more").mkdir()
    kept(tmp_path / "more", "", "c.yaml")
    kept(tmp_path, GOOD)
    kept(tmp_path, "no YAML: at all: [", "README.md")
    assert [path.name for path in files(tmp_path)] == ["a.yaml", "b.yml", "c.yaml"]
    with pytest.raises(StatementError) as caught:
        load(tmp_path)
    assert [problem.replace(f"{tmp_path}/", "") for problem in caught.value.problems] == [
        "b.yml:2: date: is missing",
        "b.yml:10: user: is no known name; remove it, or correct it",
        "more/c.yaml:1: the file is empty",
    ]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    hostile = "no\n- &a *b !!c {[\u2028'\"# \U0001f600"
    content = {
        "practice": "MLOPS01_BP01",
        "scope": {"accounts": ["012345670123"]},
        "statement": hostile,
        "owner": "null",
        "date": "2026-01-15",
        "expires": "2026-12-31",
    }
    path = kept(tmp_path, text(content, [f"Known: model {hostile}\nowner: somebody", "word " * 60]))
    read_back = read(path, Attestation, {"MLOPS01_BP01": ""})
    assert (read_back.statement, read_back.owner) == (hostile, "null")
    assert [line for line in path.read_text("utf-8").split("\n") if line.startswith("owner")] == ["owner: 'null'"]
