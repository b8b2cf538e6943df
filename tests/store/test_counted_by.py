"""What time is counted by is read off a rule set once, and off each as it is."""

from dataclasses import replace

from permits.time_limits import time_limits
from zone_service.shipped_rules import shipped_sheet
from zone_service.store.counted_by import counted_by

KEY = "deadlines.intake_wd"


def test_a_rule_set_is_read_once() -> None:
    sheet = shipped_sheet("demonstration")
    assert counted_by(sheet).limits == time_limits(sheet)
    assert counted_by(sheet) is counted_by(sheet)


def test_two_of_one_label_are_counted_by_what_each_says() -> None:
    sheet = shipped_sheet("demonstration")
    for days in range(2, 200):  # more than are kept
        told = replace(sheet.parameters[KEY], value=days)
        drafted = replace(sheet, parameters={**sheet.parameters, KEY: told})
        assert drafted.label == sheet.label
        assert counted_by(drafted).limits.intake_wd == days
    assert counted_by(sheet).limits == time_limits(sheet)
