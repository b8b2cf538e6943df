"""Rule sets through the API: seen by everybody, published by administrators, never edited."""

from typing import Any

import httpx
import pytest

from tests.web_service.site import Site, refused
from zone_service.rule_files import text_of
from zone_service.store import audit
from zone_service.store.records import PLATFORM

SHANGHAI = "/api/rule-sets/shanghai-default"
EXTENSION = """
[extensions.sh-icv-procedure]
valid_to = 2099-10-31
decided_by = "Li"
note = "notice 7"
"""


def text(version: str, more: str = "") -> str:
    return (
        text_of("shanghai-default").replace('version = "2026.12"', f'version = "{version}"') + more
    )


def publish(
    site: Site, given: str, *, who: str = "ann", path: str = SHANGHAI, **headers: str
) -> httpx.Response:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    body = {"text": given, "reason": "the city said so"}
    return site.as_(who).post(f"{path}/versions", json=body, headers=told)


def family(found: Any, name: str) -> Any:
    return next(each for each in found["issuing"] if each["family"] == name)


@pytest.mark.requirement("D0-9")
def test_everybody_sees_what_is_in_force_and_what_may_be_granted(own_site: Site) -> None:
    for who in ("olga", "rita", "paul", "ann"):
        found = {each["id"]: each for each in own_site.as_(who).get("/api/rule-sets").json()}
        assert {"national", "shanghai-default", "pudong", "lingang", "xiangyang"} <= found.keys()
        shanghai = found["shanghai-default"]
        assert shanghai["in_force"] == "shanghai-default@2026.12"
        assert shanghai["layers"] == ["national@2026.12", "xiangyang@2026.12"]
        road = family(shanghai, "road")
        assert not road["may_issue"]
        assert "ran out on 2026-10-31" in road["refusals"][0]["detail"]
        assert "已于 2026-10-31 失效" in road["refusals"][0]["detail_zh"]
        assert family(shanghai, "flight")["may_issue"]


@pytest.mark.requirement("D0-1", "D0-3")
def test_a_value_is_shown_with_its_names_its_unit_and_where_it_is_from(own_site: Site) -> None:
    found = own_site.as_("olga").get(f"{SHANGHAI}/versions/2026.12").json()
    values = {each["key"]: each for each in found["parameters"]}
    seat = values["insurance.seat_min_cny"]

    assert (seat["value"], seat["said"], seat["unit"], seat["unit_zh"]) == (
        1e6,
        "1,000,000",
        "CNY",
        "元",
    )
    assert (seat["status"], seat["status_zh"]) == ("comparator", "参照城市")
    assert (seat["instrument"], seat["article"]) == ("xiangyang", "demonstration form")
    assert seat["name"] == "Cover of each seat where people are carried, at least"
    assert seat["name_zh"] == "载人每座保险最低保额"
    tested = values["requires.TEST_HOURS_GE_240_OR_KM_GE_1000"]
    assert "automated mode >= 240 h or kilometres in automated mode >= 1,000 km" in tested["said"]
    assert "自动驾驶时长 >= 240 h 或 自动驾驶里程 >= 1,000 km" in tested["said_zh"]
    assert found["text"] == text_of("shanghai-default")
    # The procedure of 2021 that asks for them has run out; of no other value the ground has.
    first, *more = found["lapsed"]
    assert first == "plate.kinds"
    assert {each.partition(".")[0] for each in more} == {"subject"}


@pytest.mark.requirement("D0-8")
def test_two_versions_of_any_two_are_compared(own_site: Site) -> None:
    path = "/api/rule-sets/national/versions/2026.12/diff"
    found = own_site.as_("olga").get(path, params={"to": "xiangyang"}).json()
    changed = {each["path"]: each for each in found["changed"]}

    assert (found["before"], found["after"]) == ("national@2026.12", "xiangyang@2026.12")
    hours = changed["tested.automated_min_h"]
    assert (hours["before"]["value"], hours["after"]["value"]) == (240.0, 480.0)
    assert hours["name_zh"] == "申请路段自动驾驶测试最低时长"
    assert "height.max_agl_m" in {each["path"] for each in found["removed"]}
    same = own_site.as_("olga").get(path, params={"to": "national@2026.12"}).json()
    assert (same["added"], same["removed"], same["changed"]) == ([], [], [])


