"""What somebody types, what they get, and what they are told when it cannot be."""

import json
import os
import re
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from maps.demo_map import demo_zones
from telemetry.codecs.discover import load_codecs
from tests.cli.conftest import Shell, is_ready
from zone_service.broker import device_client_id
from zone_service.store import zones
from zone_service.store.engine import open_store

ROOT = Path(__file__).resolve().parents[2]
MAP = str(ROOT / "maps" / "demo" / "zones.geojson")


def secret_of(shell: Shell, device_id: str) -> str:
    added = shell.zone("device", "add", device_id, "--operator", "acme")
    assert added.returncode == 0, added.stderr
    return next(
        line.split()[1] for line in added.stdout.splitlines() if line.startswith("password")
    )


def test_a_worker_in_production_does_not_start_where_it_is_told_to_die(bare_shell: Shell) -> None:
    refused = bare_shell.zone(
        "worker",
        ZONE_ENVIRONMENT="production",
        ZONE_SECURE_COOKIES="true",
        ZONE_PUBLIC_ORIGIN="https://zone.example",
        ZONE_CRASH_AT="before_commit:3",
    )
    assert refused.returncode == 2
    (line,) = refused.stderr.splitlines()
    assert "ZONE_CRASH_AT=before_commit:3 lets the worker die" in line
    assert not (bare_shell.folder / "data").exists()


def test_the_worker_says_what_to_run_when_there_are_no_tables(bare_shell: Shell) -> None:
    refused = bare_shell.zone("worker")
    assert refused.returncode == 1
    assert "run `zone db upgrade`" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_database_is_brought_up_to_date_and_the_command_may_be_repeated(
    bare_shell: Shell,
) -> None:
    first, second = bare_shell.zone("db", "upgrade"), bare_shell.zone("db", "upgrade")
    assert (first.returncode, second.returncode) == (0, 0)
    assert "before it was empty" in first.stdout
    assert "as it was" in second.stdout


def test_an_unsafe_setting_is_refused_by_name(shell: Shell) -> None:
    refused = shell.zone("up", ZONE_ENVIRONMENT="production", ZONE_DEMO="true")
    assert refused.returncode == 2
    assert "ZONE_DEMO=true" in refused.stderr


def test_a_device_is_given_a_name_a_secret_and_a_client_id_that_nobody_can_guess(
    shell: Shell,
) -> None:
    added = shell.zone("device", "add", "car-7", "--operator", "acme")
    said = dict(line.rsplit(maxsplit=1) for line in added.stdout.splitlines())
    assert said["username"] == "car-7"
    assert said["client id"] == device_client_id("car-7", said["password"])


@pytest.mark.journey
def test_a_start_that_goes_well_logs_no_error(platform: Shell) -> None:
    """Though the fixture asked it whether it was ready before it was."""
    said = (platform.folder / "start.log").read_text()
    assert '"event": "platform_started"' in said
    assert '"level": "error"' not in said, said


@pytest.mark.journey
def test_it_says_where_the_page_is_and_when_it_answers(platform: Shell) -> None:
    log, deadline = platform.folder / "log", time.monotonic() + 20
    while "\nReady.\n" not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
    said = log.read_text()
    page = f"The page      http://127.0.0.1:{platform.environment['ZONE_WEB_PORT']}/\n"
    assert said.index(page) < said.index("\nReady.\n")
    assert said.count("Ready.") == 1


@pytest.mark.journey
def test_a_second_platform_on_the_same_data_is_refused_by_name(platform: Shell) -> None:
    refused = platform.zone("up")
    assert refused.returncode == 1
    assert "already running on" in refused.stderr


@pytest.mark.journey
def test_the_doctor_finds_nothing_wrong_with_a_platform_that_runs(platform: Shell) -> None:
    healthy = platform.zone("doctor")
    assert healthy.returncode == 0, healthy.stdout
    assert "lets us in" in healthy.stdout


@pytest.mark.journey
def test_the_doctor_fails_a_worker_that_stands_still(platform: Shell) -> None:
    worker = int((platform.folder / "data" / "worker.lock").read_text())
    os.kill(worker, signal.SIGSTOP)
    try:
        until(lambda: platform.zone("doctor").returncode == 1)
        said = platform.zone("doctor").stdout
    finally:
        os.kill(worker, signal.SIGCONT)
        until(lambda: is_ready(platform.environment["ZONE_WEB_PORT"]))
    assert re.search(r"^fail +worker", said, re.MULTILINE), said


