"""The one path that every call takes, whichever tap it came through."""

from __future__ import annotations

import copy
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from mllens.sandbox import errors, identity, motoland, wire
from mllens.sandbox.answer import Answer, Call, render
from mllens.sandbox.check import check
from mllens.sandbox.clock import Clock
from mllens.sandbox.errors import AwsError, ConnectionLost
from mllens.sandbox.faults import Fault, Faults, Meters
from mllens.sandbox.hooks import HOOKS
from mllens.sandbox.log import Calls, Made
from mllens.sandbox.model import service
from mllens.sandbox.needs import Need, needs
from mllens.sandbox.policy import Policy
from mllens.sandbox.snapshot import Snapshot, take
from mllens.sandbox.store import World
from mllens.sandbox.wire import Reply, Target

# Services answered from our store alone, although moto has some of them.
OWNED = frozenset({"sagemaker", "sagemaker-featurestore-runtime", "sts", "application-autoscaling"})
KILLED = 137
_MALFORMED_PARAMETERS = (KeyError, ValueError, TypeError, AttributeError)


def die(call: Call) -> NoReturn:
    """End the process at once, as a lost machine would."""
    os._exit(KILLED)


@dataclass(frozen=True)
class Outcome:
    """What a call came to: an answer to encode or a reply that moto encoded already; `garbled` spoils the body."""

    made: Answer | Reply
    garbled: bool = False


