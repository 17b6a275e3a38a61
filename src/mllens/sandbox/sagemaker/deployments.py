"""Deployments to endpoints: they may take a while, and may be rolled back without a word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from mllens.sandbox.answer import Call, amend
from mllens.sandbox.check import is_lenient
from mllens.sandbox.errors import AwsError
from mllens.sandbox.sagemaker.fleet import CONFIGURED, pending
from mllens.sandbox.store import Record, State, World

_ALARMS = ("MetricAlarm", "CompositeAlarm")
_UNDER_WAY = "deployments"


@dataclass
class Habits:
    """How deployments go in a simulated AWS.

    Attributes:
        looks: How many descriptions show each stage of a deployment; with 0 it is over before the call returns.
        doomed: How many of the next updates roll back (None: all), by account, region and endpoint.
    """

    looks: int = 0
    doomed: dict[tuple[str, str, str], int | None] = field(default_factory=dict)

    def dooms(self, state: State, endpoint: str) -> bool:
        """Whether the update that begins now will be rolled back; counts it."""
        key = (state.account, state.region, endpoint)
        left = self.doomed.get(key, 0)
        if left:
            self.doomed[key] = left - 1
        return left is None or left > 0


def habits(world: World) -> Habits:
    """How deployments go in this world; to be changed in place."""
    found: Habits = world.extras.setdefault(_UNDER_WAY, Habits())
    return found


@dataclass
class _Deployment:
    """A deployment under way: `members` are what the endpoint will show of its configuration."""

    members: Record
    config: Record | None
    alarms: tuple[str, ...]
    looks: int
    tripped: bool


def refuse_busy(record: Record) -> None:
    """Refuse any change while a change is under way: AWS says "update" also of a deletion."""
    if record["EndpointStatus"] in {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"}:
        raise AwsError("ValidationException", f'Cannot update in-progress endpoint "{record["EndpointArn"]}".')


def checked(call: Call, config: Record | None) -> Record | None:
    """A deployment's configuration, refused when it has two policies or when an update names an alarm that is not there."""
    if config is None or is_lenient():
        return config
    if {"BlueGreenUpdatePolicy", "RollingUpdatePolicy"} <= config.keys():
        message = "Only one of BlueGreenUpdatePolicy and RollingUpdatePolicy can be used in a DeploymentConfig."
        raise AwsError("ValidationException", message)
    missing = [name for name in _alarm_names(config) if _state_of(call.state, name) is None]
    if missing and call.operation == "UpdateEndpoint":  # a first deployment has nothing to go back to
        message = f"AutoRollbackConfiguration names CloudWatch alarms that do not exist: [{', '.join(missing)}]."
        raise AwsError("ValidationException", message)
    return config


def _alarm_names(config: Record | None) -> tuple[str, ...]:
    return tuple(a["AlarmName"] for a in (config or {}).get("AutoRollbackConfiguration", {}).get("Alarms", ()))


def _state_of(state: State, alarm: str) -> str | None:
    rows = (state.table("cloudwatch", noun).get((alarm,)) for noun in _ALARMS)
    return next((str(row["StateValue"]) for row in rows if row), None)


def _tripped(state: State, alarms: Iterable[str]) -> bool:
    return any(_state_of(state, alarm) == "ALARM" for alarm in alarms)


def begin(call: Call, record: Record, members: Record, config: Record | None, target: Record) -> None:
    """Bring an endpoint to what `members` show of the target configuration; at once where deployments take no time."""
    known = habits(call.world)
    updating = record["EndpointStatus"] != "Creating"
    doomed = updating and known.dooms(call.state, record["EndpointName"])
    alarms = _alarm_names(config) if updating else ()
    deployment = _Deployment(members, config, alarms, known.looks, doomed)
    if known.looks:
        status = "Updating" if updating else "Creating"
        summary = pending(call, members, target)
        amend(call, record, {"EndpointStatus": status, "PendingDeploymentSummary": summary}, "Endpoint")
        call.state.extras.setdefault(_UNDER_WAY, {})[record["EndpointName"]] = deployment
    else:
        _end(call, record, deployment, rolled_back=doomed or _tripped(call.state, alarms))


def look(call: Call, record: Record) -> None:
    """Count a description of an endpoint: its deployment goes on when its present stage was seen often enough."""
    deployment: _Deployment | None = call.state.extras.get(_UNDER_WAY, {}).get(record["EndpointName"])
    if deployment is None:
        return
    going_back = record["EndpointStatus"] == "RollingBack"
    deployment.tripped = deployment.tripped or _tripped(call.state, deployment.alarms)
    if deployment.looks > 0:
        deployment.looks -= 1
    elif deployment.tripped and not going_back:
        deployment.looks = habits(call.world).looks - 1
        amend(call, record, {"EndpointStatus": "RollingBack"}, "Endpoint")
    else:
        _end(call, record, deployment, rolled_back=going_back)


def _end(call: Call, record: Record, deployment: _Deployment, *, rolled_back: bool) -> None:
    """Show the new configuration, or after a rollback the old one, and in any case what was last tried."""
    call.state.extras.get(_UNDER_WAY, {}).pop(record["EndpointName"], None)
    gone = {"PendingDeploymentSummary", "LastDeploymentConfig", *(() if rolled_back else CONFIGURED)}
    for name in gone:
        record.pop(name, None)
    changes: Record = {"EndpointStatus": "InService", **({} if rolled_back else deployment.members)}
    if deployment.config:
        changes["LastDeploymentConfig"] = deployment.config
    amend(call, record, changes, "Endpoint")
