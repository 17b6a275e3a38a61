"""One call, and how it is answered from the service model alone."""

from __future__ import annotations

import base64
import copy
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn

from mllens.sandbox import identity
from mllens.sandbox.clock import Clock
from mllens.sandbox.errors import AwsError
from mllens.sandbox.model import Service, Verb
from mllens.sandbox.store import Key, Record, State, Table, World, find_member

# The status a record settles in, in order of preference among those its enumeration has.
STABLE = (
    "InService", "ACTIVE", "Active", "active", "Available", "AVAILABLE", "Scheduled", "Completed", "COMPLETED", "COMPLETE",
    "Created", "CREATED", "CreateCompleted", "Ready", "READY", "Enabled", "ENABLED", "Running", "RUNNING", "SUCCEEDED",
    "Succeeded", "Published", "Draft",
)  # fmt: skip
_MOVES: dict[Verb, tuple[str, ...]] = {
    "start": ("Scheduled", "InService", "Running", "Started", "RUNNING", "Created"),
    "stop": ("Stopped", "STOPPED", "Stopping"),
}
_TAGGING = re.compile(r"(Add|Delete|List)Tags|(Tag|Untag)Resource|List(Resource)?Tags(ForResource)?")
_MADE = re.compile(r"(creat|lastmodif|updat)\w*(time|at|date|on|timestamp)?", re.IGNORECASE)
_NOT_FOUND = "NotFound|NoSuch|DoesNotExist|Unknown"
_TAKEN = "InUse|AlreadyExist|Exists|Conflict|Duplicate"
_CONTROLS = frozenset({"sortby", "sortorder", "nexttoken", "maxresults", "marker", "maxitems", "limit", "pagesize"})
_VIEWS_KEPT = 8
_UUID_LENGTH = 36

Answer = dict[str, Any]
Hook = Callable[["Call"], Answer | None]
HOOKS: dict[tuple[str, str], Hook] = {}


def hook(service: str, *operations: str) -> Callable[[Hook], Hook]:
    """Answer these operations with a function in place of the generic behaviour (and in front of moto)."""

    def register(function: Hook) -> Hook:
        for operation in operations:
            HOOKS[service, operation] = function
        return function

    return register


