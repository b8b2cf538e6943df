"""From an onboard unit to the screen: the real broker, worker, web process and page."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import Page, expect

from telemetry.report import Domain
from tests.servers import PAIRS, Pair
from zone_service.broker import BrokerKind, free_port
from zone_service.clock import now
from zone_service.settings import Settings
from zone_service.store import accounts, credentials, registry
from zone_service.store.engine import Store, open_store
from zone_service.store.records import PLATFORM, Device, Organisation, OrganisationKind, Role
from zone_service.zone_import import import_zones

pytestmark = [pytest.mark.journey, pytest.mark.real_broker]

ROOT = Path(__file__).parents[2]
PASSWORD = "a-long-password-of-the-tests"
ORGANISATIONS = {"acme": OrganisationKind.OPERATOR, "sky": OrganisationKind.OPERATOR}
DEVICES = {"car-1": ("acme", Domain.ROAD, "沪A·T0001"), "uav-1": ("sky", Domain.AIR, "UAV 1")}
PEOPLE = {
    "officer": (Role.POLICE, "city-police"),
    "colleague": (Role.POLICE, "city-police"),
    "acme-desk": (Role.OPERATOR, "acme"),
}
STARTS_WITHIN_S = 40


@dataclass
class Platform:
    """A platform that runs, and the units that report to it."""

    settings: Settings
    secrets: dict[str, str]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.settings.web_port}"

    def report(self, device_id: str, longitude: float, latitude: float, **said: object) -> None:
        """Publish one fix as the device, and wait until the broker has it."""
        client = mqtt.Client(CallbackAPIVersion.VERSION2, device_id)
        client.username_pw_set(device_id, self.secrets[device_id])
        client.connect("127.0.0.1", self.settings.mqtt_port)
        client.loop_start()
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        fix = {"schema_version": 1, "event_time": at, "longitude": longitude, "latitude": latitude}
        published = client.publish(f"zone/up/{device_id}/tele", json.dumps(fix | said), qos=1)
        published.wait_for_publish(20)
        client.disconnect()
        client.loop_stop()

    def drive(self, *, times: int, from_longitude: float = 121.930) -> None:
        """Drive the car east at some 19 m/s; it has no permit."""
        for step in range(times):
            self.report(
                "car-1",
                from_longitude + step * 0.0002,
                30.91,
                ground_speed_mps=19.0,
                heading_deg=90.0,
                control_mode="AUTONOMOUS",
            )
            time.sleep(1)


@pytest.fixture(scope="module", params=PAIRS, ids=str)
def platform(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    """Everything that ``zone up`` starts, on free ports and a database of its own."""
    pair: Pair = request.param
    pair.require_broker(request)  # found, so the platform's own will start too
    directory = tmp_path_factory.mktemp("platform")
    with pair.database(request, directory) as url:
        yield from _running(directory, pair, url)


def _running(directory: Path, pair: Pair, url: str) -> Iterator[Platform]:
    settings = Settings(
        data_dir=directory,
        mqtt_port=free_port(),
        web_port=free_port(),
        broker=BrokerKind(pair.broker),
        store_url=url,
    )
    with closing(open_store(settings.database)) as store:
        store.upgrade()
        secrets = _registered(store)
    import_zones(settings, (ROOT / "maps/demo/zones.geojson").read_bytes(), None, dry_run=False)
    environment = os.environ | {
        "ZONE_DATA_DIR": str(directory),
        "ZONE_BROKER": pair.broker,
        "ZONE_STORE_URL": url,
        "ZONE_MQTT_PORT": str(settings.mqtt_port),
        "ZONE_WEB_PORT": str(settings.web_port),
    }
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "zone_service", "up"],
            env=environment,
            stdout=log,
            stderr=log,
        )
    platform = Platform(settings, secrets)
    try:
        _wait_until_ready(process, platform.address, directory / "log")
        yield platform
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def _registered(store: Store) -> dict[str, str]:
    secrets = {}
    with store.write() as session:
        for name, kind in (ORGANISATIONS | {"city-police": OrganisationKind.POLICE}).items():
            registry.add_organisation(session, PLATFORM, Organisation(name, name, kind), now())
        for device_id, (owner, domain, label) in DEVICES.items():
            device = Device(device_id, owner, domain, label=label)
            registry.add_device(session, PLATFORM, device, now())
            secrets[device_id] = credentials.issue(session, PLATFORM, device_id, now())
    for username, (role, home) in PEOPLE.items():
        accounts.add_user(
            store,
            PLATFORM,
            username=username,
            password=PASSWORD,
            role=role,
            organisation_id=home,
            at=now(),
        )
    return secrets


def _wait_until_ready(process: "subprocess.Popen[bytes]", address: str, log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN_S
    while True:
        try:
            urllib.request.urlopen(f"{address}/readyz", timeout=2).close()
        except (urllib.error.URLError, OSError):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.1)
        else:
            return


@pytest.fixture
def sign_in(open_page: Callable[..., Page], platform: Platform) -> Callable[..., Page]:
    """Open the page and sign in."""

    def signed_in(username: str, **how: str) -> Page:
        page = open_page(f"{platform.address}/#13/30.9/121.93", **how)
        page.locator("[name=username]").fill(username)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("button[type=submit]").click()
        expect(page.locator(".link-state[data-state=live]")).to_be_visible()
        return page

    return signed_in


def test_a_breach_reaches_every_officer_and_is_handled_once(
    platform: Platform, sign_in: Callable[..., Page]
) -> None:
    page = sign_in("officer", language="zh-CN")
    expect(page.locator(".rail .empty")).to_contain_text("当前没有违规")
    platform.drive(times=5)
    card = page.locator(".card", has_text="无有效许可运行")
    expect(card).to_contain_text("沪A·T0001")
    expect(page.locator(".names span")).to_have_text("沪A·T0001")

    other = sign_in("colleague", language="en")
    same = other.locator(".card", has_text="No permit in force")
    expect(same.locator(".state")).to_have_text("New")

    card.get_by_role("button", name="加备注…", exact=True).click()
    card.get_by_label("备注").fill("已联系运营单位")
    page.keyboard.press("Control+Enter")
    expect(card.locator(".state")).to_have_text("已确认 · officer")
    expect(same.locator(".state")).to_have_text("Acknowledged by officer")
    same.get_by_role("button", name="Resolve…", exact=True).click()
    other.keyboard.type("the car was stopped")
    other.keyboard.press("Control+Enter")
    expect(same.locator(".state")).to_have_text("Still going on, resolved by colleague")
    expect(card.locator(".state")).to_have_text("已办结，违规仍在持续 · colleague")
    expect(card).to_contain_text("备注：the car was stopped")


def test_an_operator_sees_its_own_and_nothing_of_others(
    platform: Platform, sign_in: Callable[..., Page]
) -> None:
    page = sign_in("acme-desk")
    platform.drive(times=1, from_longitude=121.932)
    platform.report("uav-1", 121.93, 30.905, operational_status="AIRBORNE", height_agl_m=50.0)
    page.get_by_role("button", name="Table", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text("沪A·T0001")
    expect(page.locator(".rail")).not_to_contain_text("UAV 1")
    expect(page.get_by_role("button", name="Acknowledge", exact=True)).to_have_count(0)

    officer = sign_in("officer")
    officer.get_by_role("button", name="Table", exact=True).click()
    expect(officer.locator("tbody tr")).to_have_count(2)


def test_the_page_stays_where_it_is_when_it_is_loaded_again(
    sign_in: Callable[..., Page],
) -> None:
    page = sign_in("officer")
    page.get_by_role("button", name="Water", exact=True).click()
    page.reload()
    expect(page.locator(".link-state[data-state=live]")).to_be_visible()
    assert page.url.endswith("/live?kinds=road,air#13/30.9/121.93")
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
