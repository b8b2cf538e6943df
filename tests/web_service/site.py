"""A running web process for the tests: a real server on a free port, in a thread of its own."""

import asyncio
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from permits.issuing import Ruling
from permits.opinion import OpinionKind, Verdict
from telemetry.report import Domain
from tests import mapped
from tests.kept_engines import kept_store
from zone_service.app import create_app
from zone_service.clock import now, unix_s
from zone_service.live_viewer import Limits
from zone_service.rule_library import RuleLibrary
from zone_service.sample_papers import hand_in_samples
from zone_service.services import Services
from zone_service.settings import Settings
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import accounts, journal, registry, reviews, tokens
from zone_service.store.engine import Store, open_store
from zone_service.store.records import (
    PLATFORM,
    Batch,
    Commit,
    Device,
    Organisation,
    OrganisationKind,
    Principal,
    Refusal,
    Role,
    ViolationChange,
    ViolationEvent,
)
from zone_service.web_process import config

PASSWORD = "correct horse battery"
IN_THE_CLEAR = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""To make a client read the world's certificates takes 25 ms of a core, and nothing here goes over TLS."""
ORGANISATIONS = (
    Organisation("platform", "Platform", OrganisationKind.PLATFORM),
    Organisation("police", "Traffic police", OrganisationKind.POLICE),
    Organisation("transport", "Transport", OrganisationKind.DEPARTMENT, "transport"),
    Organisation("industry", "Industry", OrganisationKind.DEPARTMENT, "industry"),
    Organisation("msa", "Maritime safety", OrganisationKind.DEPARTMENT, "maritime"),
    Organisation("lab", "Laboratory", OrganisationKind.THIRD_PARTY),
    Organisation("alpha", "Alpha Robotics", OrganisationKind.OPERATOR),
    Organisation("beta", "Beta Air", OrganisationKind.OPERATOR),
)
PEOPLE = {
    "ann": (Role.ADMINISTRATOR, "platform"),
    "paul": (Role.POLICE, "police"),
    "rita": (Role.REVIEWER, "transport"),
    "ines": (Role.REVIEWER, "industry"),
    "mona": (Role.REVIEWER, "msa"),
    "lena": (Role.ASSESSOR, "lab"),
    "olga": (Role.OPERATOR, "alpha"),
    "otto": (Role.OPERATOR, "beta"),
}
DEVICES = (
    Device("car-1", "alpha", Domain.ROAD, "Car one"),
    Device("car-2", "alpha", Domain.ROAD, "Car two"),
    Device("drone-1", "beta", Domain.AIR, "Drone one"),
)


def settle(url: str) -> None:
    """Give a database that has its tables the organisations, people, devices and places of a town."""
    store = open_store(url)
    with store.write() as session:
        mapped.lay(session, now())
        for organisation in ORGANISATIONS:
            registry.add_organisation(session, PLATFORM, organisation, now())
        for device in DEVICES:
            registry.add_device(session, PLATFORM, device, now())
    for name, (role, organisation_id) in PEOPLE.items():
        accounts.add_user(
            store,
            PLATFORM,
            username=name,
            password=PASSWORD,
            role=role,
            organisation_id=organisation_id,
            at=now(),
        )
    store.close()


def people_of(store: Store) -> dict[str, Principal]:
    """Return who lives in a town."""
    with store.read() as session:
        users = accounts.users(session, PLATFORM)
        return {user.username: accounts.current(session, user.user_id) for user in users}


def change(device_id: str = "car-1", number: int = 1, **said: Any) -> ViolationChange:
    """A violation of a device, as the worker tells it."""
    at = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    organisations = {device.device_id: device.organisation_id for device in DEVICES}
    told: dict[str, Any] = {
        "id": f"{device_id}-{number}",
        "code": "SPEED_LIMIT_EXCEEDED",
        "severity": "major",
        "device_id": device_id,
        "organisation_id": organisations.get(device_id),
        "permit_number": None,
        "zone_id": None,
        "opened_at": at,
        "detected_at": at,
        "updated_at": at,
        "closed_at": None,
        "longitude_deg": 121.9,
        "latitude_deg": 30.9,
        "measured": 21.0,
        "limit": 16.7,
        "rule_version": "test",
        "zone_revision": 0,
        "trigger_event_time_s": at.timestamp(),
        "trigger_received_s": at.timestamp(),
    }
    return ViolationChange(**told | said)


def commit(store: Store, *changes: ViolationChange) -> tuple[ViolationEvent, ...]:
    """Store violations as the worker does."""
    batch = Batch(f"batch-{time.monotonic_ns()}", unix_s(), unix_s(), 0, journal.pack(()))
    return journal.commit_batch(store, Commit(batch=batch, violations=changes)).events


