"""What a row keeps of a report."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry.report import ControlMode, Datum, OperationalStatus, Report, TimeSource
from zone_service.history.files import packed, unpacked
from zone_service.history.table import SCALED, joined, table_of
from zone_service.history.told import Told

REPORT = Report(device_id="car-1", event_time_s=1_777_896_000.25)
TOLD = Told(REPORT, 1_777_896_000.5, 7, 2, 0)
NUMBERS = {
    each.said: st.none() | st.floats(-180, 180, allow_nan=False)
    for each in SCALED
    if each.per_unit > 1
}


@settings(max_examples=30)
@given(
    st.builds(
        Report,
        device_id=st.sampled_from(["car-1", "car-2", "vessel_9"]),
        event_time_s=st.floats(946_684_800.0, 4_102_444_799.0),
        time_source=st.sampled_from(list(TimeSource)),
        boot_id=st.none() | st.text("ab", min_size=1, max_size=3),
        seq=st.none() | st.integers(0, 2**63 - 1),
        source_datum=st.sampled_from(list(Datum)),
        satellites=st.none() | st.integers(0, 255),
        control_mode=st.sampled_from(list(ControlMode)),
        operational_status=st.sampled_from(list(OperationalStatus)),
        quality_flags=st.sampled_from([(), ("no_fix",), ("no_fix", "old")]),
        **NUMBERS,
    )
)
def test_a_row_has_all_that_a_report_told_to_within_half_a_unit(report: Report) -> None:
    (row,) = unpacked(packed(table_of([replace(TOLD, report=report)]))).to_pylist()
    for each in SCALED:
        said = getattr(report, each.said)
        assert (row[each.name] is None) == (said is None)
        if said is not None:
            assert abs(row[each.name] / each.per_unit - said) <= 0.500001 / each.per_unit
    assert abs(row["event_time"].timestamp() - report.event_time_s) <= 0.000501
    assert (row["journal_id"], row["place"], row["part"]) == (7, 2, 0)
    words: dict[str, Any] = {
        name: getattr(report, name)
        for name in ("device_id", "seq", "boot_id", "time_source", "source_datum", "control_mode",
                     "operational_status", "codec")
    }  # fmt: skip
    assert {name: row[name] for name in words} == words
    assert tuple(row["quality_flags"].split()) == report.quality_flags


@pytest.mark.parametrize("number", [3e7, -1e300, float("inf"), float("nan")])
def test_a_number_beyond_what_a_column_holds_is_unknown(number: float) -> None:
    report = Report(device_id="car-1", event_time_s=REPORT.event_time_s, altitude_hae_m=number)
    (row,) = table_of([replace(TOLD, report=report)]).to_pylist()
    assert row["altitude_hae_cm"] is None


def numbered(seq: int | None, journal_id: int, boot_id: str = "a", after_s: float = 0.0) -> Told:
    at_s = REPORT.event_time_s + after_s
    report = Report(device_id="car-1", event_time_s=at_s, boot_id=boot_id, seq=seq)
    return replace(TOLD, report=report, journal_id=journal_id)


def test_a_report_that_a_later_payload_repeats_is_one_row() -> None:
    rows = joined(
        [table_of([numbered(4, 9), numbered(5, 9, after_s=1.0)]), table_of([numbered(4, 7)])]
    )
    assert [(each["journal_id"], each["seq"]) for each in rows.to_pylist()] == [(7, 4), (9, 5)]


def test_reports_of_one_moment_that_nobody_counted_are_rows_of_their_own() -> None:
    parts = [table_of([numbered(None, 7)]), table_of([numbered(None, 8)])]
    assert joined(parts).num_rows == 2
    assert joined([table_of([numbered(4, 7)]), table_of([numbered(4, 8, "b")])]).num_rows == 2
    assert joined([]).num_rows == 0