@pytest.mark.requirement("D0-11")
def test_an_administrator_publishes_what_follows_the_version_that_was_seen(
    own_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(type(own_site.services.bus), "changed_soon", lambda _: told.append("word"))
    seen = own_site.as_("ann").get(SHANGHAI)
    made = publish(own_site, text("1", EXTENSION), if_match=seen.headers["ETag"])

    assert told, "the worker need not look for it"
    assert made.status_code == 201, made.text
    body = made.json()
    assert (body["label"], body["published"], body["number"]) == ("shanghai-default@1", True, 2)
    assert [each["path"] for each in body["difference"]["added"]] == ["extensions.sh-icv-procedure"]
    assert family(body, "road")["may_issue"]
    now = own_site.as_("olga").get(SHANGHAI)
    assert now.headers["ETag"] == made.headers["ETag"] != seen.headers["ETag"]
    assert now.json()["in_force"] == "shanghai-default@1"
    assert [each["version"] for each in now.json()["versions"]] == ["2026.11", "2026.12", "1"]
    with own_site.services.store.read() as session:
        found = audit.entries(session, PLATFORM, limit=1000)
    (entry,) = (each for each in found if each.action == "rule_set.publish")
    assert (entry.actor, entry.subject) == ("ann", "shanghai-default@1")
    assert entry.reason == "the city said so"


@pytest.mark.requirement("D0-11")
def test_who_published_a_version_and_why_is_told_to_administrators_alone(own_site: Site) -> None:
    publish(own_site, text("1"), if_match='"1"')

    def told(who: str) -> list[tuple[Any, Any]]:
        client = own_site.as_(who)
        (listed,) = (
            each for each in client.get("/api/rule-sets").json() if each["id"] == "shanghai-default"
        )
        assert listed == client.get(SHANGHAI).json()
        return [(each["published_by"], each["reason"]) for each in listed["versions"]]

    assert told("ann") == [("", ""), ("", ""), ("ann", "the city said so")]
    for who in ("olga", "rita", "paul"):
        assert told(who) == [(None, None)] * 3


@pytest.mark.requirement("D0-11")
def test_of_two_who_saw_the_same_version_the_second_is_shown_what_is_there_now(
    own_site: Site,
) -> None:
    seen = own_site.as_("ann").get(SHANGHAI).headers["ETag"]
    publish(own_site, text("1"), if_match=seen)
    late = refused(publish(own_site, text("2"), if_match=seen), 409, "conflict")

    assert late["current"]["in_force"] == "shanghai-default@1"
    assert "was meant to follow another" in late["detail"]
    said = publish(own_site, text("2"), if_match=seen, accept_language="zh-CN,zh;q=0.9")
    assert "并非当前版本" in refused(said, 409, "conflict")["detail"]


@pytest.mark.requirement("D0-11")
def test_who_does_not_say_what_is_followed_is_asked_to(own_site: Site) -> None:
    said = refused(publish(own_site, text("1")), 428, "precondition-required")
    assert "If-Match with the ETag of shanghai-default" in said["detail"]


@pytest.mark.requirement("D0-11")
@pytest.mark.parametrize("who", ["olga", "rita", "paul"])
def test_nobody_else_publishes(own_site: Site, who: str) -> None:
    seen = own_site.as_(who).get(SHANGHAI).headers["ETag"]
    refused(publish(own_site, text("1"), who=who, if_match=seen), 403, "not-allowed")
    assert own_site.as_(who).get(SHANGHAI).headers["ETag"] == seen


def test_a_dry_run_tells_what_would_change_and_changes_nothing(own_site: Site) -> None:
    body = {"text": text("1", EXTENSION), "reason": "to see"}
    said = own_site.as_("ann").post(f"{SHANGHAI}/versions?dry_run=true", json=body)

    assert said.status_code == 200
    assert not said.json()["published"]
    assert [each["path"] for each in said.json()["difference"]["added"]] == [
        "extensions.sh-icv-procedure"
    ]
    assert own_site.as_("ann").get(SHANGHAI).json()["in_force"] == "shanghai-default@2026.12"


@pytest.mark.parametrize("rule_set", ["national", "xiangyang"])
def test_of_a_text_that_nobody_decides_under_it_is_not_told_what_may_be_granted(
    own_site: Site, rule_set: str
) -> None:
    ran_out = "valid_to = 2020-01-01\n"
    given = ran_out + text_of(rule_set).replace('version = "2026.12"', 'version = "1"')
    path = f"/api/rule-sets/{rule_set}/versions?dry_run=true"
    said = own_site.as_("ann").post(path, json={"text": given, "reason": "to see"})

    assert said.status_code == 200, said.text
    assert said.json()["issuing"] == []


@pytest.mark.requirement("D0-10")
def test_all_that_is_wrong_is_listed_by_path_in_the_language_of_who_asks(own_site: Site) -> None:
    wrong = (
        text("1").replace("window_s = 0.3", "window_s = 9").replace("factor = 1.5", "factor = 0")
    )
    said = {
        language: refused(
            publish(own_site, wrong, accept_language=language), 422, "invalid-rule-set"
        )
        for language in ("en", "zh-CN")
    }

    for each in said.values():
        assert {one["path"] for one in each["errors"]} == {"reorder.window_s", "jump.factor"}
    assert "reorder.window_s is 9.0: expected a number from 0 to 5" in said["en"]["detail"]
    assert "reorder.window_s 为 9.0：应为0 至 5 的数" in said["zh-CN"]["detail"]


def test_a_text_of_another_name_is_refused_at_this_address(own_site: Site) -> None:
    wrong = publish(own_site, text("1"), path="/api/rule-sets/pudong", if_match='"1"')
    said = refused(wrong, 422, "invalid-rule-set")
    assert said["errors"][0]["message"] == (
        "id is 'shanghai-default': expected pudong, as in the address"
    )


@pytest.mark.requirement("D0-4")
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_there_is_no_way_to_edit_a_version_in_place(own_site: Site, method: str) -> None:
    for path in (SHANGHAI, f"{SHANGHAI}/versions/2026.12", f"{SHANGHAI}/versions"):
        said = own_site.as_("ann").request(method, path, json={})
        refused(said, 405, "method-not-allowed")
    same = publish(own_site, text("2026.12", EXTENSION), if_match='"1"')
    assert "is never changed" in refused(same, 409, "conflict")["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/rule-sets/nothing",
        f"{SHANGHAI}/versions/1999",
        f"{SHANGHAI}/versions/2026.12/diff?to=nothing",
        f"{SHANGHAI}/versions/2026.12/diff?to=shanghai-default@1999",
    ],
)
def test_what_is_not_there_is_not_found(own_site: Site, path: str) -> None:
    refused(own_site.as_("ann").get(path), 404, "not-found")


