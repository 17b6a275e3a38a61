"""SageMaker Search: bodies of 18 record types, a hundred at a time, through an index that can be behind."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mllens.sandbox import sagemaker
from mllens.sandbox.answer import Answer, Call, cut, hook, project, tag_list
from mllens.sandbox.store import Record, World

# Search's word for a resource -> the noun of its table and the member of SearchRecord that shows it.
_RESOURCES: dict[str, tuple[str, str]] = {
    "Endpoint": ("Endpoint", "Endpoint"),
    "Experiment": ("Experiment", "Experiment"),
    "ExperimentTrial": ("Trial", "Trial"),
    "ExperimentTrialComponent": ("TrialComponent", "TrialComponent"),
    "FeatureGroup": ("FeatureGroup", "FeatureGroup"),
    "FeatureMetadata": ("FeatureGroup", "FeatureMetadata"),
    "HubContent": ("HubContent", "HubContent"),
    "HyperParameterTuningJob": ("HyperParameterTuningJob", "HyperParameterTuningJob"),
    "Job": ("Job", "Job"),
    "Model": ("Model", "Model"),
    "ModelCard": ("ModelCard", "ModelCard"),
    "ModelPackage": ("ModelPackage", "ModelPackage"),
    "ModelPackageGroup": ("ModelPackageGroup", "ModelPackageGroup"),
    "Pipeline": ("Pipeline", "Pipeline"),
    "PipelineExecution": ("PipelineExecution", "PipelineExecution"),
    "PipelineVersion": ("PipelineVersion", "PipelineVersion"),
    "Project": ("Project", "Project"),
    "TrainingJob": ("TrainingJob", "TrainingJob"),
}
_DEFAULT_PAGE = 10
_INDEX = "search"
Body = dict[str, Any]


@dataclass
class Blindness:
    """What Search does not see.

    Attributes:
        hidden: Names or ARNs that Search never returns although they exist.
        omitted: Members that Search leaves out: `Member`, or `Resource.Member` for one type.
    """

    hidden: set[str] = field(default_factory=set)
    omitted: set[str] = field(default_factory=set)
    _since: datetime | None = None
    _kept: dict[tuple[str, str, str], list[Body]] = field(default_factory=dict)
    _keep: Callable[[], dict[tuple[str, str, str], list[Body]]] | None = None

    @property
    def lags(self) -> datetime | None:
        """The moment up to which the index is complete; None when it is up to date."""
        return self._since

    @lags.setter
    def lags(self, moment: datetime | None) -> None:
        """Let the index stand at a moment: later creations, changes and deletions are not seen.

        The index keeps bodies as they are when this is set, so set it before making the changes it shall miss.
        """
        self._since = None
        if moment is None:
            self._kept = {}
            return
        self._kept = self._keep() if self._keep else {}
        self._since = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment

    def index(self, account: str, region: str, resource: str) -> list[Body]:
        """The bodies of a lagging index."""
        rows = self._kept.get((account, region, resource), [])
        return [row for row in rows if self._since and _changed(row, resource) <= self._since]


def blindness(world: World, call: Callable[[str, str], Call]) -> Blindness:
    """The one `Blindness` of a world; `call` makes a Search call in an account and region."""
    if _INDEX not in world.extras:

        def keep() -> dict[tuple[str, str, str], list[Body]]:
            kept = {}
            for state in world:
                made = call(state.account, state.region)
                for resource in _RESOURCES:
                    kept[state.account, state.region, resource] = copy.deepcopy(list(_bodies(made, resource)))
            return kept

        world.extras[_INDEX] = Blindness(_keep=keep)
    found: Blindness = world.extras[_INDEX]
    return found


def _changed(body: Body, resource: str) -> datetime:
    shown = body.get("Model", {}) if resource == "Model" else body
    moment: datetime = shown.get("LastModifiedTime") or shown.get("CreationTime") or datetime.max.replace(tzinfo=UTC)
    return moment


@hook("sagemaker", "Search")
def search(call: Call) -> Answer:
    """A page of records with their tags."""
    resource = call.params["Resource"]
    if resource not in _RESOURCES:
        return {"Results": [], "TotalHits": {"Value": 0, "Relation": "EqualTo"}}
    blind: Blindness | None = call.world.extras.get(_INDEX)
    ordered = _ordered(call, resource, blind)
    page, token = cut(call, ordered, call.params.get("NextToken"), call.params.get("MaxResults"), _DEFAULT_PAGE)
    member = _RESOURCES[resource][1]
    results = [{member: _without(_body(call, resource, row), resource, blind)} for row in page]
    total = {"Value": len(ordered), "Relation": "EqualTo"}
    return {"Results": results, "TotalHits": total, **({"NextToken": token} if token else {})}


def _ordered(call: Call, resource: str, blind: Blindness | None) -> list[Body]:
    """The records that are seen and asked for, in order; sorted once for all pages while nothing changes."""
    table = call.table(_RESOURCES[resource][0])
    seen_as_is = blind is None or (blind.lags is None and not blind.hidden)
    key = ("Search", resource, call.params.get("SortBy"), call.params.get("SortOrder"))
    cacheable = seen_as_is and "SearchExpression" not in call.params
    kept = table.views.get(key) if cacheable else None
    if kept and kept[0] == table.version:
        return kept[1]
    lagging = blind is not None and blind.lags is not None
    bodies = blind.index(call.account, call.region, resource) if blind and lagging else _rows(call, resource)
    if blind and blind.hidden:
        bodies = [body for body in bodies if not _names(body, resource) & blind.hidden]
    if expression := call.params.get("SearchExpression"):
        bodies = [body for body in bodies if _fits(_body(call, resource, body), expression)]
    ordered = sorted(bodies, key=lambda body: _sort_key(body, resource, call.params.get("SortBy")))
    if call.params.get("SortOrder", "Descending") == "Descending":
        ordered.reverse()
    if cacheable:
        table.views[key] = (table.version, ordered)
    return ordered


def _rows(call: Call, resource: str) -> list[Body]:
    """The records of a resource, not yet described: describing is left to those that are shown."""
    noun = _RESOURCES[resource][0]
    rows = list(call.table(noun))
    if resource == "FeatureMetadata":
        return [
            sagemaker.feature_body(group, feature) for group in rows for feature in group.get("FeatureDefinitions", ())
        ]
    return rows


def _bodies(call: Call, resource: str) -> Iterable[Body]:
    return (_body(call, resource, row) for row in _rows(call, resource))


def _body(call: Call, resource: str, row: Body) -> Body:
    """A record in the shape that Search shows; what a lagging index kept has that shape already."""
    if "searched" in row:
        return row
    shape = call.service.shapes.shape_for("SearchRecord").members[_RESOURCES[resource][1]]
    if resource == "Model":
        return _dashboard(call, shape, row) | {"searched": True}
    if resource == "FeatureMetadata":
        saved = call.table("FeatureMetadata").get((row["FeatureGroupName"], row["FeatureName"])) or {}
        row = row | saved
    if resource == "Endpoint":
        row = row | {"MonitoringSchedules": _schedules(call, row["EndpointName"])}
    body = project(row, shape, "", call.now)
    return body | _tags(call, shape, _arn(row, resource)) | {"searched": True}


def _arn(row: Body, resource: str) -> str:
    return str(row.get(f"{_RESOURCES[resource][0]}Arn", ""))


def _tags(call: Call, shape: Any, arn: str) -> Body:
    tags = call.state.tags.get(arn)
    return {"Tags": tag_list(tags)} if tags and "Tags" in shape.members else {}


def _dashboard(call: Call, shape: Any, model: Record) -> Body:
    """A model as its dashboard shows it: with what runs it, watches it and documents it."""
    name, inner = model["ModelName"], shape.members["Model"]
    endpoints = [call.table("Endpoint").get((e,)) for e in _hosts(call).get(name, ())]
    watched = [s for e in endpoints if e for s in _schedules(call, e["EndpointName"])]
    card = next((c for c in call.table("ModelCard") if f'"{name}"' in str(c.get("Content"))), None)
    body: Body = {
        "Model": project(model, inner, "", call.now) | _tags(call, inner, model["ModelArn"]),
        "Endpoints": [project(e, shape.members["Endpoints"].member, "", call.now) for e in endpoints if e],
        "MonitoringSchedules": [project(s, shape.members["MonitoringSchedules"].member, "", call.now) for s in watched],
    }
    if card:
        body["ModelCard"] = project(card, shape.members["ModelCard"], "", call.now)
    return body


def _hosts(call: Call) -> dict[str, list[str]]:
    """The endpoints that run each model; made anew only when endpoints or configurations changed."""
    endpoints, configs = call.table("Endpoint"), call.table("EndpointConfig")
    kept = call.world.extras.setdefault("hosts", {})
    place, version = (call.account, call.region), (endpoints.version, configs.version)
    if kept.get(place, (None,))[0] != version:
        made: dict[str, list[str]] = {}
        for endpoint in endpoints:
            config = configs.get((endpoint["EndpointConfigName"],)) or {}
            for variant in [*config.get("ProductionVariants", ()), *config.get("ShadowProductionVariants", ())]:
                made.setdefault(variant.get("ModelName", ""), []).append(endpoint["EndpointName"])
        kept[place] = (version, made)
    found: dict[str, list[str]] = kept[place][1]
    return found


def _schedules(call: Call, endpoint: str) -> list[Record]:
    return [row for row in call.table("MonitoringSchedule") if row.get("EndpointName") == endpoint]


def _names(body: Body, resource: str) -> set[str]:
    shown = body.get("Model", body) if resource == "Model" else body
    return {str(shown.get(f"{_RESOURCES[resource][0]}{end}")) for end in ("Name", "Arn")}


def _without(body: Body, resource: str, blind: Blindness | None) -> Body:
    out = {name: value for name, value in body.items() if name != "searched"}
    if blind is None or not blind.omitted:
        return out

    def kept(part: Body) -> Body:
        return {n: v for n, v in part.items() if n not in blind.omitted and f"{resource}.{n}" not in blind.omitted}

    out = kept(out)
    if resource == "Model" and "Model" in out:
        out["Model"] = kept(out["Model"])
    return out


def _sort_key(body: Body, resource: str, by: str | None) -> tuple[str, str]:
    shown = body.get("Model", body) if resource == "Model" else body
    value = shown.get(by) if by else shown.get("LastModifiedTime") or shown.get("CreationTime")
    text = value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
    return text, str(shown.get(f"{_RESOURCES[resource][0]}Arn"))


def _fits(body: Body, expression: dict[str, Any]) -> bool:
    tests = [_holds(body, test) for test in expression.get("Filters", ())]
    tests += [_fits(body, inner) for inner in expression.get("SubExpressions", ())]
    for nested in expression.get("NestedFilters", ()):
        stem = nested["NestedPropertyName"]
        parts = _values(body, stem)
        stripped = [{**t, "Name": t["Name"].removeprefix(stem + ".")} for t in nested["Filters"]]
        tests.append(any(isinstance(part, dict) and all(_holds(part, t) for t in stripped) for part in parts))
    return any(tests) if expression.get("Operator") == "Or" and tests else all(tests)


def _holds(body: Body, test: dict[str, str]) -> bool:
    operator, wanted = test.get("Operator", "Equals"), test.get("Value", "")
    name = test["Name"]
    if name.startswith("Tags."):
        seen: list[Any] = [tag["Value"] for tag in _tags_of(body) if tag["Key"] == name.removeprefix("Tags.")]
    else:
        seen = _values(body, name)
    texts = [_text(value) for value in seen]
    verdicts: dict[str, bool] = {
        "Exists": bool(seen),
        "NotExists": not seen,
        "Equals": wanted in texts,
        "NotEquals": bool(seen) and wanted not in texts,
        "Contains": any(wanted in text for text in texts),
        "In": bool(set(texts) & set(wanted.split(","))),
    }
    return verdicts[operator] if operator in verdicts else any(_compares(value, operator, wanted) for value in seen)


def _tags_of(body: Body) -> list[dict[str, str]]:
    tags: list[dict[str, str]] = body.get("Tags") or body.get("Model", {}).get("Tags") or []
    return tags


def _values(body: Any, path: str) -> list[Any]:
    """All values at a dotted path; lists on the way are looked through, dashboards looked into."""
    nodes = [body]
    if isinstance(body, dict) and isinstance(body.get("Model"), dict) and path.partition(".")[0] not in body:
        nodes = [body["Model"]]
    for part in path.split("."):
        nodes = [n[part] for n in nodes if isinstance(n, dict) and part in n]
        nodes = [inner for n in nodes for inner in (n if isinstance(n, list) else [n])]
    return nodes


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _compares(value: Any, operator: str, wanted: str) -> bool:
    try:
        left: Any = value if isinstance(value, datetime) else float(value)
        right: Any = _moment(wanted) if isinstance(value, datetime) else float(wanted)
    except (TypeError, ValueError):
        return False
    verdicts: dict[str, bool] = {
        "GreaterThan": left > right,
        "GreaterThanOrEqualTo": left >= right,
        "LessThan": left < right,
        "LessThanOrEqualTo": left <= right,
    }
    return bool(verdicts.get(operator, False))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
