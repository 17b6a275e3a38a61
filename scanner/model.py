"""Resources: what AWS answered, as typed fields that know whether they were observed."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from types import NoneType, UnionType
from typing import (
    Any,
    ClassVar,
    Generic,
    Literal,
    Self,
    TypeVar,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

from mllens.scanner.path import ABSENT, bury, dig, lacking, misshapen
from mllens.scanner.row import Key, Row, Shapes, arn_parts
from mllens.scanner.watch import WATCH, Unobserved, note

EXAMPLE_ACCOUNT = "111122223333"  # AWS's documentation account: what resources in cases belong to
EXAMPLE_REGION = "us-east-1"
REDACTED = "$redacted"  # how a removed value is marked in a stored answer: {"$redacted": "kind"}

ECR_IMAGE = re.compile(r"(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)/(.+)")
# SageMaker takes addresses of S3 in all of its forms: a scheme of its own, the bucket in the path or in the host.
S3_ADDRESS = re.compile(
    r"(?:s3://|https://s3[.-](?:[a-z0-9.-]+\.)?amazonaws\.com(?:\.cn)?/)([^/]+).*"
    r"|https://([^/]+?)\.s3[.-](?:[a-z0-9.-]+\.)?amazonaws\.com(?:\.cn)?(?:/.*)?"
)
R_co = TypeVar("R_co", bound="Resource", covariant=True)


@dataclass(frozen=True)
class Redacted:
    """A value that was removed before anything was kept; `kind` says what stood there."""

    kind: str


@dataclass(frozen=True)
class Missing:
    """The referenced resource does not exist: its type was read completely, or AWS said so when asked."""

    key: Key


@dataclass(frozen=True)
class Ref(Generic[R_co]):
    """A reference as AWS wrote it: a name, an ARN or an address, and the resource type it stands for."""

    target: type[R_co]
    value: str
    account: str = EXAMPLE_ACCOUNT
    region: str = EXAMPLE_REGION

    @property
    def key(self) -> Key:
        """The key of what is referred to; a plain name means the referring resource's account and region."""
        return self.target.key_of(self.value, self.account, self.region)


class Field:
    """One declared member of an AWS answer; on the class it stands for itself, on an instance for its value."""

    def __init__(
        self,
        path: str,
        of: str | None,
        absent: object,
        *,
        local: bool = False,
        pattern: str = "",
        when: Mapping[str, str] | None = None,
    ) -> None:
        self.path = tuple(path.split("."))
        self.member = self.path[0].partition("[")[0]
        self.of = of
        self.absent = absent
        self.local = local
        self.when = when or {}
        self.pattern = re.compile(pattern) if pattern else None
        self.undeclared = False
        self.attr = ""
        self.owner: type[Declared] = Declared
        self.told: tuple[Shapes, Sequence[str]] | None = None
        """What `telling` last found, and for which shapes."""

    def __set_name__(self, owner: type["Declared"], name: str) -> None:
        self.owner, self.attr = owner, name

    def __get__(self, instance: "Declared | None", owner: type) -> Any:
        if instance is None:
            return self
        return instance._read(self)  # noqa: SLF001 - the descriptor is part of the class

    def __repr__(self) -> str:
        return f"{self.owner.__name__}.{self.attr}"

    @cached_property
    def hint(self) -> Any:
        """The annotation, resolved."""
        return _hints(self.owner)[self.attr]  # type: ignore[arg-type]  # a class is hashable whatever its instances are

    @cached_property
    def optional(self) -> bool:
        """Whether an omitted member means "not set"."""
        return self.absent is not ABSENT or NoneType in get_args(self.hint)

    @cached_property
    def of_each(self) -> bool:
        """Whether it holds one value for each item of a list; references do not, for many items have none."""
        return not self.undeclared and any(step.endswith("[]") for step in self.path[:-1]) and not self.targets

    @cached_property
    def enumerated(self) -> bool:
        """Whether it holds values of an enumeration."""
        return _has_literal(self.hint)

    @cached_property
    def decode(self) -> Callable[[Any, "Resource"], Any]:
        """From a JSON value to the annotated type."""
        from mllens.scanner.decode import decoder  # noqa: PLC0415 - decoders make structures and references of this module

        return decoder(self.hint, repr(self), self.referred)

    def of_absent(self) -> Any:
        """What an omitted member means."""
        return None if self.absent is ABSENT else self.absent

    @cached_property
    def targets(self) -> tuple["Edge", ...]:
        """Every place in this field that refers to another type."""
        return tuple(Edge(self, path, target, by) for path, target, by in _targets(self, self.path))

    def look(self, answer: Mapping[str, Any]) -> Any:
        """The JSON value in an answer; ABSENT too where `when` says that the member names something else.

        Raises:
            Unobserved: AWS left out what tells it.
        """
        found = dig(answer, self.path)
        for member, wanted in self.when.items() if found is not ABSENT else ():
            if (kind := dig(answer, (member,))) is ABSENT:
                raise Unobserved(repr(self), f"AWS left out {member}, which tells what {'.'.join(self.path)} names")
            if kind != wanted:
                return ABSENT
        return found

    def referred(self, value: str) -> str | None:
        """The part of a member that names the other resource; None where the pattern says that it names none."""
        if self.pattern is None:
            return value or None  # AWS writes an empty text for some names that are not set
        found = self.pattern.fullmatch(value)
        return found[1] if found else None


