"""Faults on order: what goes wrong, for which calls, and how often; the same calls always fail the same way."""

from __future__ import annotations

import json
import threading
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, get_args

from mllens.sandbox import identity
from mllens.sandbox.answer import Call

Kind = Literal[
    "throttle", "rate", "deny", "error", "reset", "lost", "slow", "expired", "repeat-token", "vanish", "malformed", "kill"
]  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    `calls`, `region`, `account` and `resource` are globs (case-sensitive); `resource` is compared with every name and
    ARN among the parameters. `share` is the part of the calls that is hit; which ones depends on the sandbox's seed and
    on the call itself (and on how often this very call came before), never on the order of arrival.

    Attributes:
        kind: throttle, rate, deny, error (HTTP 500), reset (the connection breaks and nothing happens),
            lost (the call takes effect, then the connection breaks), slow, expired (token), repeat-token (a list that
            gives the same token for ever), vanish (the detail call finds nothing), malformed (half a body), kill.
        calls: Operations as `service:Operation`, say `sagemaker:Describe*`.
        share: Part of the calls that is hit, 0 to 1.
        times: Hit only the first so many tries of each call; None hits all.
        rate: For `rate`: calls a second that each operation bears; what is above is throttled.
        burst: For `rate`: calls that may come at once; None means one second's worth.
        clock: For `rate`: `real` time, or the `virtual` clock of the sandbox.
        seconds: For `slow`: how long the answer takes, in real time.
        nth: For `kill`: which matching call ends the process.
        when: For `kill`: `before` the call takes effect, or `after` it did and before it is answered.
    """

    kind: Kind
    calls: str = "*"
    share: float = 1.0
    region: str = "*"
    account: str = "*"
    resource: str = "*"
    times: int | None = None
    rate: float = 0.0
    burst: float | None = None
    clock: Literal["real", "virtual"] = "real"
    seconds: float = 0.0
    nth: int = 1
    when: Literal["before", "after"] = "before"

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"unknown fault {self.kind!r}; there are {', '.join(get_args(Kind))}")
        if not 0 <= self.share <= 1:
            raise ValueError(f"fault {self.kind!r}: share must lie between 0 and 1, not {self.share}")
        if self.kind == "rate" and self.rate <= 0:
            raise ValueError("fault 'rate' needs rate=, the calls a second that are borne")

    def matches(self, call: Call) -> bool:
        """Whether the globs fit a call, whatever the dice say."""
        return (
            fnmatchcase(call.label, self.calls)
            and fnmatchcase(call.region, self.region)
            and fnmatchcase(call.account, self.account)
            and (self.resource == "*" or any(fnmatchcase(name, self.resource) for name in _named(call.params)))
            and (self.times is None or call.ordinal <= self.times)
        )

    def hits(self, call: Call, seed: int) -> bool:
        """Whether this call, at this try, is hit."""
        if not self.matches(call):
            return False
        return (
            self.share >= 1 or identity.share(seed, self.kind, self.calls, call.fingerprint, call.ordinal) < self.share
        )


def _named(params: dict[str, Any]) -> Iterator[str]:
    for value in params.values():
        if isinstance(value, str):
            yield value
            if value.startswith("arn:"):
                yield value.rsplit("/", 1)[-1]
        elif isinstance(value, list):
            yield from (item for item in value if isinstance(item, str))


@dataclass(frozen=True, init=False)
class Faults:
    """The faults in force, in order; an empty one is false."""

    rules: tuple[Fault, ...]

    def __init__(self, *rules: Fault) -> None:
        object.__setattr__(self, "rules", rules)

    def __iter__(self) -> Iterator[Fault]:
        return iter(self.rules)

    def __bool__(self) -> bool:
        return bool(self.rules)

    @classmethod
    def read(cls, path: Path | str) -> Faults:
        """Read from a TOML (`[[fault]]` tables) or JSON file (`{"fault": [...]}`, or just the list)."""
        path = Path(path)
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
        return cls.parse(content, str(path))

    @classmethod
    def parse(cls, content: Any, source: str = "faults") -> Faults:
        """Make faults from what a TOML or JSON file holds; refuses unknown words by name."""
        rows = content.get("fault", content.get("faults")) if isinstance(content, dict) else content
        if not isinstance(rows, list):
            raise ValueError(f"{source}: expected a list of faults, in TOML as [[fault]] tables")  # noqa: TRY004 (the file's value is wrong)
        known = {f.name for f in fields(Fault)}
        rules = []
        for number, row in enumerate(rows, 1):
            if not isinstance(row, dict) or "kind" not in row:
                raise ValueError(f"{source}: fault {number} needs a kind")
            if unknown := row.keys() - known:
                raise ValueError(
                    f"{source}: fault {number}: unknown {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}"
                )
            try:
                rules.append(Fault(**row))
            except ValueError as error:
                raise ValueError(f"{source}: fault {number}: {error}") from error
        return cls(*rules)


class Meters:
    """What faults have to remember from call to call: how full each bucket is and how often a kill came near."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: dict[tuple[Fault, str, str, str], tuple[float, float]] = {}
        self._met: Counter[Fault] = Counter()

    def admits(self, fault: Fault, call: Call) -> bool:
        """Take one from the bucket of this operation; False when it is empty."""
        now = call.now.timestamp() if fault.clock == "virtual" else time.monotonic()
        size = fault.burst if fault.burst is not None else max(fault.rate, 1.0)
        key = (fault, call.account, call.region, call.label)
        with self._lock:
            level, since = self._buckets.get(key, (size, now))
            level = min(size, level + max(0.0, now - since) * fault.rate)
            admitted = level >= 1
            self._buckets[key] = (level - 1 if admitted else level, now)
        return admitted

    def reaches(self, fault: Fault) -> bool:
        """Count a matching call; True on the fault's n-th."""
        with self._lock:
            self._met[fault] += 1
            return self._met[fault] == fault.nth