@dataclass
class Call:
    """One operation asked of the simulated AWS, with everything that its answer may depend on."""

    service: Service
    operation: str
    params: dict[str, Any]
    account: str
    region: str
    clock: Clock
    world: World
    caller: str = ""
    access_key: str = ""
    ordinal: int = 1
    protocol: str = ""
    forwarder: Callable[[Call], Answer] | None = None
    fingerprint: str = field(init=False)

    def __post_init__(self) -> None:
        asked = identity.without(self.params, self.service.invented)
        self.fingerprint = identity.digest(self.account, self.region, self.service.name, self.operation, asked)
        self.protocol = self.protocol or self.service.protocol

    @property
    def label(self) -> str:
        """The call as `service:Operation`."""
        return f"{self.service.name}:{self.operation}"

    @property
    def verb(self) -> Verb | None:
        """What the operation does, as far as its name tells."""
        part = self.service.parts.get(self.operation)
        return part.verb if part else None

    @property
    def noun(self) -> str:
        """The noun the operation is about, or an empty string."""
        part = self.service.parts.get(self.operation)
        return (part.noun if part else None) or ""

    @property
    def now(self) -> datetime:
        """The present moment of the simulated AWS."""
        return self.clock.now()

    @property
    def state(self) -> State:
        """The records of the call's account and region."""
        return self.world.state(self.account, self.region)

    def table(self, noun: str | None = None) -> Table:
        """The table of a noun, by default the operation's own."""
        return self.state.table(self.service.name, noun or self.noun)

    def uuid(self, *parts: object) -> str:
        """An identifier that the same call gets in every run, and a repeated call does not get twice."""
        return identity.unique(self.fingerprint, self.ordinal, *parts)

    def arn(self, resource: str, service: str | None = None) -> str:
        """An ARN of this service in the call's account and region."""
        return identity.arn(service or self.service.signing_name, self.region, self.account, resource)

    def fail(self, pattern: str, message: str, fallback: str = "ValidationException") -> NoReturn:
        """Refuse with the operation's modelled error that matches, else with the fallback code."""
        raise AwsError(self.service.modelled_error(self.operation, pattern) or fallback, message)

    def key(self, noun: str | None = None) -> Key:
        """The key that the parameters name."""
        return tuple(str(find_member(self.params, name)) for name in self.service.keys(noun or self.noun))

    def find(self, noun: str | None = None, key: Key | None = None) -> Record:
        """The record that the parameters (or the key) name, by name or by ARN; refuses when there is none."""
        record = self.look(noun, key)
        if record is None:
            raise self.missing(noun, key)
        return record

    def look(self, noun: str | None = None, key: Key | None = None) -> Record | None:
        """As `find`, but None when there is none."""
        noun = noun or self.noun
        key = self.key(noun) if key is None else key
        record = self.table(noun).get(key)
        if record is not None:
            return record
        for part in key:
            place = self.state.places.get(part)
            if place and place.noun == noun and place.service == self.service.name:
                return place.record
        return None

    def missing(self, noun: str | None = None, key: Key | None = None) -> AwsError:
        """The refusal for a record that is not there, as the service words it."""
        noun = noun or self.noun
        name = "/".join(self.key(noun) if key is None else key)
        code = self.service.modelled_error(self.operation, _NOT_FOUND)
        if code:
            return AwsError(code, f"Requested resource not found: {kebab(noun)} {name}.")
        return AwsError("ValidationException", f'Could not find {_words(noun)} "{self._whole(noun, name)}".')

    def taken(self, noun: str | None = None, key: Key | None = None) -> AwsError:
        """The refusal for a name that is in use."""
        noun = noun or self.noun
        name = "/".join(self.key(noun) if key is None else key)
        code = self.service.modelled_error(self.operation, _TAKEN) or "ValidationException"
        return AwsError(code, f'Cannot create already existing {_words(noun)} "{self._whole(noun, name)}".')

    def _whole(self, noun: str, name: str) -> str:
        """A name as refusals show it: the ARN that it stands for."""
        lowered = name.lower() if self.service.name == "sagemaker" else name
        return name if name.startswith("arn:") else self.arn(f"{kebab(noun)}/{lowered}")

    def forward(self) -> Answer:
        """What moto answers to this very call, as botocore would parse it; moto's refusals are raised."""
        if self.forwarder is None:
            message = f"{self.label} needs moto, which this tap does not reach; use a session without `fast`."
            raise AwsError("NotImplemented", message, 501)
        return self.forwarder(self)

    def generic(self) -> Answer:
        """The answer by the model alone."""
        return generic(self)


def kebab(noun: str) -> str:
    """EndpointConfig -> endpoint-config, AutoMLJob -> automl-job: the word that ARNs use."""
    noun = noun.replace("AutoML", "Automl")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", noun).lower()


def _words(noun: str) -> str:
    """EndpointConfig -> endpoint configuration: the words of refusals."""
    return {"EndpointConfig": "endpoint configuration"}.get(noun, kebab(noun).replace("-", " "))


def generic(call: Call) -> Answer:
    """Answer by what the operation's name says it does."""
    if _TAGGING.fullmatch(call.operation):
        return tag(call)
    if call.verb is None:
        message = f"The sandbox cannot answer {call.label}: it needs a hook, or moto support."
        raise AwsError("NotImplemented", message, 501)
    by_verb: dict[Verb, Callable[[Call], Answer]] = {
        "create": create,
        "describe": describe,
        "list": list_all,
        "update": update,
        "delete": delete,
        "start": move,
        "stop": move,
    }
    return by_verb[call.verb](call)


