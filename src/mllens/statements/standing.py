"""Whether a statement counts on a day: signed, begun, not expired."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from mllens.reports.assessment import Standing
from mllens.reports.summary import listed

FORMAT = 1
SOON = dt.timedelta(days=30)
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Glob = Annotated[str, StringConstraints(min_length=1, max_length=2048)]


@dataclass(frozen=True)
class Stands:
    """Whether a statement counts, and why not; `soon`: it counts, and expires within 30 days."""

    standing: Standing
    why: str = ""
    soon: bool = False


class Statement(BaseModel):
    """What attestations and waivers share: nothing undeclared, and a first and a last day."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    signed_by: ClassVar[tuple[str, ...]] = ("owner",)

    format: int = Field(ge=1, le=FORMAT, description="of this file")
    owner: Name = Field(default="", description="who answers for it; without one it does not count")
    date: dt.date = Field(description="the first day on which it counts")
    expires: dt.date = Field(description="the last day on which it counts")

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.expires < self.date:
            raise ValueError(f"expires on {self.expires}, before its date {self.date}")
        return self

    def lacks(self) -> str:
        """Say what it must have to count and has not; empty where nothing is missing."""
        empty = [name for name in self.signed_by if not getattr(self, name)]
        return f"lacks {listed(empty, len(empty))}" if empty else ""

    def stands(self, day: dt.date) -> Stands:
        """Whether it counts on a day, its first and last included."""
        if why := self.lacks():
            return Stands("unsigned", why)
        if day < self.date:
            return Stands("early", f"is dated {self.date}, after {day}: scan anew, or judge --as-of {self.date}")
        if day > self.expires:
            return Stands("expired", f"expired on {self.expires}")
        soon = self.expires - day <= SOON
        return Stands("holds", f"expires on {self.expires}" if soon else "", soon=soon)
