"""The Well-Architected Tool: lenses, workloads and answers with the risk that the lens's rules give."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from mllens.sandbox import identity
from mllens.sandbox.answer import Answer, Call, cut, hook, new_record, project
from mllens.sandbox.errors import AwsError
from mllens.sandbox.store import Record

_NAME = "wellarchitected"
_ANSWERS_PAGE = 50
_RISKS = {"HIGH_RISK": "HIGH", "MEDIUM_RISK": "MEDIUM", "NO_RISK": "NONE"}
MAX_LENSES, MAX_VERSIONS = 15, 100
MAX_PILLARS, MAX_QUESTIONS, MAX_CHOICES, MAX_RULES = 10, 20, 15, 3
MAX_TITLE, MAX_TEXT = 128, 2048
MAX_WORKLOADS, MAX_ON_WORKLOAD, MAX_AT_ONCE, MAX_MILESTONES = 1000, 20, 10, 100
MAX_CHOICE_NOTES = 250
_UNWANTED = re.compile(r"[^A-Za-z0-9 \n\r?\-_.,:/()@!&#+'\u2019]")
_TOKEN = re.compile(r"\s*(&&|\|\||!|\(|\)|[A-Za-z0-9_\-.]+)")


@hook(_NAME, "ImportLens")
def import_lens(call: Call) -> Answer:
    """A new draft, or with an ARN as alias a new draft of that lens; a repeated request is answered as the first."""
    lens = _read(call.params["JSONString"])
    table, alias = call.state.table(_NAME, "Lens"), call.params.get("LensAlias")
    asked = _asked(call)
    repeated = next((row for row in table if row["ImportedBy"] == asked), None)
    if repeated is not None:
        return {"LensArn": repeated["LensArn"]}
    if alias is not None and not alias.startswith("arn:"):
        raise _invalid(f"[Validation] Invalid lens alias {alias} (allowed value as alias is LensARN)")
    record = None if alias is None else _lens(call, alias)
    if record is not None and record["versions"] and record["Name"] != lens["name"]:
        raise _invalid("Lens name must match published name")
    normalised = _folded(lens["name"])
    if any(row is not record and _folded(row["Name"]) == normalised for row in table):
        raise _invalid(f"A lens with normalized name {normalised} already exists.")
    if record is None:
        if len(table) >= MAX_LENSES:
            raise _over_quota("custom lenses in an account and Region", MAX_LENSES)
        arn = call.arn(f"lens/{identity.digest(call.fingerprint, call.ordinal)}")
        record = {
            "LensArn": arn, "LensAlias": arn, "LensType": "CUSTOM_SELF", "CreatedAt": call.now, "Owner": call.account,
            "versions": {}, "Tags": call.params.get("Tags", {}),
        }  # fmt: skip
        new_record(call, "Lens", record, key=(arn,))
    record |= {"Name": lens["name"], "Description": lens.get("description", ""), "draft": lens, "DraftedAt": call.now}
    record["ImportedBy"] = asked
    return {"LensArn": record["LensArn"]}  # `Status` is in the model, and nobody ever saw it


def _asked(call: Call) -> str:
    return identity.digest(dict(call.params))


def _read(text: str) -> Record:
    """The lens of a JSON text, with the first fault that the Tool would find in it."""
    try:
        lens = json.loads(text)
    except ValueError as error:
        raise _invalid(f"The lens is not valid JSON: {error}", "CANNOT_PARSE") from error
    if not isinstance(lens, dict):
        raise _invalid("The lens is not a JSON object.", "CANNOT_PARSE")
    for fault in _faults(lens):
        raise _invalid(fault)
    return lens


def _faults(lens: Record) -> Iterator[str]:
    if lens.get("schemaVersion") != "2021-11-01":
        yield "schemaVersion must be 2021-11-01"
    yield from _text(lens, "name", MAX_TITLE, "lens")
    yield from _text(lens, "description", MAX_TEXT, "lens", needed=False)
    yield from _number(lens, "pillars", MAX_PILLARS, "lens")
    for pillar in lens["pillars"]:
        yield from _id(pillar, lens["pillars"], "pillar")
        yield from _text(pillar, "name", MAX_TITLE, pillar["id"])
        yield from _number(pillar, "questions", MAX_QUESTIONS, pillar["id"])
    questions = [question for pillar in lens["pillars"] for question in pillar["questions"]]
    for question in questions:
        yield from _id(question, questions, "question")
        yield from _text(question, "title", MAX_TITLE, question["id"])
        yield from _text(question, "description", MAX_TEXT, question["id"], needed=False)
        yield from _number(question, "choices", MAX_CHOICES, question["id"])
        yield from _number(question, "riskRules", MAX_RULES, question["id"])
        for rule in question["riskRules"]:
            if rule.get("risk") not in _RISKS:
                yield f"{question['id']}: risk must be one of {', '.join(_RISKS)}"
        for choice in question["choices"]:
            yield from _id(choice, question["choices"], "choice")
            yield from _text(choice, "title", MAX_TITLE, choice["id"])
            for name in ("helpfulResource", "improvementPlan"):
                yield from _link(choice, name)
        yield from _link(question, "helpfulResource")


def _text(item: Record, name: str, longest: int, where: str, *, needed: bool = True) -> Iterator[str]:
    value = item.get(name)
    if value is None and not needed:
        return
    if not isinstance(value, str) or not value:
        yield f"{where}: {name} is missing"
    elif len(value) > longest:
        yield f"{where}: {name} must have at most {longest} characters"
    elif _UNWANTED.search(value):
        yield f"{where}: {name} may hold letters, digits, spaces and -_.,:/()@!&#+' only"


def _link(item: Record, name: str) -> Iterator[str]:
    link = item.get(name, {})
    if len(link.get("displayText", "")) > MAX_TEXT:
        yield f"{item['id']}: {name} must have at most {MAX_TEXT} characters"
    if not re.match("https?://", link.get("url", "http://")):
        yield f"{item['id']}: {name} must have a url that begins with http:// or https://"


def _number(item: Record, name: str, most: int, where: str) -> Iterator[str]:
    if not isinstance(item.get(name), list) or not all(isinstance(one, dict) for one in item[name]):
        yield f"{where}: {name} is missing"
    elif len(item[name]) > most:
        yield f"{where}: {name} may be {most}"


def _id(item: Record, beside: list[Record], what: str) -> Iterator[str]:
    if not re.fullmatch("[A-Za-z0-9_]{3,128}", str(item.get("id", ""))):
        yield f"A {what} id must have 3 to 128 letters, digits and underscores"
    elif sum(other.get("id") == item["id"] for other in beside) > 1:
        yield f"The {what} id {item['id']} is there twice"


def _invalid(message: str, reason: str = "FIELD_VALIDATION_FAILED") -> AwsError:
    return AwsError("ValidationException", message, 400, {"Reason": reason})


def _over_quota(what: str, most: int) -> AwsError:
    return AwsError("ServiceQuotaExceededException", f"There may be {most} {what}.", 402)


def _lens(call: Call, alias: str) -> Record:
    record = call.state.table(_NAME, "Lens").get((alias,))
    if record is None:
        raise AwsError("ResourceNotFoundException", f"Lens {alias} was not found.", 404)
    return record


@hook(_NAME, "CreateLensVersion")
def create_lens_version(call: Call) -> Answer:
    """Publish the draft, which then is no draft any more; a repeated request is answered as the first."""
    lens, version = _lens(call, call.params["LensAlias"]), call.params["LensVersion"]
    answer = {"LensArn": lens["LensArn"], "LensVersion": version}
    if lens.get("PublishedBy") == _asked(call):
        return answer
    if not re.fullmatch("[A-Za-z0-9.]{1,32}", version):
        raise _invalid("A lens version has 1 to 32 letters, digits and dots.")
    if version in lens["versions"]:
        raise AwsError("ConflictException", f"Lens version {version} already exists.", 409)
    if lens["draft"] is None:
        raise AwsError("ConflictException", f"Lens {lens['LensArn']} has no draft.", 409)
    if len(lens["versions"]) >= MAX_VERSIONS:
        raise _over_quota("versions of a lens", MAX_VERSIONS)
    lens["versions"][version] = lens["draft"]
    for workload in () if call.params.get("IsMajorVersion") else call.state.table(_NAME, "Workload"):
        if workload["Versions"].get(lens["LensArn"]) == lens.get("LensVersion"):
            _move(call, workload, lens, version)
    lens |= {"draft": None, "LensVersion": version, "PublishedAt": call.now, "PublishedBy": _asked(call)}
    return answer


@hook(_NAME, "GetLens")
def get_lens(call: Call) -> Answer:
    """What a lens is called and which version it is at."""
    lens = _lens(call, call.params["LensAlias"])
    return {"Lens": project(lens, call.service.output("GetLens").members["Lens"], None, call.now)}


@hook(_NAME, "ExportLens")
def export_lens(call: Call) -> Answer:
    """The JSON of a version; without one that of the draft, else of the newest (which it is in AWS nobody measured)."""
    lens, version = _lens(call, call.params["LensAlias"]), call.params.get("LensVersion")
    if lens["Owner"] != call.account:  # AWS's own lenses and shared ones; the words are a guess
        raise _invalid(f"[Validation] Lens {lens['LensAlias']} is not yours to export")
    content = lens["versions"].get(version or lens.get("LensVersion"))
    if version is None and lens["draft"] is not None:
        content = lens["draft"]
    if content is None:
        raise AwsError("ResourceNotFoundException", f"Lens version {version} was not found.", 404)
    return {"LensJSON": json.dumps(content)}


@hook(_NAME, "ListLenses")
def list_lenses(call: Call) -> Answer:
    """The account's own lenses: their published versions, their drafts, or each once."""
    rows = []
    status = call.params.get("LensStatus", "ALL")
    for lens in call.state.table(_NAME, "Lens"):
        if lens["versions"] and status != "DRAFT":
            rows.append(lens | {"LensName": lens["Name"], "LensStatus": "CURRENT", "UpdatedAt": lens["PublishedAt"]})
        elif lens["draft"] is not None and status != "PUBLISHED":
            row = {name: value for name, value in lens.items() if name != "LensVersion"}
            rows.append(row | {"LensName": lens["Name"], "UpdatedAt": lens["DraftedAt"]})
    if name := call.params.get("LensName"):
        rows = [row for row in rows if row["Name"].startswith(name)]
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
    if len(table) >= MAX_WORKLOADS:
        raise _over_quota("workloads in an account and Region", MAX_WORKLOADS)
    _check_lenses(params.get("Lenses", ()), params.get("Lenses", ()))
    if any(_folded(row["WorkloadName"]) == _folded(params["WorkloadName"]) for row in table):
        raise AwsError("ConflictException", f"A workload named {params['WorkloadName']} already exists.", 409)
    for alias in params.get("Lenses", ()):
        if alias.startswith("arn:") and not _lens(call, alias)["versions"]:
            raise AwsError("ValidationException", f"Lens {alias} is a draft; publish it first.", 400)
    record = copy.deepcopy({n: v for n, v in params.items() if n != "ClientRequestToken"})
    record["WorkloadId"] = identity.digest(call.fingerprint, call.ordinal)
    record["WorkloadArn"] = call.arn(f"workload/{record['WorkloadId']}")
    record["Owner"] = call.account
    record["Versions"] = _current(call, record["Lenses"])
    new_record(call, "Workload", record)
    return {"WorkloadId": record["WorkloadId"], "WorkloadArn": record["WorkloadArn"]}


