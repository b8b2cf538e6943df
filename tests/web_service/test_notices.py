"""Notices and feedback over HTTP: what everybody reads and says, and who answers."""

from datetime import timedelta
from typing import Any

import pytest

from tests.web_service.site import Site, refused
from zone_service.clock import now

CLOSED = {
    "kind": "ROAD_CLOSED", "title": "Closed", "title_zh": "关闭", "text": "Until May.",
    "text_zh": "至五月。",
}  # fmt: skip


def said(about: str, **more: Any) -> dict[str, Any]:
    return {"about": {"kind": "place", "key": about}, "text": "They honk.", **more}


@pytest.mark.requirement("D4e-9")
def test_the_public_reads_notices_says_something_and_reads_the_answer(own_site: Site) -> None:
    nobody, rita = own_site.browser(), own_site.as_("rita")
    about = {"about": {"kind": "place", "key": "road-1"}}
    made = rita.post("/api/notices", json=CLOSED | about)
    assert made.status_code == 201, made.text
    ahead = {"valid_from": (now() + timedelta(days=1)).isoformat()}
    assert rita.post("/api/notices", json=CLOSED | ahead).status_code == 201
    (listed,) = nobody.get("/api/public/notices", params={"about": "road-1"}).json()["items"]
    assert (listed["title_zh"], listed["kind_name_zh"], listed["organisation"]) == (
        "关闭", "道路、区域关闭", "Transport",
    )  # fmt: skip
    assert nobody.get("/api/public/notices", params={"kind": "OTHER"}).json()["items"] == []

    refused(nobody.post("/api/public/feedback", json=said("road-nowhere")), 404, "not-found")
    too_long = said("road-1", text="x" * 2001)
    assert nobody.post("/api/public/feedback", json=too_long).status_code == 422
    foreign = {"Origin": "https://elsewhere.example"}
    assert (
        nobody.post("/api/public/feedback", json=said("road-1"), headers=foreign).status_code == 403
    )
    given = nobody.post("/api/public/feedback", json=said("road-1", contact="wu@example.com"))
    assert given.status_code == 201, given.text
    receipt = given.json()["receipt"]
    assert own_site.as_("olga").get("/api/feedback").status_code == 403
    (found,) = rita.get("/api/feedback", params={"answered": False}).json()["items"]
    assert (found["text"], found["contact"]) == ("They honk.", "wu@example.com")
    answer = {"answer": "No more.", "notice_id": listed["notice_id"]}
    address = f"/api/feedback/{found['feedback_id']}/answer"
    assert rita.post(address, json=answer).json()["contact"] == "wu@example.com"
    assert rita.get("/api/feedback").json()["items"][0]["contact"] is None
    told = nobody.post("/api/public/feedback/answer", json={"receipt": receipt}).json()
    assert (told["answer"], told["notice_id"], "contact" in told) == (
        "No more.", listed["notice_id"], False,
    )  # fmt: skip
    for _ in range(4):
        assert nobody.post("/api/public/feedback", json=said("road-1")).status_code == 201
    flooded = nobody.post("/api/public/feedback", json=said("road-1"))
    refused(flooded, 429, "too-many-attempts")
    assert int(flooded.headers["Retry-After"]) > 0


@pytest.mark.requirement("D4e-9")
def test_who_has_read_the_notices_is_not_sent_them_again(
    own_site: Site,
) -> None:
    nobody, rita = own_site.browser(), own_site.as_("rita")
    path = "/api/public/notices"
    rita.post("/api/notices", json=CLOSED)
    said = nobody.get(path)
    tag = {"If-None-Match": said.headers["etag"]}
    assert said.headers["access-control-allow-origin"] == "*"
    again = nobody.get(path, headers=tag)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == said.headers["etag"]
    other = nobody.get(path, headers={"If-None-Match": '"public-other"'})
    assert other.json() == said.json() != {"items": [], "next": None}
