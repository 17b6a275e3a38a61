"""The simulated AWS as its users hold it: a context that stands in for AWS in this process, and over HTTP."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self
from unittest.mock import patch

import boto3
import botocore.session
from botocore.loaders import create_loader

from mllens.sandbox import check, cloudwatch, ecr, freeze, identity, motoland, sagemaker, search, taps
from mllens.sandbox.answer import Call, kebab
from mllens.sandbox.clock import Clock
from mllens.sandbox.engine import Engine, die
from mllens.sandbox.faults import Faults
from mllens.sandbox.log import Calls
from mllens.sandbox.model import service
from mllens.sandbox.policy import Policy
from mllens.sandbox.sagemaker import deployments
from mllens.sandbox.search import Blindness
from mllens.sandbox.server import serving
from mllens.sandbox.snapshot import Snapshot
from mllens.sandbox.store import Key, Record

# one for all sessions: it keeps the service models that it read
_LOADER = create_loader()
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
__all__ = ["NOON", "Sandbox"]


class Sandbox:
    """A simulated AWS.

    Inside `with`, clients of this process reach it: those of `session()` and `client()`, and any other that boto3 makes
    (credentials in the environment are replaced). Sandboxes can be nested; the innermost answers.

    Args:
        account: The account that callers with foreign credentials are in.
        regions: The regions that hold something; the first is the default. Any region answers.
        now: The moment at which the clock stands; it moves only through `clock`.
        seed: Which calls the faults hit.
        faults: What goes wrong from the start.
        policy: The identity policy enforced from the start.
        on_kill: What a `kill` fault does; by default it ends the process with status 137. Where it returns, having
            ended the process that asked, say, the connection breaks.
    """

    def __init__(
        self,
        *,
        account: str = "123456789012",
        regions: Sequence[str] = ("us-east-1", "eu-west-1"),
        now: datetime = NOON,
        seed: int = 0,
        faults: Faults | None = None,
        policy: Mapping[str, Any] | None = None,
        on_kill: Callable[[Call], None] = die,
    ) -> None:
        self.account = account
        self.regions = tuple(regions)
        self.clock = Clock(now)
        self.engine = Engine(account, self.regions[0], self.clock, seed)
        self.engine.on_kill = on_kill
        self.faults = faults or Faults()
        self.enforce(policy)
        self._exits = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(_environment(identity.access_key(self.account), self.regions[0]))
            stack.enter_context(patch("boto3.DEFAULT_SESSION", boto3.Session(botocore_session=_core())))
            estate = motoland.Estate()
            estate.open()
            stack.callback(estate.close)
            freeze.follow(self.clock.now)
            stack.callback(freeze.release)
            stack.enter_context(taps.in_process(self.engine))
            self._exits = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exits.close()

    @property
    def faults(self) -> Faults:
        """The faults in force; assign to change them, `Faults()` for none."""
        return self.engine.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self.engine.faults = faults

    @property
    def calls(self) -> Calls:
        """The calls that came in, over every tap."""
        return self.engine.calls

    @property
    def search(self) -> Blindness:
        """What SageMaker Search does not see: set `lags`, `hidden` and `omitted`."""
        return search.blindness(
            self.engine.world, lambda account, region: self.engine.make("sagemaker", "Search", {}, account, region)
        )

    def session(self, region: str | None = None, account: str | None = None, *, fast: bool = False) -> boto3.Session:
        """A session in an account and region; a fast one answers before anything is serialised, and never retries."""
        core = _core()
        core.set_credentials(identity.access_key(account or self.account), "sandbox-secret")
        session = boto3.Session(botocore_session=core, region_name=region or self.regions[0])
        if fast:
            taps.short_circuit(core, self.engine, account or self.account)
        return session

    def client(self, name: str, region: str | None = None, account: str | None = None, *, fast: bool = False) -> Any:
        """A client in an account and region."""
        return self.session(region, account, fast=fast).client(name)

    def at(self, moment: datetime) -> AbstractContextManager[None]:
        """Make in-process calls of this thread as of a moment: what they create bears its time."""
        return self.clock.at(moment)

    def lenient(self) -> AbstractContextManager[None]:
        """Let in-process calls of this thread create what AWS would refuse, such as hostile names."""
        return check.lenient()

    def enforce(self, document: Mapping[str, Any] | None) -> None:
        """Deny from now on every call, over any tap, that this identity policy does not allow; None lifts it."""
        self.engine.policy = None if document is None else Policy.read(document)

    def deployments(self, *, looks: int) -> None:
        """Let deployments to endpoints take time from now on: so many DescribeEndpoint calls show each stage.

        With 0, as at first, an endpoint has its new configuration at once. Only DescribeEndpoint moves a deployment on.
        """
        deployments.habits(self.engine.world).looks = looks

    def rolls_back(
        self, endpoint: str, *, times: int | None = None, region: str | None = None, account: str | None = None
    ) -> None:
        """Let so many of the next updates of an endpoint (None: all) end on the old configuration; 0 ends that."""
        key = (account or self.account, region or self.regions[0], endpoint)
        deployments.habits(self.engine.world).doomed[key] = times

    def serve(self, port: int = 0, host: str = "127.0.0.1") -> AbstractContextManager[str]:
        """Serve over HTTP from a thread; gives the address, with a free port when `port` is 0."""
        return serving(self.engine, host, port)

    def snapshot(self) -> Snapshot:
        """All that the simulated AWS holds at this moment, to be compared with a later one."""
        return self.engine.snapshot()

    def record(self, name: str, noun: str, *key: str, region: str | None = None, account: str | None = None) -> Record:
        """The stored record of a noun, say `record("sagemaker", "Endpoint", "e")`; changing it changes the answers."""
        state = self.engine.world.state(account or self.account, region or self.regions[0])
        wanted: Key = tuple(key)
        found = state.table(name, noun).get(wanted)
        if found is None:
            raise KeyError(f"there is no {name} {kebab(noun)} {'/'.join(key)} in {state.account} {state.region}")
        return found

    def amend(
        self, name: str, noun: str, *key: str, region: str | None = None, account: str | None = None, **members: Any
    ) -> None:
        """Set members of a record that no operation can set, say `EndpointStatus="Failed"`; None removes one."""
        record = self.record(name, noun, *key, region=region, account=account)
        for member, value in members.items():
            if value is None:
                record.pop(member, None)
            else:
                record[member] = value
        state = self.engine.world.state(account or self.account, region or self.regions[0])
        state.table(name, noun).touch()

    def add(
        self,
        name: str,
        noun: str,
        record: Record,
        *,
        region: str | None = None,
        account: str | None = None,
    ) -> None:
        """Add a record that no operation creates; it must hold the members that name it."""
        state = self.engine.world.state(account or self.account, region or self.regions[0])
        asked = service(name)
        key = tuple(str(record[member]) for member in asked.keys(noun))
        state.put(name, noun, key, record, record.get(asked.arn_member(noun)))

    def monitoring_execution(
        self, schedule: str, *, region: str | None = None, account: str | None = None, **members: Any
    ) -> None:
        """Add an execution of a monitoring schedule; times default to now, the status to Completed."""
        call = self.engine.make(
            "sagemaker", "ListMonitoringExecutions", {}, account or self.account, region or self.regions[0]
        )
        sagemaker.add_monitoring_execution(call, schedule, members)

    def image_findings(
        self,
        repository: str,
        tag: str,
        counts: Mapping[str, int],
        *,
        region: str | None = None,
        account: str | None = None,
    ) -> None:
        """Let scans of an image in ECR find so many of each severity, say `{"CRITICAL": 2}`."""
        state = self.engine.world.state(account or self.account, region or self.regions[0])
        ecr.add_findings(state, repository, tag, counts)

    def metric(
        self,
        namespace: str,
        name: str,
        dimensions: Mapping[str, str],
        points: Mapping[datetime, float] | Sequence[tuple[datetime, float]],
        *,
        unit: str = "None",
        region: str | None = None,
        account: str | None = None,
    ) -> None:
        """Seed datapoints of a CloudWatch metric, AWS's own namespaces included."""
        state = self.engine.world.state(account or self.account, region or self.regions[0])
        pairs = points.items() if isinstance(points, Mapping) else points
        cloudwatch.add_points(state, namespace, name, dict(dimensions), list(pairs), unit=unit)


def _core() -> botocore.session.Session:
    core = botocore.session.Session()
    core.register_component("data_loader", _LOADER)
    return core


@contextmanager
def _environment(access_key: str, region: str) -> Iterator[None]:
    replaced = {
        "AWS_ACCESS_KEY_ID": access_key,
        "AWS_SECRET_ACCESS_KEY": "sandbox-secret",
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        # a person's own configuration may name profiles, regions and endpoints
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        # over a thousand machine images for each region, half a second each time, and nothing here asks for one
        "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
    }
    with patch.dict(os.environ, replaced):
        for name in ("AWS_PROFILE", "AWS_REGION", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ROLE_ARN"):
            os.environ.pop(name, None)
        yield
