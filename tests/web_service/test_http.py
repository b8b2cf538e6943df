"""What holds for every request, whatever its route."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from tests.servers import RunningBroker
from tests.web_service.site import Running, Site
from tests.zone_service.running import Site as Worker
from tests.zone_service.running import until
from zone_service.broker import free_port
from zone_service.logs import without_secrets
from zone_service.store import fences, registry

JSON = {"Content-Type": "application/json"}


def test_the_page_loads_nothing_from_elsewhere_and_nobody_frames_it(site: Site) -> None:
    said = site.browser().get("/")
    assert said.status_code == 200
    policy = said.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; worker-src 'self'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize("path", ["/", "/api/about", "/api/nothing", "/assets/css/icon.svg"])
def test_every_answer_carries_the_security_headers(site: Site, path: str) -> None:
    headers = site.browser().get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "content-security-policy" in headers
    assert "server" not in headers
    if path.startswith("/api"):
        assert headers["cache-control"] == "no-store"


def test_only_the_files_of_the_page_are_served(site: Site) -> None:
    browser = site.browser()
    assert browser.get("/assets/css/icon.svg").status_code == 200
    for path in (
        "/assets/vendor.py",
        "/assets/package.json",
        "/assets/node_modules/.package-lock.json",
        "/assets/css/../vendor.py",
        "/assets/css/%2e%2e/vendor.py",
        "/assets/..%2fsettings.py",
        "/assets/index.html",
    ):
        assert browser.get(path).status_code == 404, path


def test_an_unknown_path_is_a_problem_too(site: Site) -> None:
    said = site.browser().get("/api/nothing")
    assert said.status_code == 404
    assert said.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/api/session", "DELETE, GET, POST"),
        ("PUT", "/api/devices/car-1", "DELETE, GET, PATCH"),
        ("PATCH", "/api/zones/import", "DELETE, GET, POST, PUT"),
        ("POST", "/livez", "GET"),
    ],
)
def test_another_method_is_refused_with_those_that_there_are(
    site: Site, method: str, path: str, allowed: str
) -> None:
    said = site.browser().request(method, path)
    assert said.status_code == 405
    assert said.headers["Allow"] == allowed
    assert said.json()["title"] == "Method Not Allowed"


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(site: Site) -> None:
    olga = site.as_("olga")
    said = olga.post("/api/devices", content=b"x" * (2 * 1024 * 1024 + 1), headers=JSON)
    assert said.status_code == 413
    assert said.json()["type"] == "urn:zone:problem:too-large"


def test_a_body_that_does_not_say_how_long_it_is_stops_at_the_limit(site: Site) -> None:
    def endless() -> Any:
        for _ in range(3 * 64):
            yield b"x" * 16 * 1024

    said = site.as_("olga").post("/api/devices", content=endless(), headers=JSON)
    assert said.status_code == 413


def test_a_map_may_be_larger(site: Site) -> None:
    padded = b'{"type": "FeatureCollection", "datum": "WGS84", "features": []' + b" " * 3_000_000
    said = site.as_("paul").post("/api/zones/import", content=padded + b"}")
    assert said.status_code != 413


@pytest.mark.parametrize(
    "path",
    ["/api/devices/car%00", "/api/devices?after=%00", "/api/devices/%ff", "/api/devices?after=%c3"],
)
def test_an_address_with_nul_or_broken_utf8_is_refused(site: Site, path: str) -> None:
    said = site.as_("olga").get(path)
    assert said.status_code == 422
    assert said.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"username": "\xff", "password": "x"}',
        b'{"username": "\\u0000", "password": "x"}',
        b'{"username": "\\ud800", "password": "x"}',
        b'{"username": "olga", "password": "\\udfff"}',
        b'{"username": 1e999, "password": "x"}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"9" * 5000,
        b"NaN",
        b"null",
    ],
)
def test_a_body_that_is_not_what_it_should_be_is_refused_in_our_form(
    site: Site, body: bytes
) -> None:
    said = site.browser().post("/api/session", content=body, headers=JSON)
    assert said.status_code == 422, said.text
    assert said.headers["content-type"] == "application/problem+json"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    path=st.sampled_from(
        ["/api/devices", "/api/permits", "/api/operators", "/api/tokens", "/api/zones/import",
         "/api/permits/RT-1/actions", "/api/violations/x/acknowledge"]
    ),
    member=st.sampled_from(["device_id", "domain", "label", "terms", "kind", "action", "revision"]),
    said=ANYTHING,
)  # fmt: skip
def test_nothing_that_a_client_can_send_is_our_fault(
    site: Site, path: str, member: str, said: Any
) -> None:
    body = json.dumps({member: said}).encode("utf-8", "surrogatepass")
    answer = site.as_("ann").post(path, content=body, headers=JSON)
    assert answer.status_code < 500, answer.text


def test_every_error_of_the_api_is_described_and_typed(site: Site) -> None:
    described = site.browser().get("/api/openapi.json").json()
    assert "Problem" in described["components"]["schemas"]
    assert "HTTPValidationError" not in json.dumps(described)
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            for status, answer in operation["responses"].items():
                if status >= "400":
                    assert list(answer["content"]) == ["application/problem+json"], (path, method)


def test_the_document_describes_every_operation_of_the_api(site: Site) -> None:
    described = site.browser().get("/api/openapi.json").json()
    paths = {
        getattr(route, "path", "")
        for route in site.app.routes
        if getattr(route, "include_in_schema", False)
    }
    assert set(described["paths"]) == {path for path in paths if path.startswith("/api")}


def test_alive_is_not_yet_ready(own_site: Site) -> None:
    browser = own_site.browser()
    assert browser.get("/livez").json() == {"status": "ok"}
    said = browser.get("/readyz")
    assert said.status_code == 503
    checks = said.json()["checks"]
    assert checks["store"] == {"ok": True, "detail": "answers"}
    assert checks["bus"] == {"ok": False, "detail": "not connected"}
    assert checks["worker"] == {"ok": False, "detail": "not heard yet"}
    assert checks["disk"]["ok"]


@pytest.mark.journey
@pytest.mark.real_broker
def test_with_a_store_a_bus_and_a_worker_it_is_ready(
    tmp_path: Path, town_url: str, broker: RunningBroker
) -> None:
    access = broker.service
    bus: dict[str, Any] = {
        "broker": broker.kind,
        "mqtt_host": access.host,
        "mqtt_port": access.port,
        "mqtt_password": access.password,
    }
    with Running(tmp_path, town_url, free_port(), **bus) as site:
        until(lambda: troubles(site) == {"worker": "not heard yet"})
        worker = Worker(broker, site.store, town_url, tmp_path)
        worker.start()
        try:
            until(lambda: troubles(site) == {})
        finally:
            worker.end()
        until(lambda: troubles(site).get("worker", "").startswith("heard "))


def test_a_worker_that_stores_nothing_makes_it_not_ready_and_says_why(own_site: Site) -> None:
    full = "nothing can be stored: database or disk is full"
    beat = {"t": 1, "messages": 1, "degraded": True, "zones_revision": 0, "held_up": full}
    live = own_site.services.live
    own_site.in_loop(lambda: live.take("zone/live/heartbeat", json.dumps(beat).encode()))
    assert troubles(own_site)["intake"] == full
    beat["held_up"] = ""
    own_site.in_loop(lambda: live.take("zone/live/heartbeat", json.dumps(beat).encode()))
    assert "intake" not in troubles(own_site)


def troubles(site: Site) -> dict[str, str]:
    """What is not well, by what ``/readyz`` answers; its status must agree."""
    said = site.browser().get("/readyz")
    wrong = {name: it["detail"] for name, it in said.json()["checks"].items() if not it["ok"]}
    assert said.status_code == (503 if wrong else 200)
    return wrong


def test_the_figures_name_no_device_and_no_person(own_site: Site) -> None:
    live = own_site.services.live
    delta = {"t": 0, "objects": [["car-1", 121.4, 31.2, None, 0], ["drone-1", 1, 1, None, 1]]}
    own_site.in_loop(lambda: live.take("zone/live/delta", json.dumps(delta).encode()))
    own_site.as_("olga").get("/api/devices/car-1")
    own_site.browser().post("/api/session", json={"username": "olga", "password": "wrong one"})
    text = own_site.browser().get("/metrics").text
    assert "car-1" not in text
    assert "olga" not in text
    for line in (
        'zone_devices_online{domain="road"} 1.0',
        'zone_devices_online{domain="air"} 1.0',
        'zone_auth_failures_total{kind="password"} 1.0',
        "zone_mqtt_connected 0.0",
        'zone_http_requests_total{method="GET",route="/api/devices/{device_id}",status="200"} 1.0',
    ):
        assert line in text, line


def test_what_the_installation_is_is_said_before_signing_in(site: Site) -> None:
    said = site.browser().get("/api/about").json()
    assert said["environment"] == "development"
    assert said["default_language"] == "zh"
    assert said["demo_accounts"] is None


def requests_of(lines: list[Any]) -> list[Any]:
    return [each for each in lines if each["event"] == "request"]


def test_a_request_is_one_line_of_log_where_that_is_asked_for_without_anything_secret(
    tmp_path: Path, town_url: str
) -> None:
    running = Running(tmp_path, town_url, free_port(), access_log=True)
    with running as site, capture_logs() as lines:
        site.as_("olga").get("/api/devices/car-1?secret=hidden")
        site.browser().post("/api/session", json={"username": "rita", "password": "hidden"})
        requests = requests_of(lines)
    assert [(each["route"], each["status"], each["principal"]) for each in requests][-2:] == [
        ("/api/devices/{device_id}", 200, "olga"),
        ("/api/session", 401, None),
    ]
    assert all(each["ms"] > 0 for each in requests)
    assert "hidden" not in str(lines)


def test_requests_that_went_well_or_were_refused_are_no_news(site: Site) -> None:
    with capture_logs() as lines:
        assert site.as_("olga").get("/api/devices/car-1").status_code == 200
        assert site.browser().get("/api/devices/car-1").status_code == 401
        assert requests_of(lines) == []


def test_a_request_that_failed_by_our_fault_is_in_the_log_with_its_cause(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        msg = "a bug"
        raise RuntimeError(msg)

    monkeypatch.setattr(fences, "of_device", broken)
    with capture_logs() as lines:
        assert site.as_("olga").get("/api/devices/car-1").status_code == 500
        (request,) = requests_of(lines)
    assert request["log_level"] == "error"
    assert (request["route"], request["status"]) == ("/api/devices/{device_id}", 500)
    assert [each["exc_info"] for each in lines if each["event"] == "request_failed"] == [True]


def test_not_ready_is_an_answer_and_no_failure_of_ours(own_site: Site) -> None:
    with capture_logs() as lines:
        assert own_site.browser().get("/readyz").status_code == 503
        (request,) = requests_of(lines)
    assert (request["route"], request["log_level"]) == ("/readyz", "debug")


def test_secrets_are_blotted_out_of_logs_by_their_name() -> None:
    event = {"event": "x", "password": "hidden", "ticket": "hidden", "device": "car-1"}
    assert without_secrets(None, "", event) == {
        "event": "x",
        "password": "***",
        "ticket": "***",
        "device": "car-1",
    }


def test_a_database_that_cannot_write_is_a_clear_answer_without_its_inner_life(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OperationalError("INSERT INTO device", {}, Exception("database or disk is full"))

    monkeypatch.setattr(registry, "add_device", full)
    body = {"device_id": "car-77", "domain": "road"}
    with capture_logs() as lines:
        said = site.as_("olga").post("/api/devices", json=body)
    assert said.status_code == 503
    assert said.headers["Retry-After"] == "2"
    assert said.json()["type"] == "urn:zone:problem:store-unavailable"
    assert "INSERT" not in said.text
    assert [each["reason"] for each in lines if each["event"] == "store_failed"] == [
        "database or disk is full"
    ]
    assert site.as_("olga").get("/api/devices/car-77").status_code == 404
