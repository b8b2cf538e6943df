"""Documents through the API: handed in, filed, read by those who may, never changed."""

import hashlib
import socket
from datetime import timedelta
from typing import Any

import httpx
import pytest

from permits.issuing import legal_day
from tests.web_service.site import Site, refused
from zone_service.clock import now

A_PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\nstartxref\n9\n%%EOF\n"
TODAY = legal_day(now())
LICENCE: dict[str, Any] = {
    "kind": "TRANSPORT_LICENCE",
    "covers": {"kind": "organisation", "key": "alpha"},
    "number": "T-7",
    "issued_by": "Transport Commission",
    "valid_from": "2026-01-01",
    "valid_to": str(TODAY + timedelta(days=30)),
}


def handed_in(site: Site, who: str = "olga", **changes: Any) -> str:
    said = site.as_(who).post("/api/documents", json=LICENCE | changes)
    assert said.status_code == 201, said.text
    return str(said.json()["document_id"])


def put(
    site: Site, document_id: str, content: bytes, who: str = "olga", **query: str
) -> httpx.Response:
    return site.as_(who).put(f"/api/documents/{document_id}/file", content=content, params=query)


@pytest.mark.requirement("D1-1", "D1-2")
def test_a_document_counts_once_it_has_its_file_and_until_it_is_withdrawn(site: Site) -> None:
    document_id = handed_in(site)
    olga, rita = site.as_("olga"), site.as_("rita")
    assert olga.get(f"/api/documents/{document_id}").json()["counts"] is False

    filed = put(site, document_id, A_PDF, sha256=hashlib.sha256(A_PDF).hexdigest())

    assert filed.status_code == 200, filed.text
    assert filed.json()["file"] == {
        "sha256": hashlib.sha256(A_PDF).hexdigest(),
        "media_type": "application/pdf",
        "size_bytes": len(A_PDF),
    }
    assert (filed.json()["counts"], filed.json()["name_zh"]) == (True, "道路运输经营许可证")
    of_alpha = {"covers_kind": "organisation", "covers_key": "alpha", "valid_on": str(TODAY)}
    listed = rita.get("/api/documents", params=of_alpha).json()["items"]
    assert document_id in [each["document_id"] for each in listed]
    gone = olga.delete(f"/api/documents/{document_id}").json()
    assert (gone["counts"], gone["file"]) == (False, filed.json()["file"])
    listed = rita.get("/api/documents", params=of_alpha).json()["items"]
    assert document_id not in [each["document_id"] for each in listed]


@pytest.mark.requirement("D1-3")
def test_a_file_is_saved_by_a_name_of_ours_and_not_sent_again_to_who_has_it(site: Site) -> None:
    document_id = handed_in(site)
    put(site, document_id, A_PDF)
    for who in ("olga", "rita", "paul", "ann"):
        said = site.as_(who).get(f"/api/documents/{document_id}/file")
        assert said.content == A_PDF
        assert said.headers["content-type"] == "application/pdf"
        assert said.headers["content-disposition"] == (
            f'attachment; filename="transport_licence-{document_id}.pdf"'
        )
        assert said.headers["x-content-type-options"] == "nosniff"
        again = site.as_(who).get(
            f"/api/documents/{document_id}/file", headers={"If-None-Match": said.headers["etag"]}
        )
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.requirement("D1-3", "D4e-6")
def test_another_organisations_document_is_not_there(site: Site) -> None:
    document_id = handed_in(site)
    put(site, document_id, A_PDF)
    otto = site.as_("otto")
    path = f"/api/documents/{document_id}"
    refused(otto.get(path), 404, "not-found")
    refused(otto.get(f"{path}/file"), 404, "not-found")
    refused(otto.delete(path), 404, "not-found")
    refused(put(site, document_id, A_PDF, "otto"), 404, "not-found")
    refused(otto.post("/api/documents", json=LICENCE), 404, "not-found")
    assert document_id not in otto.get("/api/documents").text
    refused(put(site, document_id, A_PDF, "paul"), 403, "not-allowed")


def test_a_document_without_its_file_has_none_to_save(site: Site) -> None:
    refused(site.as_("olga").get(f"/api/documents/{handed_in(site)}/file"), 404, "not-found")