def create(call: Call, name: str | None = None, given: Record | None = None) -> Answer:
    """Store the parameters as a record, with ARN, times, status and tags as AWS would add them."""
    record = new_record(call, call.noun, copy.deepcopy(call.params) if given is None else given, name)
    output, keys = call.service.output(call.operation), call.service.keys(call.noun)
    short = next((member for member in (output.members if output else ()) if member.lower() == "id"), None)
    if short and keys and keys[0].lower().endswith("id"):
        record.setdefault(short, record[keys[0]])  # what Create calls id, Describe calls FooId
    return project(record, output, call.noun, call.now)


def new_record(call: Call, noun: str, record: Record, name: str | None = None, key: Key | None = None) -> Record:
    """Complete a record, refuse it when its key is taken, and store it; `name` and `key` replace what the model says."""
    keys = call.service.keys(noun) if key is None else ()
    _find_names(noun, record, keys)
    if key is None and all(member in record for member in keys):
        key = tuple(str(record[member]) for member in keys)
    if key is not None and key in call.table(noun):
        raise call.taken(noun, key)
    if key is None:
        _refuse_named_twice(call, noun, record)
    arn_member = call.service.arn_member(noun)
    arn = record.get(arn_member) or call.arn(_arn_path(call, noun, record, keys, name))
    record[arn_member] = arn
    for member in keys:
        if member not in record:
            record[member] = _invented(call, noun, member, arn)
    settle(call, noun, record)
    tags = record.pop("Tags", None) or record.pop("tags", None)
    state = call.state
    if tags:
        state.tags[arn] = tag_map(tags)
    state.put(call.service.name, noun, key or tuple(str(record[member]) for member in keys), record, arn)
    return record


def _find_names(noun: str, record: Record, keys: Iterable[str]) -> None:
    """Fill key members that the caller gave nested (Budget.BudgetName), or just called Name."""
    for key in keys:
        if key in record:
            continue
        named = key.lower() in {noun.lower(), noun.lower() + "name"}
        value = find_member(record, key) or (named and (record.get("Name") or record.get("name")))
        if value:
            record[key] = value


def _refuse_named_twice(call: Call, noun: str, record: Record) -> None:
    """What AWS keys by an id of its own may still have a name of which there is only one, if the model can say so."""
    name = next((n for n in (f"{noun}Name", "Name") if n in record), None)
    if name is None or not call.service.modelled_error(call.operation, _TAKEN):
        return
    if any(row.get(name) == record[name] for row in call.table(noun)):
        raise call.taken(noun, (str(record[name]),))


def _arn_path(call: Call, noun: str, record: Record, keys: Iterable[str], name: str | None) -> str:
    if name is None:
        given = [str(record[k]) for k in keys if k in record and not str(record[k]).startswith("arn:")]
        name = "/".join(given) or identity.letters(12, call.fingerprint, call.ordinal)
    if call.service.name == "sagemaker":
        name = name.lower()
    return f"{kebab(noun)}/{name}"


def _invented(call: Call, noun: str, member: str, arn: str) -> Any:
    shape = next(
        (
            s.members[member]
            for o in call.service.nouns[noun].values()
            if (s := call.service.input(o)) and member in s.members
        ),
        None,
    )
    if shape is not None and shape.type_name in {"integer", "long"}:
        return len(call.table(noun)) + 1
    if member.lower().endswith("arn"):
        return arn
    longest = shape.metadata.get("max", _UUID_LENGTH) if shape is not None else _UUID_LENGTH
    return call.uuid(member) if longest >= _UUID_LENGTH else identity.letters(longest, call.fingerprint, call.ordinal)


def settle(call: Call, noun: str, record: Record) -> None:
    """Add the times and the status that AWS adds, where a record has none."""
    own = re.compile(f"({noun})?(Status|State)", re.IGNORECASE)
    operation = call.service.nouns.get(noun, {}).get("create")
    for shape in (call.service.output(operation) if operation else None, call.service.described(noun)):
        for name, member in shape.members.items() if shape else ():
            if member.type_name == "timestamp" and _MADE.fullmatch(name):
                record.setdefault(name, call.now)
            elif name in {"CreatedBy", "LastModifiedBy"} and member.type_name == "structure":
                record.setdefault(name, {"IamIdentity": {"Arn": call.caller}})
            elif getattr(member, "enum", None) and own.fullmatch(name):
                record.setdefault(name, next((v for v in STABLE if v in member.enum), member.enum[0]))


