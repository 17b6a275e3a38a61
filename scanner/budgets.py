"""Budgets: what spending is watched, who is told, and what happens then."""

from collections.abc import Mapping
from typing import Any, Literal

from mllens.scanner.collect import AccountWide, Call, Collector, Each
from mllens.scanner.iam import Role
from mllens.scanner.model import Ref, Resource, Struct, api, ref
from mllens.scanner.sns import ANY_TOPIC, Topic

OF_ACCOUNT = {"AccountId": "account"}


class Budget(Resource, type="AWS::Budgets::Budget", name="BudgetName", scope="account"):
    """A budget of the account."""

    budget_type: Literal[
        "USAGE", "COST", "RI_UTILIZATION", "RI_COVERAGE", "SAVINGS_PLANS_UTILIZATION", "SAVINGS_PLANS_COVERAGE"
    ] = api("BudgetType")
    time_unit: Literal["DAILY", "MONTHLY", "QUARTERLY", "ANNUALLY", "CUSTOM"] = api("TimeUnit")
    # Amounts are decimals in text. Budgets with a plan for each period, or that adjust themselves, may have no one limit.
    limit: str | None = api("BudgetLimit.Amount")
    # A budget over everything has no filters; newer ones have an expression instead.
    filters: Mapping[str, tuple[str, ...]] = api("CostFilters", absent={})
    filter_expression: Any | None = api("FilterExpression")


class Subscriber(Struct):
    """Who is told."""

    kind: Literal["SNS", "EMAIL"] = api("SubscriptionType")
    topic: Ref[Topic] | None = ref("Address", pattern=ANY_TOPIC)


class BudgetNotification(
    Resource,
    type="AWS::Budgets::Notification",
    name="{BudgetName}/{NotificationType}/{ComparisonOperator}/{Threshold}/{ThresholdType}",
    scope="account",
):
    """A threshold of a budget."""

    budget: Ref[Budget] = ref("BudgetName", local=True)
    notification_type: Literal["ACTUAL", "FORECASTED"] = api("NotificationType")
    threshold: float = api("Threshold")
    # Percent is what the service takes where nothing was said.
    threshold_type: Literal["PERCENTAGE", "ABSOLUTE_VALUE"] = api("ThresholdType", absent="PERCENTAGE")
    state: Literal["OK", "ALARM"] | None = api("NotificationState")
    subscribers: tuple[Subscriber, ...] = ref("Subscribers", of="DescribeSubscribersForNotification")


class BudgetAction(Resource, type="AWS::Budgets::BudgetsAction", name="ActionId", scope="account"):
    """What a budget does by itself when it is overrun."""

    budget: Ref[Budget] = ref("BudgetName", local=True)
    action_type: Literal["APPLY_IAM_POLICY", "APPLY_SCP_POLICY", "RUN_SSM_DOCUMENTS"] = api("ActionType")
    status: Literal[
        "STANDBY",
        "PENDING",
        "EXECUTION_IN_PROGRESS",
        "EXECUTION_SUCCESS",
        "EXECUTION_FAILURE",
        "REVERSE_IN_PROGRESS",
        "REVERSE_SUCCESS",
        "REVERSE_FAILURE",
        "RESET_IN_PROGRESS",
        "RESET_FAILURE",
    ] = api("Status")
    approval: Literal["AUTOMATIC", "MANUAL"] = api("ApprovalModel")
    role: Ref[Role] = ref("ExecutionRoleArn")


COLLECTORS = (
    Collector(
        Budget,
        AccountWide(
            Call(
                "budgets",
                "DescribeBudgets",
                items="Budgets",
                given=OF_ACCOUNT,
                fixed={"ShowFilterExpression": True},
                iam="budgets:ViewBudget",
            )
        ),
    ),
    Collector(
        BudgetNotification,
        Each(
            Budget,
            Call(
                "budgets",
                "DescribeNotificationsForBudget",
                items="Notifications",
                given={**OF_ACCOUNT, "BudgetName": "BudgetName"},
                iam="budgets:ViewBudget",
            ),
        ),
        then=(
            Call(
                "budgets",
                "DescribeSubscribersForNotification",
                given={
                    **OF_ACCOUNT,
                    "BudgetName": "BudgetName",
                    "Notification": {
                        "NotificationType": "NotificationType",
                        "ComparisonOperator": "ComparisonOperator",
                        "Threshold": "Threshold",
                        "ThresholdType": "ThresholdType",
                    },
                },
                iam="budgets:ViewBudget",
            ),
        ),
    ),
    Collector(
        BudgetAction,
        AccountWide(Call("budgets", "DescribeBudgetActionsForAccount", items="Actions", given=OF_ACCOUNT)),
    ),
)
