"""States: before, after, or neither."""

from typing import Any

import plans
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mllens.remediation.state import differences, holds, is_after, is_before, same

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab", max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", min_size=1, max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("now", "wanted", "expected"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}, True),
        ({"a": [{"n": "x", "more": 1}, {"n": "y"}]}, {"a": [{"n": "y"}, {"n": "x"}]}, True),
        ({"a": [{"n": "x"}, {"n": "y"}]}, {"a": [{"n": "x"}]}, False),
        ({"a": [1, 1]}, {"a": [1, 2]}, False),
        ({"a": 60}, {"a": 60.0}, True),
        ({"a": "60"}, {"a": 60}, False),
        ({"a": '{"x": 1, "y": [2]}'}, {"a": '{"y":[2],"x":1}'}, True),
        ({"a": '{"x": 1}'}, {"a": '{"x": 2}'}, False),
        ({"a": "{broken"}, {"a": "{broken"}, True),
    ],
)
def test_holds(now: Any, wanted: Any, expected: bool) -> None:
    assert holds(now, wanted) is expected


def test_lists_are_equal_in_any_order_and_numbers_by_value() -> None:
    assert same({"a": [1, 2, {"x": 0}]}, {"a": [{"x": 0.0}, 2, 1]})
    assert not same({"a": True}, {"a": 1})
    assert not same({"a": None}, {})


@given(JSON)
def test_everything_holds_itself_and_is_the_same(value: Any) -> None:
    assert holds(value, value)
    assert same(value, value)


def test_before_and_after_of_what_is_created_and_removed() -> None:
    made = plans.alarm_step()
    assert is_before(made, None)
    assert not is_before(made, {"AlarmName": "x"})
    assert not is_after(made, None, made.after)
    assert is_after(made, {**plans.ALARM, "StateValue": "OK"}, made.after)
    gone = plans.alarm_step(before=plans.ALARM, after=None)
    assert is_after(gone, None, None)
    assert not is_after(gone, plans.ALARM, None)


def test_differences_name_the_member_and_both_values() -> None:
    assert differences({"a": 1, "b": [1, 2]}, {"a": 2, "b": [2, 1]}) == "a was 1, and is 2"
    assert differences({"a": 1}, {}) == "a was 1, and is not set"
    assert differences({"a": 1}, None) == "it is no longer there"
