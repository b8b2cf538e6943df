"""What is sent with an Idempotency-Key is done once, and answered alike whenever it comes again."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.web_service.site import Site, refused
from tests.web_service.zone_files import collection, square
from zone_service.clock import now
from zone_service.routes.submitting import NO_KEY, REPLAYED
from zone_service.store import kept_answers
from zone_service.store.kept_answers import CLAIM_LASTS, KeptAnswer, KeyInUse, Submission

pytestmark = pytest.mark.requirement("D5-1")

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
METHODS = ("post", "put", "patch", "delete", "get")
PUBLIC = {
    "/api/session", "/api/certificates/status", "/api/public/feedback", "/api/public/feedback/answer",
}  # fmt: skip


def operations(site: Site) -> Iterator[tuple[str, str, dict[str, Any]]]:
    described = site.as_("ann").get("/api/openapi.json").json()
    for path, known in described["paths"].items():
        for method in METHODS:
            if method in known:
                yield method, path, known[method]


def test_every_operation_that_submits_something_takes_a_key_or_says_why_not(site: Site) -> None:
    for method, path, operation in operations(site):
        headers = {
            each["name"] for each in operation.get("parameters", ()) if each["in"] == "header"
        }
        takes = "idempotency-key" in {each.lower() for each in headers}
        if method in {"get", "delete"} or path in PUBLIC:
            assert not takes, (method, path)
        else:
            assert takes != bool(operation.get(NO_KEY)), (method, path)


def apply(client: httpx.Client, key: str | None, **more: Any) -> httpx.Response:
    terms = {
        "device_ids": ["car-1"],
        "zone_ids": ["z"],
        "valid_from": "2027-01-01T00:00:00Z",
        "valid_to": "2027-02-01T00:00:00Z",
        "max_speed_mps": 10.0,
    }
    body = {"kind": "ROAD_TEST", "terms": terms | more}
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post("/api/permits", json=body, headers=headers)


def permits(site: Site) -> int:
    return len(site.as_("olga").get("/api/permits", params={"limit": 1000}).json()["items"])


def test_what_comes_again_is_answered_alike_and_not_done_again(site: Site) -> None:
    olga, before = site.as_("olga"), permits(site)
    first, again = apply(olga, "again"), apply(olga, '"again"')
    assert (first.status_code, REPLAYED in first.headers) == (201, False)
    assert (again.status_code, again.headers[REPLAYED]) == (201, "true")
    assert again.content == first.content
    assert again.headers["content-type"] == first.headers["content-type"]
    assert permits(site) == before + 1


def test_a_file_takes_a_key_by_its_content(site: Site) -> None:
    olga = site.as_("olga")
    said = {"kind": "DISCLOSURE", "covers": {"kind": "organisation", "key": "alpha"},
            "issued_by": "lab", "valid_from": "2026-01-01"}  # fmt: skip
    made = olga.post("/api/documents", json=said)
    assert made.status_code == 201, made.text
    address = f"/api/documents/{made.json()['document_id']}/file"

    def put(content: bytes, key: str) -> httpx.Response:
        return olga.put(address, content=content, headers={"Idempotency-Key": key})

    first, again = put(PDF, "a-file"), put(PDF, "a-file")
    assert (first.status_code, REPLAYED in first.headers) == (200, False), first.text
    assert (again.status_code, again.headers[REPLAYED]) == (200, "true")
    assert again.json() == first.json() == olga.get(address.removesuffix("/file")).json()
    refused(put(PDF + b"\n", "a-file"), 422, "idempotency-key-reused")
    other = put(PDF + b"\n", "another")
    assert refused(other, 409, "conflict") == put(PDF + b"\n", "another").json()


def test_the_tag_of_what_was_done_comes_again_too(site: Site) -> None:
    olga = site.as_("olga")
    address = f"/api/permits/{apply(olga, None).json()['number']}/actions"
    given: dict[str, Any] = {
        "json": {"action": "WITHDRAW"},
        "headers": {"Idempotency-Key": "tagged"},
    }
    first, again = olga.post(address, **given), olga.post(address, **given)
    assert first.status_code == 200, first.text
    assert again.headers["ETag"] == first.headers["ETag"] == '"1"'


def test_without_a_key_each_is_an_act_of_its_own(site: Site) -> None:
    before = permits(site)
    apply(site.as_("olga"), None)
    apply(site.as_("olga"), None)
    assert permits(site) == before + 2


def test_a_key_with_something_else_is_refused_by_name_and_in_the_language_of_the_caller(
    site: Site,
) -> None:
    olga, before = site.as_("olga"), permits(site)
    apply(olga, "reused")
    said = refused(apply(olga, "reused", max_speed_mps=9.0), 422, "idempotency-key-reused")
    assert "'reused'" in said["detail"]
    assert "POST /api/permits" in said["detail"]
    olga.headers["Accept-Language"] = "zh-CN"
    said = refused(apply(olga, "reused", max_speed_mps=9.0), 422, "idempotency-key-reused")
    assert "已用于另一请求" in said["detail"]
    other = olga.post("/api/permits?x=1", json={}, headers={"Idempotency-Key": "reused"})
    refused(other, 422, "invalid-request")  # what is no request at all is refused as that
    assert permits(site) == before + 1


def test_a_key_belongs_to_who_sent_it(site: Site) -> None:
    mine = apply(site.as_("olga"), "shared").json()["number"]
    others = apply(site.as_("ann"), "shared", device_ids=["car-1"])
    assert REPLAYED not in others.headers
    assert others.json().get("number") != mine


def test_a_key_that_is_none_is_refused(site: Site) -> None:
    for key in ("", "a b", '"', "x" * 129):
        refused(apply(site.as_("olga"), key), 422, "invalid-request")


def test_what_was_refused_stays_refused_for_the_same_key(site: Site) -> None:
    olga = site.as_("olga")
    number = apply(olga, None).json()["number"]
    path, asked = f"/api/permits/{number}/actions", {"action": "SUSPEND", "reason": "x"}
    given: dict[str, Any] = {"json": asked, "headers": {"Idempotency-Key": f"no-{number}"}}
    first = olga.post(path, **given)
    assert 400 <= first.status_code < 500, first.text
    again = olga.post(path, **given)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers[REPLAYED] == "true"
    assert again.headers["content-type"] == "application/problem+json"


def test_of_two_equal_requests_at_once_one_is_done(site: Site) -> None:
    olga, before = site.as_("olga"), permits(site)
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda _: apply(olga, "race"), range(8)))
    assert {each.status_code for each in said} <= {201, 409}
    done = [each for each in said if each.status_code == 201]
    assert len({each.content for each in done}) == 1
    for each in said:
        if each.status_code == 409:
            assert refused(each, 409, "idempotency-key-in-use")
            assert each.headers["Retry-After"] == "1"
    assert permits(site) == before + 1


def submission(site: Site, key: str) -> Submission:
    return Submission(site.people["olga"].user_id, key, "POST /api/permits", "0" * 64)


KEPT = timedelta(hours=24)


def test_a_key_in_use_is_refused_until_it_is_clear_that_its_process_has_died(site: Site) -> None:
    sent, at = submission(site, "died"), now()
    first = kept_answers.claim(site.store, sent, at, KEPT)
    with pytest.raises(KeyInUse):
        kept_answers.claim(site.store, sent, at + CLAIM_LASTS / 2, KEPT)
    second = kept_answers.claim(site.store, sent, at + CLAIM_LASTS, KEPT)
    assert isinstance(second, str)
    assert second != first


def test_who_was_taken_for_dead_takes_back_what_it_did(site: Site) -> None:
    sent, at = submission(site, "slow"), now()
    slow = kept_answers.claim(site.store, sent, at, KEPT)
    other = kept_answers.claim(site.store, sent, at + CLAIM_LASTS, KEPT)
    assert isinstance(slow, str)
    assert isinstance(other, str)
    answer = KeptAnswer(200, (("etag", '"1"'),), b"{}")
    with site.store.write() as session:
        kept_answers.keep(session, sent, other, answer)
    with site.store.write() as session, pytest.raises(KeyInUse):
        kept_answers.keep(session, sent, slow, answer)
    assert kept_answers.claim(site.store, sent, at + CLAIM_LASTS, KEPT) == answer


def test_a_kept_answer_is_forgotten_after_its_time(site: Site) -> None:
    sent, at = submission(site, "old"), now()
    mine = kept_answers.claim(site.store, sent, at, KEPT)
    assert isinstance(mine, str)
    answer = KeptAnswer(200, (), b"")
    with site.store.write() as session:
        kept_answers.keep(session, sent, mine, answer)
    assert kept_answers.claim(site.store, sent, at + KEPT / 2, KEPT) == answer
    assert isinstance(kept_answers.claim(site.store, sent, at + KEPT, KEPT), str)
    assert kept_answers.prune(site.store, at - KEPT) == 0
    assert kept_answers.prune(site.store, at + 2 * KEPT) >= 1
    assert isinstance(kept_answers.claim(site.store, sent, at, KEPT), str)


def test_an_act_whose_answer_was_not_kept_was_not_done(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash between the act and the keeping: both are gone, and the same request does it once."""
    before = permits(site)
    told: list[str] = []
    monkeypatch.setattr(
        type(site.services.bus), "changed_soon", lambda _: told.append("changed"), raising=True
    )

    def dies(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as crash:
        crash.setattr(kept_answers, "keep", dies)
        assert apply(site.as_("olga"), "crashed").status_code == 500
    assert permits(site) == before
    assert told == []
    assert apply(site.as_("olga"), "crashed").status_code == 201
    assert permits(site) == before + 1
    assert told == ["changed"]


def test_an_operation_that_reads_its_body_by_itself_is_done_once_too(site: Site) -> None:
    paul, headers = site.as_("paul"), {"Idempotency-Key": "zone", "If-None-Match": "*"}
    body = collection(square("keyed"))
    first, again = (paul.put("/api/zones/keyed", json=body, headers=headers) for _ in range(2))
    assert first.status_code == 201, first.text
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers[REPLAYED] == "true"