@dataclass(frozen=True)
class Answer:
    """A read of what no field declares, as `reads` lists it: a path in an operation's answer for a type."""

    cls: "type[Resource]"
    path: str
    of: str

    def as_field(self) -> Field:
        """The read as a field."""
        field = Field(self.path, self.of, ABSENT)
        field.__set_name__(self.cls, f"answer({self.path!r}, of={self.of!r})")
        field.hint = Any  # no annotation says what it is
        field.undeclared = True
        return field

    def __repr__(self) -> str:
        return repr(self.as_field())


class Tags(Field):
    """The tags of a resource: from its own answers, or from the tagging service."""

    def __init__(self) -> None:
        super().__init__("Tags", None, ABSENT)


def api(path: str, *, of: str | None = None, absent: object = ABSENT) -> Any:
    """Declare a field: where it stands in AWS's answer (`A.B` nested, `A[].B` in each).

    `of` names the operation where a type is read by several; `absent` is what AWS means by leaving the member out
    (a field annotated `| None` means None). Without either, an omitted member is unobserved.
    """
    return Field(path, of, absent)


def ref(
    path: str,
    *,
    of: str | None = None,
    absent: object = ABSENT,
    local: bool = False,
    pattern: str = "",
    when: Mapping[str, str] | None = None,
) -> Any:
    """Declare a field that names other resources.

    `local`: AWS takes names of the same account and region only. `pattern`: a regular expression whose first group is
    the name, where the member holds more, or names of other types too (those that do not match are left out).
    `when`: members of the same answer and their values, where these tell which type a name is of; with others the
    reference is absent.
    """
    return Field(path, of, absent, local=local, pattern=pattern, when=when)


@dataclass_transform(kw_only_default=True, eq_default=False)
class Declared:
    """A class whose annotated members are declared fields; every one may be unobserved."""

    fields: ClassVar[Mapping[str, Field]] = {}

    def __init_subclass__(cls) -> None:
        cls.fields = {**cls.fields, **{k: v for k, v in vars(cls).items() if isinstance(v, Field)}}

    def __init__(self, **values: Any) -> None:
        self._values = dict(values)
        for name in values:
            if name not in self.fields:
                raise TypeError(f"{type(self).__name__} has no field {name!r}; it has {', '.join(sorted(self.fields))}")

    @property
    def given(self) -> Mapping[str, Any]:
        """The fields that its constructor was given; none for a view on an answer."""
        return self._values

    def _read(self, field: Field) -> Any:
        raise NotImplementedError


class Struct(Declared):
    """A structure inside a resource: observed with it as a whole, so what a case does not set is absent."""

    _owner: "Resource | None" = None
    _raw: Mapping[str, Any] | None = None

    @classmethod
    def from_answer(cls, raw: Mapping[str, Any], owner: "Resource") -> Self:
        """A view on one structure of an answer."""
        self = cls()
        self._raw, self._owner = raw, owner
        return self

    def _read(self, field: Field) -> Any:
        if field.attr in self._values:
            return self._values[field.attr]
        if self._raw is not None and self._owner is not None:
            found = field.look(self._raw)
            if found is not ABSENT:
                self._values[field.attr] = value = field.decode(found, self._owner)
                return value
        if field.optional:
            return field.of_absent()
        raise Unobserved(repr(field), "AWS left it out" if self._raw is not None else "not set in this case")

    def as_json(self) -> Mapping[str, Any]:
        """The structure as AWS sent it, or would have sent it."""
        if self._raw is not None:
            return self._raw
        out: dict[str, Any] = {}
        for attr, part in self._values.items():
            if part is not None:
                bury(out, self.fields[attr].path, raw_value(part))
        return out

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and raw_value(self) == raw_value(other)

    def __hash__(self) -> int:
        return hash(repr(raw_value(self)))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({raw_value(self)})"


