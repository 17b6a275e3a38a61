"""Budgets in front of moto: who is told of a threshold, which moto keeps and does not show."""

from __future__ import annotations

from typing import Any

from mllens.sandbox import motoland
from mllens.sandbox.answer import Answer, Call, create, cut, hook
from mllens.sandbox.errors import AwsError


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Percent is what the service takes where nothing was said."""
    return all(
        one.get(name, "PERCENTAGE") == other.get(name, "PERCENTAGE")
        for name in ("NotificationType", "ComparisonOperator", "Threshold", "ThresholdType")
    )


@hook("budgets", "DescribeSubscribersForNotification")
def describe_subscribers(call: Call) -> Answer:
    """The subscribers of one notification of one budget."""
    held = motoland.backend("budgets", call.account, call.region).budgets[call.params["AccountId"]]
    budget = held.get(call.params["BudgetName"])
    found = (
        next((n for n in budget.notifications if _same(n.details, call.params["Notification"])), None)
        if budget
        else None
    )
    if found is None:
        raise AwsError("NotFoundException", "Unable to get subscribers - the notification does not exist.")
    page, token = cut(call, list(found.subscribers), call.params.get("NextToken"), call.params.get("MaxResults"))
    return {"Subscribers": page, **({"NextToken": token} if token else {})}


@hook("budgets", "CreateBudgetAction")
def create_budget_action(call: Call) -> Answer:
    """It stands by."""
    return create(call, given=call.params | {"Status": "STANDBY"})


@hook("budgets", "DescribeBudgetActionsForAccount", "DescribeBudgetActionsForBudget")
def describe_budget_actions(call: Call) -> Answer:
    """The actions of all budgets or of one; moto has none, so they are kept here."""
    rows = list(call.table("BudgetAction"))
    if "BudgetName" in call.params:
        rows = [row for row in rows if row["BudgetName"] == call.params["BudgetName"]]
    page, token = cut(call, rows, call.params.get("NextToken"), call.params.get("MaxResults"))
    return {"Actions": page, **({"NextToken": token} if token else {})}
