"""The Well-Architected Tool: lenses, workloads and answers with the risk that the lens's rules give."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

from mllens.sandbox import identity
from mllens.sandbox.answer import Answer, Call, cut, hook, new_record, project
from mllens.sandbox.errors import AwsError
from mllens.sandbox.store import Record

_NAME = "wellarchitected"
_ANSWERS_PAGE = 50
_RISKS = {"HIGH_RISK": "HIGH", "MEDIUM_RISK": "MEDIUM", "NO_RISK": "NONE"}
_TOKEN = re.compile(r"\s*(&&|\|\||!|\(|\)|[A-Za-z0-9_\-.]+)")


@hook(_NAME, "ImportLens")
def import_lens(call: Call) -> Answer:
    """A new draft, or with an ARN as alias a new draft of that lens."""
    try:
        body = json.loads(call.params["JSONString"])
    except ValueError as error:
        raise AwsError("ValidationException", f"The lens is not valid JSON: {error}", 400) from error
    if not isinstance(body, dict) or not body.get("name") or not body.get("pillars"):
        raise AwsError("ValidationException", "The lens needs a name and pillars.", 400)
    table, alias = call.state.table(_NAME, "Lens"), call.params.get("LensAlias")
    if alias is not None:
        record = table.get((alias,))
        if record is None:
            raise AwsError("ResourceNotFoundException", f"Lens {alias} was not found.", 404)
        record |= {"draft": body, "UpdatedAt": call.now}
        return {"LensArn": alias, "Status": "COMPLETE"}
    arn = call.arn(f"lens/{identity.digest(call.fingerprint, call.ordinal)}")
    record = {
        "LensArn": arn, "LensAlias": arn, "Name": body["name"], "Description": body.get("description", ""),
        "LensVersion": "DRAFT", "LensStatus": "DRAFT", "LensType": "CUSTOM_SELF", "CreatedAt": call.now, "UpdatedAt": call.now,
        "Owner": call.account, "draft": body, "versions": {}, "Tags": call.params.get("Tags", {}),
    }  # fmt: skip
    new_record(call, "Lens", record, key=(arn,))
    return {"LensArn": arn, "Status": "COMPLETE"}


def _lens(call: Call, alias: str) -> Record:
    record = call.state.table(_NAME, "Lens").get((alias,))
    if record is None:
        raise AwsError("ResourceNotFoundException", f"Lens {alias} was not found.", 404)
    return record


def _content(lens: Record) -> Record:
    versions: dict[str, Record] = lens["versions"]
    content: Record = next(reversed(versions.values())) if versions else lens["draft"]
    return content


@hook(_NAME, "CreateLensVersion")
def create_lens_version(call: Call) -> Answer:
    """Publish the draft."""
    lens, version = _lens(call, call.params["LensAlias"]), call.params["LensVersion"]
    if version in lens["versions"]:
        raise AwsError("ConflictException", f"Lens version {version} already exists.", 409)
    lens["versions"][version] = copy.deepcopy(lens["draft"])
    lens |= {"LensVersion": version, "LensStatus": "CURRENT", "UpdatedAt": call.now}
    return {"LensArn": lens["LensArn"], "LensVersion": version}


@hook(_NAME, "GetLens")
def get_lens(call: Call) -> Answer:
    """What a lens is called and which version it is at."""
    lens = _lens(call, call.params["LensAlias"])
    return {"Lens": project(lens, call.service.output("GetLens").members["Lens"], None, call.now)}


@hook(_NAME, "ExportLens")
def export_lens(call: Call) -> Answer:
    """The JSON of a version, else of the newest."""
    lens, version = _lens(call, call.params["LensAlias"]), call.params.get("LensVersion")
    content = lens["versions"].get(version) if version else _content(lens)
    if content is None:
        raise AwsError("ResourceNotFoundException", f"Lens version {version} was not found.", 404)
    return {"LensJSON": json.dumps(content)}


@hook(_NAME, "ListLenses")
def list_lenses(call: Call) -> Answer:
    """The account's own lenses."""
    rows = list(call.state.table(_NAME, "Lens"))
    if name := call.params.get("LensName"):
        rows = [row for row in rows if row["Name"].startswith(name)]
    if status := call.params.get("LensStatus"):
        wanted = {"DRAFT": {"DRAFT"}, "PUBLISHED": {"CURRENT"}}.get(status, {"DRAFT", "CURRENT"})
        rows = [row for row in rows if row["LensStatus"] in wanted]
    if call.params.get("LensType", "CUSTOM_SELF") != "CUSTOM_SELF":
        rows = []
    page, token = cut(call, rows, call.params.get("NextToken"), call.params.get("MaxResults"), _ANSWERS_PAGE)
    return {"LensSummaries": page, **({"NextToken": token} if token else {})}