@pytest.mark.requirement("D1-2")
@pytest.mark.parametrize(
    ("content", "slug", "english", "chinese"),
    [
        (b"", "file-empty", "file is 0 bytes", "非空文件"),
        (b"#!/bin/sh\n", "file-wrong-type", "expected one of PDF", "内容属于下列类型之一"),
        (A_PDF[:-8], "file-truncated", "a PDF file that is whole", "完整的 PDF 文件"),
    ],
)
def test_a_file_that_is_not_taken_is_told_by_name_and_leaves_nothing(
    site: Site, content: bytes, slug: str, english: str, chinese: str
) -> None:
    document_id = handed_in(site)
    assert english in refused(put(site, document_id, content), 422, slug)["detail"]
    told = site.as_("olga").put(
        f"/api/documents/{document_id}/file",
        content=content,
        headers={"Accept-Language": "zh-CN"},
    )
    assert chinese in refused(told, 422, slug)["errors"][0]["message"]
    assert site.as_("olga").get(f"/api/documents/{document_id}").json()["file"] is None
    assert list((site.settings.files_dir / "incoming").iterdir()) == []


@pytest.mark.requirement("D1-2")
def test_a_file_of_another_hash_or_too_long_is_refused(site: Site) -> None:
    document_id = handed_in(site)
    said = refused(put(site, document_id, A_PDF, sha256="0" * 64), 422, "file-other-digest")
    assert hashlib.sha256(A_PDF).hexdigest() in said["detail"]
    most = site.settings.document_max_bytes
    with site.as_("olga") as olga:
        long = olga.put(
            f"/api/documents/{document_id}/file",
            content=(bytes(1 << 20) for _ in range(most // (1 << 20) + 1)),
        )
    assert f"at most {most} bytes" in refused(long, 413, "too-large")["detail"]


def test_a_file_is_put_once(site: Site) -> None:
    document_id = handed_in(site)
    assert put(site, document_id, A_PDF).status_code == 200
    assert put(site, document_id, A_PDF).status_code == 200
    other = A_PDF.replace(b"1.7", b"1.4")
    assert "expected no other" in refused(put(site, document_id, other), 409, "conflict")["detail"]
    assert site.as_("olga").get(f"/api/documents/{document_id}/file").content == A_PDF


@pytest.mark.requirement("D1-2")
def test_an_upload_that_breaks_off_leaves_nothing(site: Site) -> None:
    document_id = handed_in(site)
    with socket.create_connection(("127.0.0.1", site.port)) as connection:
        connection.sendall(
            f"PUT /api/documents/{document_id}/file HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {site.token('olga')}\r\n"
            f"Content-Length: {len(A_PDF)}\r\n\r\n".encode()
            + A_PDF[:20]
        )
    assert put(site, document_id, A_PDF).status_code == 200
    assert list((site.settings.files_dir / "incoming").iterdir()) == []


@pytest.mark.requirement("D1-1")
def test_all_that_a_document_does_not_state_is_told_at_once_in_the_readers_language(
    site: Site,
) -> None:
    bare = {"kind": "TRANSPORT_LICENCE", "covers": LICENCE["covers"]}
    said = site.as_("olga").post("/api/documents", json=bare, headers={"Accept-Language": "zh-CN"})
    body = refused(said, 422, "invalid-papers")
    assert [each["path"] for each in body["errors"]] == [
        "number", "issued_by", "valid_from", "valid_to",
    ]  # fmt: skip
    assert body["errors"][0]["message"] == "缺少 number：应为文件编号"
    yesterday = str(TODAY - timedelta(days=1))
    late = site.as_("olga").post("/api/documents", json=LICENCE | {"valid_to": yesterday})
    assert (
        f"valid_to is {yesterday}: expected a document that is still valid on {TODAY}"
        in (refused(late, 422, "invalid-papers")["detail"])
    )


def test_half_of_what_a_document_is_about_is_no_question(site: Site) -> None:
    said = site.as_("olga").get("/api/documents", params={"covers_kind": "permit"})
    assert "expected both or neither" in refused(said, 422, "invalid-value")["detail"]


def test_the_kinds_say_what_each_is_about_and_must_state(site: Site) -> None:
    kinds = {each["kind"]: each for each in site.as_("olga").get("/api/document-kinds").json()}
    assert kinds["LIABILITY_INSURANCE"] == {
        "kind": "LIABILITY_INSURANCE",
        "name": "liability insurance",
        "name_zh": "事故责任保险",
        "about": ["vehicle", "aircraft", "vessel"],
        "must_state": ["number", "issued_by", "valid_from", "valid_to", "amount_cny"],
        "may_state": [],
    }


@pytest.mark.requirement("D1-4")
def test_a_file_that_the_disk_has_lost_is_our_fault_and_said_so(own_site: Site) -> None:
    document_id = handed_in(own_site)
    sha256 = put(own_site, document_id, A_PDF).json()["file"]["sha256"]
    own_site.services.files.path(sha256).unlink()
    said = own_site.as_("olga").get(f"/api/documents/{document_id}/file")
    assert "not there" in refused(said, 500, "file-lost")["detail"]