def describe(call: Call) -> Answer:
    """Show one record; what exists once and was never set shows its defaults."""
    created = call.noun and "create" in call.service.nouns[call.noun] and call.service.keys(call.noun)
    record = call.find() if created else (call.look() if call.noun else None) or {}
    record = record | tags_shown(call, record)
    return project(record, call.service.output(call.operation), call.noun, call.now)


def shown(call: Call, record: Record) -> Answer:
    """What the operation answers about a record."""
    return project(record, call.service.output(call.operation), call.noun, call.now)


def tags_shown(call: Call, record: Record) -> Record:
    """A record's tags, where and as its description shows them."""
    shape = call.service.described(call.noun) if call.noun else None
    name = next((member for member in (shape.members if shape else ()) if member.lower() == "tags"), None)
    tags = call.state.tags.get(record.get(call.service.arn_member(call.noun), "")) if name else None
    if not tags or name is None or shape is None:
        return {}
    member = shape.members[name]
    if member.type_name == "map":
        return {name: dict(tags)}
    spelled = list(member.member.members)[:2]
    return {name: [dict(zip(spelled, pair, strict=True)) for pair in tags.items()]}


def list_all(call: Call) -> Answer:
    """One page of all records of the operation's noun."""
    return list_rows(call, list(call.table()) if call.noun else [])


def list_rows(call: Call, rows: list[Record]) -> Answer:
    """One page of the rows that pass the parameters' filters, in the order asked for."""
    paging = call.service.paging(call.operation)
    output = call.service.output(call.operation)
    if paging is None or not paging.rows:
        return {}
    member = output.members[paging.rows[0]]
    if member.type_name != "list":
        return {}
    controls = {paging.token_in, paging.limit}
    asked = {n: v for n, v in call.params.items() if n not in controls}
    chosen = _view(call, rows, asked)
    page, token = cut(call, chosen, call.params.get(paging.token_in), call.params.get(paging.limit or ""))
    plain = call.service.keys(call.noun)[-1:] if call.noun else ()
    item = member.member
    answer: Answer = {
        paging.rows[0]: [
            project(row, item, None, call.now) if item.type_name == "structure" else find_member(row, plain[0])
            for row in page
        ]
    }
    if token and paging.token_out:
        answer[paging.token_out] = token
    if paging.more:
        answer[paging.more] = bool(token)
    return answer


def _view(call: Call, rows: list[Record], asked: dict[str, Any]) -> list[Record]:
    """The filtered, sorted rows; kept while the table does not change, or paging would be quadratic."""
    if not call.noun:
        return arrange(call, rows, asked)
    table = call.table()
    if len(rows) != len(table):
        return arrange(call, rows, asked)
    key = (call.operation, json.dumps(asked, sort_keys=True, default=str))
    kept = table.views.get(key)
    if kept and kept[0] == table.version:
        return kept[1]
    made = arrange(call, rows, asked)
    if len(table.views) >= _VIEWS_KEPT:
        table.views.clear()
    table.views[key] = (table.version, made)
    return made


def cut(call: Call, rows: list[Any], token: str | None, size: Any, default: int = 100) -> tuple[list[Any], str | None]:
    """A page of rows and the token of the next; refuses a token that this operation did not give."""
    start, limit = 0, int(size or default)
    if token:
        try:
            operation, start = json.loads(base64.urlsafe_b64decode(token.encode()))
        except ValueError:
            operation = None
        if operation != call.operation:
            call.fail(
                "Token|Pagination|Validation|InvalidParameter", "Invalid NextToken: it was not given by this operation"
            )
    end = start + limit
    following = (
        base64.urlsafe_b64encode(json.dumps([call.operation, end]).encode()).decode() if end < len(rows) else None
    )
    return rows[start:end], following


