"""What counts in an assessment of one workload; whatever is hidden, no verdict turns and nothing of its own is lost."""

from collections.abc import Iterator

import account
import pytest
from hiding import hide
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scans import RULES, Scanner

from mllens.assess import assess
from mllens.reports.assessment import Assessment
from mllens.rules import Fail, NotApplicable, Pass, Rule, Verdict, rule
from mllens.sandbox import Fault, Faults, Sandbox
from mllens.sandbox.demo import seed
from mllens.scanner import Account, Graph, Inventory
from mllens.scanner.client import Clients
from mllens.scanner.engine import Options, scan
from mllens.scanner.plan import plan
from mllens.scanner.sagemaker import Endpoint, TrainingJob
from mllens.statements.attestations import Attestation
from mllens.statements.waivers import Waiver
from mllens.workload import Workload, membership, reads

HERE, US = "111122223333", "us-east-1"
DEMO = ("123456789012",), ("eu-west-1", "us-east-1")
BEST_FIRST = {"none": 0, "medium": 1, "high": 2}
PRACTICE = "MLSEC04_BP02"  # decided by the API alone


@rule(severity="high", reads=(Endpoint.status,), proves=(PRACTICE,), name="says")
def says(endpoint: Endpoint) -> Verdict:
    """An endpoint must be called good."""
    assert endpoint.status
    match endpoint.name[0]:
        case "f":
            return Fail("is not good")
        case "n":
            return NotApplicable("is not asked")
    return Pass()


@rule(severity="high", reads=(TrainingJob.status,), proves=("MLOPS02_BP05",), name="says-of-jobs")
def says_of_jobs(job: TrainingJob) -> Verdict:
    """A job must be there."""
    return Pass() if job.status else Fail("is not there")


@rule(severity="low", reads=(Account,), proves=("MLCOST04_BP01",), name="says-of-accounts")
def says_of_accounts(account: Account, graph: Graph) -> Verdict:
    """An account must be another."""
    return Fail("is this one") if list(graph.all(Account)) and account.name else Pass()


def estate(**team: str | None) -> Inventory:
    """Endpoints and the team that each is tagged with; None where its tags were not read."""
    found = [
        Endpoint(name=name, status="InService", **({} if tag is None else {"tags": {"team": tag}}))
        for name, tag in team.items()
    ]
    return Graph.of(Account(name=HERE), *found, encoded=True).inventory


def of(team: str) -> Workload:
    return Workload(team, (HERE,), (US,), tags=(("team", team),))


def judged(inventory: Inventory, team: str, *rules: Rule, **more: object) -> Assessment:
    return assess(inventory, rules or [says], workload=of(team), **more)  # type: ignore[arg-type]


def statuses(told: Assessment) -> dict[str, str]:
    return {f.resource.name: f.status for f in told.findings if f.resource.name}


def state(told: Assessment, practice: str = PRACTICE) -> str:
    return next(p.state for p in told.practices if p.id == practice)


def test_only_its_own_count() -> None:
    inventory = estate(p1="risk", f1="sales", p2="sales")
    risk, sales = judged(inventory, "risk"), judged(inventory, "sales")
    assert (statuses(risk), state(risk)) == ({"p1": "pass"}, "proven")
    assert (statuses(sales), state(sales)) == ({"f1": "fail", "p2": "pass"}, "partial")
    assert state(assess(inventory, [says])) == "partial"
    assert (risk.scope.workload.name, risk.scope.workload.members) == ("risk", 1)  # type: ignore[union-attr]
    assert risk.scope.workload.sha256 == of("risk").sha256 != of("sales").sha256  # type: ignore[union-attr]
    assert risk.resources.by_type["AWS::SageMaker::Endpoint"] == 1
    assert (sales.rules[0].passed, sales.rules[0].fail) == (1, 1)


@pytest.mark.parametrize("name", ["f1", "p1"])
def test_what_cannot_be_told_is_neither_passed_nor_failed_nor_absent(name: str) -> None:
    told = judged(estate(p0="risk", **{name: None}), "risk")
    assert (statuses(told), state(told)) == ({"p0": "pass", name: "unknown"}, "unknown")
    message = next(f.message for f in told.findings if f.resource.name == name)
    assert message == (
        "it may be of another workload, which cannot be told: Endpoint.tags: not collected; a scan with --workload "
        "collects it"
    )
    of_workload = told.scope.workload
    assert of_workload is not None
    assert (of_workload.members, of_workload.unsure, len(of_workload.doubts)) == (1, 1, 1)


