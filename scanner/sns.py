"""SNS: the topics that alarms, budgets and endpoints tell, and whether anybody listens."""

from typing import TYPE_CHECKING, Any

from mllens.scanner.collect import Call, Collector, Listed
from mllens.scanner.model import Ref, Resource, Struct, api, ref

if TYPE_CHECKING:
    from mllens.scanner.kms import Key

ANY_TOPIC = r"(arn:[^:]+:sns:.+)"
BY_ARN = {"TopicArn": "TopicArn"}


class Subscription(Struct):
    """Who hears a topic."""

    # PendingConfirmation stands here until it was confirmed.
    subscription_arn: str = api("SubscriptionArn")
    protocol: str = api("Protocol")


class Topic(Resource, type="AWS::SNS::Topic", name="TopicArn", arn="TopicArn"):
    """A topic."""

    confirmed: int = api("Attributes.SubscriptionsConfirmed", of="GetTopicAttributes")
    pending: int = api("Attributes.SubscriptionsPending", of="GetTopicAttributes")
    # A topic without a key is not encrypted.
    kms_key: "Ref[Key] | None" = ref("Attributes.KmsMasterKeyId", of="GetTopicAttributes")
    policy: Any = api("Attributes.Policy", of="GetTopicAttributes")
    subscriptions: tuple[Subscription, ...] = api("Subscriptions", of="ListSubscriptionsByTopic")


COLLECTORS = (
    Collector(
        Topic,
        Listed(Call("sns", "ListTopics", items="Topics")),
        then=(
            Call(
                "sns",
                "GetTopicAttributes",
                given=BY_ARN,
                parse=("Attributes.Policy", "Attributes.SubscriptionsConfirmed", "Attributes.SubscriptionsPending"),
            ),
            Call("sns", "ListSubscriptionsByTopic", given=BY_ARN),
        ),
        tags=Call("sns", "ListTagsForResource", items="Tags", given={"ResourceArn": "arn"}),
    ),
)
