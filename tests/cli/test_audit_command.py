"""Whether the audit is as it was written, by a command."""

import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.permits.lives import local
from zone_service.commands import app
from zone_service.store import audit
from zone_service.store.engine import open_store
from zone_service.store.records import PLATFORM


@pytest.mark.requirement("D4e-7")
def test_who_tampers_is_found_by_the_command_in_both_languages(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "zone.sqlite"
    file.write_bytes(sqlite_template.read_bytes())
    monkeypatch.setenv("ZONE_DATA_DIR", str(tmp_path))
    store = open_store(f"sqlite:///{file}")
    for action in ("a", "b"):
        with store.write() as session:
            audit.record(session, PLATFORM, action, "P-1", local("2026-12-01 10:00"))
    store.close()

    def typed(*words: str) -> tuple[int, str]:
        told = CliRunner().invoke(app, ["audit", "verify", *words])
        return told.exit_code, told.stdout

    status, said = typed("--english")
    assert (status, "2 entries, each as it was written" in said) == (0, True), said
    head = said.split()[-1]
    assert typed("--english", "--holds", head)[0] == 0
    status, said = typed("--chinese", "--holds", "0" * 64)
    assert (status, "未找到" in said) == (1, True)
    with sqlite3.connect(file) as connection:
        connection.execute("DROP TRIGGER audit_refuses_update")
        connection.execute("UPDATE audit SET actor = 'eve' WHERE seq = 1")
    connection.close()
    status, said = typed("--english")
    assert (status, "entry 1: it is not the one" in said) == (1, True), said
    assert "第 1 条" in typed("--chinese")[1]
