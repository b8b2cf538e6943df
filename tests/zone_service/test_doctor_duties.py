"""What the law asks of how the platform is run: what is declared is held against it, and never assumed."""

from dataclasses import replace
from pathlib import Path

import pytest

from permits.sheet import Sheet
from tests.store.city import UNDER
from zone_service.doctor_duties import duties, network_logs, stored_in
from zone_service.doctor_findings import State
from zone_service.settings import Settings
from zone_service.shipped_rules import shipped_sheet
from zone_service.store.engine import Store

NATIONAL = shipped_sheet("shanghai-default")


def said(tmp_path: Path, **given: object) -> Settings:
    return Settings(data_dir=tmp_path, **given)  # type: ignore[arg-type]


def without(sheet: Sheet, key: str) -> Sheet:
    return replace(sheet, parameters={k: v for k, v in sheet.parameters.items() if k != key})


@pytest.mark.requirement("D4e-10")
def test_logs_are_said_to_be_kept_as_long_as_the_rule_set_asks_or_the_doctor_warns(
    tmp_path: Path,
) -> None:
    def found(**given: object) -> tuple[State, str]:
        told = network_logs(said(tmp_path, **given), NATIONAL)
        return told.state, told.advice

    assert found()[0] is State.WARN
    assert "6 months (cyber-security-law network logs)" in found()[1]
    assert "ZONE_LOGS_KEPT_DAYS=186" in found()[1]
    assert found(logs_kept_days=185)[0] is State.FAIL
    assert found(logs_kept_days=186)[0] is State.WARN, "the requests are not among them"
    assert found(logs_kept_days=186, access_log=True)[0] is State.OK
    unsaid = network_logs(said(tmp_path), without(NATIONAL, "evidence.network_logs_months"))
    assert unsaid.state is State.UNKNOWN


@pytest.mark.requirement("D4e-12")
@pytest.mark.parametrize(
    ("place", "approval", "state"),
    [
        ("", "", State.WARN),
        ("CN", "", State.OK),
        ("cn-sh", "", State.OK),
        ("CN-HK", "", State.FAIL),
        ("HK", "", State.FAIL),
        ("DE-BE", "", State.FAIL),
        ("DE-BE", "CAC 2026-17", State.OK),
    ],
)
def test_what_is_stored_is_said_to_be_in_mainland_china_or_elsewhere_as_approved(
    tmp_path: Path, place: str, approval: str, state: State
) -> None:
    told = stored_in(said(tmp_path, stored_in=place, transfer_approval=approval))
    assert told.state is state
    assert approval in told.found
    assert (told.advice == "") == (state is State.OK)


@pytest.mark.requirement("D4e-10", "D4e-12")
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_the_doctor_holds_both_against_the_rule_set_in_force(store: Store, tmp_path: Path) -> None:
    settings = said(tmp_path, rule_set=UNDER.sheet.label.partition("@")[0], logs_kept_days=365)
    assert [(each.name, each.state) for each in duties(settings, store)] == [
        ("network logs", State.WARN),
        ("place of storage", State.WARN),
    ]
    told = settings.model_copy(update={"access_log": True, "stored_in": "CN-SH"})
    assert {each.state for each in duties(told, store)} == {State.OK}
    short = settings.model_copy(update={"logs_kept_days": 1, "stored_in": "DE-BE"})
    assert {each.state for each in duties(short, store)} == {State.FAIL}