@pytest.mark.journey
def test_a_map_with_a_broken_ring_is_refused_whole_and_every_problem_is_named(
    platform: Shell,
) -> None:
    assert platform.zone("map", "import", MAP).returncode == 0
    bow_tie = [[121.0, 31.0], [121.1, 31.1], [121.1, 31.0], [121.0, 31.1], [121.0, 31.0]]
    broken = {
        "type": "FeatureCollection",
        "datum": "WGS84",
        "features": [
            {
                "type": "Feature",
                "properties": {"zone_id": "tie", "name": "Tie", "kind": "keep_out"},
                "geometry": {"type": "Polygon", "coordinates": [bow_tie]},
            }
        ],
    }
    file = platform.folder / "broken.geojson"
    file.write_text(json.dumps(broken))
    refused = platform.zone("map", "import", str(file))
    assert refused.returncode == 1
    assert "tie" in refused.stderr
    assert "nothing was changed" in refused.stderr


def test_the_demonstrations_map_is_at_hand_in_any_folder(shell: Shell) -> None:
    assert "would be in force" in shell.zone("map", "import", "--demo", "--dry-run").stdout


def test_the_demonstrations_map_has_the_surfaces_of_its_airports_too(shell: Shell) -> None:
    said = shell.zone("map", "import", "--demo")
    wanted = demo_zones()
    assert said.stdout == f"{len(wanted)} zones in force as revision 1\n"
    database = f"sqlite:///{shell.folder / 'data' / 'zone.sqlite'}"
    with closing(open_store(database)) as store, store.read() as session:
        kept = zones.in_force(session).zones
    assert {zone.zone_id for zone in kept} == {zone.zone_id for zone in wanted}
    assert any(zone.zone_id.startswith("apt-zspd") for zone in kept)


def test_an_import_says_which_zones_it_ends_and_a_trial_which_it_would(shell: Shell) -> None:
    shell.zone("map", "import", "--demo")
    again = shell.zone("map", "import", "--demo").stdout
    assert again.endswith(" zones in force as revision 2\nall of them as they were before\n")
    whole = json.loads(shell.zone("map", "export", "-").stdout)
    of_zone = Counter(each["properties"]["zone_id"] for each in whole["features"])
    alone = [each for each in whole["features"] if of_zone[each["properties"]["zone_id"]] == 1]
    first, second = alone[:2]
    first["properties"]["name"] = "Another name"
    whole["features"] = [first, second]
    file = shell.folder / "two.geojson"
    file.write_text(json.dumps(whole))
    ended = len(demo_zones()) - 2
    tried = shell.zone("map", "import", str(file), "--dry-run").stdout.splitlines()
    assert tried[:2] == [
        "2 zones would be in force",
        f"0 new, 1 changed, 1 as before, {ended} ended",
    ]
    assert tried[2] == f"would be changed: {first['properties']['zone_id']}"
    assert re.fullmatch(rf"would be ended: (\S+, ){{11}}\S+ and {ended - 12} more", tried[3])
    done = shell.zone("map", "import", str(file)).stdout.splitlines()
    assert done[1:3] == [tried[1], f"changed: {first['properties']['zone_id']}"]


@pytest.mark.parametrize("words", [(), ("--demo", MAP)])
def test_a_map_is_a_file_or_the_demonstrations(shell: Shell, words: tuple[str, ...]) -> None:
    refused = shell.zone("map", "import", *words)
    assert refused.returncode == 2
    assert "expected a file of zones, or --demo" in refused.stderr


@pytest.mark.journey
def test_a_map_without_a_datum_is_refused(platform: Shell) -> None:
    file = platform.folder / "nowhere.geojson"
    file.write_text('{"type": "FeatureCollection", "features": []}')
    refused = platform.zone("map", "import", str(file))
    assert refused.returncode == 1
    assert "datum" in refused.stderr