def _check_lenses(asked: Sequence[str], there: Sequence[str]) -> None:
    if len(asked) > MAX_AT_ONCE:
        raise _invalid(f"LensAliases may be {MAX_AT_ONCE} in one call")
    if len(there) > MAX_ON_WORKLOAD:
        raise _over_quota("lenses on a workload", MAX_ON_WORKLOAD)


def _folded(name: str) -> str:
    return re.sub(r"\s", "", name).lower()


def _current(call: Call, aliases: list[str]) -> dict[str, str]:
    """The version of each custom lens that a workload gets when the lens is put on it."""
    return {alias: _lens(call, alias)["LensVersion"] for alias in aliases if alias.startswith("arn:")}


def _move(call: Call, workload: Record, lens: Record, version: str) -> None:
    """Put a workload on a version; what was selected among choices that are gone is no longer selected."""
    alias = lens["LensArn"]
    workload["Versions"][alias] = version
    answers, id_ = call.state.table(_NAME, "Answer"), workload["WorkloadId"]
    for question_id, (_, question) in _by_id(lens["versions"][version]).items():
        stored = answers.get((id_, alias, question_id))
        if stored is not None:
            there = {choice["id"] for choice in question["choices"]}
            statuses = stored["ChoiceAnswers"]
            stored["ChoiceAnswers"] = {choice: statuses[choice] for choice in statuses if choice in there}


