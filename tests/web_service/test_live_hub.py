"""The laws of the live feed, without a socket."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.web_service.viewer import Paper, Screen
from zone_service.live import Hub
from zone_service.live_feed import Feed, FeedEvent
from zone_service.live_frames import POSITION_UNKNOWN, STALE, VIOLATING
from zone_service.live_objects import Box, Described, Filter, Sighting
from zone_service.live_viewer import TRY_AGAIN_LATER, Limits, Resume, Sight, Subscription, Viewer
from zone_service.store.records import Proof, ProofKind

DIRECTORY = {
    "car-1": Described("alpha", "Car one", "road", "RT-1"),
    "car-2": Described("alpha", "Car two", "road", None),
    "drone-1": Described("beta", "Drone one", "air", "FA-1"),
    "boat-1": Described("beta", "Boat one", "water", None),
}
PROOF = Proof(ProofKind.TOKEN, "of a test")
WEST: Box = (121.0, 30.0, 121.5, 32.0)


def told(
    device_id: str, number: int, *, closed: bool = False, other_id: str | None = None
) -> dict[str, Any]:
    said, other = DIRECTORY.get(device_id), DIRECTORY.get(other_id or "")
    return {
        "id": f"{device_id}-{number}",
        "device_id": device_id,
        "device_label": said.label if said else device_id,
        "organisation_id": said and said.organisation_id,
        "permit_number": said and said.permit_number,
        "other_device_id": other_id,
        "other_device_label": other and other.label,
        "other_organisation_id": other and other.organisation_id,
        "closed_at": "2026-11-20T08:00:00.000Z" if closed else None,
        "longitude_deg": 121.4,
        "latitude_deg": 31.2,
    }


def opened(seq: int, device_id: str = "car-1") -> FeedEvent:
    return FeedEvent(seq, "opened", told(device_id, seq))


def closed(seq: int, number: int, device_id: str = "car-1") -> FeedEvent:
    return FeedEvent(seq, "closed", told(device_id, number, closed=True))


def new_hub(limits: Limits | None = None) -> Hub:
    hub = Hub("epoch", Feed(0, ()), limits)
    hub.describe(DIRECTORY)
    hub.bus_connected = True
    return hub


def looks_on(
    hub: Hub,
    scope: str | None = None,
    *,
    box: Box | None = None,
    kinds: frozenset[str] | None = None,
    hz: float = 5.0,
    screen: Screen | None = None,
    resume: Resume | None = None,
    now_s: float = 0.0,
    user_id: str | None = None,
    decimals: int | None = None,
) -> tuple[Viewer, Paper]:
    paper = Paper(screen)
    viewer = hub.join(user_id or f"user-{len(hub.viewers)}", Sight(scope, decimals), PROOF, paper)
    assert viewer is not None
    hub.subscribe(viewer, Subscription(Filter(None, box, kinds), hz, resume), now_s)
    return viewer, paper


def test_a_viewer_first_gets_all_that_there_is() -> None:
    hub = new_hub()
    hub.see([Sighting("car-1", 121.4, 31.2, 90.0, 0)], 0.0)
    hub.take([opened(1)], 0.0)
    _, paper = looks_on(hub)
    assert paper.screen.heard == ["snap", "full"]
    assert paper.screen.by_device() == {
        "car-1": ("Car one", "road", "RT-1", (121.4, 31.2, 9000, VIOLATING))
    }
    assert list(paper.screen.ongoing) == ["car-1-1"]


def test_positions_come_at_the_rate_that_was_asked_for() -> None:
    hub = new_hub()
    _, paper = looks_on(hub, hz=2.0)
    for step in range(1, 41):
        hub.see([Sighting("car-1", 121.4 + step / 1e4, 31.2, None, 0)], step / 20)
        hub.tick(step / 20)
    assert paper.screen.heard.count("delta") == 4  # two seconds


def test_only_the_latest_position_is_sent() -> None:
    hub = new_hub()
    _, paper = looks_on(hub)
    for step in range(5):
        hub.see([Sighting("car-1", 121.0 + step, 31.2, None, 0)], 0.1)
    hub.tick(1.0)
    assert paper.screen.heard == ["snap", "full", "objects", "delta"]
    assert paper.screen.places[0][0] == 125.0


def test_a_violation_does_not_wait_for_a_tick_and_ignores_the_viewport() -> None:
    hub = new_hub()
    _, paper = looks_on(hub, box=(0.0, 0.0, 1.0, 1.0))
    hub.take([opened(1)], 0.0)
    hub.flush()
    assert paper.screen.told == [(1, "opened")]


def test_violations_of_one_turn_go_out_in_one_write() -> None:
    hub = new_hub()
    _, paper = looks_on(hub)
    before = paper.writes
    hub.take([opened(1), opened(2), opened(3)], 0.0)
    hub.flush()
    assert paper.screen.told == [(1, "opened"), (2, "opened"), (3, "opened")]
    assert paper.writes == before + 1


def test_an_operator_sees_its_own_organisation_and_nothing_else() -> None:
    hub = new_hub()
    hub.see([Sighting(name, 121.4, 31.2, None, 0) for name in (*DIRECTORY, "stranger")], 0.0)
    hub.take([opened(1, "car-1"), opened(2, "drone-1"), opened(3, "stranger")], 0.0)
    _, paper = looks_on(hub, "beta")
    hub.take([opened(4, "car-2"), opened(5, "boat-1")], 0.0)
    hub.flush()
    hub.heartbeat(0.0)
    assert set(paper.screen.by_device()) == {"drone-1", "boat-1"}
    assert set(paper.screen.ongoing) == {"drone-1-2", "boat-1-5"}
    assert paper.screen.heartbeat["objects"] == 2
    assert paper.screen.heartbeat["seq"] == 5


CLOSE = told("car-1", 1, other_id="drone-1")
"""Two of two operators came too close."""


def of_two(seq: int, *, closed: bool = False) -> FeedEvent:
    event = "closed" if closed else "opened"
    return FeedEvent(seq, event, told("car-1", 1, closed=closed, other_id="drone-1"))


def seen_of_the_two(seen: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(
        seen[name]
        for name in (
            "device_id", "device_label", "organisation_id", "permit_number",
            "other_device_id", "other_device_label", "other_organisation_id",
        )
    )  # fmt: skip


THE_TWO = [
    (None, ("car-1", "Car one", "alpha", "RT-1", "drone-1", "Drone one", "beta")),
    ("alpha", ("car-1", "Car one", "alpha", "RT-1", "drone-1", None, None)),
    ("beta", ("drone-1", "Drone one", "beta", None, "car-1", None, None)),
]


@pytest.mark.requirement("D4d-21")
@pytest.mark.parametrize(("scope", "shown"), THE_TWO)
def test_a_violation_of_two_is_to_each_operator_one_of_their_own_device(
    scope: str | None, shown: tuple[Any, ...]
) -> None:
    hub = new_hub()
    _, paper = looks_on(hub, scope)
    hub.take([of_two(1)], 0.0)
    hub.flush()
    (told_at_once,) = paper.screen.ongoing.values()
    assert seen_of_the_two(told_at_once) == shown
    _, later = looks_on(hub, scope)
    (in_the_snap,) = later.screen.ongoing.values()
    assert in_the_snap == told_at_once
    _, again = looks_on(hub, scope, resume=Resume("epoch", 0))
    (told_again,) = again.screen.ongoing.values()
    assert told_again == told_at_once


def test_a_violation_of_two_is_nothing_to_a_third_operator() -> None:
    hub = new_hub()
    _, paper = looks_on(hub, "gamma")
    hub.take([of_two(1)], 0.0)
    hub.flush()
    assert paper.screen.told == []
    assert looks_on(hub, "gamma")[1].screen.ongoing == {}


def test_both_of_two_are_marked_until_it_is_over() -> None:
    hub = new_hub()
    hub.see([Sighting(name, 121.4, 31.2, None, 0) for name in ("car-1", "drone-1")], 0.0)
    hub.take([of_two(1)], 0.0)
    assert hub.feed.violators() == ("car-1", "drone-1")
    assert [*hub.feed.ongoing()] == [CLOSE]
    _, paper = looks_on(hub)
    flags = [each[-1][3] & VIOLATING for each in paper.screen.by_device().values()]
    assert flags == [VIOLATING, VIOLATING]
    hub.take([of_two(2, closed=True)], 1.0)
    hub.tick(1.0)
    flags = [each[-1][3] & VIOLATING for each in paper.screen.by_device().values()]
    assert flags == [0, 0]


def test_the_second_of_two_that_was_not_heard_is_not_shown_at_the_place_of_the_first() -> None:
    hub = Hub("epoch", Feed(1, [CLOSE]))
    hub.describe(DIRECTORY)
    hub.start()
    _, paper = looks_on(hub)
    shown = {name: each[-1] for name, each in paper.screen.by_device().items()}
    assert shown["car-1"][:2] == (121.4, 31.2)
    assert shown["drone-1"][3] & POSITION_UNKNOWN


def test_what_leaves_the_view_is_taken_away_and_what_enters_is_announced() -> None:
    hub = new_hub()
    hub.see([Sighting("car-1", 121.2, 31.0, None, 0), Sighting("car-2", 121.8, 31.0, None, 0)], 0.0)
    _, paper = looks_on(hub, box=WEST)
    assert set(paper.screen.by_device()) == {"car-1"}
    hub.see([Sighting("car-1", 121.6, 31.0, None, 0), Sighting("car-2", 121.4, 31.0, None, 0)], 0.5)
    hub.tick(1.0)
    assert set(paper.screen.by_device()) == {"car-2"}


def test_a_device_without_a_position_is_in_every_view() -> None:
    hub = new_hub()
    _, paper = looks_on(hub, box=WEST)
    hub.see([Sighting("car-1", None, None, None, POSITION_UNKNOWN)], 0.0)
    hub.tick(1.0)
    assert paper.screen.by_device()["car-1"][-1] == (0.0, 0.0, 65535, POSITION_UNKNOWN)


def test_a_lost_position_leaves_the_last_one_marked() -> None:
    hub = new_hub()
    _, paper = looks_on(hub)
    hub.see([Sighting("drone-1", 121.4, 31.2, 10.0, 1)], 0.0)
    hub.see([Sighting("drone-1", None, None, None, 1 | POSITION_UNKNOWN)], 0.1)
    hub.tick(1.0)
    assert paper.screen.places[0] == (121.4, 31.2, 65535, 1 | POSITION_UNKNOWN)


def test_a_box_may_cross_the_180th_meridian() -> None:
    hub = new_hub()
    hub.see([Sighting("boat-1", 179.5, 0.0, None, 2), Sighting("car-1", 0.0, 0.0, None, 0)], 0.0)
    _, paper = looks_on(hub, box=(179.0, -1.0, -179.0, 1.0))
    assert set(paper.screen.by_device()) == {"boat-1"}


def test_a_silent_device_turns_stale_and_goes_only_much_later() -> None:
    hub = new_hub(Limits(stale_after_s=30, kept_s=600))
    hub.see([Sighting("car-1", 121.4, 31.2, None, 0)], 0.0)
    _, paper = looks_on(hub)
    hub.heartbeat(29.0)
    hub.tick(29.0)
    assert paper.screen.places[0][3] == 0
    hub.heartbeat(31.0)
    hub.tick(31.0)
    assert paper.screen.places[0][3] == STALE
    hub.heartbeat(599.0)
    hub.tick(599.0)
    assert 0 in paper.screen.objects
    hub.heartbeat(601.0)
    hub.tick(601.0)
    assert paper.screen.objects == {}
    hub.see([Sighting("car-1", 121.4, 31.2, None, 0)], 602.0)
    hub.tick(602.0)
    assert paper.screen.places[0][3] == 0


def test_a_silent_device_in_violation_never_goes() -> None:
    hub = new_hub()
    hub.see([Sighting("car-1", 121.4, 31.2, None, 0)], 0.0)
    hub.take([opened(1)], 0.0)
    hub.heartbeat(1e6)
    _, paper = looks_on(hub, now_s=1e6)
    assert paper.screen.by_device()["car-1"][-1][3] == VIOLATING | STALE


def test_a_violator_that_was_never_heard_here_is_shown_where_it_broke_the_rule() -> None:
    hub = Hub("epoch", Feed(1, [told("car-1", 1)]))
    hub.describe(DIRECTORY)
    hub.start()
    _, paper = looks_on(hub)
    assert paper.screen.by_device() == {
        "car-1": ("Car one", "road", "RT-1", (121.4, 31.2, 65535, VIOLATING | STALE))
    }
    hub.take([closed(2, 1)], 0.0)
    hub.heartbeat(1000.0)
    hub.tick(1000.0)
    assert paper.screen.objects == {}


def test_a_device_that_changes_hands_moves_from_one_screen_to_the_other() -> None:
    hub = new_hub()
    hub.see([Sighting("car-1", 121.4, 31.2, 45.0, 0)], 0.0)
    _, alpha = looks_on(hub, "alpha")
    _, beta = looks_on(hub, "beta")
    hub.describe(DIRECTORY | {"car-1": Described("beta", "Car one", "road", None)})
    hub.tick(1.0)
    assert alpha.screen.by_device() == {}
    assert beta.screen.by_device() == {"car-1": ("Car one", "road", None, (121.4, 31.2, 4500, 0))}


def test_a_new_label_or_permit_is_told() -> None:
    hub = new_hub()
    hub.see([Sighting("car-1", 121.4, 31.2, None, 0)], 0.0)
    _, paper = looks_on(hub)
    hub.describe(DIRECTORY | {"car-1": Described("alpha", "Shuttle", "road", "RT-9")})
    hub.tick(1.0)
    assert paper.screen.by_device()["car-1"][:3] == ("Shuttle", "road", "RT-9")


def test_events_that_arrive_out_of_order_are_told_in_order_and_a_gap_is_known() -> None:
    hub = new_hub()
    _, paper = looks_on(hub)
    assert hub.take([opened(3), opened(1)], 0.0)
    hub.flush()
    assert paper.screen.told == [(1, "opened")]
    hub.heartbeat(1.0)
    assert not hub.take([opened(1), opened(2), opened(3)], 1.0)
    hub.flush()
    assert [seq for seq, _ in paper.screen.told] == [1, 2, 3]


def beat(t_s: float, messages: int = 0, *, degraded: bool = False) -> dict[str, Any]:
    return {
        "t": round(t_s * 1000),
        "messages": messages,
        "degraded": degraded,
        "zones_revision": 0,
    }


def test_without_a_heartbeat_for_three_seconds_monitoring_is_degraded() -> None:
    hub = new_hub()
    _, paper = looks_on(hub)
    hub.heartbeat(0.0)
    assert paper.screen.heartbeat["degraded"]
    assert paper.screen.heartbeat["feed_age_ms"] is None
    hub.beat(beat(10.0, 1000), 10.0)
    hub.beat(beat(11.0, 6000), 11.0)
    hub.heartbeat(11.5)
    assert paper.screen.heartbeat == {
        "op": "hb",
        "t": 11500,
        "seq": 0,
        "feed_age_ms": 500,
        "degraded": False,
        "objects": 0,
        "messages_per_second": 5000.0,
    }
    hub.heartbeat(14.5)
    assert paper.screen.heartbeat["degraded"]
    assert paper.screen.heartbeat["messages_per_second"] is None


@pytest.mark.parametrize("why", ["worker says so", "bus is away", "an event is missing"])
def test_monitoring_is_degraded_when(why: str) -> None:
    hub = new_hub()
    hub.beat(beat(0.0, degraded=why == "worker says so"), 0.0)
    hub.bus_connected = why != "bus is away"
    if why == "an event is missing":
        hub.take([opened(7)], -5.0)
    assert hub.is_degraded(0.0)


def test_a_new_map_is_told_once() -> None:
    hub = new_hub()
    _, paper = looks_on(hub)
    for revision in (0, 3, 3, 2):
        hub.zones(revision)
    assert paper.screen.heard.count("zones") == 1
    assert paper.screen.zones_revision == 3


def test_viewers_of_one_filter_share_one_frame() -> None:
    hub = new_hub()
    papers = [looks_on(hub)[1] for _ in range(5)]
    for paper in papers:
        paper.reads = False
    hub.see([Sighting("car-1", 121.4, 31.2, None, 0)], 0.0)
    hub.tick(1.0)
    assert len({paper.waiting for paper in papers}) == 1
    assert papers[0].waiting


def test_who_joins_between_two_ticks_takes_nothing_from_the_others() -> None:
    hub = new_hub()
    _, first = looks_on(hub)
    hub.see([Sighting("car-1", 121.4, 31.2, None, 0)], 0.0)
    _, second = looks_on(hub, now_s=0.1)
    hub.tick(1.0)
    assert first.screen.by_device() == second.screen.by_device()
    assert set(first.screen.by_device()) == {"car-1"}


def test_a_viewer_that_reads_too_slowly_is_spared_positions_and_catches_up() -> None:
    hub = new_hub(Limits(spare_above_bytes=500, slow_for_s=8))
    _, paper = looks_on(hub)
    paper.reads = False
    for step in range(1, 30):
        hub.see(
            [
                Sighting("car-1", 121.0 + step / 100, 31.2, None, 0),
                Sighting("car-2", 121.0, 31.0, None, 0),
            ],
            0,
        )
        hub.tick(step / 5)
    assert paper.buffered_bytes() < 1000
    hub.take([opened(1)], 6.0)
    hub.flush()
    paper.reads = True
    paper.read()
    assert paper.screen.told == [(1, "opened")]
    hub.tick(6.5)
    fresh = looks_on(hub)[1]
    assert paper.screen.by_device() == fresh.screen.by_device()
    assert paper.closed is None


def test_a_viewer_that_does_not_catch_up_is_closed() -> None:
    hub = new_hub(Limits(spare_above_bytes=100, slow_for_s=8))
    _, paper = looks_on(hub)
    _, other = looks_on(hub)
    paper.reads = False
    for step in range(1, 60):
        hub.see([Sighting("car-1", 121.0 + step / 1000, 31.2, None, 0)], 0.0)
        hub.tick(step / 5)
    assert paper.closed == (TRY_AGAIN_LATER, "slow")
    assert other.closed is None
    assert hub.counts.dropped == {"slow": 1}
    assert len(hub.viewers) == 1


def test_violations_are_never_dropped_so_a_viewer_that_cannot_take_them_is() -> None:
    hub = new_hub(Limits(close_above_bytes=1000))
    _, paper = looks_on(hub)
    paper.reads = False
    for seq in range(1, 50):
        hub.take([opened(seq)], 0.0)
        hub.flush()
    assert paper.closed == (TRY_AGAIN_LATER, "overflow")


def test_one_user_has_only_so_many_connections() -> None:
    hub = new_hub(Limits(connections_per_user=2))
    first, _ = looks_on(hub, user_id="paul")
    looks_on(hub, user_id="paul")
    assert hub.join("paul", Sight(None), PROOF, Paper()) is None
    hub.leave(first)
    assert hub.join("paul", Sight(None), PROOF, Paper()) is not None


def test_a_new_filter_needs_no_new_connection() -> None:
    hub = new_hub()
    hub.see(
        [Sighting("car-1", 121.2, 31.0, None, 0), Sighting("drone-1", 121.8, 31.0, None, 1)], 0.0
    )
    viewer, paper = looks_on(hub, box=WEST)
    hub.subscribe(viewer, Subscription(Filter(None, None, frozenset({"air"}))), 1.0)
    assert set(paper.screen.by_device()) == {"drone-1"}
    hub.subscribe(viewer, Subscription(Filter(None)), 1.0)
    assert set(paper.screen.by_device()) == {"car-1", "drone-1"}


def test_nobody_chooses_whose_objects_to_see() -> None:
    hub = new_hub()
    hub.see([Sighting(name, 121.4, 31.2, None, 0) for name in DIRECTORY], 0.0)
    viewer, paper = looks_on(hub, "beta")
    hub.subscribe(viewer, Subscription(Filter("alpha")), 1.0)
    assert set(paper.screen.by_device()) == {"drone-1", "boat-1"}


def test_resuming_from_another_process_or_from_long_ago_starts_anew() -> None:
    hub = Hub("epoch", Feed(0, (), kept=3))
    hub.take([opened(seq) for seq in range(1, 8)], 0.0)
    hub.flush()
    for resume in (Resume("other", 5), Resume("epoch", 2), Resume("epoch", 99)):
        _, paper = looks_on(hub, resume=resume)
        assert paper.screen.heard == ["snap", "full"], resume
    screen = Screen(epoch="epoch", seq=5)
    _, paper = looks_on(hub, resume=Resume("epoch", 5), screen=screen)
    assert paper.screen.heard == ["resumed", "objects", "full", "violation", "violation"]
    assert [seq for seq, _ in screen.told] == [6, 7]


# -- laws

NAMES = st.sampled_from([*DIRECTORY, "stranger"])
SIGHTINGS = st.lists(
    st.builds(
        Sighting,
        NAMES,
        st.one_of(st.none(), st.floats(121.0, 122.0)),
        st.floats(30.5, 31.5),
        st.one_of(st.none(), st.floats(0, 360)),
        st.integers(0, 31),
        st.one_of(st.none(), st.floats(-100, 9000)),
        st.one_of(st.none(), st.floats(0, 100)),
    ),
    max_size=5,
)
BOXES = st.one_of(st.none(), st.just(WEST), st.just((121.3, 30.8, 121.9, 31.1)))
SCOPES = st.sampled_from([None, "alpha", "beta"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("see"), SIGHTINGS),
        st.tuples(st.just("violation"), NAMES),
        st.tuples(st.just("pass"), st.sampled_from([0.05, 0.3, 40.0, 700.0])),
        st.tuples(st.just("owner"), NAMES),
        st.tuples(st.just("filter"), st.tuples(BOXES, st.booleans())),
        st.tuples(st.just("stall"), st.booleans()),
        st.tuples(st.just("reconnect"), st.just(0)),
    ),
    max_size=40,
)


class Story:
    """A hub, one viewer that lives through everything, and a way to compare it with a new one."""

    def __init__(self, scope: str | None) -> None:
        self.hub = new_hub(Limits(spare_above_bytes=600, slow_for_s=1e9))
        self.scope = scope
        self.now_s = 0.0
        self.directory = dict(DIRECTORY)
        self.events: list[FeedEvent] = []
        self.asked = Filter(None)
        self.viewer, self.paper = looks_on(self.hub, scope)

    def see(self, sightings: Any) -> None:
        self.hub.see(sightings, self.now_s)

    def violation(self, device_id: str) -> None:
        seq = len(self.events) + 1
        ongoing = self.hub.feed.ongoing_of(device_id)
        said = self.directory.get(device_id)
        event = opened(seq, device_id)
        if ongoing:
            event = FeedEvent(seq, "closed", dict(ongoing[0]) | {"closed_at": "then"})
        elif said is not None:
            owner = {"organisation_id": said.organisation_id}
            event = FeedEvent(seq, "opened", dict(event.violation) | owner)
        self.events.append(event)
        self.hub.take([event], self.now_s)
        self.hub.flush()

    def owner(self, device_id: str) -> None:
        known = self.directory.get(device_id, Described(None, device_id, "road", None))
        other = "beta" if known.organisation_id == "alpha" else "alpha"
        self.directory[device_id] = Described(other, known.label, known.domain, None)
        self.hub.describe(self.directory)

    def filter(self, asked: tuple[Box | None, bool]) -> None:
        box, roads_only = asked
        self.asked = Filter(None, box, frozenset({"road"}) if roads_only else None)
        self.hub.subscribe(self.viewer, Subscription(self.asked), self.now_s)

    def stall(self, stalled: bool) -> None:
        self.paper.reads = not stalled
        if not stalled:
            self.paper.read()

    def reconnect(self, _: int) -> None:
        """Break the connection: what was not read yet is lost, what was read is remembered."""
        self.hub.leave(self.viewer)
        screen = self.paper.screen
        resume = Resume(screen.epoch, screen.seq)
        self.viewer, self.paper = looks_on(
            self.hub,
            self.scope,
            box=self.asked.box,
            kinds=self.asked.kinds,
            screen=screen,
            resume=resume,
            now_s=self.now_s,
        )

    def pass_(self, seconds: float) -> None:
        self.now_s += seconds
        self.hub.heartbeat(self.now_s)
        self.hub.tick(self.now_s)

    def end(self) -> Screen:
        """Let everything arrive, and return what somebody new is shown."""
        self.stall(False)
        self.pass_(1.0)
        self.paper.read()
        self.pass_(1.0)
        fresh = looks_on(
            self.hub,
            self.scope,
            box=self.asked.box,
            kinds=self.asked.kinds,
            now_s=self.now_s,
        )[1]
        return fresh.screen


@settings(max_examples=150, deadline=None)
@given(scope=SCOPES, steps=STEPS)
def test_whoever_lived_through_it_all_sees_what_somebody_new_sees(
    scope: str | None, steps: list[tuple[str, Any]]
) -> None:
    story = Story(scope)
    for step, argument in steps:
        getattr(story, "pass_" if step == "pass" else step)(argument)
    fresh = story.end()
    lived = story.paper.screen
    assert lived.by_device() == fresh.by_device()
    assert lived.ongoing == fresh.ongoing


@settings(max_examples=150, deadline=None)
@given(scope=SCOPES, steps=STEPS)
def test_every_violation_in_scope_is_told_once_and_in_order_whatever_breaks(
    scope: str | None, steps: list[tuple[str, Any]]
) -> None:
    story = Story(scope)
    for step, argument in steps:
        getattr(story, "pass_" if step == "pass" else step)(argument)
    story.end()
    mine = [
        (event.seq, event.event)
        for event in story.events
        if scope is None or event.violation["organisation_id"] == scope
    ]
    assert story.paper.screen.told == mine


@settings(max_examples=100, deadline=None)
@given(order=st.permutations(range(1, 9)), size=st.integers(1, 4))
def test_whatever_order_the_bus_delivers_in_the_feed_tells_each_event_once(
    order: list[int], size: int
) -> None:
    feed = Feed(0, ())
    told_seqs: list[int] = []
    for start in range(0, len(order), size):
        batch = [opened(seq) for seq in order[start : start + size]]
        told_seqs += [event.seq for event in feed.take(batch + batch)]
    assert told_seqs == list(range(1, 9))
    assert not feed.has_gap


@pytest.mark.parametrize(
    ("height_m", "speed_mps", "told"),
    [
        (85.3, 12.34, (341, 1234)),
        (-3.0, 0.0, (-12, 0)),
        (None, None, (-32768, 65535)),
        (9000.0, 700.0, (-32768, 65535)),
        (float("nan"), -1.0, (-32768, 65535)),
    ],
)
def test_height_and_speed_are_told_where_they_are_known(
    height_m: float | None, speed_mps: float | None, told: tuple[int, int]
) -> None:
    hub = new_hub()
    _, paper = looks_on(hub)
    hub.see([Sighting("drone-1", 121.4, 31.2, 10.0, 1, height_m, speed_mps)], 0.0)
    hub.tick(1.0)
    ((slot, _),) = paper.screen.places.items()
    assert paper.screen.figures[slot] == told


# -- how exactly


EXACT_DEG = (121.41234567, 31.21234567)
TO_FIVE_DEG = (121.41235, 31.21235)


@pytest.mark.requirement("D4e-19")
def test_a_department_is_told_places_to_five_decimals_and_the_police_as_they_came() -> None:
    hub = new_hub()
    hub.see([Sighting("car-1", *EXACT_DEG, 90.0, 0)], 0.0)
    (_, police), (_, department) = looks_on(hub), looks_on(hub, decimals=5)
    assert police.screen.places[0][:2] == (121.4123457, 31.2123457)
    assert department.screen.places[0][:2] == TO_FIVE_DEG
    hub.see([Sighting("car-1", EXACT_DEG[0] + 0.001, EXACT_DEG[1], 90.0, 0)], 1.0)
    hub.tick(1.0)
    assert police.screen.places[0][:2] == (121.4133457, 31.2123457)
    assert department.screen.places[0][:2] == (121.41335, TO_FIVE_DEG[1])


@pytest.mark.requirement("D4e-19")
def test_a_department_is_told_violations_and_forecasts_as_exactly_as_places() -> None:
    hub = new_hub()
    place = {"longitude_deg": EXACT_DEG[0], "latitude_deg": EXACT_DEG[1]}
    hub.take([FeedEvent(1, "opened", told("car-1", 1) | place)], 0.0)
    hub.flush()
    (_, police), (_, department) = looks_on(hub), looks_on(hub, decimals=5)
    hub.take([FeedEvent(2, "opened", told("car-1", 2) | place)], 0.0)
    hub.flush()
    hub.foresee({"car-1": [place]}, 0.0)
    _, resumed = looks_on(hub, decimals=5, resume=Resume("epoch", 0))
    departments = ((each.screen, TO_FIVE_DEG) for each in (department, resumed))
    for screen, at in ((police.screen, EXACT_DEG), *departments):
        seen = [*screen.ongoing.values(), *screen.ahead["car-1"]]
        assert len(seen) == 3
        assert {(each["longitude_deg"], each["latitude_deg"]) for each in seen} == {at}


@pytest.mark.requirement("D4e-19")
def test_a_box_chooses_among_what_a_department_is_told() -> None:
    hub = new_hub()
    hub.see([Sighting("car-1", *EXACT_DEG, 90.0, 0)], 0.0)
    # Between where it is and where it is told to be.
    beyond: Box = (EXACT_DEG[0] + 1e-6, 31.0, 122.0, 32.0)
    assert looks_on(hub, box=beyond)[1].screen.places == {}
    assert looks_on(hub, box=beyond, decimals=5)[1].screen.places[0][:2] == TO_FIVE_DEG


def test_what_has_no_place_has_none_to_so_many_decimals() -> None:
    hub = new_hub()
    nowhere = {"longitude_deg": None, "latitude_deg": None}
    hub.take([FeedEvent(1, "opened", told("car-1", 1) | nowhere)], 0.0)
    _, paper = looks_on(hub, decimals=5)
    assert paper.screen.ongoing["car-1-1"]["longitude_deg"] is None