def test_what_does_not_apply_leaves_no_doubt() -> None:
    told = judged(estate(p0="risk", n1=None), "risk")
    assert (statuses(told)["n1"], state(told)) == ("not_applicable", "proven")


def test_a_type_of_which_it_has_none_does_not_apply() -> None:
    told = judged(estate(p1="risk"), "sales", says, says_of_jobs)
    assert [(f.rule, f.status, f.message) for f in told.findings] == [
        ("says", "not_applicable", "there is no AWS::SageMaker::Endpoint in the workload sales"),
        ("says-of-jobs", "not_applicable", "there is no AWS::SageMaker::TrainingJob in the workload sales"),
    ]


def test_a_type_that_was_not_read_is_unknown_where_it_may_hold_some() -> None:
    inventory = Graph.of(
        Endpoint(name="p1", status="InService", tags={"team": "risk"}), unread=[TrainingJob], encoded=True
    )
    by_tags = assess(inventory.inventory, [says_of_jobs], workload=of("risk"))
    assert [(f.status, f.resource.name) for f in by_tags.findings] == [("unknown", "")]


def test_findings_of_the_account_count_in_each() -> None:
    inventory = estate(p1="risk", p2="sales")
    for team in ("risk", "sales"):
        assert statuses(judged(inventory, team, says_of_accounts)) == {HERE: "fail"}


def test_an_attestation_of_a_workload_counts_where_it_is_assessed() -> None:
    said = Attestation.model_validate(
        {"format": 1, "practice": "MLOPS01_BP02", "scope": {"workload": "risk"}, "statement": "So it is.",
         "evidence": "DOC-7", "owner": "Ada", "reviewer": "Grace", "date": "2026-01-15", "expires": "2026-11-30"}
    )  # fmt: skip
    inventory = estate(p1="risk", p2="sales")
    for team, counts in (("risk", "attested"), ("sales", "unknown")):
        told = judged(inventory, team, attestations={"a.yaml": said})
        assert state(told, "MLOPS01_BP02") == counts
    why = "speaks of the workload risk, and the workload sales is assessed"
    assert [(a.standing, a.why) for a in told.attestations] == [("outside", why)]
    whole = assess(inventory, [says], attestations={"a.yaml": said})
    assert whole.attestations[0].why == "speaks of the workload risk, and whole accounts are assessed"


def test_a_waiver_of_what_is_unsure_waits() -> None:
    waiver = Waiver.model_validate(
        {"format": 1, "rules": ["says"], "resources": ["*"], "owner": "Alan", "reason": "a sandbox",
         "tool_reason": "OTHER", "date": "2026-01-15", "expires": "2026-11-30"}
    )  # fmt: skip
    told = judged(estate(f1="risk", f2=None, f3="sales"), "risk", waivers={"w.yaml": waiver})
    assert {f.resource.name: (f.status, f.waived) for f in told.findings} == {
        "f1": ("fail", True),
        "f2": ("unknown", False),
    }
    assert [w.matched for w in told.waivers] == [1]
    other = judged(estate(f1="risk"), "sales", waivers={"w.yaml": waiver})
    assert [(w.matched, w.why) for w in other.waivers] == [
        (0, "expires on 2026-11-30")
    ]  # it is of use to another workload


# -- whatever is hidden


WORKLOADS = (
    Workload("fraud", *DEMO, roots=("Endpoint:fraud-scoring-prod",)),
    Workload("production", *DEMO, tags=(("environment", "production"),)),
    Workload("pricing", *DEMO, tags=(("owner", "actuarial"),), roots=("Pipeline:pricing-pipeline",)),
)


@pytest.fixture(scope="module")
def whole() -> Iterator[Inventory]:
    judged = {rule.subject for rule in RULES}
    asked = [read for rule in RULES for read in rule.reads]
    types = [need.collector.produces for need in plan(asked, judged).needs.values()]
    wanted = plan([*asked, *(read for of in WORKLOADS for read in reads(of, types))], judged)
    with Sandbox() as sandbox:
        seed(sandbox)
        yield scan(Clients(wanted.calls), wanted, Options(regions=sandbox.regions, metrics=True))


