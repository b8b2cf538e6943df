"""Documents at the command line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Shell

A_PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\nstartxref\n9\n%%EOF\n"
ADD = (
    "document", "add", "licence.pdf", "--kind", "TRANSPORT_LICENCE", "--covers",
    "organisation:acme", "--number", "T-7", "--issued-by", "Transport", "--from", "2026-01-01",
    "--username", "olga",
)  # fmt: skip


@pytest.fixture(scope="module")
def alone(open_shell: Callable[[], Shell]) -> Shell:
    shell = open_shell()
    assert shell.zone("device", "add", "car-1", "--operator", "acme").returncode == 0
    for name, organisation in (("olga", "acme"), ("otto", "beta")):
        made = shell.zone(
            "user", "add", name, "--role", "operator", "--organisation", organisation,
            "--password", "a long password",
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
    (shell.folder / "licence.pdf").write_bytes(A_PDF)
    return shell


def kept(shell: Shell) -> list[Path]:
    return list((shell.folder / "data" / "files").glob("??/*"))


@pytest.mark.requirement("D1-1")
def test_a_document_is_handed_in_listed_saved_and_withdrawn(alone: Shell) -> None:
    added = alone.zone(*ADD, "--to", "2099-12-31")
    assert added.stdout == "D-0000001\n", added.stderr
    saved = alone.zone("document", "save", "D-0000001").stdout.strip()
    assert (alone.folder / saved).read_bytes() == A_PDF
    listed = alone.zone("document", "list", "--chinese").stdout.splitlines()
    assert listed[1].split("  ")[:3] == ["D-0000001", "道路运输经营许可证", "organisation:acme"]
    assert "2099-12-31  是" in listed[1]
    withdraw = ("document", "withdraw", "D-0000001", "--english", "--username")
    strange = alone.zone(*withdraw, "otto")
    assert (strange.returncode, "D-0000001" in strange.stderr) == (1, True)
    assert "is withdrawn" in alone.zone(*withdraw, "olga").stdout
    (shown,) = json.loads(alone.zone("document", "list", "--json").stdout)
    assert (shown["counts"], shown["number"], shown["created_by"]) == (False, "T-7", "olga")


def test_what_is_missing_and_what_is_no_paper_is_told_and_nothing_is_kept(alone: Shell) -> None:
    before = kept(alone)
    missing = alone.zone(*ADD, "--chinese")
    assert (missing.returncode, "缺少 valid_to" in missing.stderr) == (1, True)
    (alone.folder / "script.pdf").write_bytes(b"#!/bin/sh\n")
    words = ["script.pdf" if each == "licence.pdf" else each for each in ADD]
    no_paper = alone.zone(*words, "--to", "2099-12-31", "--english")
    assert "expected one of PDF, PNG, JPEG, XLSX, ZIP" in no_paper.stderr
    assert "座位险" in alone.zone("document", "kinds", "--chinese").stdout
    assert kept(alone) == before
