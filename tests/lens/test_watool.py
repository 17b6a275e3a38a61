"""The writer for the Well-Architected Tool, where a whole simulated one would hide what is meant."""

import copy
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from mllens.lens.watool import (
    READS,
    WRITES,
    Denied,
    Held,
    Refused,
    Rejected,
    Tool,
    ToolError,
    Unanswered,
    Unfit,
    between,
    carry_out_import,
    carry_out_publication,
    digest,
    plain,
    plan_import,
    plan_publication,
    policy,
    same,
)
from mllens.lens.watool.connection import Forbidden
from mllens.lens.watool.publishing import order

ARN = "arn:aws:wellarchitected:eu-west-1:123456789012:lens/0123"
LENS: dict[str, Any] = {
    "schemaVersion": "2021-11-01",
    "name": "A lens",
    "pillars": [
        {"id": "one", "name": "One", "questions": [
            {"id": "Q01", "title": "How?", "choices": [{"id": "Q01_a", "title": "a"}, {"id": "Q01_b", "title": "b"}],
             "riskRules": [{"condition": "default", "risk": "HIGH_RISK"}]},
            {"id": "Q02", "title": "What?", "choices": [], "riskRules": []},
        ]},
    ],
}  # fmt: skip


# ----------------------------------------------------------------------------------------------------- what differs


