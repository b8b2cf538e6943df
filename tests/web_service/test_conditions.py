"""What people edit is changed on the condition that it is as they saw it; what is listed comes in parts."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web_service.site import Site, refused
from tests.web_service.test_policy import POLICY, WHO
from zone_service.routes.conditions import NO_CONDITION
from zone_service.routes.paging import NO_PAGES
from zone_service.store.records import Role

pytestmark = pytest.mark.requirement("D5-2")
EDITING = ("put", "patch", "delete")


def described(site: Site) -> Any:
    return site.as_("ann").get("/api/openapi.json").json()


def operations(site: Site, *methods: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, known in described(site)["paths"].items():
        for method in methods:
            if method in known:
                yield method, path, known[method]


def asked(operation: dict[str, Any], where: str) -> set[str]:
    return {each["name"].lower() for each in operation.get("parameters", ()) if each["in"] == where}


def may(method: str, path: str) -> str:
    roles = POLICY[method.upper(), path]
    assert roles is not None, (method, path)
    return WHO[min(roles, key=lambda role: (role is Role.ADMINISTRATOR, role))]


def test_every_operation_that_edits_something_demands_that_it_was_seen_or_says_why_not(
    site: Site,
) -> None:
    demanding = 0
    for method, path, operation in operations(site, *EDITING):
        if NO_CONDITION in operation:
            assert "if-match" not in asked(operation, "header"), (method, path)
            continue
        demanding += 1
        assert "if-match" in asked(operation, "header"), (method, path)
        assert {"412", "428"} <= operation["responses"].keys(), (method, path)
        address = path.replace("{day}", "2027-01-04").replace("{", "").replace("}", "")
        client = site.as_(may(method, path))
        body: dict[str, str] | None = None if method == "delete" else {}
        said = refused(client.request(method, address, json=body), 428, "precondition-required")
        assert "expected If-Match" in said["detail"], (method, path)
        client.headers["Accept-Language"] = "zh-CN"
        assert "须以 If-Match" in client.request(method, address, json=body).json()["detail"]
    assert demanding >= 8


def answer_of(operation: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    content = operation["responses"].get("200", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    found: dict[str, Any] = schemas.get(str(schema.get("$ref", "")).rpartition("/")[2], schema)
    return found


REPORTS = {"owed", "filed", "next"}
"""A list with what is owed beside it."""


def test_every_list_comes_in_parts_by_the_same_parameters_or_says_why_not(site: Site) -> None:
    schemas, lists = described(site)["components"]["schemas"], 0
    for _, path, operation in operations(site, "get"):
        answer = answer_of(operation, schemas)
        is_page = answer.get("properties", {}).keys() in ({"items", "next"}, REPORTS)
        if NO_PAGES in operation:
            assert answer.get("type") == "array" or is_page, path
        elif answer.get("type") == "array" or is_page:
            lists += 1
            assert is_page, f"{path} is a list that does not come in parts"
            assert {"after", "limit"} <= asked(operation, "query"), path
    assert lists >= 14


def test_a_list_goes_on_where_the_part_before_ended(site: Site) -> None:
    olga = site.as_("olga")
    for label in ("one", "two", "three"):
        olga.post("/api/tokens", json={"label": label})
    whole = [each["token_id"] for each in olga.get("/api/tokens").json()["items"]]
    parts: list[str] = []
    after: str | None = ""
    while after is not None:
        part = olga.get("/api/tokens", params={"after": after, "limit": 2}).json()
        assert len(part["items"]) <= 2
        parts += [each["token_id"] for each in part["items"]]
        after = part["next"]
    assert parts == whole
    assert len(whole) >= 3
