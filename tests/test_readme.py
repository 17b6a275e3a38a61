import re
from pathlib import Path

from click.testing import CliRunner

from mllens.cli.exits import Exit
from mllens.cli.main import COMMANDS, cli
from mllens.cli.rules import SKELETON
from mllens.rules.load import load

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def test_the_rule_shown_is_the_skeleton_and_runs(tmp_path: Path) -> None:
    shown = re.search(r"```python\n(.*?)```", README, re.DOTALL)[1]
    assert shown == SKELETON.format(name="endpoint_has_owner")
    (tmp_path / "endpoint_has_owner.py").write_text(shown, "utf-8")
    assert "endpoint-has-owner" in {rule.id for rule in load(tmp_path)}


def test_two_commands_do_all_the_set_up() -> None:
    lines = [line.strip() for line in README.splitlines() if line.startswith("    python3 -m venv")]
    assert [line.rsplit("&& ", 1)[1] for line in lines] == [
        ".venv/bin/mllens demo",
        ".venv/bin/python -m pytest -q -n auto",
    ]
    assert all("-c constraints.txt" in line for line in lines)


def test_commands_it_names_exist() -> None:
    named = set(re.findall(r"mllens ([a-z]+)(?: ([a-z]+))?", README))
    for first, second in named:
        assert first in COMMANDS
        if first in ("rules", "lens", "policy", "sandbox") and second:
            assert CliRunner().invoke(cli, [first, second, "--help"]).exit_code == 0


def test_exit_codes_are_the_programs() -> None:
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    assert listed == {int(code) for code in Exit}


def test_pictures_and_files_it_links_exist() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
