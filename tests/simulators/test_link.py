"""The way from a unit to the service, as time goes on."""

from collections.abc import Iterable

import numpy as np

from simulators.faults import Delay, Fault, Outage, Reorder
from simulators.link import Link
from telemetry.report import Report

START_S = 1_000.0


def link(*faults: Fault) -> Link:
    return Link(faults, START_S, np.random.default_rng(1))


def said(seq: int) -> Report:
    return Report(device_id="d", event_time_s=START_S + seq, seq=seq)


def sequence(reports: Iterable[Report]) -> list[int | None]:
    return [report.seq for report in reports]


def test_without_faults_what_is_sent_arrives_at_once() -> None:
    way = link()
    way.send(said(0), START_S)
    assert sequence(way.arrived(START_S)) == [0]
    assert sequence(way.arrived(START_S + 1.0)) == []


def test_what_a_unit_buffers_arrives_when_the_outage_ends_though_it_says_nothing_then() -> None:
    way = link(Outage(1.0, 4.0, buffered=True))
    arrived = []
    for seq in range(3):
        way.send(said(seq), START_S + seq)
        arrived.append(sequence(way.arrived(START_S + seq)))
    arrived += [sequence(way.arrived(START_S + after_s)) for after_s in (3.9, 4.0, 5.0)]
    assert arrived == [[0], [], [], [], [1, 2], []]


def test_what_the_network_delays_arrives_later_by_itself() -> None:
    way = link(Delay(2.0))
    way.send(said(0), START_S)
    arrived = [sequence(way.arrived(START_S + after_s)) for after_s in (0.0, 60.0)]
    assert arrived == [[], [0]]


def test_what_is_on_its_way_when_the_play_ends_arrives_after_all() -> None:
    way = link(Reorder(1.0), Delay(5.0))
    for seq in range(3):
        way.send(said(seq), START_S)
    assert sequence(way.arrived(START_S)) == []
    assert sorted(map(str, sequence(way.rest()))) == ["0", "1", "2"]