@hook(_NAME, "UpgradeLensReview")
def upgrade_lens_review(call: Call) -> Answer:
    """The newest version of a lens for a workload, after a milestone."""
    workload, lens = _workload(call), _lens(call, call.params["LensAlias"])
    create_milestone(call)
    _move(call, workload, lens, lens["LensVersion"])
    return {}


@hook(_NAME, "AssociateLenses", "DisassociateLenses")
def change_lenses(call: Call) -> Answer:
    """The lenses of a workload."""
    workload = _workload(call)
    aliases = call.params["LensAliases"]
    kept = [alias for alias in workload["Lenses"] if alias not in aliases]
    wanted = [*kept, *aliases] if call.operation == "AssociateLenses" else kept
    _check_lenses(aliases, wanted)
    workload["Lenses"] = wanted
    there = {alias: version for alias, version in workload["Versions"].items() if alias in workload["Lenses"]}
    workload["Versions"] = _current(call, workload["Lenses"]) | there
    return {}


def _workload(call: Call) -> Record:
    workload_id = call.params["WorkloadId"]
    record = call.state.table(_NAME, "Workload").get((workload_id,))
    if record is None:
        raise AwsError("ResourceNotFoundException", f"Workload {workload_id} was not found.", 404)
    return record


def _content(call: Call, alias: str) -> Record:
    """The lens as the call's workload has it, or had it at the milestone that is asked for."""
    frozen = _frozen(call)
    version = (_workload(call) if frozen is None else frozen)["Versions"].get(alias)
    if version is None:
        raise AwsError("ResourceNotFoundException", f"Lens {alias} is not associated with the workload.", 404)
    content: Record = _lens(call, alias)["versions"][version]
    return content


