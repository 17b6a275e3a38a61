"""Nothing is concluded from what was not read: witnesses come before the gap, and the end of a gap raises."""

from hypothesis import given
from hypothesis import strategies as st

from mllens.scanner import Graph, Missing, Ref, Unobserved
from mllens.scanner.cloudwatch import Alarm
from mllens.scanner.sagemaker import Endpoint, EndpointConfig

NAMES = [f"e{number}" for number in range(5)]
SUBJECT = Endpoint(name="subject", rollback_alarms=tuple(Ref(Alarm, name) for name in NAMES))


@given(known=st.sets(st.sampled_from(NAMES)), denied=st.booleans(), stored=st.booleans())
def test_all_yields_what_is_known_and_then_raises_if_there_may_be_more(
    known: set[str], denied: bool, stored: bool
) -> None:
    graph = Graph.of(*(Endpoint(name=n) for n in known), unread=[Endpoint] if denied else [], encoded=stored)
    seen, raised = [], False
    try:
        for endpoint in graph.all(Endpoint):
            seen.append(endpoint.name)  # noqa: PERF401 - what was seen before the gap is the point
    except Unobserved:
        raised = True
    assert seen == sorted(known)
    assert raised == denied


@given(
    watched=st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["subject", "another", None]), max_size=5),
    denied=st.booleans(),
    stored=st.booleans(),
)
def test_into_yields_known_sources_and_then_raises_if_one_may_be_unseen(
    watched: dict[str, str | None], denied: bool, stored: bool
) -> None:
    alarms = [
        Alarm(name=name, math=()) if target is None else Alarm(name=name, endpoints=(Ref(Endpoint, target),), math=())
        for name, target in watched.items()
    ]
    graph = Graph.of(SUBJECT, *alarms, unread=[Alarm] if denied else [], encoded=stored)
    seen, raised = [], False
    try:
        for alarm in graph.into(SUBJECT, Alarm):
            seen.append(alarm.name)  # noqa: PERF401 - as above
    except Unobserved:
        raised = True
    assert seen == sorted(name for name, target in watched.items() if target == "subject")
    assert raised == (denied or None in watched.values())


@given(known=st.sets(st.sampled_from(NAMES)), denied=st.booleans(), stored=st.booleans())
def test_to_says_missing_only_of_what_was_read_whole(known: set[str], denied: bool, stored: bool) -> None:
    graph = Graph.of(SUBJECT, *(Alarm(name=n) for n in known), unread=[Alarm] if denied else [], encoded=stored)
    for reference in SUBJECT.rollback_alarms:
        try:
            found = graph.to(reference)
        except Unobserved:
            assert denied
            assert reference.value not in known
        else:
            assert isinstance(found, Missing) == (reference.value not in known)
            assert not (denied and isinstance(found, Missing))


def test_to_of_nothing_is_nothing() -> None:
    assert Graph.of(SUBJECT).to(None) is None


def test_what_lies_in_another_account_is_not_missing() -> None:
    elsewhere = Ref(EndpointConfig, "arn:aws:sagemaker:us-east-1:999999999999:endpoint-config/theirs")
    graph = Graph.of(SUBJECT)
    try:
        found = graph.to(elsewhere)
    except Unobserved as gap:
        assert "outside the scan" in str(gap)  # noqa: PT017 - the other branch must not pass
    else:
        raise AssertionError(found)


def test_a_gap_in_another_region_does_not_hide_what_is_local() -> None:
    far = Alarm(name="far", region="eu-west-1", math=())  # which endpoints it names was not read
    graph = Graph.of(SUBJECT, far)
    assert list(graph.into(SUBJECT, Alarm)) == []