def arrange(call: Call, rows: list[Record], asked: dict[str, Any]) -> list[Record]:
    """Filter and sort rows as the list operation's parameters say."""
    for name, value in asked.items():
        rows = _filtered(call, rows, name, value)
    by = asked.get("SortBy")
    if by:
        keys = call.service.keys(call.noun)
        fields = {"Name": keys[-1:], "Status": (call.noun + "Status", "Status")}.get(by, (by,))
        rows = sorted(rows, key=lambda row: tuple(_comparable(row.get(f)) for f in fields))
    if asked.get("SortOrder") == "Descending":
        rows = rows[::-1]
    return rows


def _comparable(value: Any) -> tuple[str, Any]:
    return (type(value).__name__, value) if isinstance(value, str | int | float | datetime) else ("", str(value))


def _filtered(call: Call, rows: list[Record], name: str, value: Any) -> list[Record]:
    keys = call.service.keys(call.noun)
    if name.lower() in _CONTROLS:
        return rows
    if name == "NameContains":
        return [row for row in rows if str(value).lower() in str(row.get(keys[-1])).lower()]
    if found := re.fullmatch(r"(Creat|LastModif)\w*?(After|Before)", name):
        return [row for row in rows if _in_time(row, found[1], found[2], value)]
    field_name = re.sub("Equals$", "", name)
    if name == "StatusEquals":
        described = call.service.described(call.noun)
        members = described.members if described else {}
        field_name = next((f for f in (call.noun + "Status", "Status") if f in members), field_name)
    wanted = value if isinstance(value, list) else [value]
    strict = field_name in member_names(call.service.described(call.noun))
    return [row for row in rows if (seen := find_member(row, field_name)) in wanted or (seen is None and not strict)]


def _in_time(row: Record, stem: str, side: str, bound: Any) -> bool:
    moment = next((v for n, v in row.items() if n.startswith(stem) and isinstance(v, datetime)), None)
    if moment is None:
        return False
    return bool(moment > bound) if side == "After" else bool(moment < bound)