def _frozen(call: Call) -> Record | None:
    number = call.params.get("MilestoneNumber")
    if number is None:
        return None
    taken = _workload(call).get("milestones", [])
    if not 1 <= number <= len(taken):
        raise AwsError("ResourceNotFoundException", f"Milestone {number} was not found.", 404)
    frozen: Record = taken[number - 1]["frozen"]
    return frozen


def _stored(call: Call, alias: str, question_id: str) -> Record | None:
    """What was answered to a question, now or at the milestone that is asked for."""
    frozen = _frozen(call)
    if frozen is not None:
        then: Record | None = frozen["Answers"].get(alias, {}).get(question_id)
        return then
    return call.state.table(_NAME, "Answer").get((call.params["WorkloadId"], alias, question_id))


def _questions(call: Call, alias: str) -> dict[str, tuple[str, Record]]:
    return _by_id(_content(call, alias))


def _by_id(content: Record) -> dict[str, tuple[str, Record]]:
    """The questions of a lens with the pillars that they are in."""
    return {
        question["id"]: (pillar["id"], question) for pillar in content["pillars"] for question in pillar["questions"]
    }


def _answer(call: Call, alias: str, question_id: str) -> Record:
    """One answer as Get and List show it."""
    found = _questions(call, alias).get(question_id)
    if found is None:
        raise AwsError("ValidationException", f"No question with ID {question_id} was found.", 400)
    pillar, question = found
    stored = _stored(call, alias, question_id) or {}
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
        "ChoiceAnswerSummaries": [{n: v for n, v in row.items() if n != "Notes"} for row in answers],
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
    if not chosen and excluded >= {c["id"] for c in question["choices"] if not c["id"].endswith("_no")}:
        return "NONE"
    for rule in question.get("riskRules", ()):
        if rule["condition"] == "default" or _Condition(rule["condition"], chosen, excluded).holds():
            return _RISKS[rule["risk"]]
    return "HIGH"


