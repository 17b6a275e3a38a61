"""Rows: a resource as it is stored, its header decoded and its answers left as bytes."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

Shapes = Mapping[str, tuple[str, ...]]
"""Operation to the members its item shape has (those of fields also nested: `A.B`), most telling operation first."""

Moment = Annotated[float, msgspec.Meta(ge=0, lt=253_402_300_800)]
"""Epoch seconds, up to the year 9999."""


class Key(NamedTuple):
    """Identity of a resource. Global types have region "", buckets also account ""."""

    type: str
    account: str
    region: str
    name: str

    def __str__(self) -> str:
        return f"{self.type} {self.name} ({' '.join(p for p in (self.account, self.region) if p) or 'global'})"


class Row(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, array_like=False):
    """One resource: header, and what each operation answered as raw JSON.

    `tags` is None where tags were not read. `gaps` maps an operation (or a member of its answer) to why it is not
    known. `seen` maps an operation to when it was answered (epoch seconds) and its request id. `gone` marks what is no
    resource: "absent" (asked for it, AWS said that it does not exist), "vanished" (listed, then no more there),
    "unsure" (named by others, and AWS would not say); why stands in `gaps["exists"]`.
    """

    type: str
    account: str
    region: str
    name: str
    answers: msgspec.Raw
    arn: str | None = None
    tags: dict[str, str] | None = None
    gaps: dict[str, str] = {}
    seen: dict[str, tuple[Moment, str]] = {}
    gone: Literal["", "absent", "vanished", "unsure"] = ""

    @property
    def key(self) -> Key:
        """Identity."""
        return Key(self.type, self.account, self.region, self.name)

    def decode(self) -> dict[str, Any]:
        """What each operation answered."""
        return msgspec.json.decode(self.answers, type=dict[str, Any])

    @classmethod
    def encode(
        cls,
        key: Key,
        *,
        answers: Mapping[str, Any],
        arn: str | None = None,
        tags: dict[str, str] | None = None,
        gaps: dict[str, str] | None = None,
        seen: dict[str, tuple[float, str]] | None = None,
        gone: Literal["", "absent", "vanished", "unsure"] = "",
    ) -> "Row":
        """A row from decoded answers; members are sorted, so that equal answers give equal bytes."""
        raw = msgspec.Raw(msgspec.json.encode(answers, order="sorted"))
        return cls(*key, raw, arn, tags, gaps or {}, seen or {}, gone)


def arn_parts(arn: str) -> tuple[str, str, str]:
    """Account, region and resource part of an ARN; empty strings where it has none."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return "", "", arn
    return parts[4], parts[3], parts[5]
