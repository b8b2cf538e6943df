"""Which topic is whose."""

import pytest
from paho.mqtt.client import topic_matches_sub

from telemetry import topics
from telemetry.topics import Channel, Family, Topic


@pytest.mark.parametrize(
    ("topic", "channel", "family"),
    [
        ("zone/up/veh-001/tele", Channel.TELE, Family.ZONE),
        ("zone/up/veh-001/event", Channel.EVENT, Family.ZONE),
        ("zone/up/veh-001/ack", Channel.ACK, Family.ZONE),
        ("thing/product/veh-001/osd", Channel.OSD, Family.DJI),
        ("thing/product/veh-001/state", Channel.STATE, Family.DJI),
        ("thing/product/veh-001/events", Channel.EVENTS, Family.DJI),
        ("thing/product/veh-001/requests", Channel.REQUESTS, Family.DJI),
        ("thing/product/veh-001/services_reply", Channel.SERVICES_REPLY, Family.DJI),
        ("thing/product/veh-001/drc/up", Channel.DRC_UP, Family.DJI),
        ("sys/product/veh-001/status", Channel.STATUS, Family.DJI),
    ],
)
def test_a_device_is_known_by_its_topic(topic: str, channel: Channel, family: Family) -> None:
    assert topics.parse(topic) == Topic("veh-001", channel, family)


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "/",
        "zone/up/veh-001",
        "zone/up/veh-001/tele/more",
        "zone/up/veh-001/cmd",
        "zone/down/veh-001/tele",
        "zone/up/veh-001/osd",
        "thing/product/veh-001/tele",
        "thing/product/veh-001/services",
        "thing/product/veh-001/events_reply",
        "thing/product/veh-001/requests_reply",
        "thing/product/veh-001/property/set",
        "thing/product/veh-001/drc/down",
        "thing/product/veh-001/drc/up/more",
        "thing/product/veh-001/drc",
        "sys/product/veh-001/status_reply",
        "zone/live/delta/x",
        "$SYS/up/veh-001/tele",
        "zone/up//tele",
        "zone/up/ab/tele",
        "zone/up/" + "a" * 65 + "/tele",
        "zone/up/-veh/tele",
        "zone/up/veh.001/tele",
        "zone/up/veh 001/tele",
        "zone/up/veh\u2010001/tele",
        "zone/up/ｖｅｈ001/tele",
        "zone/up/veh\u202e001/tele",
        "zone/up/veh\u200b001/tele",
        "zone/up/veh001\n/tele",
        "zone/up/+/tele",
        "zone/up/#",
    ],
)
def test_no_other_topic_is_a_devices(topic: str) -> None:
    assert topics.parse(topic) is None


@pytest.mark.parametrize(
    "build",
    [
        topics.tele,
        topics.event,
        topics.up_ack,
        topics.dji_osd,
        topics.dji_state,
        topics.dji_status,
        topics.dji_events,
        topics.dji_requests,
        topics.dji_services_reply,
        topics.dji_drc_up,
    ],
)
def test_what_is_built_for_a_device_is_read_as_its_own(build: object) -> None:
    assert callable(build)
    parsed = topics.parse(build("veh-001"))
    assert parsed is not None
    assert parsed.device_id == "veh-001"


def test_what_goes_down_to_a_device_is_never_taken_for_what_it_says() -> None:
    for build in (topics.ack, topics.command, topics.alert, topics.fence):
        assert topics.parse(build("veh-001")) is None


def test_no_two_subscriptions_overlap() -> None:
    for topic in topics.of_device("veh-001"):
        assert [topic_matches_sub(each, topic) for each in topics.SUBSCRIPTIONS].count(True) == 1


def test_what_an_earlier_version_listened_to_is_given_up_where_it_would_overlap() -> None:
    for former in topics.FORMER_SUBSCRIPTIONS:
        assert former not in topics.SUBSCRIPTIONS
        said = former.replace("+", "veh-001")
        assert any(topic_matches_sub(each, said) for each in topics.SUBSCRIPTIONS)


def test_the_topics_of_a_device_are_all_that_are_read_as_its_own() -> None:
    found = [topics.parse(each) for each in topics.of_device("uav-1")]
    assert {each.device_id for each in found if each} == {"uav-1"}
    assert {each.channel for each in found if each} == set(Channel)
    assert len(found) == len(Channel)


@pytest.mark.parametrize(
    "topic",
    [topics.dji_services("s-1"), topics.dji_requests_reply("s-1"), topics.dji_events_reply("s-1")],
)
def test_what_the_platform_says_to_units_under_a_filter_of_its_own_is_no_word_of_theirs(
    topic: str,
) -> None:
    assert topics.is_to_unit(topic)
    assert topics.parse(topic) is None


@pytest.mark.parametrize(
    "topic",
    [
        topics.tele("car-1"),
        topics.dji_services_reply("s-1"),
        "thing/product/s-1/events",
        "thing/product/s-1/osd",
        "zone/up/services/services",
    ],
)
def test_what_units_say_is_theirs(topic: str) -> None:
    assert not topics.is_to_unit(topic)