class _Condition:
    """A risk rule's condition; a choice that is not applicable is as if it were not there: None, in what follows.

    So it satisfies && and does not satisfy ||, as was measured; that a whole group goes the same way is a guess.
    """

    def __init__(self, text: str, chosen: set[str], excluded: set[str]) -> None:
        self._tokens = _TOKEN.findall(text)
        self._chosen, self._excluded = chosen, excluded

    def holds(self) -> bool:
        return self._any() is not False

    def _any(self) -> bool | None:
        values = [self._all()]
        while self._tokens[:1] == ["||"]:
            del self._tokens[0]
            values.append(self._all())
        return True if True in values else False if False in values else None

    def _all(self) -> bool | None:
        values = [self._one()]
        while self._tokens[:1] == ["&&"]:
            del self._tokens[0]
            values.append(self._one())
        return False if False in values else True if True in values else None

    def _one(self) -> bool | None:
        word = self._tokens.pop(0)
        if word == "!":
            value = self._one()
            return None if value is None else not value
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
    rows = [{n: v for n, v in _answer(call, alias, question).items() if n != "Notes"} for question in page]
    answer = {"WorkloadId": call.params["WorkloadId"], "LensAlias": alias, "AnswerSummaries": rows}
    return answer | ({"NextToken": token} if token else {})


@hook(_NAME, "UpdateAnswer")
def update_answer(call: Call) -> Answer:
    """SelectedChoices replaces the selection, ChoiceUpdates changes what it names; the last of two that write wins.

    A question that applies again has its earlier choices, and keeps the reason why it did not (both were measured).
    """
    workload, params = _workload(call), call.params
    alias, question_id = params["LensAlias"], params["QuestionId"]
    known = {c["ChoiceId"] for c in _answer(call, alias, question_id)["Choices"]}
    updates: dict[str, Any] = params.get("ChoiceUpdates", {})
    if unknown := (set(params.get("SelectedChoices", ())) | updates.keys()) - known:
        raise AwsError("ValidationException", f"No choice with ID {', '.join(sorted(unknown))} was found.", 400)
    for choice, change in updates.items():
        if choice.endswith("_no") and change["Status"] == "NOT_APPLICABLE":
            raise _invalid(f"Choice {choice} can not be marked as not applicable.")
        if len(change.get("Notes", "")) > MAX_CHOICE_NOTES:
            raise _invalid(f"Notes of choice {choice} must have at most {MAX_CHOICE_NOTES} characters")
    table = call.state.table(_NAME, "Answer")
    key = (params["WorkloadId"], alias, question_id)
    stored = copy.deepcopy(table.get(key) or {})
    statuses: dict[str, Any] = stored.setdefault("ChoiceAnswers", {})
    if "SelectedChoices" in params:
        statuses = {choice: {"Status": "SELECTED"} for choice in params["SelectedChoices"]}
    statuses.update({choice: statuses.get(choice, {}) | {"Reason": "NONE"} | new for choice, new in updates.items()})
    stored["ChoiceAnswers"] = statuses
    stored |= {name: params[name] for name in ("Notes", "IsApplicable", "Reason") if name in params}
    table.put(key, stored)
    workload["UpdatedAt"] = call.now
    return {"WorkloadId": params["WorkloadId"], "LensAlias": alias, "Answer": _answer(call, alias, question_id)}


