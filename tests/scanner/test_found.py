"""What declarations say beyond one call and its members: parameters, parsed text, names, pages of a detail."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mllens.scanner import DefinitionError, Resource, api
from mllens.scanner.client import Answer
from mllens.scanner.collect import Call, Collector, Maybe, OfName, Referred
from mllens.scanner.found import Found, filled, format_name, items_of, parsed
from mllens.scanner.plan import _need
from mllens.scanner.row import Key
from mllens.scanner.send import Refused, Sender
from mllens.scanner.shapes import paging

CALL = Call("sns", "GetTopicAttributes", parse=("Attributes.Policy", "Attributes.SubscriptionsConfirmed"))


def test_text_inside_a_structure_is_decoded_in_a_copy() -> None:
    body = {"Attributes": {"Policy": '{"Statement": []}', "SubscriptionsConfirmed": "2", "Owner": "1"}}
    assert parsed(body, CALL) == {
        "Attributes": {"Policy": {"Statement": []}, "SubscriptionsConfirmed": 2, "Owner": "1"}
    }
    assert body["Attributes"]["SubscriptionsConfirmed"] == "2"


@pytest.mark.parametrize("body", [{}, {"Attributes": {}}, {"Attributes": None}, {"Attributes": {"Policy": "no JSON"}}])
def test_what_is_not_there_or_no_json_stays(body: dict[str, Any]) -> None:
    assert parsed(body, CALL) == body


def test_parameters_take_the_shape_of_their_template() -> None:
    found = Found(Resource, Key("t", "1", "us-east-1", "repo:2"), "arn", "us-east-1", {"A": "a", "N": 0})
    template = {
        "Plain": "A",
        "Zero": "N",
        "Account": "account",
        "List": ["A"],
        "Inside": {"Tag": OfName("[^:]+:(.+)"), "Digest": OfName("[^@]+@(.+)"), "Other": Maybe("B")},
    }
    assert filled(template, found.parameter) == {
        "Plain": "a",
        "Zero": 0,
        "Account": "1",
        "List": ["a"],
        "Inside": {"Tag": "2"},
    }
    assert Call("sns", "ListTopics", given=template).depends == {"A", "N"}


def test_names_come_from_members_and_from_members_inside() -> None:
    assert format_name("{A}/{B.C}", {"A": 80.0, "B": {"C": "c"}}) == "80/c"
    with pytest.raises(KeyError):
        format_name("{A}/{B.C}", {"A": 80.0, "B": {}})


def test_an_answer_without_items_is_the_one_item() -> None:
    assert items_of({"registryId": "1"}, "") == [{"registryId": "1"}]


def test_pages_are_told_by_the_members_where_botocore_has_no_paginator() -> None:
    assert paging("ce", "GetCostAndUsage") == {"input_token": "NextPageToken", "output_token": "NextPageToken"}
    assert paging("ecr", "GetLifecyclePolicy") == {}


class Pages:
    """Clients that answer from a list, and note what they were asked with."""

    def __init__(self, *bodies: dict[str, Any]) -> None:
        self.bodies, self.asked = list(bodies), []

    def send(self, call: Call, region: str, parameters: dict[str, Any]) -> Answer:
        self.asked.append(parameters)
        return Answer(self.bodies[len(self.asked) - 1], 0.0, "")


def whole(pages: Pages, call: Call) -> Answer:
    async def one() -> Answer:
        with ThreadPoolExecutor(1) as pool:
            return await Sender(pages, pool, 60.0).whole(call, "us-east-1", {"TopicArn": "t"})  # type: ignore[arg-type]

    return asyncio.run(one())


def test_all_pages_of_a_detail_are_joined() -> None:
    pages = Pages({"Subscriptions": [1], "NextToken": "a"}, {"Subscriptions": [2, 3]})
    assert whole(pages, Call("sns", "ListSubscriptionsByTopic")).body["Subscriptions"] == [1, 2, 3]
    assert pages.asked == [{"TopicArn": "t"}, {"TopicArn": "t", "NextToken": "a"}]


def test_a_detail_that_repeats_its_token_is_refused() -> None:
    pages = Pages(*[{"Subscriptions": [1], "NextToken": "a"}] * 3)
    with pytest.raises(Refused, match="the same page token twice"):
        whole(pages, Call("sns", "ListSubscriptionsByTopic"))


def test_lists_inside_a_structure_are_not_followed() -> None:
    """Findings of an image are many, and their counts come with the first page."""
    pages = Pages({"imageScanFindings": {"findings": [1]}, "nextToken": "a"})
    whole(pages, Call("ecr", "DescribeImageScanFindings"))
    assert len(pages.asked) == 1


def test_a_parameter_that_nothing_answers_is_named() -> None:
    class Thing(Resource):
        policy: str = api("Policy")

    call = Call("kms", "GetKeyPolicy", given={"KeyId": "KeyId"})
    with pytest.raises(DefinitionError, match="kms:GetKeyPolicy: nothing answers 'KeyId'"):
        _need(Collector(Thing, Referred(), then=(call,)), {Thing.policy})
