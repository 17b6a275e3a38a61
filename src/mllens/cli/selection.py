"""Options that several commands share: which rules, which output."""

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

if TYPE_CHECKING:
    from mllens.rules import Rule
    from mllens.scanner.plan import Plan
    from mllens.statements.attestations import Attestation
    from mllens.statements.waivers import Waiver
    from mllens.workload import Workload

F = TypeVar("F", bound=Callable[..., Any])
SEVERITIES = ("critical", "high", "medium", "low", "info")
PILLARS = (
    "operationalExcellence", "security", "reliability", "performance", "costOptimization", "sustainability", "responsibleAi",
)  # fmt: skip
DIMENSIONS = (
    "fairness", "explainability", "privacy-and-security", "safety", "controllability", "veracity-and-robustness",
    "governance", "transparency",
)  # fmt: skip
FORMATS = ("terminal", "html", "pdf", "json")


class Chosen(NamedTuple):
    """Rules that judge, and rules that were left out: what those would have said stays unknown."""

    rules: tuple["Rule", ...]
    rest: tuple["Rule", ...]

    def plan(
        self,
        *,
        repairs: bool = False,
        waivers: "Mapping[str, Waiver] | None" = None,
        workload: "Workload | None" = None,
    ) -> "Plan":
        """What a scan must read for them.

        With `repairs`, also for their fixes; for waivers, also the tags they name; for a workload, what tells its members.
        """
        from mllens.scanner.plan import plan

        reads: list[object] = [read for rule in self.rules for read in rule.reads]
        if waivers:
            from mllens.statements.waivers import tagged

            by_tags = tagged(waivers)
            reads += [rule.subject.fields["tags"] for rule in self.rules if rule.id in by_tags]
        reads += [read for rule in self.rules if repairs and rule.repair for read in rule.repair.reads]
        judged = {rule.subject for rule in self.rules}
        whole = plan(reads, judged)
        if workload is None or not workload.selects:
            return whole
        from mllens.workload import reads as of_members

        return plan([*reads, *of_members(workload, (n.collector.produces for n in whole.needs.values()))], judged)


def options(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    """Several options as one decorator, in the order given."""

    def apply(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return apply


more_rules = click.option(
    "--rules-path",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    allow_from_autoenv=False,
    help="A folder with more rules. They are code and run with your rights.",
)
stated = options(
    click.option(
        "--attestations",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="A folder with what people vouch for (`mllens attest new`).",
    ),
    click.option(
        "--waivers",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="A folder with risks that people accept (`mllens waive new`).",
    ),
)
of_workload = click.option(
    "--workload",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="WORKLOAD.TOML",
    help="Only the resources of one workload (`mllens workload suggest`).",
)
which_rules = options(
    click.option("--rule", "rule", multiple=True, metavar="GLOB", help="Only rules whose id matches, as 'deploy-*'."),
    click.option("--pillar", multiple=True, type=click.Choice(PILLARS), help="Only rules of this pillar."),
    click.option(
        "--dimension", multiple=True, type=click.Choice(DIMENSIONS), help="Only rules of this responsible-AI dimension."
    ),
    click.option("--severity", type=click.Choice(SEVERITIES), help="Only rules at least as severe."),
    more_rules,
)


def chosen(
    rule: Sequence[str], pillar: Sequence[str], dimension: Sequence[str], severity: str | None, rules_path: Path | None
) -> tuple["Chosen", dict[str, list[str]]]:
    """The rules that the options leave and those they leave out, and the options as they go on record.

    Raises:
        click.UsageError: none is left.
    """
    from mllens.lens import dimension_of, pillar_of
    from mllens.rules.load import load

    everything = load(rules_path)
    left = [
        r
        for r in everything
        if (not rule or any(fnmatchcase(r.id, glob) for glob in rule))
        and (not pillar or any(pillar_of(p) in pillar for p in r.practices))
        and (not dimension or any(dimension_of(p) in dimension for p in r.practices))
        and (severity is None or SEVERITIES.index(r.severity) <= SEVERITIES.index(severity))
    ]
    if not left:
        raise click.UsageError(f"No rule is left of {len(everything)}; `mllens rules list` shows them.")
    record = {"rule": list(rule), "pillar": list(pillar), "dimension": list(dimension)}
    record |= {"severity": [severity]} if severity else {}
    rest = [r for r in everything if r not in left]
    return Chosen(tuple(left), tuple(rest)), {name: values for name, values in record.items() if values}


def workload(given: dict[str, Any]) -> "Workload | None":
    """The workload that was named, if any; taken out of `given`.

    Raises:
        WorkloadError: its file is wrong.
    """
    path: Path | None = given.pop("workload")
    if path is None:
        return None
    from mllens.workload.file import read_workload

    return read_workload(path)


class Stated(NamedTuple):
    """What people state, by file."""

    attestations: Mapping[str, "Attestation"]
    waivers: Mapping[str, "Waiver"]


def statements(given: dict[str, Any], rules: Chosen) -> Stated:
    """What the folders hold that were given; taken out of `given`.

    Raises:
        StatementError: a file is wrong, or names a practice or a rule that there is not.
    """
    attestations, waivers = given.pop("attestations"), given.pop("waivers")
    if attestations is None and waivers is None:
        return Stated({}, {})
    from mllens.statements import attestations as of_practices
    from mllens.statements import waivers as of_rules

    return Stated(
        of_practices.load(attestations) if attestations else {},
        of_rules.load(waivers, [*rules.rules, *rules.rest]) if waivers else {},
    )
