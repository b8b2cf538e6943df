"""What a format has no word for is known before one of its units is waited for."""

import pytest

from telemetry.codecs.codec import Codec
from telemetry.report import ControlMode, Report
from telemetry.untold import UNTOLD, WHO_DRIVES
from tests.telemetry.test_codec_quality import CODECS, PAGES
from tests.telemetry.test_hostile_payloads import CASES, decoded, recorded

pytestmark = pytest.mark.requirement("D4b-25")


def test_a_format_that_does_not_say_who_drives_is_named_and_every_other_has_it_on_its_page(
    codecs: dict[str, Codec],
) -> None:
    assert set(codecs) == set(CODECS)
    tells = {
        each for each in CODECS if "`control_mode`" in (PAGES / f"{each}.md").read_text("utf-8")
    }
    assert {each for each, untold in UNTOLD.items() if untold == WHO_DRIVES} == set(CODECS) - tells


def test_no_recording_of_such_a_format_says_who_drives_and_some_of_others_do() -> None:
    said = {
        each.codec.name
        for each in CASES.values()
        for report in decoded(each, recorded(each))
        if isinstance(report, Report) and report.control_mode is not ControlMode.UNKNOWN
    }
    assert said == {"canonical", "csae295", "dji"}