class Resource(Declared):
    """One AWS resource: built by its constructor (in cases), or a view on a row of an inventory."""

    type: ClassVar[str] = ""
    name_member: ClassVar[str] = ""
    arn_member: ClassVar[str] = ""
    scope: ClassVar[Literal["regional", "account", "global"]] = "regional"
    arn_tail: ClassVar[bool] = False

    name: str = ""
    account: str = EXAMPLE_ACCOUNT
    region: str = EXAMPLE_REGION
    arn: str = ""
    tags: Mapping[str, str] = Tags()  # type: ignore[assignment]  # a descriptor, as every field

    def __init_subclass__(
        cls,
        *,
        type: str = "",  # noqa: A002 - AWS's word for it
        name: str = "",
        arn: str = "",
        scope: Literal["regional", "account", "global"] = "regional",
        arn_tail: bool = False,
    ) -> None:
        """Declare a resource type.

        Args:
            type: the CloudFormation name, or the same pattern where CloudFormation has none.
            name: the member that identifies it in an answer (a name, or an ARN whose resource part does).
            arn: the member that holds its ARN.
            scope: whether its key holds account and region, only the account, or neither (buckets).
            arn_tail: the name is the last part of the ARN's path (IAM), not everything after the kind.
        """
        if type:
            cls.type, cls.name_member, cls.arn_member, cls.scope, cls.arn_tail = type, name, arn, scope, arn_tail
            cls.tags = Tags()  # type: ignore[assignment]
            cls.tags.__set_name__(cls, "tags")  # type: ignore[attr-defined]
            if (known := TYPES.get(type)) is not None and known.__qualname__ != cls.__qualname__:
                raise TypeError(f"{type} is declared twice: {known.__module__} and {cls.__module__}")
            TYPES[type] = cls
        super().__init_subclass__()

    def __init__(self, **values: Any) -> None:
        self._row: Row | None = None
        self._shapes: Shapes = {}
        self._answers: Mapping[str, Any] | None = None
        header = {k: str(values.pop(k)) for k in ("name", "account", "region", "arn") if k in values}
        super().__init__(**values)
        self.name = header.get("name", "example")
        self.account = "" if self.scope == "global" else header.get("account", EXAMPLE_ACCOUNT)
        self.region = header.get("region", EXAMPLE_REGION) if self.scope == "regional" else ""
        self.arn = header.get("arn", "")

    @classmethod
    def from_row(cls, row: Row, shapes: Shapes) -> Self:
        """A view on a stored row; fields decode on first read. `shapes`: members by operation."""
        self = cls.__new__(cls)
        self._values, self._row, self._shapes, self._answers = {}, row, shapes, None
        self.name, self.account, self.region, self.arn = row.name, row.account, row.region, row.arn or ""
        return self

    @property
    def key(self) -> Key:
        """Identity: type, account, region and name."""
        return Key(self.type, self.account, self.region, self.name)

    @classmethod
    def key_of(cls, value: str, account: str, region: str) -> Key:
        """The key that a reference written in `account` and `region` means: a name, an ARN, an s3:// or image address."""
        name = value
        if value.startswith("arn:"):
            found_account, found_region, path = arn_parts(value)
            account, region = found_account or account, found_region or region
            kind_and_name = path.replace(":", "/", 1).split("/", 1)
            if cls.scope == "global":
                name = value if found_region else kind_and_name[0]  # an access point's ARN does not tell its bucket
            elif path.startswith("alias/"):
                name = path  # an alias stands where a key could, and keeps its prefix there
            else:
                name = path.rsplit("/", 1)[-1] if cls.arn_tail else kind_and_name[-1]
        elif address := S3_ADDRESS.fullmatch(value):
            name = address[1] or address[2]
        elif image := ECR_IMAGE.fullmatch(value):
            account, region, name = image[1], image[2], image[3]
            name += "" if ":" in name else ":latest"  # what stands for no tag
        return Key(
            cls.type,
            "" if cls.scope == "global" else account,
            region if cls.scope == "regional" else "",
            name,
        )

    def answer(self, path: str, *, of: str) -> Any:
        """What an operation answered at a path, as JSON; for packs that read what no field declares.

        Raises:
            Unobserved: the operation was not answered, or left the member out.
        """
        read = Answer(type(self), path, of)
        note(read, repr(read))
        return self._find(read.as_field())

    def raw(self, field: Field) -> Any:
        """A field's JSON value, or ABSENT where AWS means something by leaving it out; not noted as a read."""
        if field.attr in self._values and self._row is None:
            value = raw_value(self._values[field.attr])
            return ABSENT if value is None else value
        return self._find(field)

    def answered(self, of: str) -> Mapping[str, Any]:
        """The whole of what an operation answered, as it is kept (without secrets); for a fix that copies it.

        Raises:
            Unobserved: it was not answered.
        """
        answers = self._read_answers()
        for operation in (of, "Describe"):  # cases do not say which operation answered
            if operation in answers:
                return answers[operation]  # type: ignore[no-any-return]
        why = self._row.gaps.get(of) if self._row is not None else None
        raise Unobserved(self.name, why or f"{of} was not read")

    def source(self, field: Field) -> str:
        """The operation that a field's value, or its absence, was read from; empty if it was not observed."""
        if self._row is None:
            return ""
        for operation in telling(field, self._shapes):
            if operation in self._read_answers():
                return operation
        return ""

    @property
    def row(self) -> Row | None:
        """The stored row behind this view."""
        return self._row

    def _read_answers(self) -> Mapping[str, Any]:
        if self._answers is None:
            self._answers = self._row.decode() if self._row is not None else {}
        return self._answers

    def _read(self, field: Field) -> Any:
        watch = WATCH.get()
        if watch is not None:
            watch.read(field, repr(field))
            watch.fields[self.key, field.attr] = (self, field)
        value = self._value(field)
        if watch is not None:
            watch.observed += 1
        return value

    def _value(self, field: Field) -> Any:
        if field.attr in self._values:
            return self._values[field.attr]
        if isinstance(field, Tags):
            value = self._tags(field)
        else:
            found = self._find(field)
            value = field.of_absent() if found is ABSENT else field.decode(found, self)
        if not (WATCH.get() is not None and field.enumerated):
            self._values[field.attr] = value  # a value outside its enumeration must be noted on every read
        return value

    def _tags(self, field: Field) -> Mapping[str, str]:
        row = self._row
        if row is not None and row.tags is not None:
            return row.tags
        why = (row.gaps.get("Tags") if row is not None else None) or "not collected"
        raise Unobserved(repr(field), why)

    def _find(self, field: Field) -> Any:
        """The raw JSON value, or ABSENT where AWS means something by leaving it out."""
        row = self._row
        if row is None:
            raise Unobserved(repr(field), "not set in this case")
        if field.member in row.gaps:
            raise Unobserved(repr(field), row.gaps[field.member])
        left_out_by = ""
        answers = self._read_answers()
        for operation in telling(field, self._shapes):
            if operation in answers:
                if (found := field.look(answers[operation])) is not ABSENT:
                    if field.of_each and lacking(answers[operation], field.path):
                        raise Unobserved(repr(field), f"{operation} left it out in an item")
                    return found
                if misshapen(answers[operation], field.path):
                    raise Unobserved(repr(field), f"{operation} answered something else at {'.'.join(field.path)}")
                left_out_by = operation
        if left_out_by and field.optional:
            return ABSENT
        if left_out_by:
            raise Unobserved(repr(field), f"{left_out_by} left out {'.'.join(field.path)}")
        causes = [row.gaps[o] for o in ([field.of] if field.of else self._shapes) if o in row.gaps]
        raise Unobserved(repr(field), "; ".join(dict.fromkeys(causes)) or "not collected")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, account={self.account!r}, region={self.region!r})"

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Resource) and self.key == other.key