def questions(lens: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = lens["pillars"][0]["questions"]
    return found


def altered(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    lens = copy.deepcopy(LENS)
    change(lens)
    return lens


@pytest.mark.parametrize(
    ("change", "told", "of_meaning"),
    [
        (dict, [], False),
        (lambda lens: lens.update(description="d"), ["lens changed: description"], False),
        (lambda lens: lens["pillars"][0].update(name="Two"), ["pillar one changed: name"], False),
        (lambda lens: questions(lens)[0].update(title="Why?"), ["question Q01 changed: title"], False),
        (lambda lens: questions(lens).reverse(), ["pillar one changed: order of questions"], False),
        (lambda lens: questions(lens)[0]["choices"][1].update(title="c"), ["choice Q01_b changed: title"], False),
        (lambda lens: questions(lens)[0]["choices"].pop(), ["choice Q01_b removed"], True),
        (lambda lens: questions(lens)[1]["choices"].append({"id": "Q02_a"}), ["choice Q02_a added"], True),
        (lambda lens: questions(lens)[0]["riskRules"][0].update(risk="NO_RISK"), ["question Q01 changed: riskRules"], True),
        (lambda lens: questions(lens).pop(0), ["question Q01 removed"], True),
        (lambda lens: lens["pillars"][0].update(id="two"), ["pillar two added", "pillar one removed"], True),
    ],
)  # fmt: skip
def test_what_differs_and_whether_it_changes_what_answers_mean(
    change: Callable[[dict[str, Any]], object], told: list[str], of_meaning: bool
) -> None:
    difference = between(LENS, altered(change))
    assert [str(one) for one in difference.changes] == told
    assert bool(difference.meaning) == of_meaning
    assert same(LENS, altered(change)) == (told == [])


def test_what_holds_nothing_and_the_order_of_keys_do_not_count() -> None:
    padded = altered(lambda lens: questions(lens)[0].update(description=None, helpfulResource={}))
    turned = dict(reversed(padded.items()))
    assert same(LENS, turned)
    assert digest(LENS) == digest(turned) != digest({**LENS, "name": "Another"})


@pytest.mark.parametrize(
    ("lower", "higher"),
    [("1", "1.0"), ("1.9", "1.10"), ("0.1", "0.2"), ("2.0rc1", "2.0"), ("2.0rc1", "2.0rc2"), ("2.0.a", "2.0.B"), ("9", "10.0")],
)  # fmt: skip
def test_versions_are_ordered_as_people_count(lower: str, higher: str) -> None:
    assert order(lower) < order(higher)


def test_names_from_the_account_are_harmless_on_a_terminal() -> None:
    assert plain("a\x1b[31mb\nc\u202e") == "a [31mb c "
    assert len(plain("a" * 1000)) == 500


# ------------------------------------------------------------------------------------------------------ the client


class Answers:
    """A tool whose answers are given one by one; the seconds it waited are kept."""

    def __init__(self, tool: Tool, stub: Stubber, waited: list[float]) -> None:
        self.tool, self.stub, self.waited = tool, stub, waited

    def listed(
        self, *, published: str | None = None, draft: bool = False, version: str | None = None, updated: Any = None
    ) -> None:
        row = {"LensArn": ARN, "LensName": "A lens"} | ({"UpdatedAt": updated} if updated else {})
        there = [row | {"LensVersion": published}] if published else []
        drafted = [row | ({"LensVersion": version} if version else {})] if draft else []
        self.stub.add_response("list_lenses", {"LensSummaries": there})
        self.stub.add_response("list_lenses", {"LensSummaries": drafted})

    def exported(self, lens: dict[str, Any], version: str | None = None) -> None:
        asked = {"LensAlias": ARN} | ({"LensVersion": version} if version else {})
        self.stub.add_response("export_lens", {"LensJSON": json.dumps(lens)}, asked)


@pytest.fixture
def answers() -> Iterator[Answers]:
    waited: list[float] = []
    session = boto3.Session("AKIA", "secret", region_name="eu-west-1")
    tool = Tool(session, "eu-west-1", sleep=waited.append)
    with Stubber(tool._client) as stub:
        yield Answers(tool, stub, waited)
        stub.assert_no_pending_responses()


def test_only_declared_operations_leave() -> None:
    nowhere = "http://127.0.0.1:9"
    tool = Tool(boto3.Session("AKIA", "secret"), "eu-west-1", nowhere)
    assert (READS, WRITES) == (("ExportLens", "ListLenses"), ("CreateLensVersion", "ImportLens"))
    with pytest.raises(Forbidden, match="wellarchitected:DeleteLens is never sent"):
        tool._client.delete_lens(LensAlias=ARN, LensStatus="ALL", ClientRequestToken="t")
    with pytest.raises(Forbidden, match="wellarchitected:UpdateAnswer is never sent"):
        tool._client.update_answer(WorkloadId="0" * 32, LensAlias=ARN, QuestionId="q1")


def test_a_draft_is_exported_by_the_name_that_the_tool_gives_it(answers: Answers) -> None:
    answers.listed(published="1", draft=True, version="DRAFT")
    answers.exported(LENS, "DRAFT")
    answers.exported({**LENS, "description": "d"}, "1")
    (held,) = answers.tool.lenses()
    assert answers.tool.draft(held) == LENS
    assert answers.tool.published(held) == {**LENS, "description": "d"}


def test_an_import_is_looked_for_until_it_is_there(answers: Answers) -> None:
    answers.listed()
    plan = plan_import(answers.tool, json.dumps(LENS))
    answers.listed()
    answers.stub.add_response("import_lens", {"LensArn": ARN, "Status": "IN_PROGRESS"})
    answers.listed()
    answers.listed(draft=True)
    answers.exported({**LENS, "name": "Half"})
    answers.listed(draft=True)
    answers.exported(LENS)
    assert carry_out_import(answers.tool, plan) == ARN
    assert answers.waited == [1, 2]


def test_an_import_that_never_shows_is_told_as_done_and_not_confirmed(answers: Answers) -> None:
    answers.listed()
    plan = plan_import(answers.tool, json.dumps(LENS))
    answers.listed()
    answers.stub.add_response("import_lens", {"LensArn": ARN})
    for _ in range(7):
        answers.listed()
    with pytest.raises(Unanswered, match=f"The draft was imported as {ARN}, but the Tool exports something else"):
        carry_out_import(answers.tool, plan)
    assert sum(answers.waited) == 60


def test_an_import_that_cannot_be_read_back_is_told_as_done(answers: Answers) -> None:
    answers.listed()
    plan = plan_import(answers.tool, json.dumps(LENS))
    answers.listed()
    answers.stub.add_response("import_lens", {"LensArn": ARN})
    answers.listed(draft=True)
    answers.stub.add_client_error("export_lens", "AccessDeniedException", "no", 403)
    with pytest.raises(
        Denied, match=r"The draft was imported as .*, but could not be read back: .*ExportLens is denied"
    ):
        carry_out_import(answers.tool, plan)


def test_the_tool_says_error(answers: Answers) -> None:
    answers.listed()
    plan = plan_import(answers.tool, json.dumps(LENS))
    answers.listed()
    answers.stub.add_response("import_lens", {"LensArn": ARN, "Status": "ERROR"})
    with pytest.raises(Rejected, match="said ERROR"):
        carry_out_import(answers.tool, plan)


def test_what_changed_since_it_was_shown_is_not_overwritten(answers: Answers) -> None:
    answers.listed(published="1")
    answers.exported({**LENS, "description": "d"}, "1")
    plan = plan_import(answers.tool, json.dumps(LENS))
    answers.listed(published="1", draft=True)
    with pytest.raises(Refused, match="was changed by somebody else meanwhile"):
        carry_out_import(answers.tool, plan)


def imported(answers: Answers, description: str, updated: datetime) -> str:
    """The token of an import over a published lens that was last changed then."""
    tokens: list[str] = []
    answers.tool._client.meta.events.register_first(
        "provide-client-params.wellarchitected.ImportLens",
        lambda params, **_: tokens.append(params["ClientRequestToken"]),
    )
    wanted = {**LENS, "description": description}
    answers.listed(published="1", updated=updated)
    answers.exported(LENS, "1")
    plan = plan_import(answers.tool, json.dumps(wanted))
    answers.listed(published="1", updated=updated)
    answers.stub.add_response("import_lens", {"LensArn": ARN})
    answers.listed(published="1", draft=True)
    answers.exported(wanted)
    carry_out_import(answers.tool, plan)
    return tokens[0]


def test_an_import_repeated_over_the_same_lens_has_the_same_token(answers: Answers) -> None:
    noon, later = datetime(2026, 1, 1, 12, tzinfo=UTC), datetime(2026, 1, 1, 13, tzinfo=UTC)
    first = imported(answers, "d", noon)
    assert imported(answers, "d", noon) == first
    assert len({first, imported(answers, "e", noon), imported(answers, "d", later)}) == 3


def test_a_draft_that_changed_since_it_was_shown_is_not_published(answers: Answers) -> None:
    answers.listed(draft=True)
    answers.exported(LENS)
    plan = plan_publication(answers.tool, "A lens", version="1")
    answers.listed(draft=True)
    answers.exported({**LENS, "description": "d"})
    with pytest.raises(Refused, match="was changed by somebody else meanwhile"):
        carry_out_publication(answers.tool, plan)


def test_a_version_that_is_not_what_the_draft_was_is_told(answers: Answers) -> None:
    answers.listed(draft=True)
    answers.exported(LENS)
    plan = plan_publication(answers.tool, "A lens", version="1")
    answers.listed(draft=True)
    answers.exported(LENS)
    answers.stub.add_response("create_lens_version", {"LensArn": ARN, "LensVersion": "1"})
    for _ in range(7):
        answers.listed(published="1")
        answers.exported({**LENS, "description": "d"}, "1")
    with pytest.raises(Unanswered, match=f"Version 1 of {ARN} was published, but the Tool exports something else"):
        carry_out_publication(answers.tool, plan)


@pytest.mark.parametrize(
    ("code", "kind", "told"),
    [
        ("AccessDeniedException", Denied, "wellarchitected:ListLenses is denied: said. `mllens policy lens`"),
        ("ThrottlingException", Unanswered, "throttled 8 times"),
        ("ValidationException", Rejected, r"refused: said \(LensName: is odd\)"),
        ("ConflictException", Refused, "ConflictException: said"),
        ("ExpiredTokenException", Unanswered, "Renew the credentials"),
        ("InternalServerException", Unanswered, "Try again later"),
    ],
)
def test_what_a_refusal_means(answers: Answers, code: str, kind: type[ToolError], told: str) -> None:
    members: dict[str, Any] = {} if code == "ExpiredTokenException" else {"Message": "said"}  # that one is in no model
    members |= {"Fields": [{"Name": "LensName", "Message": "is odd"}]} if kind is Rejected else {}
    members |= {"ResourceId": "0123", "ResourceType": "LENS"} if kind is Refused else {}
    answers.stub.add_client_error("list_lenses", code, "said", 400, modeled_fields=members)
    with pytest.raises(kind, match=told):
        answers.tool.lenses()
    assert answers.tool.answered == 0


@pytest.mark.parametrize("body", ["", "[]", "{]"])
def test_what_is_no_lens_is_not_taken_for_an_empty_one(answers: Answers, body: str) -> None:
    held = Held(ARN, "A lens", "1", "", None)
    answers.stub.add_response("export_lens", {"LensJSON": body} if body else {})
    with pytest.raises(Unanswered):
        answers.tool.published(held)


def test_two_lenses_of_one_name_are_not_guessed_between(answers: Answers) -> None:
    row = {"LensName": "A lens", "LensVersion": "1"}
    rows = [row | {"LensArn": ARN}, row | {"LensArn": f"{ARN}4"}]
    answers.stub.add_response("list_lenses", {"LensSummaries": rows[:1], "NextToken": "next"})
    answers.stub.add_response("list_lenses", {"LensSummaries": rows[1:]})
    answers.stub.add_response("list_lenses", {"LensSummaries": []})
    with pytest.raises(Unfit, match=f"2 lenses are called a LENS: {ARN}, {ARN}4. Say which with --lens-arn"):
        plan_publication(answers.tool, "a LENS")


def test_a_list_that_never_ends_is_left(answers: Answers) -> None:
    for _ in range(2):
        answers.stub.add_response("list_lenses", {"LensSummaries": [], "NextToken": "next"})
    with pytest.raises(Unanswered, match="same page for ever"):
        answers.tool.lenses()


def test_the_policy_of_a_command_is_what_it_sends() -> None:
    of_status = policy(["status"], partition="aws-cn")["Statement"]
    assert [(s["Action"], s["Resource"]) for s in of_status] == [
        (["wellarchitected:ExportLens"], "arn:aws-cn:wellarchitected:*:*:lens/*"),
        (["wellarchitected:ListLenses"], "*"),
    ]