class Engine:
    """Answers calls from the store, from hooks and from moto, in that order of ownership; safe for many threads."""

    def __init__(self, account: str, region: str, clock: Clock, seed: int) -> None:
        self.account, self.region, self.clock, self.seed = account, region, clock, seed
        self.world = World()
        self.faults = Faults()
        self.policy: Policy | None = None
        self.calls = Calls()
        self.on_kill: Callable[[Call], None] = die
        self._meters = Meters()
        self._tries: Counter[str] = Counter()
        self._repeated: dict[tuple[Fault, str, str, str], Answer] = {}
        # one at a time: moto is not made for threads, and neither are multi-step hooks
        self._lock = threading.RLock()

    def answer(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer a request as it came over the wire; raises `ConnectionLost` where no answer shall come."""
        try:
            target = wire.receive(method, url, headers, body, self.region)
        except AwsError as error:
            sent = {name.lower(): value for name, value in headers.items()}
            protocol = (
                "json" if "x-amz-target" in sent else "rest-json" if "json" in sent.get("content-type", "") else "query"
            )
            return wire.encode_error(error, protocol, identity.unique(method, url), wire.http_date(self.clock.now()))
        call = self._read(target)
        request_id = identity.unique(call.fingerprint)
        try:
            outcome = self.serve(call, lambda: self._work(call, target))
        except AwsError as error:
            return wire.encode_error(error, call.protocol, request_id, wire.http_date(call.now), call.service)
        if isinstance(outcome.made, Reply):
            made = outcome.made
            reply = Reply(
                made.status, wire.stamped(call, made.headers, request_id), wire.restamped(made.body, request_id)
            )
        else:
            reply = wire.encode(call, outcome.made, request_id)
        return _spoiled(reply) if outcome.garbled else reply

    def call(self, name: str, operation: str, params: dict[str, Any], account: str, region: str) -> Call:
        """A call that comes without any wire."""
        return self._call(
            name,
            operation,
            wire.aware(params),
            account=account,
            region=region,
            key=identity.access_key(account),
            protocol="",
        )

    def ask(self, call: Call) -> Answer:
        """Answer a call without any wire (only what needs no moto); its parameters were checked for types already."""
        outcome = self.serve(call, lambda: self._own(call, typed=True))
        if isinstance(outcome.made, Reply) or outcome.garbled:
            return {}
        return dict(render(outcome.made, call.service.output(call.operation)) or {})

    def make(self, name: str, operation: str, params: dict[str, Any], account: str, region: str) -> Call:
        """A call for seeding: neither logged nor counted, nor touched by faults."""
        return Call(service(name), operation, params, account, region, self.clock, self.world)

    def snapshot(self) -> Snapshot:
        """What is held now, with no call half done."""
        with self._lock:
            return take(self.world)

    def own(self, name: str, operation: str) -> bool:
        """Whether moto has no part in an operation."""
        return name in OWNED or (motoland.module_of(name) is None)

    def _read(self, target: Target) -> Call:
        account = self._account(target.access_key)
        hooked = (target.service.name, target.operation) in HOOKS
        plain = target.service.name == "s3" and not hooked and motoland.covers("s3", target.operation)
        try:
            # object bodies are none of our business, and may be large
            params = {**target.path_params, **target.request.args.to_dict()} if plain else wire.parameters(target)
        except _MALFORMED_PARAMETERS:
            params = {"unreadable": identity.digest(target.request.get_data(as_text=True))}
        return self._call(
            target.service.name,
            target.operation,
            params,
            account=account,
            region=target.region,
            key=target.access_key,
            protocol=target.protocol,
        )

    def _call(
        self, name: str, operation: str, params: dict[str, Any], *, account: str, region: str, key: str, protocol: str
    ) -> Call:
        caller = self.world.sessions.get(key) or f"arn:{identity.partition(region)}:iam::{account}:user/sandbox"
        call = Call(service(name), operation, params, account, region, self.clock, self.world, caller, key, 1, protocol)
        with self._lock:
            self._tries[call.fingerprint] += 1
            call.ordinal = self._tries[call.fingerprint]
        return call

    def _account(self, key: str) -> str:
        return identity.account_of(key) or (motoland.owner_of(key) if key else None) or self.account

    def serve(self, call: Call, work: Callable[[], Answer | Reply]) -> Outcome:
        """Let the faults and the policy have their say, do the work, and note what came of it."""
        try:
            outcome = self._served(call, work)
        except AwsError as error:
            self._note(call, error.code)
            raise
        except ConnectionLost as broken:
            self._note(call, broken.outcome)
            raise
        self._note(call, wire.error_code(outcome.made) if isinstance(outcome.made, Reply) else "ok")
        return outcome

    def _note(self, call: Call, outcome: str) -> None:
        self.calls.add(Made(call.account, call.region, call.service.name, call.operation, outcome))

    def _served(self, call: Call, work: Callable[[], Answer | Reply]) -> Outcome:
        hits = [fault for fault in self.faults if fault.hits(call, self.seed)]
        for fault in hits:
            self._before(fault, call)
        self._authorize(call)
        repeating = next((f for f in hits if f.kind == "repeat-token"), None)
        try:
            made = self._repeat(repeating, call, work) if repeating else work()
        finally:
            for fault in hits:
                self._after(fault, call)
        return Outcome(made, garbled=any(f.kind == "malformed" for f in hits))

    def _before(self, fault: Fault, call: Call) -> None:
        """What a fault does before the call takes effect; what spoils answers comes later."""
        match fault.kind:
            case "slow":
                time.sleep(fault.seconds)
            case "kill":
                if fault.when == "before" and self._meters.reaches(fault):
                    self._kill(call)
            case "rate":
                if not self._meters.admits(fault, call):
                    raise _refusal("throttle", call)
            case "deny":
                raise self._denial(call, needs(call)[0])
            case "vanish":
                raise _vanished(call)
            case "reset":
                raise ConnectionLost("reset")
            case "throttle" | "expired" | "error":
                raise _refusal(fault.kind, call)

    def _after(self, fault: Fault, call: Call) -> None:
        """What a fault does when the call has taken effect (or was refused) and nobody knows yet."""
        if fault.kind == "lost":
            raise ConnectionLost("lost")
        if fault.kind == "kill" and fault.when == "after" and self._meters.reaches(fault):
            self._kill(call)

    def _kill(self, call: Call) -> NoReturn:
        self.on_kill(call)
        raise ConnectionLost("killed")  # whoever asked is gone, or takes it for that

    def _denial(self, call: Call, need: Need) -> AwsError:
        return errors.denial(call.caller, need.action, need.resource or "*", call.service.name, call.protocol)

    def _authorize(self, call: Call) -> None:
        if self.policy is None:
            return
        for need in needs(call):
            if not self.policy.allows(need.action, need.resource):
                raise self._denial(call, need)

    def _repeat(self, fault: Fault, call: Call, work: Callable[[], Answer | Reply]) -> Answer | Reply:
        paging = call.service.paging(call.operation)
        if paging is None or not paging.token_out:
            return work()
        key = (fault, call.account, call.region, call.label)
        token = "repeated" + identity.digest(call.label)[:8]
        if call.params.get(paging.token_in) == token and key in self._repeated:
            return copy.deepcopy(self._repeated[key])
        made = work()
        if isinstance(made, Reply):
            made = wire.decode(call, made)
        made = {**made, paging.token_out: token, **({paging.more: True} if paging.more else {})}
        self._repeated[key] = made
        return copy.deepcopy(made)

    def _work(self, call: Call, target: Target) -> Answer | Reply:
        name, operation = call.service.name, call.operation
        if (name, operation) in HOOKS or name in OWNED or not motoland.covers(name, operation):
            call.forwarder = lambda call: wire.decode(call, self._moto(call, target))
            return self._own(call, typed=False)
        return self._moto(call, target)

    def _moto(self, call: Call, target: Target) -> Reply:
        with self._lock:
            return motoland.ask(target, call.account, identity.digest(call.fingerprint, call.ordinal))

    def _own(self, call: Call, *, typed: bool) -> Answer:
        hook = HOOKS.get((call.service.name, call.operation))
        check(call.service, call.operation, call.params, typed=typed)
        with self._lock:
            answer = hook(call) if hook else call.generic()
            return answer or {}


_REFUSALS = {
    "throttle": ("throttled", "Rate exceeded"),
    "expired": ("expired", "The security token included in the request is expired"),
    "error": ("broken", "We encountered an internal error. Please try again."),
}


def _refusal(kind: str, call: Call) -> AwsError:
    word, message = _REFUSALS[kind]
    return errors.spelled(word, call.service.name, call.protocol, message)


def _vanished(call: Call) -> AwsError:
    if call.service.name == "s3":
        return AwsError("NoSuchBucket", "The specified bucket does not exist", 404)
    return call.missing() if call.noun else AwsError("ResourceNotFoundException", "Requested resource not found.")


def _spoiled(reply: Reply) -> Reply:
    return Reply(reply.status, reply.headers, reply.body[: len(reply.body) // 2])
