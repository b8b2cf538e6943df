"""Signing in, staying in, and what a page of another site cannot do."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Semaphore

import pytest
from structlog.testing import capture_logs

from tests.web_service.site import PASSWORD, Running, Site
from zone_service.app import PASSWORDS_AT_ONCE
from zone_service.broker import free_port
from zone_service.store import accounts
from zone_service.store.errors import WrongCredentials

NAME_AND_PASSWORD = {"username": "olga", "password": PASSWORD}


def test_signing_in_sets_a_cookie_that_scripts_and_other_sites_do_not_get(site: Site) -> None:
    said = site.browser().post("/api/session", json=NAME_AND_PASSWORD)
    assert said.json()["organisation_id"] == "alpha"
    cookie = said.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_behind_tls_the_cookie_is_this_hosts_alone_and_never_sent_in_the_clear(
    town_url: str, tmp_path: Path
) -> None:
    with Running(tmp_path, town_url, free_port(), secure_cookies=True) as site:
        said = site.browser().post("/api/session", json=NAME_AND_PASSWORD)
        cookie = said.headers["set-cookie"]
        assert cookie.startswith("__Host-zone=")
        assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
        assert "Domain=" not in cookie
        # The client that speaks http does not give it back.
        name_and_value = cookie.split(";")[0]
        known = site.browser().get("/api/session", headers={"Cookie": name_and_value})
        assert known.json()["username"] == "olga"


def test_who_is_signed_in_is_known_until_they_sign_out(site: Site) -> None:
    browser = site.signed_in("paul")
    assert browser.get("/api/session").json()["role"] == "police"
    assert browser.delete("/api/session").status_code == 204
    assert browser.get("/api/session").status_code == 401


def test_a_cookie_kept_after_signing_out_is_worthless(site: Site) -> None:
    browser = site.signed_in("paul")
    kept = browser.cookies["zone"]
    browser.delete("/api/session")
    other = site.browser()
    other.cookies.set("zone", kept)
    assert other.get("/api/session").status_code == 401


def test_wrong_passwords_and_unknown_names_get_the_same_answer(site: Site) -> None:
    browser = site.browser()
    answers = [
        browser.post("/api/session", json={"username": name, "password": "not the password"})
        for name in ("rita", "nobody-of-that-name")
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()
    assert answers[0].headers["content-type"] == "application/problem+json"


def test_guessing_is_slowed_down_and_says_for_how_long(own_site: Site) -> None:
    browser = own_site.browser()
    guess = {"username": "olga", "password": "a guess that is wrong"}
    for _ in range(5):
        assert browser.post("/api/session", json=guess).status_code == 401
    refused = browser.post("/api/session", json=NAME_AND_PASSWORD)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60


def test_a_refused_sign_in_is_logged_with_its_address_and_never_with_what_was_typed(
    site: Site,
) -> None:
    typed = {"username": "secret-in-the-wrong-field", "password": "hunter2hunter2"}
    with capture_logs() as lines:
        assert site.browser().post("/api/session", json=typed).status_code == 401
    assert {"event": "sign_in_refused", "kind": "password", "address": "127.0.0.1",
            "log_level": "warning"} in lines  # fmt: skip
    assert not any(value in str(lines) for value in typed.values())


def test_a_flood_of_sign_ins_leaves_threads_for_everybody_else(
    own_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    checking, most, go_on = Semaphore(0), 0, threading.Event()
    lock, inside = threading.Lock(), 0

    def slow(*_: object) -> None:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        checking.release()
        go_on.wait(10)
        with lock:
            inside -= 1
        msg = "wrong"
        raise WrongCredentials(msg)

    monkeypatch.setattr(accounts, "log_in", slow)
    crowd = [own_site.browser() for _ in range(3 * PASSWORDS_AT_ONCE)]
    with ThreadPoolExecutor(len(crowd)) as people:
        tries = [people.submit(each.post, "/api/session", json=NAME_AND_PASSWORD) for each in crowd]
        for _ in range(PASSWORDS_AT_ONCE):
            assert checking.acquire(timeout=10)
        assert own_site.as_("paul").get("/api/violations").status_code == 200
        go_on.set()
        assert {each.result().status_code for each in tries} == {401}
    assert most == PASSWORDS_AT_ONCE


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "junk:x"])
def test_a_page_of_another_site_cannot_act_with_our_cookie(site: Site, origin: str) -> None:
    browser = site.signed_in("olga")
    browser.headers["Origin"] = origin
    said = browser.post("/api/tokens", json={"label": "stolen"})
    assert said.status_code == 403
    assert said.json()["type"] == "urn:zone:problem:cross-site"


def test_a_cookie_without_an_origin_cannot_change_anything(site: Site) -> None:
    browser = site.signed_in("olga")
    del browser.headers["Origin"]
    assert browser.get("/api/devices").status_code == 200
    assert browser.post("/api/tokens", json={"label": "x"}).status_code == 403


def test_a_page_of_another_site_cannot_sign_anybody_in(site: Site) -> None:
    browser = site.browser()
    browser.headers["Origin"] = "http://evil.example"
    assert browser.post("/api/session", json=NAME_AND_PASSWORD).status_code == 403


def test_a_token_is_shown_once_and_works_until_it_is_revoked(site: Site) -> None:
    browser = site.signed_in("olga")
    made = browser.post("/api/tokens", json={"label": "fleet script"}).json()
    program = site.browser()
    program.headers["Authorization"] = f"Bearer {made['token']}"
    assert program.get("/api/session").json()["username"] == "olga"
    (listed,) = [
        each
        for each in browser.get("/api/tokens").json()["items"]
        if each["label"] == "fleet script"
    ]
    assert made["token"] not in str(listed)
    assert browser.delete(f"/api/tokens/{listed['token_id']}").status_code == 204
    assert program.get("/api/session").status_code == 401


def test_nobody_revokes_another_ones_token(site: Site) -> None:
    site.token("otto")
    token_id = site.as_("otto").get("/api/tokens").json()["items"][0]["token_id"]
    assert site.as_("olga").delete(f"/api/tokens/{token_id}").status_code == 404
    assert site.as_("otto").get("/api/session").status_code == 200