@pytest.mark.requirement("D4c-1", "D0-4", "D0-6", "D0-7")
def test_a_permit_is_refused_by_name_until_an_extension_is_published(own_site: Site) -> None:
    terms = {
        "device_ids": ["car-1"],
        "zone_ids": [],
        "valid_from": "2026-11-01T00:00:00Z",
        "valid_to": "2027-02-01T00:00:00Z",
    }
    made = own_site.as_("olga").post("/api/permits", json={"kind": "ROAD_TEST", "terms": terms})
    actions = f"/api/permits/{made.json()['number']}/actions"
    own_site.complete("olga", made.json()["number"])
    own_site.as_("olga").post(actions, json={"action": "SUBMIT"})
    for action in (
        "ACCEPT",
        "START_THIRD_PARTY_REVIEW",
        "START_EXPERT_REVIEW",
        "OPEN_JOINT_REVIEW",
    ):
        assert own_site.as_("rita").post(actions, json={"action": action}).status_code == 200
        if action == "ACCEPT":
            own_site.opined(made.json()["number"])

    votes, approve = actions.replace("actions", "review/votes"), {"choice": "APPROVE"}
    for who in ("ines", "paul"):
        assert own_site.as_(who).post(votes, json=approve).status_code == 200
    said = refused(own_site.as_("rita").post(votes, json=approve), 409, "rules-not-in-force")
    assert said["errors"][0]["path"] == "sh-icv-procedure"
    assert "沪经信规范〔2021〕3号" in said["detail"]
    chinese = own_site.as_("rita").post(votes, json=approve, headers={"Accept-Language": "zh"})
    assert "未设定后续文件或延期" in refused(chinese, 409, "rules-not-in-force")["detail"]

    publish(own_site, text("1", EXTENSION), if_match='"1"')
    assert own_site.as_("rita").post(votes, json=approve).json()["state"] == "APPROVED"
    history = own_site.as_("olga").get(actions.removesuffix("/actions")).json()["history"]
    assert [each["rules"] for each in history] == ["shanghai-default@2026.12"] * 5 + [
        "shanghai-default@1"
    ]