@pytest.mark.journey
def test_a_device_reports_until_its_credential_is_withdrawn(platform: Shell) -> None:
    secret = secret_of(platform, "car-7")
    said = ("send", "car-7", "--longitude", "121.9", "--latitude", "30.9", "--password", secret)
    until(lambda: platform.zone(*said).returncode == 0)
    assert platform.zone("device", "revoke", "car-7").returncode == 0
    until(lambda: "refuses 'car-7'" in platform.zone(*said).stderr)


def until(found: Callable[[], bool]) -> None:
    """Accounts reach the broker within a second or two, a stopped worker is silent after five."""
    deadline = time.monotonic() + 30
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.journey
def test_a_device_id_that_cannot_be_is_refused_with_what_was_expected(platform: Shell) -> None:
    refused = platform.zone("device", "add", "a/b", "--operator", "acme")
    assert refused.returncode == 1
    assert "a/b" in refused.stderr


@pytest.mark.journey
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("car-8", "--operator", "acme", "--codec", "morse"), ", ".join(sorted(load_codecs()))),
        (("service", "--operator", "acme"), "expected another"),
        (
            ("car-8", "--operator", "guards"),
            "of kind police: devices belong to one of kind operator",
        ),
    ],
)
def test_a_device_that_could_never_report_is_refused(
    platform: Shell, words: tuple[str, ...], told: str
) -> None:
    people = ("--role", "police", "--organisation", "guards", "--password", "long enough 1")
    platform.zone("user", "add", "guard", *people)
    refused = platform.zone("device", "add", *words)
    assert refused.returncode == 1
    assert told in " ".join(refused.stderr.split())


@pytest.mark.journey
def test_an_account_that_is_refused_leaves_no_organisation_behind(platform: Shell) -> None:
    def added(role: str, password: str) -> int:
        words = ("--role", role, "--organisation", "harbour", "--password", password)
        return platform.zone("user", "add", "pat", *words).returncode

    assert added("operator", "short") == 1
    assert added("reviewer", "long enough 1") == 1
    assert added("police", "long enough 1") == 0


@pytest.mark.journey
def test_commands_find_the_platform_on_ports_that_they_were_not_told(platform: Shell) -> None:
    unaware = {k: v for k, v in platform.environment.items() if not k.endswith("_PORT")}
    shell = Shell(platform.folder, unaware)
    sent = shell.zone("send", "car-1", "--longitude", "0", "--latitude", "0", "--password", "x")
    assert f"127.0.0.1:{platform.environment['ZONE_MQTT_PORT']} refuses 'car-1'" in sent.stderr
    watched = shell.zone("watch", "--username", "nobody", "--password", "x")
    assert "the name or the password is wrong" in watched.stderr


def test_a_database_that_cannot_be_reached_is_one_line(shell: Shell) -> None:
    for url in ("nonsense", "mysql://localhost/x", "postgresql://127.0.0.1:1/x"):
        refused = shell.zone("db", "upgrade", ZONE_STORE_URL=url)
        assert refused.returncode == 1
        assert refused.stderr.count("\n") == 1, refused.stderr


@pytest.mark.journey
def test_a_role_that_does_not_exist_is_refused_with_those_that_do(platform: Shell) -> None:
    refused = platform.zone(
        "user", "add", "eve", "--role", "king", "--organisation", "x", "--password", "long enough 1"
    )
    assert refused.returncode == 2
    for role in ("operator", "reviewer", "police", "administrator"):
        assert role in refused.stderr


@pytest.mark.journey
def test_a_load_is_published_and_counted_and_is_no_violation(platform: Shell) -> None:
    loaded = platform.zone("load", "--devices", "20", "--rate", "5", "--seconds", "3", "--qos", "1")
    assert loaded.returncode == 0, loaded.stderr
    for figure in ("reports published", "acknowledged by the broker", "stored"):
        assert re.search(rf"^ *300  .*{figure}", loaded.stdout, re.MULTILINE), loaded.stdout


@pytest.mark.journey
def test_the_feed_in_the_terminal_refuses_a_wrong_password_in_one_line(platform: Shell) -> None:
    refused = platform.zone("watch", "--username", "nobody", "--password", "nothing at all")
    assert refused.returncode == 1
    assert len(refused.stderr.strip().splitlines()) == 1
