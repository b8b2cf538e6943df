"""What a report says, item by item."""

from typing import Any

import msgspec
import pytest

from telemetry.data_items import ITEMS, DataItem, items_of, lacking
from telemetry.report import ControlMode, OperationalStatus, Report, TimeSource

EMPTY = Report(device_id="d", event_time_s=0.0, time_source=TimeSource.SERVER)
SAYS: dict[DataItem, dict[str, Any]] = {
    DataItem.CONTROL_MODE: {"control_mode": ControlMode.MANUAL},
    DataItem.POSITION: {"longitude_deg": 121.5, "latitude_deg": 31.2},
    DataItem.SPEED: {"ground_speed_mps": 0.0},
    DataItem.DIRECTION: {"heading_deg": 0.0},
    DataItem.ALTITUDE: {"altitude_hae_m": 0.0},
    DataItem.RELATIVE_HEIGHT: {"height_ato_m": 0.0},
    DataItem.VERTICAL_SPEED: {"vertical_speed_mps": 0.0},
    DataItem.OPERATIONAL_STATUS: {"operational_status": OperationalStatus.GROUND},
    DataItem.HORIZONTAL_ACCURACY: {"horizontal_accuracy_m": 0.0},
    DataItem.VERTICAL_ACCURACY: {"vertical_accuracy_m": 0.0},
    DataItem.OWN_TIME: {"time_source": TimeSource.GNSS},
}


def report(*items: DataItem) -> Report:
    said = {name: value for item in items for name, value in SAYS[item].items()}
    return msgspec.structs.replace(EMPTY, **said)


@pytest.mark.parametrize("item", ITEMS)
def test_a_report_lacks_each_item_that_it_does_not_say_and_zero_is_something_said(
    item: DataItem,
) -> None:
    assert set(items_of(lacking(report(item)))) == set(ITEMS) - {item}
    assert tuple(items_of(lacking(report(*ITEMS)))) == ()
    assert tuple(items_of(lacking(EMPTY))) == ITEMS


def test_a_course_is_a_direction_and_a_height_above_ground_a_relative_one() -> None:
    found = lacking(Report(device_id="d", event_time_s=0.0, track_deg=1.0, height_agl_m=2.0))
    assert not {DataItem.DIRECTION, DataItem.RELATIVE_HEIGHT} & set(items_of(found))
