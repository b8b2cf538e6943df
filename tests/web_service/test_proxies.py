"""Behind a reverse proxy: whose address counts, and whose word for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web_service.site import Running, Site
from zone_service.broker import free_port
from zone_service.store.accounts import ATTEMPTS_OF_ACCOUNT

GUESS = {"username": "olga", "password": "a guess that is wrong"}
ONE, ANOTHER = "203.0.113.1", "203.0.113.2"


def guess(site: Site, forwarded_for: str) -> int:
    said = site.browser().post(
        "/api/session", json=GUESS, headers={"X-Forwarded-For": forwarded_for}
    )
    return said.status_code


@pytest.fixture
def trusting(tmp_path: Path, town_url: str) -> Iterator[Site]:
    """A web process that knows of a proxy on this machine."""
    with Running(tmp_path, town_url, free_port(), trusted_proxies="127.0.0.1, 10.0.0.0/8") as site:
        yield site


@pytest.fixture(params=["", "10.0.0.0/8"])
def distrusting(tmp_path: Path, town_url: str, request: pytest.FixtureRequest) -> Iterator[Site]:
    """A web process to which whoever is on this machine is no proxy."""
    with Running(tmp_path, town_url, free_port(), trusted_proxies=request.param) as site:
        yield site


def test_guesses_through_a_trusted_proxy_are_counted_for_who_made_them(trusting: Site) -> None:
    tries = [guess(trusting, ONE) for _ in range(ATTEMPTS_OF_ACCOUNT + 1)]
    assert tries == [401] * ATTEMPTS_OF_ACCOUNT + [429]
    assert guess(trusting, ANOTHER) == 401


def test_what_the_client_itself_says_before_a_trusted_proxy_does_is_not_believed(
    trusting: Site,
) -> None:
    # The proxy appends whom it really talks to; what stands before is the client's invention.
    said = [f"198.51.100.{number}, {ONE}" for number in range(ATTEMPTS_OF_ACCOUNT)]
    assert [guess(trusting, each) for each in said] == [401] * ATTEMPTS_OF_ACCOUNT
    assert guess(trusting, ONE) == 429


def test_two_trusted_proxies_in_a_row_still_tell_whom_they_serve(trusting: Site) -> None:
    for _ in range(ATTEMPTS_OF_ACCOUNT):
        guess(trusting, f"{ONE}, 10.1.2.3")
    assert guess(trusting, f"{ONE}, 10.4.5.6") == 429
    assert guess(trusting, f"{ANOTHER}, 10.4.5.6") == 401


def test_a_header_from_anybody_else_opens_no_way_around_the_throttle(distrusting: Site) -> None:
    said = [f"203.0.113.{number}" for number in range(ATTEMPTS_OF_ACCOUNT + 1)]
    tries = [guess(distrusting, each) for each in said]
    assert tries == [401] * ATTEMPTS_OF_ACCOUNT + [429]


def test_a_variable_of_the_web_servers_own_makes_nobody_trusted(
    tmp_path: Path, town_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    with Running(tmp_path, town_url, free_port()) as site:
        tries = [guess(site, f"203.0.113.{number}") for number in range(ATTEMPTS_OF_ACCOUNT + 1)]
    assert tries[-1] == 429
