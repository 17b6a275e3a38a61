"""Answers made from the service models, full and empty: every field of every type decodes, or says why not."""

from typing import Any

import pytest

from mllens.scanner import Key, Unobserved
from mllens.scanner.catalogue import load
from mllens.scanner.collect import Call, Collector, Metrics, Referred, Searched
from mllens.scanner.found import items_of
from mllens.scanner.path import dig
from mllens.scanner.row import Row
from mllens.scanner.shapes import answers, service_model

every_collector = pytest.mark.parametrize(
    "collector", [c for c in load() if not isinstance(c.source, Metrics)], ids=lambda c: c.produces.__name__
)


def full(shape: Any, depth: int = 0) -> Any:  # noqa: PLR0911 - one for each kind of shape
    """An answer in which every member is there."""
    match shape.type_name:
        case "structure":
            return {name: full(member, depth + 1) for name, member in shape.members.items()} if depth < 14 else {}
        case "list":
            return [full(shape.member, depth + 1)]
        case "map":
            return {"Key": full(shape.value, depth + 1)}
        case "string":
            return shape.enum[0] if getattr(shape, "enum", None) else "text"
        case "boolean":
            return True
        case "integer" | "long":
            return 7
        case "float" | "double" | "timestamp":
            return 7.5
        case "blob":
            return "text"
    raise AssertionError(shape.type_name)


def calls(collector: Collector) -> list[Call]:
    source = collector.source
    first: list[Call] = [] if isinstance(source, Referred) else [source.call]
    return [*first, *([source.describe] if isinstance(source, Searched) else []), *collector.then]


def answered(collector: Collector, make: Any) -> dict[str, Any]:
    """What each operation answers, as it would be kept."""
    source, out = collector.source, {}
    for call in calls(collector):
        body = make(service_model(call.service).operation_model(call.operation).output_shape)
        if not isinstance(source, Referred) and call is source.call:
            body = {name: value for item in items_of(body, call.items) for name, value in item.items()}
        elif call.items:
            body = dig(body, tuple(call.items.split(".")))
        out[call.operation] = body
    return out


def resource(collector: Collector, told: dict[str, Any]) -> Any:
    shapes = answers(collector)
    for call in calls(collector):
        parsed = getattr(call, "parse", ())
        for member in parsed:
            if isinstance(told.get(call.operation), dict) and member in told[call.operation]:
                told[call.operation] = {**told[call.operation], member: {}}
    return collector.produces.from_row(
        Row.encode(Key(collector.produces.type, "1", "us-east-1", "n"), answers=told), shapes
    )


# What these hold comes from parents, from lists in lists, or from texts that are read: no model tells its shape.
OTHERWISE = {
    "BudgetNotification", "Image", "NotebookInstanceLifecycleConfig", "Pipeline", "PipelineExecution", "Repository", "Topic",
}  # fmt: skip


@every_collector
def test_full_answers_leave_nothing_unobserved(collector: Collector) -> None:
    if collector.produces.__name__ in OTHERWISE:
        pytest.skip("its answers are no plain members")
    made = resource(collector, answered(collector, full))
    wrong = {}
    for name in collector.produces.fields.keys() - {"tags"}:
        try:
            getattr(made, name)
        except Unobserved as gap:
            wrong[name] = gap.why
    assert wrong == {}


@every_collector
def test_empty_answers_mean_what_is_declared(collector: Collector) -> None:
    made = resource(collector, {call.operation: {} for call in calls(collector)})
    for name, field in collector.produces.fields.items():
        if name == "tags":
            continue
        if field.optional:
            assert getattr(made, name) == field.of_absent(), name
        else:
            with pytest.raises(Unobserved, match="left out"):
                getattr(made, name)


@every_collector
def test_without_answers_nothing_is_known(collector: Collector) -> None:
    """Least of all what absence would mean."""
    made = resource(collector, {})
    for name in collector.produces.fields:
        with pytest.raises(Unobserved):
            getattr(made, name)