@hook(_NAME, "CreateWorkload")
def create_workload(call: Call) -> Answer:
    """Named once in an account and region, ignoring case and spaces; lenses must be published."""
    params = call.params
    if not params.get("AwsRegions") and not params.get("NonAwsRegions"):
        raise AwsError("ValidationException", "AwsRegions or NonAwsRegions must be given.", 400)
    if not params.get("ReviewOwner"):
        raise AwsError("ValidationException", "ReviewOwner must be given.", 400)
    table = call.state.table(_NAME, "Workload")
    if any(_folded(row["WorkloadName"]) == _folded(params["WorkloadName"]) for row in table):
        raise AwsError("ConflictException", f"A workload named {params['WorkloadName']} already exists.", 409)
    for alias in params.get("Lenses", ()):
        if alias.startswith("arn:") and not _lens(call, alias)["versions"]:
            raise AwsError("ValidationException", f"Lens {alias} is a draft; publish it first.", 400)
    record = copy.deepcopy({n: v for n, v in params.items() if n != "ClientRequestToken"})
    record["WorkloadId"] = identity.digest(call.fingerprint, call.ordinal)
    record["WorkloadArn"] = call.arn(f"workload/{record['WorkloadId']}")
    record["Owner"] = call.account
    new_record(call, "Workload", record)
    return {"WorkloadId": record["WorkloadId"], "WorkloadArn": record["WorkloadArn"]}


def _folded(name: str) -> str:
    return re.sub(r"\s", "", name).casefold()


@hook(_NAME, "AssociateLenses", "DisassociateLenses")
def change_lenses(call: Call) -> Answer:
    """The lenses of a workload."""
    workload = _workload(call)
    aliases = call.params["LensAliases"]
    kept = [alias for alias in workload["Lenses"] if alias not in aliases]
    workload["Lenses"] = [*kept, *aliases] if call.operation == "AssociateLenses" else kept
    return {}


def _workload(call: Call) -> Record:
    workload_id = call.params["WorkloadId"]
    record = call.state.table(_NAME, "Workload").get((workload_id,))
    if record is None:
        raise AwsError("ResourceNotFoundException", f"Workload {workload_id} was not found.", 404)
    return record


def _questions(call: Call, alias: str) -> dict[str, tuple[str, Record]]:
    pillars = _content(_lens(call, alias))["pillars"]
    return {question["id"]: (pillar["id"], question) for pillar in pillars for question in pillar["questions"]}


def _answer(call: Call, alias: str, question_id: str) -> Record:
    """One answer as Get and List show it."""
    found = _questions(call, alias).get(question_id)
    if found is None:
        raise AwsError("ValidationException", f"No question with ID {question_id} was found.", 400)
    pillar, question = found
    stored = call.state.table(_NAME, "Answer").get((call.params["WorkloadId"], alias, question_id)) or {}
    statuses: dict[str, Record] = stored.get("ChoiceAnswers", {})
    answers = [{"ChoiceId": choice, **status} for choice, status in statuses.items()]
    return {
        "QuestionId": question_id,
        "PillarId": pillar,
        "QuestionTitle": question["title"],
        "QuestionDescription": question.get("description", ""),
        "Choices": [{"ChoiceId": c["id"], "Title": c["title"]} for c in question["choices"]],
        "SelectedChoices": [choice for choice, status in statuses.items() if status["Status"] == "SELECTED"],
        "ChoiceAnswers": answers,
        "ChoiceAnswerSummaries": answers,
        "IsApplicable": stored.get("IsApplicable", True),
        "Reason": stored.get("Reason", "NONE"),
        **({"Notes": stored["Notes"]} if "Notes" in stored else {}),
        "Risk": _risk(question, stored),
    }


def _risk(question: Record, stored: Record) -> str:
    if not stored.get("IsApplicable", True):
        return "NOT_APPLICABLE"
    statuses: dict[str, Record] = stored.get("ChoiceAnswers", {})
    chosen = {choice for choice, status in statuses.items() if status["Status"] == "SELECTED"}
    excluded = {choice for choice, status in statuses.items() if status["Status"] == "NOT_APPLICABLE"}
    if not chosen and not excluded:
        return "UNANSWERED"
    for rule in question.get("riskRules", ()):
        if rule["condition"] == "default" or _Condition(rule["condition"], chosen, excluded).holds():
            return _RISKS[rule["risk"]]
    return "HIGH"


class _Condition:
    """A risk rule's condition; a choice that is not applicable satisfies && and does not satisfy ||."""

    def __init__(self, text: str, chosen: set[str], excluded: set[str]) -> None:
        self._tokens = _TOKEN.findall(text)
        self._chosen, self._excluded = chosen, excluded

    def holds(self) -> bool:
        return self._any()

    def _any(self) -> bool:
        values = [self._all()]
        while self._tokens[:1] == ["||"]:
            del self._tokens[0]
            values.append(self._all())
        return any(value is True for value in values) if len(values) > 1 else bool(values[0])

    def _all(self) -> bool | None:
        values = [self._one()]
        while self._tokens[:1] == ["&&"]:
            del self._tokens[0]
            values.append(self._one())
        return values[0] if len(values) == 1 else all(value is not False for value in values)

    def _one(self) -> bool | None:
        word = self._tokens.pop(0)
        if word == "!":
            return not self._one()
        if word == "(":
            value = self._any()
            del self._tokens[0]
            return value
        return None if word in self._excluded else word in self._chosen