def refuse(store: Store, *said: Refusal) -> None:
    """Store refusals as the worker does."""
    batch = Batch(f"batch-{time.monotonic_ns()}", unix_s(), unix_s(), 0, b"")
    journal.commit_batch(store, Commit(batch=batch, refusals=said))


def opined(store: Store, number: str, rules: RuleLibrary | None = None) -> None:
    """Ask a third party and a panel of experts about a file, which both say something about."""
    with store.write() as session:
        under = rules.ruling(session) if rules else Ruling(shipped_sheet("demonstration"))
        known = {each.organisation_id for each in registry.organisations(session, PLATFORM)}
        for new in {"institute", "panel"} - known:
            of_kind = Organisation(new, new.capitalize(), OrganisationKind.THIRD_PARTY)
            registry.add_organisation(session, PLATFORM, of_kind, now())
        found = reviews.get(session, PLATFORM, number).assignments
        asked = {each.organisation_id for each in found}
        for who, kind in (("institute", OpinionKind.THIRD_PARTY), ("panel", OpinionKind.EXPERT)):
            of_it = Principal(f"u-{who}", who, Role.ASSESSOR, who)
            if who not in asked:
                reviews.ask(session, PLATFORM, number, who, kind, now(), under=under)
            reviews.give_opinion(session, of_it, number, Verdict.FAVOURABLE, "seen", now())


@dataclass
class Site:
    """One web process and its store."""

    store: Store
    settings: Settings
    app: FastAPI
    port: int
    people: dict[str, Principal]
    _tokens: dict[str, str] = field(default_factory=dict)
    _clients: list[httpx.Client] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def services(self) -> Services:
        found: Services = self.app.state.services
        return found

    def browser(self) -> httpx.Client:
        """A client with nobody signed in that sends what a browser sends."""
        client = httpx.Client(
            base_url=self.origin, headers={"Origin": self.origin}, timeout=20, verify=IN_THE_CLEAR
        )
        self._clients.append(client)
        return client

    def signed_in(self, name: str) -> httpx.Client:
        """A browser in which somebody has signed in."""
        client = self.browser()
        said = client.post("/api/session", json={"username": name, "password": PASSWORD})
        assert said.status_code == 200, said.text
        return client

    def token(self, name: str) -> str:
        if name not in self._tokens:
            with self.store.write() as session:
                self._tokens[name] = tokens.create_token(
                    session, self.people[name], "test", now(), now() + timedelta(hours=1)
                )
        return self._tokens[name]

    def forget_tokens(self) -> None:
        """Let everybody get another token with the next request."""
        self._tokens.clear()

    def as_(self, name: str) -> httpx.Client:
        """A program that acts for somebody by a token."""
        client = httpx.Client(
            base_url=self.origin,
            headers={"Authorization": f"Bearer {self.token(name)}"},
            timeout=20,
            verify=IN_THE_CLEAR,
        )
        self._clients.append(client)
        return client

    def ticket(self, name: str) -> str:
        return str(self.as_(name).post("/api/ws-tickets").json()["ticket"])

    def complete(self, name: str, number: str) -> int:
        """Hand in samples of all that an application lacks; return how many documents."""
        with self.store.read() as session:
            under = self.services.rules.ruling(session)
        who, files = self.people[name], self.services.files
        return hand_in_samples(self.store, files, who, number, now(), under)

    def opined(self, number: str) -> None:
        """Let a third party and a panel of experts say something about a file."""
        opined(self.store, number, self.services.rules)

    def in_loop(self, act: Callable[[], Any]) -> Any:
        """Do something in the server's event loop and return what came of it."""
        loop = self.services.live._loop
        assert loop is not None

        async def doing() -> Any:
            result = act()
            return await result if asyncio.iscoroutine(result) else result

        return asyncio.run_coroutine_threadsafe(doing(), loop).result(10)

    def close(self) -> None:
        for client in self._clients:
            client.close()


class Running:
    """A server in a thread, on the database of a town."""

    def __init__(
        self, directory: Path, url: str, port: int, limits: Limits | None = None, **given: Any
    ) -> None:
        self._open = ExitStack()
        store = self._open.enter_context(kept_store(url))
        settings = Settings(data_dir=directory, store_url=url, web_port=port, **given)
        app = create_app(settings, store, limits)
        self.site = Site(store, settings, app, port, people_of(store))
        self._server = uvicorn.Server(config(settings, app))
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> Site:
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started:
            assert self._thread.is_alive(), "the server did not start"
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return self.site

    def __exit__(self, *_: object) -> None:
        self.site.close()
        self._server.should_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive(), "the server did not stop"
        self._open.close()


def refused(said: httpx.Response, status: int, slug: str) -> Any:
    """Check the form of an error and return it."""
    assert said.status_code == status, said.text
    assert said.headers["content-type"] == "application/problem+json"
    body = said.json()
    assert body["type"] == f"urn:zone:problem:{slug}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body
