"""Matters under permits at the command line."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from permits.issuing import Ruling
from permits.life_cycle import PermitKind, PermitState
from permits.terms import Terms
from tests import mapped
from tests.cli.conftest import Shell
from zone_service.clock import now
from zone_service.demo_city import lead_to
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import permits
from zone_service.store.engine import open_store
from zone_service.store.records import PLATFORM

PASSWORD = "a long password"
NUMBER = "RT-1"


@pytest.fixture(scope="module")
def office(open_shell: Callable[[], Shell]) -> Shell:
    """An installation with a road test in force, its operator and the police."""
    shell = open_shell()
    assert shell.zone("device", "add", "car-1", "--operator", "acme").returncode == 0
    for name, role, organisation in (("pan", "police", "police"), ("olga", "operator", "acme")):
        made = shell.zone(
            "user", "add", name, "--role", role, "--organisation", organisation,
            "--password", PASSWORD,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
    store = open_store(f"sqlite:///{next(shell.folder.rglob('*.sqlite'))}")
    begins = now() - timedelta(hours=1)
    terms = Terms(frozenset({"car-1"}), frozenset({"road-1"}), begins, begins + timedelta(days=90))
    with store.write() as session:
        mapped.lay(session, now())
        permit = permits.create(
            session, PLATFORM, kind=PermitKind.ROAD_TEST, holder_id="acme", terms=terms,
            at=begins, number=NUMBER,
        )  # fmt: skip
        lead_to(session, permit, PermitState.ACTIVE, now(), Ruling(shipped_sheet("demonstration")))
    store.close()
    return shell


def who(name: str) -> tuple[str, ...]:
    return "--username", name, "--password", PASSWORD


@pytest.mark.requirement("D4b-62")
def test_a_vehicle_is_suspended_seen_and_put_right_from_the_command_line(office: Shell) -> None:
    assert office.zone("suspension", "list", "--english").stdout.strip() == "nothing is suspended"
    assert office.zone("matter", "list", "--chinese").stdout.strip() == "没有符合条件的事项"
    ordered = office.zone(
        "suspension", "order", NUMBER, "--vehicle", "car-1", "--reason", "ran a red light",
        "--ground", "TRAFFIC_VIOLATION",
        *who("pan"), "--json",
    )  # fmt: skip
    assert ordered.returncode == 0, ordered.stderr
    matter_id = json.loads(ordered.stdout)["matter_id"]
    begun = office.zone(
        "suspension", "act", matter_id, "START_RECTIFICATION", *who("olga"), "--english"
    )
    assert begun.returncode == 0, begun.stderr
    assert "device_ids: car-1" in begun.stdout
    assert "the time for rectification" in begun.stdout
    listed = office.zone("suspension", "list", "--ground", "TRAFFIC_VIOLATION", "--chinese").stdout
    told = (matter_id, "整改期限", "交通违法: ran a red light", "部分车辆或路段", "car-1", "police")
    assert [each for each in told if each not in listed] == []
    bare = office.zone("suspension", "act", matter_id, "REQUEST_RESUME", *who("olga"), "--chinese")
    assert (bare.returncode, "RECTIFICATION_REPORT" in bare.stderr) == (1, True)
    shown = office.zone("suspension", "show", matter_id, "--english").stdout
    assert "ran a red light" in shown
    none = office.zone("suspension", "show", "SU-0", "--english")
    assert (none.returncode, "SU-0" in none.stderr) == (1, True)


@pytest.mark.requirement("D4b-65")
def test_an_accident_is_reported_and_looked_at_from_the_command_line(office: Shell) -> None:
    assert office.zone("accident", "list", "--english").stdout.strip() == "there is none"
    told = (
        "accident", "report", NUMBER, "--vehicle", "car-1", "--place", "km 3",
        "--account", "touched a scooter", "--slightly-injured", "1", *who("olga"),
    )  # fmt: skip
    ahead = office.zone(*told, "--at", "2099-01-01T00:00+08:00", "--chinese")
    assert (ahead.returncode, "不晚于" in ahead.stderr) == (1, True)
    at = (now() - timedelta(minutes=5)).isoformat()
    made = office.zone(*told, "--at", at, "--json")
    assert made.returncode == 0, made.stderr
    accident_id = json.loads(made.stdout)["matter_id"]
    early = office.zone("accident", "accept", accident_id, *who("pan"), "--english")
    assert (early.returncode, "it is REPORTED" in early.stderr) == (1, True)
    decided = office.zone(
        "accident", "act", accident_id, "DETERMINE_LIABILITY", "--liability", "NONE",
        "--reason", "file 12", *who("pan"), "--english",
    )  # fmt: skip
    assert decided.returncode == 0, decided.stderr
    listed = office.zone("accident", "list", "--open", "--chinese").stdout
    assert (accident_id in listed, "事故报告期限" in listed) == (True, True)
    assert "touched a scooter" in office.zone("accident", "show", accident_id, "--english").stdout


@pytest.mark.requirement("D4b-19")
def test_a_change_is_applied_for_and_taken_back_from_the_command_line(office: Shell) -> None:
    asked = ("further", "change", NUMBER, *who("olga"), "--english")
    nothing = office.zone(*asked)
    assert (nothing.returncode, "terms that differ" in nothing.stderr) == (1, True)
    made = office.zone(*asked, "--max-speed-mps", "7.5", "--json")
    assert made.returncode == 0, made.stderr
    matter_id = json.loads(made.stdout)["matter_id"]
    twice = office.zone(
        "further", "change", NUMBER, *who("olga"), "--chinese", "--max-speed-mps", "8"
    )
    assert (twice.returncode, "尚未办结" in twice.stderr) == (1, True)
    assert matter_id in office.zone("further", "list", "--open", "--english").stdout
    unlike = office.zone(
        "further", "vehicles", NUMBER, "V-404", "--reason", "More.", *who("olga"), "--english"
    )
    assert (unlike.returncode, "a vehicle of the holder" in unlike.stderr) == (1, True)
    early = office.zone(
        "further", "renew", NUMBER, "--until", "2020-01-01", *who("olga"), "--english"
    )
    assert (early.returncode, "cannot REQUEST_RENEWAL" in early.stderr) == (1, True)
    as_it_would_be = ("permit", "preconditions", NUMBER, "--matter")
    table = office.zone(*as_it_would_be, matter_id, "--english")
    assert (f"{NUMBER}  {matter_id}" in table.stdout, "STAGE_ORDER" in table.stdout) == (True, True)
    none = office.zone(*as_it_would_be, "CH-9", "--chinese")
    assert (none.returncode, "没有事项 'CH-9'" in none.stderr) == (1, True)
    back = office.zone("further", "act", matter_id, "WITHDRAW", *who("olga"), "--english")
    assert back.returncode == 0, back.stderr
    assert "WITHDRAWN" in office.zone("further", "show", matter_id, "--english").stdout
