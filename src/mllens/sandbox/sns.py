"""SNS in front of moto: subscriptions that somebody must confirm wait for it, and topics count both kinds."""

from __future__ import annotations

from mllens.sandbox import motoland
from mllens.sandbox.answer import Answer, Call, hook
from mllens.sandbox.errors import AwsError

_CONFIRMED_BY_HAND = frozenset({"email", "email-json", "http", "https"})
_PENDING = "PendingConfirmation"


def _waits(call: Call, subscription: Answer) -> bool:
    confirmed = call.state.table("sns", "Confirmation")
    by_hand = subscription["Protocol"] in _CONFIRMED_BY_HAND
    return by_hand and confirmed.get((subscription["SubscriptionArn"],)) is None


def _of_topic(call: Call) -> list[Answer]:
    backend = motoland.backend("sns", call.account, call.region)
    return [
        {"SubscriptionArn": one.arn, "Protocol": one.protocol}
        for one in backend.subscriptions.values()
        if one.topic.arn == call.params["TopicArn"]
    ]


@hook("sns", "Subscribe")
def subscribe(call: Call) -> Answer:
    """What must be confirmed by hand has no ARN to show, unless it is asked for."""
    answer = call.forward()
    by_hand = call.params["Protocol"] in _CONFIRMED_BY_HAND
    return (
        {"SubscriptionArn": "pending confirmation"}
        if by_hand and not call.params.get("ReturnSubscriptionArn")
        else answer
    )


@hook("sns", "ConfirmSubscription")
def confirm_subscription(call: Call) -> Answer:
    """Any token confirms the subscription of the topic that waits longest."""
    waiting = [one for one in _of_topic(call) if _waits(call, one)]
    if not waiting:
        raise AwsError("InvalidParameter", "Invalid parameter: Token")
    arn = waiting[0]["SubscriptionArn"]
    call.state.table("sns", "Confirmation").put((arn,), {"SubscriptionArn": arn})
    return {"SubscriptionArn": arn}


@hook("sns", "ListSubscriptions", "ListSubscriptionsByTopic")
def list_subscriptions(call: Call) -> Answer:
    """Those that wait have a word in place of an ARN."""
    answer = call.forward()
    rows = [
        row | ({"SubscriptionArn": _PENDING} if _waits(call, row) else {}) for row in answer.get("Subscriptions", ())
    ]
    return answer | {"Subscriptions": rows}


@hook("sns", "GetTopicAttributes")
def get_topic_attributes(call: Call) -> Answer:
    """With the numbers of subscriptions, which moto leaves at zero."""
    answer = call.forward()
    waiting = [_waits(call, one) for one in _of_topic(call)]
    counts = {
        "SubscriptionsConfirmed": str(waiting.count(False)),
        "SubscriptionsPending": str(waiting.count(True)),
    }
    return answer | {"Attributes": answer["Attributes"] | counts}