@hook(_NAME, "GetAnswer")
def get_answer(call: Call) -> Answer:
    """One question with what was answered."""
    _workload(call)
    alias = call.params["LensAlias"]
    return {
        "WorkloadId": call.params["WorkloadId"],
        "LensAlias": alias,
        "Answer": _answer(call, alias, call.params["QuestionId"]),
    }


@hook(_NAME, "ListAnswers")
def list_answers(call: Call) -> Answer:
    """All questions of a lens, or of one pillar."""
    _workload(call)
    alias, pillar = call.params["LensAlias"], call.params.get("PillarId")
    ids = [q for q, (p, _) in _questions(call, alias).items() if pillar in (None, p)]
    page, token = cut(call, ids, call.params.get("NextToken"), call.params.get("MaxResults"), _ANSWERS_PAGE)
    rows = [_answer(call, alias, question) for question in page]
    answer = {"WorkloadId": call.params["WorkloadId"], "LensAlias": alias, "AnswerSummaries": rows}
    return answer | ({"NextToken": token} if token else {})


@hook(_NAME, "UpdateAnswer")
def update_answer(call: Call) -> Answer:
    """SelectedChoices replaces the selection, ChoiceUpdates changes what it names."""
    workload, params = _workload(call), call.params
    alias, question_id = params["LensAlias"], params["QuestionId"]
    known = {c["ChoiceId"] for c in _answer(call, alias, question_id)["Choices"]}
    updates: dict[str, Any] = params.get("ChoiceUpdates", {})
    if unknown := (set(params.get("SelectedChoices", ())) | updates.keys()) - known:
        raise AwsError("ValidationException", f"No choice with ID {', '.join(sorted(unknown))} was found.", 400)
    table = call.state.table(_NAME, "Answer")
    key = (params["WorkloadId"], alias, question_id)
    stored = copy.deepcopy(table.get(key) or {})
    statuses: dict[str, Any] = stored.setdefault("ChoiceAnswers", {})
    if "SelectedChoices" in params:
        statuses = {choice: {"Status": "SELECTED"} for choice in params["SelectedChoices"]}
    statuses.update({choice: {"Reason": "NONE", **update} for choice, update in updates.items()})
    stored["ChoiceAnswers"] = statuses
    stored |= {name: params[name] for name in ("Notes", "IsApplicable", "Reason") if name in params}
    table.put(key, stored)
    workload["UpdatedAt"] = call.now
    return {"WorkloadId": params["WorkloadId"], "LensAlias": alias, "Answer": _answer(call, alias, question_id)}


@hook(_NAME, "GetLensReview")
def get_lens_review(call: Call) -> Answer:
    """Risk counts of a lens and of its pillars."""
    workload, alias = _workload(call), call.params["LensAlias"]
    lens = _lens(call, alias)
    if alias not in workload["Lenses"]:
        raise AwsError("ResourceNotFoundException", f"Lens {alias} is not associated with the workload.", 404)
    counts: dict[str, dict[str, int]] = {pillar["id"]: {} for pillar in _content(lens)["pillars"]}
    for question in _questions(call, alias):
        answer = _answer(call, alias, question)
        of_pillar = counts[answer["PillarId"]]
        of_pillar[answer["Risk"]] = of_pillar.get(answer["Risk"], 0) + 1
    total: dict[str, int] = {}
    for of_pillar in counts.values():
        for risk, number in of_pillar.items():
            total[risk] = total.get(risk, 0) + number
    names = {pillar["id"]: pillar["name"] for pillar in _content(lens)["pillars"]}
    review = {
        "LensAlias": alias, "LensArn": alias, "LensVersion": lens["LensVersion"], "LensName": lens["Name"], "LensStatus": "CURRENT",
        "UpdatedAt": workload["UpdatedAt"], "RiskCounts": total,
        "PillarReviewSummaries": [{"PillarId": p, "PillarName": names[p], "RiskCounts": c} for p, c in counts.items()],
    }  # fmt: skip
    return {"WorkloadId": call.params["WorkloadId"], "LensReview": review}


@hook(_NAME, "CreateMilestone")
def create_milestone(call: Call) -> Answer:
    """A numbered copy of the answers; at most 100 a workload, and no way to delete one."""
    workload, name = _workload(call), call.params["MilestoneName"]
    taken: list[Record] = workload.setdefault("milestones", [])
    if any(milestone["MilestoneName"] == name for milestone in taken):
        raise AwsError("ConflictException", f"A milestone named {name} already exists.", 409)
    number = len(taken) + 1
    taken.append({"MilestoneNumber": number, "MilestoneName": name, "RecordedAt": call.now})
    return {"WorkloadId": call.params["WorkloadId"], "MilestoneNumber": number}


@hook(_NAME, "ListMilestones")
def list_milestones(call: Call) -> Answer:
    """The milestones of a workload."""
    taken = _workload(call).get("milestones", [])
    page, token = cut(call, taken, call.params.get("NextToken"), call.params.get("MaxResults"), _ANSWERS_PAGE)
    return {
        "WorkloadId": call.params["WorkloadId"],
        "MilestoneSummaries": page,
        **({"NextToken": token} if token else {}),
    }
