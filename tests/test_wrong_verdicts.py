"""Whatever goes wrong while reading: no verdict moves between pass and fail, and no answer says more than is known."""

from collections.abc import Callable, Iterator

import account
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scans import RULES, WANTED, Scanner

from mllens.assess import assess
from mllens.reports.assessment import Assessment
from mllens.sandbox import Fault, Faults, Sandbox, careful, demo
from mllens.scanner import Inventory
from mllens.scanner.engine import NothingRead

BEST_FIRST = {"none": 0, "medium": 1, "high": 2}
Findings = dict[tuple[str, str, str, str, str], str]

DETAILS = tuple(
    str(call) for call in WANTED.calls if call.operation.startswith("Describe") and call.service == "sagemaker"
)
LISTS = tuple(str(call) for call in WANTED.calls if call.service not in ("sts", "ec2") and str(call) not in DETAILS)
OPERATIONS = (*LISTS, *DETAILS)
REGIONS = (account.US, account.EU)


class Estate:
    """An account in its sandbox, what a scan without faults says of it, and how to scan it again."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.scan = sandbox, Scanner(sandbox)
        self.clean = assess(self.scan(), RULES)

    def under(self, *faults: Fault, deadline: float = 600.0, seed: int = 0) -> Inventory:
        self.sandbox.engine.seed = seed
        self.sandbox.engine._tries.clear()
        self.sandbox.faults = Faults(*faults)
        try:
            return self.scan(deadline=deadline)
        finally:
            self.sandbox.faults = Faults()


def seeded(seed: Callable[[Sandbox], None]) -> Iterator[Estate]:
    with Sandbox() as sandbox:
        seed(sandbox)
        yield Estate(sandbox)


@pytest.fixture(scope="module", params=[account.seed, demo.seed, careful.seed], ids=["small", "demo", "careful"])
def estate(request: pytest.FixtureRequest) -> Iterator[Estate]:
    yield from seeded(request.param)


@pytest.fixture(scope="module")
def small() -> Iterator[Estate]:
    yield from seeded(account.seed)


def by_subject(assessment: Assessment) -> Findings:
    return {
        (f.rule, f.resource.type, f.resource.account, f.resource.region, f.resource.name): f.status
        for f in assessment.findings
    }


def same_or_unknown(clean: Assessment, faulty: Assessment) -> None:
    """No verdict differs but by becoming unknown; what is no more judged by itself is unknown as a type."""
    before, after = by_subject(clean), by_subject(faulty)
    moved = {k: (before[k], after[k]) for k in before.keys() & after.keys() if after[k] not in (before[k], "unknown")}
    assert moved == {}
    made_up = {k: status for k, status in after.items() if k not in before and status in ("pass", "fail")}
    assert made_up == {}
    assert faulty.broken == []
    unread = {
        (rule, region) for (rule, _, _, region, name), status in after.items() if not name and status == "unknown"
    }
    lost = {k for k in before.keys() - after.keys() if k[4] and (k[0], k[3]) not in unread}
    assert lost == set()


def nothing_is_claimed(clean: Assessment, faulty: Assessment) -> None:
    """Each question's [best, worst] of the clean run lies inside the faulty run's."""
    for was, now in zip(clean.questions, faulty.questions, strict=True):
        assert was.id == now.id
        assert BEST_FIRST[now.risk_best] <= BEST_FIRST[was.risk_best], was.id
        assert BEST_FIRST[was.risk_worst] <= BEST_FIRST[now.risk_worst], was.id


def holds(estate: Estate, inventory: Inventory) -> Assessment:
    faulty = assess(inventory, RULES)
    same_or_unknown(estate.clean, faulty)
    nothing_is_claimed(estate.clean, faulty)
    return faulty


def statuses(inventory: Inventory) -> set[str]:
    return {line.status for line in inventory.manifest.coverage}


def test_the_clean_run_decides_something(estate: Estate, request: pytest.FixtureRequest) -> None:
    said = set(by_subject(estate.clean).values())
    assert {"pass", "not_applicable"} <= said
    assert "fail" in said or request.node.callspec.id == "careful"
    assert {line.status for line in estate.clean.coverage} <= {"complete", "empty", "bounded"}


def test_ten_calls_a_second_and_a_fifth_throttled_lose_nothing(estate: Estate) -> None:
    faults = Fault("rate", rate=10, clock="virtual"), Fault("throttle", share=0.2)
    inventory = estate.under(*faults)
    assert inventory.manifest.throttled > 0
    faulty = holds(estate, inventory)
    assert by_subject(faulty) == by_subject(estate.clean)


def test_throttled_past_the_deadline_is_unknown(estate: Estate) -> None:
    inventory = estate.under(Fault("throttle", "sagemaker:Describe*"), deadline=5)
    assert "throttled" in statuses(inventory) | {"partial"}
    faulty = holds(estate, inventory)
    assert any(f.status == "unknown" and "deadline of 5 s passed" in f.message for f in faulty.findings)


def test_half_of_the_details_denied(estate: Estate) -> None:
    inventory = estate.under(Fault("deny", "*:Describe*", share=0.5))
    assert statuses(inventory) & {"partial", "denied"}
    holds(estate, inventory)


def test_one_answer_in_twenty_reset(estate: Estate) -> None:
    inventory = estate.under(Fault("reset", share=0.05))
    assert inventory.manifest.retried > 0
    faulty = holds(estate, inventory)
    assert by_subject(faulty) == by_subject(estate.clean)


def test_everything_at_once(estate: Estate) -> None:
    holds(
        estate,
        estate.under(
            Fault("rate", rate=10, clock="virtual"),
            Fault("throttle", share=0.2),
            Fault("deny", "*:Describe*", share=0.5),
            Fault("reset", share=0.05),
        ),
    )


def test_a_search_that_lags(estate: Estate) -> None:
    estate.sandbox.search.lags = estate.sandbox.clock.now().replace(month=6)
    try:
        faulty = holds(estate, estate.under())
    finally:
        estate.sandbox.search.lags = None
    assert by_subject(faulty) == by_subject(estate.clean)


@pytest.mark.parametrize(
    ("operation", "other"), [*zip(OPERATIONS, OPERATIONS[len(OPERATIONS) // 2 :] + OPERATIONS, strict=False)]
)
def test_every_operation_spoilt(small: Estate, operation: str, other: str) -> None:
    holds(small, small.under(Fault("malformed", operation), Fault("expired", other)))


@pytest.mark.parametrize(("operation", "other"), [*zip(LISTS[::2], [*LISTS[1::2], LISTS[0]], strict=False)])
def test_every_list_gives_one_token_for_ever(small: Estate, operation: str, other: str) -> None:
    holds(small, small.under(Fault("repeat-token", operation), Fault("repeat-token", other)))


@pytest.mark.parametrize("operation", ["sagemaker:Describe*", "sagemaker:ListMonitoringExecutions"])
def test_deleted_between_list_and_detail(estate: Estate, operation: str) -> None:
    faulty = assess(estate.under(Fault("vanish", operation, share=0.6)), RULES)
    before, after = by_subject(estate.clean), by_subject(faulty)
    moves = {k: (before[k], after[k]) for k in before.keys() & after.keys() if after[k] not in (before[k], "unknown")}
    assert moves == {}
    assert faulty.broken == []


def dark(region: str) -> list[Fault]:
    """Nothing of a region may be read; only who is calling is always told."""
    services = sorted({call.service for call in WANTED.calls} - {"sts", "ec2"})
    return [Fault("deny", f"{service}:*", region=region) for service in services]


places = st.tuples(st.sampled_from(LISTS), st.sampled_from((*REGIONS, "*")))
parts = st.tuples(st.sampled_from(DETAILS), st.floats(0.2, 1))
kinds = st.sampled_from(("deny", "error", "malformed"))
faults = st.tuples(
    st.lists(st.builds(lambda kind, at: Fault(kind, at[0], region=at[1]), kinds, places), max_size=4),
    st.lists(st.builds(lambda kind, part: Fault(kind, part[0], share=part[1]), kinds, parts), max_size=3),
    st.sampled_from(([], dark(account.US), dark(account.EU))),
    st.sampled_from(([], [Fault("reset", share=0.3)])),
).map(lambda lists: [fault for part in lists for fault in part])


@settings(max_examples=16, deadline=None)
@given(faults=faults, seed=st.integers(0, 1000))
def test_whatever_is_hidden(estate: Estate, faults: list[Fault], seed: int) -> None:
    try:
        inventory = estate.under(*faults, seed=seed)
    except NothingRead:
        return
    holds(estate, inventory)


@settings(max_examples=8, deadline=None)
@given(
    names=st.sets(
        st.sampled_from(["good", "bad", "churn-train-2", "churn-train-eu-1", "fraud-scoring-v2"]), max_size=3
    ),
    members=st.sets(
        st.sampled_from(
            ["EnableNetworkIsolation", "InputDataConfig", "PrimaryContainer", "Containers", "ExecutionRoleArn", "Tags"]
        ),
        max_size=3,
    ),
)
def test_whatever_search_leaves_out(estate: Estate, names: set[str], members: set[str]) -> None:
    blind = estate.sandbox.search
    blind.hidden, blind.omitted = names, members
    try:
        faulty = holds(estate, estate.under())
    finally:
        blind.hidden, blind.omitted = set(), set()
    assert by_subject(faulty) == by_subject(estate.clean)
