"""Every rule of ours, held to its own cases and to the house's rules for rules."""

from pathlib import Path

import pytest

from mllens import testing
from mllens.lens import folder_of
from mllens.rules import Rule
from mllens.rules.load import HERE, find, load, ours, rule_files

CATALOGUE = ours()
KNOWN = set((Path(__file__).parent / "rules" / "known_ids.txt").read_text("utf-8").split())

every_rule = pytest.mark.parametrize("rule", CATALOGUE, ids=lambda rule: rule.id)


@every_rule
def test_its_cases_hold_and_reads_are_what_is_read(rule: Rule) -> None:
    testing.prove(rule)


@every_rule
def test_norm_and_messages_read_well(rule: Rule) -> None:
    testing.style(rule)


@every_rule
def test_it_lies_in_the_folder_of_its_first_practice(rule: Rule) -> None:
    assert rule.file.resolve().parent.relative_to(HERE.resolve()).as_posix() == folder_of(rule.practices[0])


@every_rule
def test_its_id_is_in_the_catalogue(rule: Rule) -> None:
    assert rule.id in KNOWN


@every_rule
def test_it_is_found_alone(rule: Rule) -> None:
    assert find(rule.id) is rule


def test_every_rule_file_is_loaded() -> None:
    assert {rule.file.resolve() for rule in CATALOGUE} == {file.resolve() for file in rule_files(HERE)}


def test_ids_are_unique() -> None:
    ids = [rule.id for rule in load()]
    assert len(ids) == len(set(ids))


def test_the_example_of_a_rules_path_holds() -> None:
    examples = Path(__file__).parent.parent / "examples" / "rules"
    added = {rule.id: rule for rule in load(examples)}.keys() - {rule.id for rule in CATALOGUE}
    assert added == {"endpoint-name-follows-convention"}