TYPES: dict[str, type[Resource]] = {}


@cache
def _hints(cls: type[Declared]) -> dict[str, Any]:
    """The annotations of a class, resolved; types of other modules are found by their class name."""
    try:
        return get_type_hints(cls, include_extras=True)  # there are none; to look for them takes half of the time
    except NameError:
        return get_type_hints(cls, localns={t.__name__: t for t in _declared_types()}, include_extras=True)


def _declared_types() -> Iterable[type[Resource]]:
    from mllens.scanner.catalogue import load  # noqa: PLC0415 - modules that refer to each other in a circle

    load()
    return TYPES.values()


class Account(Resource, type="AWS::::Account", name="Account", scope="account"):
    """An AWS account that was scanned; account-wide rules take it. Its name is its id."""


class Region(Resource, type="AWS::::Region", name="RegionName"):
    """A region of an account that was scanned; rules about a region as a whole take it."""


def raw_value(value: Any) -> Any:
    """A typed value as the JSON that AWS would have sent."""
    match value:
        case Struct():
            value = value.as_json()
        case Ref():
            value = value.value
        case Redacted():
            value = {REDACTED: value.kind}
        case datetime():
            value = value.timestamp()
        case tuple() | list():
            value = [raw_value(part) for part in value]
        case Mapping():
            value = {k: raw_value(v) for k, v in value.items()}
    return value