@hook(_NAME, "GetLensReview")
def get_lens_review(call: Call) -> Answer:
    """Risk counts of a lens and of its pillars."""
    workload, alias = _workload(call), call.params["LensAlias"]
    lens, content = _lens(call, alias), _content(call, alias)
    version = (_frozen(call) or workload)["Versions"][alias]
    counts: dict[str, dict[str, int]] = {pillar["id"]: {} for pillar in content["pillars"]}
    for question in _questions(call, alias):
        answer = _answer(call, alias, question)
        of_pillar = counts[answer["PillarId"]]
        of_pillar[answer["Risk"]] = of_pillar.get(answer["Risk"], 0) + 1
    total: dict[str, int] = {}
    for of_pillar in counts.values():
        for risk, number in of_pillar.items():
            total[risk] = total.get(risk, 0) + number
    names = {pillar["id"]: pillar["name"] for pillar in content["pillars"]}
    review = {
        "LensAlias": alias, "LensArn": alias, "LensVersion": version, "LensName": lens["Name"],
        "LensStatus": "CURRENT" if version == lens["LensVersion"] else "NOT_CURRENT",
        "UpdatedAt": workload["UpdatedAt"], "RiskCounts": total,
        "PillarReviewSummaries": [{"PillarId": p, "PillarName": names[p], "RiskCounts": c} for p, c in counts.items()],
    }  # fmt: skip
    return {"WorkloadId": call.params["WorkloadId"], "LensReview": review}


@hook(_NAME, "CreateMilestone")
def create_milestone(call: Call) -> Answer:
    """A numbered copy of the answers; at most 100 a workload, and no way to delete one."""
    workload, name = _workload(call), call.params["MilestoneName"]
    taken: list[Record] = workload.setdefault("milestones", [])
    repeated = next((milestone for milestone in taken if milestone["asked"] == _asked(call)), None)
    if repeated is not None:
        return {"WorkloadId": call.params["WorkloadId"], "MilestoneNumber": repeated["MilestoneNumber"]}
    if any(milestone["MilestoneName"] == name for milestone in taken):
        raise AwsError("ConflictException", f"A milestone named {name} already exists.", 409)
    if len(taken) >= MAX_MILESTONES:
        raise _over_quota("milestones of a workload", MAX_MILESTONES)
    number = len(taken) + 1
    answers: dict[str, Record] = {}
    for (of, alias, question), row in call.state.table(_NAME, "Answer").items():
        if of == workload["WorkloadId"]:
            answers.setdefault(alias, {})[question] = copy.deepcopy(row)
    frozen = {"Versions": dict(workload["Versions"]), "Answers": answers}
    taken.append({"MilestoneNumber": number, "MilestoneName": name, "RecordedAt": call.now, "frozen": frozen})
    taken[-1]["asked"] = _asked(call)
    return {"WorkloadId": call.params["WorkloadId"], "MilestoneNumber": number}


@hook(_NAME, "ListMilestones")
def list_milestones(call: Call) -> Answer:
    """The milestones of a workload."""
    taken = _workload(call).get("milestones", [])
    taken = [{n: v for n, v in one.items() if n not in ("frozen", "asked")} for one in taken]
    page, token = cut(call, taken, call.params.get("NextToken"), call.params.get("MaxResults"), _ANSWERS_PAGE)
    return {
        "WorkloadId": call.params["WorkloadId"],
        "MilestoneSummaries": page,
        **({"NextToken": token} if token else {}),
    }