@pytest.fixture(scope="module")
def clean(whole: Inventory) -> dict[str, Assessment]:
    return {of.name: assess(whole, RULES, workload=of) for of in WORKLOADS}


def by_subject(told: Assessment) -> dict[tuple[str, str, str, str], str]:
    return {
        (f.rule, f.resource.type, f.resource.region, f.resource.name): f.status
        for f in told.findings
        if f.resource.name
    }


def test_a_scan_for_a_workload_leaves_no_doubt(clean: dict[str, Assessment]) -> None:
    told = [(of.name, of.unsure, of.doubts) for a in clean.values() if (of := a.scope.workload)]
    assert told == [("fraud", 0, []), ("production", 0, []), ("pricing", 0, [])]


def test_its_parts_are_fewer_than_the_whole(clean: dict[str, Assessment], whole: Inventory) -> None:
    everything = by_subject(assess(whole, RULES))
    for told in clean.values():
        assert by_subject(told).items() < everything.items()
        assert {"pass", "fail"} <= set(by_subject(told).values())


@settings(max_examples=14, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_whatever_is_hidden(whole: Inventory, clean: dict[str, Assessment], data: st.DataObject) -> None:
    of = data.draw(st.sampled_from(WORKLOADS))
    hidden = hide(data, whole)
    nothing_turns(whole, hidden, of, clean[of.name], assess(hidden, RULES, workload=of))


def nothing_turns(whole: Inventory, hidden: Inventory, of: Workload, was: Assessment, now: Assessment) -> None:
    """Who belongs or not stays so or is unsure, a verdict stays or is unknown, and each range holds the clean one."""
    before, after = membership(Graph(whole), of), membership(Graph(hidden), of)
    for row in hidden.rows:
        if not row.gone:
            assert after.standing(row.key) in (before.standing(row.key), "unsure"), row.key
    one, other = by_subject(was), by_subject(now)
    assert {k: (one.get(k), v) for k, v in other.items() if v not in (one.get(k), "unknown", "not_applicable")} == {}
    assert {k: one[k] for k, v in other.items() if k in one and v == "not_applicable" != one[k]} == {}
    unread = {f.rule for f in now.findings if f.status == "unknown"}
    assert {k for k in one.keys() - other.keys() if k[0] not in unread} == set()
    for a, b in zip(was.questions, now.questions, strict=True):
        assert BEST_FIRST[b.risk_best] <= BEST_FIRST[a.risk_best], a.id
        assert BEST_FIRST[a.risk_worst] <= BEST_FIRST[b.risk_worst], a.id


SMALL = (
    Workload("good", *DEMO, roots=("Endpoint:good",)),
    Workload("production", *DEMO, tags=(("environment", "production"),)),
)
JUDGED = {rule.subject for rule in RULES}
WANTED = plan([read for rule in RULES for read in (*rule.reads, *reads(SMALL[1], JUDGED))], JUDGED)
CALLS = sorted(str(call) for call in WANTED.calls if call.service not in ("sts", "ec2"))


@pytest.fixture(scope="module")
def small() -> Iterator[tuple[Scanner, Inventory, dict[str, Assessment]]]:
    with Sandbox() as sandbox:
        account.seed(sandbox)
        scanner = Scanner(sandbox, WANTED)
        inventory = scanner()
        yield scanner, inventory, {of.name: assess(inventory, RULES, workload=of) for of in SMALL}


@settings(max_examples=14, deadline=None)
@given(
    of=st.sampled_from(SMALL),
    faults=st.lists(
        st.builds(
            Fault,
            st.sampled_from(("deny", "error", "malformed")),
            st.sampled_from(CALLS),
            region=st.sampled_from(("us-east-1", "eu-west-1", "*")),
            share=st.sampled_from((0.4, 1.0)),
        ),
        min_size=1,
        max_size=3,
    ),
)
def test_whatever_goes_wrong_while_reading(
    small: tuple[Scanner, Inventory, dict[str, Assessment]], of: Workload, faults: list[Fault]
) -> None:
    scanner, whole, clean = small
    scanner.sandbox.engine._tries.clear()
    scanner.sandbox.faults = Faults(*faults)
    try:
        hidden = scanner()
    finally:
        scanner.sandbox.faults = Faults()
    nothing_turns(whole, hidden, of, clean[of.name], assess(hidden, RULES, workload=of))