def member_names(shape: Any, seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """All member names inside a shape, at any depth."""
    if shape is None or shape.name in seen:
        return frozenset()
    seen |= {shape.name}
    if shape.type_name == "structure":
        inner = [member_names(member, seen) for member in shape.members.values()]
        return frozenset(shape.members).union(*inner)
    if shape.type_name == "list":
        return member_names(shape.member, seen)
    return frozenset()


def update(call: Call) -> Answer:
    """Change the members that the parameters carry; PutX creates what is not there."""
    if not call.noun:
        return {}
    nouns = call.service.nouns[call.noun]
    record = call.look()
    if record is None and (call.operation.startswith("Put") or "create" not in nouns):
        if call.operation.startswith("Put") and "create" in nouns:
            return create(call)
        record = copy.deepcopy(call.params)  # a setting that exists once: the first update makes it
        call.table().put(call.key(), record)
    record = call.find() if record is None else record
    keys = call.service.keys(call.noun)
    changes = {n: v for n, v in copy.deepcopy(call.params).items() if n not in keys}
    amend(call, record, changes)
    return project(record, call.service.output(call.operation), call.noun, call.now)


def amend(call: Call, record: Record, changes: Record, noun: str | None = None) -> None:
    """Change a record in place and say when."""
    record.update(changes)
    for name, value in record.items():
        if isinstance(value, datetime) and re.match("lastmodif|updat", name, re.IGNORECASE):
            record[name] = call.now
    call.table(noun).touch()


def delete(call: Call) -> Answer:
    """Remove a record with its ARN and tags."""
    record = call.find()
    call.state.remove(call.service.name, call.noun, record, record.get(call.service.arn_member(call.noun)))
    return project(record, call.service.output(call.operation), call.noun, call.now)


def move(call: Call) -> Answer:
    """Start or stop what is there: its status moves at once to where it would end."""
    record = call.find()
    verb: Verb = call.verb or "start"
    shape = call.service.described(call.noun)
    changes = {}
    for name, member in shape.members.items() if shape else ():
        if name in record and getattr(member, "enum", None) and re.search("(Status|State)$", name):
            changes[name] = next((v for v in _MOVES[verb] if v in member.enum), record[name])
    amend(call, record, changes)
    return project(record, call.service.output(call.operation), call.noun, call.now)


def tag(call: Call) -> Answer:
    """Read or change the tags of the record behind an ARN."""
    arn = next((str(v) for n, v in call.params.items() if n.lower().endswith("arn")), "")
    state = call.state
    if arn not in state.places:
        call.fail(_NOT_FOUND, f"Could not find resource {arn}.")
    change_tags(state, arn, call.params.get("Tags") or call.params.get("tags"), _tag_keys(call.params))
    shape = call.service.output(call.operation)
    name = next((m for m in (shape.members if shape else ()) if m.lower() in {"tags", "resourcetags"}), None)
    if name is None:
        return {}
    tags = state.tags.get(arn, {})
    if shape.members[name].type_name == "map":
        return {name: dict(tags)}
    rows, token = cut(call, tag_list(tags), call.params.get("NextToken"), call.params.get("MaxResults"))
    return {name: rows, **({"NextToken": token} if token and "NextToken" in shape.members else {})}


def _tag_keys(params: dict[str, Any]) -> list[str]:
    return next((list(v) for n, v in params.items() if n.lower() == "tagkeys"), [])


def change_tags(state: State, arn: str, given: Any, removed: Iterable[str]) -> None:
    """Add and take away tags; the ARN counts as once tagged from the first tag on."""
    if given:
        state.tags.setdefault(arn, {}).update(tag_map(given))
    for key in removed:
        state.tags.get(arn, {}).pop(key, None)


def tag_map(tags: Any) -> dict[str, str]:
    """Tags as a mapping, from any of AWS's spellings."""
    if isinstance(tags, dict):
        return dict(tags)
    lowered = [{n.lower(): v for n, v in row.items()} for row in tags]
    return {row.get("key") or row.get("tagkey") or "": row.get("value", row.get("tagvalue", "")) for row in lowered}


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    """Tags as AWS's usual list."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def project(record: Record, shape: Any, noun: str | None, now: datetime) -> Answer:
    """The part of a record that a shape has room for; summaries (no noun) also take nested members."""
    if shape is None:
        return {}
    out: Answer = {}
    for name, member in shape.members.items():
        if name in record:
            out[name] = record[name]
        elif noun and name.lower() == noun.lower() and member.type_name == "structure":
            out[name] = project(record, member, None, now)
        elif noun is None and name not in {"Status", "Name"} and (value := find_member(record, name)) is not None:
            out[name] = value
        elif name in shape.required_members and name.lower() not in _CONTROLS:  # the token of a page that is not there
            out[name] = _blank(member, now)
    return {name: value for name, value in out.items() if value is not None}


def _blank(member: Any, now: datetime) -> Any:
    blanks: dict[str, Any] = {
        "timestamp": now, "list": [], "map": {}, "structure": {}, "boolean": False, "integer": 0, "long": 0, "float": 0.0,
        "double": 0.0, "blob": b"",
    }  # fmt: skip
    enum = getattr(member, "enum", None)
    return blanks.get(member.type_name, enum[0] if enum else "-")


def render(value: Any, shape: Any) -> Any:
    """A copy of a value that holds only what its shape knows: what a wire would carry."""
    if value is None or shape is None:
        return None
    match shape.type_name:
        case "structure":
            members = shape.members
            return {n: render(v, members[n]) for n, v in value.items() if n in members and v is not None}
        case "list":
            return [render(item, shape.member) for item in value]
        case "map":
            return {key: render(item, shape.value) for key, item in value.items()}
        case _:
            return value