def _has_literal(hint: Any) -> bool:
    return get_origin(hint) is Literal or any(_has_literal(part) for part in get_args(hint))


def _targets(
    field: Field, path: tuple[str, ...], hint: Any = None
) -> Iterator[tuple[tuple[str, ...], type[Resource], Field]]:
    hint = field.hint if hint is None else hint
    origin, args = get_origin(hint), get_args(hint)
    if origin is Ref:
        yield path, args[0], field
    elif origin in (Union, UnionType):
        for part in args:
            yield from _targets(field, path, part)
    elif origin is tuple:
        each = path if any("[" in step for step in path) else (*path[:-1], path[-1] + "[]")
        yield from _targets(field, each, args[0])
    elif isinstance(hint, type) and issubclass(hint, Struct) and hint is not field.owner:  # a step may hold steps
        for inner in hint.fields.values():
            yield from _targets(inner, path + inner.path)


def encode(resource: Resource) -> tuple[Row, Shapes]:
    """A constructed resource as the row and shapes that a scan would have stored: what was not set is a gap."""
    answers: dict[str, dict[str, Any]] = {}
    shapes: dict[str, list[str]] = {}
    gaps: dict[str, str] = {}
    for attr, field in resource.fields.items():
        if isinstance(field, Tags):
            continue
        operation = field.of or "Describe"
        answer = answers.setdefault(operation, {})
        shapes.setdefault(operation, []).extend((field.member, ".".join(field.path)))
        if attr not in resource._values:  # noqa: SLF001 - one class, two sources
            gaps[field.member] = "not set in this case"
        else:
            value = resource._values[attr]  # noqa: SLF001
            if value is not None and not (field.optional and field.absent is not ABSENT and value == field.absent):
                bury(answer, field.path, raw_value(value))
    for field in resource.fields.values():  # several fields may share a member: one that was set makes it observed
        if field.attr in resource._values:  # noqa: SLF001
            gaps.pop(field.member, None)
    row = Row.encode(
        resource.key,
        arn=resource.arn or None,
        tags=dict(resource._values["tags"]) if "tags" in resource._values else None,  # noqa: SLF001
        answers=answers,
        gaps=gaps,
        seen={},
    )
    return row, {o: tuple(m) for o, m in shapes.items()}


def telling(field: Field, shapes: Shapes) -> Sequence[str]:
    """The operations whose answers can hold a field, most telling first."""
    if (told := field.told) is None or told[0] is not shapes:  # those of a type are one object for all its resources
        told = field.told = (shapes, _telling(field, shapes))
    return told[1]


def _telling(field: Field, shapes: Shapes) -> list[str]:
    nested = ".".join(field.path) if len(field.path) > 1 and not field.undeclared else field.member
    return [o for o, known in shapes.items() if field.of in (None, o) and {field.member, nested} <= set(known)]


@dataclass(frozen=True, eq=False)
class Edge:
    """A place in a type's fields that refers to another type: a path in the answer, and the field that declares it."""

    field: Field
    """Of the resource: what a rule lists as read."""
    path: tuple[str, ...]
    target: type[Resource]
    by: Field
    """The field itself, or one of a structure in it: it knows which part of the member is the name."""


_EDGES: dict[type[Declared], tuple[Edge, ...]] = {}


def edges_of(cls: type[Resource]) -> tuple[Edge, ...]:
    """Every place in a type's fields that refers to another type."""
    if cls not in _EDGES:
        fields = [f for f in cls.fields.values() if not isinstance(f, Tags)]
        _EDGES[cls] = tuple(edge for f in fields for edge in f.targets)
    return _EDGES[cls]
