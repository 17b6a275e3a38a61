"""Counting: which findings are a workload's, and which cannot be told to be."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from mllens.rules import Finding, NotApplicable, Rule, Unknown
from mllens.scanner import Key
from mllens.workload.membership import Membership


def counted(found: Iterable[Finding], of: Membership, rules: Iterable[Rule]) -> list[Finding]:
    """The findings that count in a workload, in the order given; what cannot be told to be its own is unknown in it.

    What does not apply stays so: it counts neither for nor against, whether it belongs or not.
    """
    places: dict[str, set[tuple[str, str]]] = {}
    for key in (*of.members, *of.unsure):
        places.setdefault(key.type, set()).add((key.account, key.region))
    kept: list[Finding] = []
    for finding in found:
        if not finding.key.name:
            kept += [finding] if _may_hold(finding.key, of, places) else []
        elif (counts := _of_resource(finding, of)) is not None:
            kept.append(counts)
    spoken = {finding.rule.id for finding in kept}
    none = [_none(rule, of) for rule in rules if rule.id not in spoken]
    return sorted([*kept, *none], key=lambda finding: (finding.rule.id, finding.key))


def _of_resource(finding: Finding, of: Membership) -> Finding | None:
    match of.standing(finding.key):
        case "member":
            return finding
        case "unsure" if not isinstance(finding.verdict, NotApplicable):
            why = of.unsure[finding.key].why
            return replace(
                finding, verdict=Unknown(f"it may be of another workload, which cannot be told: {why}"), read=()
            )
        case "unsure":
            return finding
    return None


def _may_hold(key: Key, of: Membership, places: Mapping[str, set[tuple[str, str]]]) -> bool:
    """Whether what is said of a type as a whole, somewhere or anywhere, may be of the workload."""
    if of.standing(key) == "member":
        return True
    there = places.get(key.type, ())
    return any(a in ("", key.account) and r in ("", key.region) for a, r in there) or bool(there and not key.account)


def _none(rule: Rule, of: Membership) -> Finding:
    key = Key(rule.subject.type, "", "", "")
    return Finding(rule, key, "", NotApplicable(f"there is no {rule.subject.type} in the workload {of.workload.name}"))
