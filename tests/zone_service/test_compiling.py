"""What is compiled is compiled before anybody waits for it, and in the worker's process alone."""

import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from telemetry import canonical_loop, topic_loop
from telemetry.codecs.discover import load_codecs
from telemetry.columns import read
from telemetry.report import Frame, Unit
from telemetry.speakers import Speakers
from zone_service import worker_process
from zone_service.compiling import compile_loops
from zone_service.settings import Settings
from zone_service.store.engine import Store

UNITS = {name: Unit(device_id=name) for name in ("veh-001", "veh-002")}
SAID = (
    b'{"schema_version":1,"event_time":"2026-05-01T08:00:00Z","seq":1,"boot_id":"b","longitude":121.5,'
    b'"latitude":31.2,"control_mode":"MANUAL"}'
)


def test_no_batch_makes_the_worker_compile() -> None:
    compile_loops()
    speakers = Speakers(UNITS, load_codecs())
    for count in (1, 2, 300):
        said = [Frame(f"zone/up/{name}/tele", SAID, 0.0) for name in UNITS]
        assert None not in read(said * count, speakers).reports()
        read([Frame("zone/tick", b"", 0.0)] * count, speakers).reports()
    read([], speakers).reports()
    loops = (canonical_loop.read_all, canonical_loop.pack_all, topic_loop.find, topic_loop.enter)
    assert [len(getattr(loop, "signatures", ())) for loop in loops] == [1] * len(loops)


SERVES = ("numba", "alembic", "geopandas", "pandas")
EXPLAINS = (*SERVES, "numpy", "shapely", "fastapi", "sqlalchemy", "httpx", "structlog")


@pytest.mark.parametrize(
    ("module", "unneeded"),
    [
        ("zone_service.commands", EXPLAINS),
        ("zone_service.asking", SERVES),
        ("zone_service.app", SERVES),
        ("zone_service.web_process", SERVES),
    ],
)
def test_nobody_waits_for_what_is_not_needed(module: str, unneeded: tuple[str, ...]) -> None:
    """The compiler takes 0.2 s and some 50 MB to import, and Alembic with its migrations longer.

    A command that only explains itself needs neither the API nor the store nor geometry.
    """
    asked = f"import sys, {module}; print(*sorted({{*{unneeded}}} & {{*sys.modules}}))"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == ""


class TakenUpError(Exception):
    """The worker goes to its work."""


def test_the_worker_is_warm_before_it_takes_up_what_it_knew(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def take_up(*_: object) -> NoReturn:
        raise TakenUpError

    monkeypatch.setattr(worker_process, "open_store", lambda _: store)
    monkeypatch.setattr(worker_process, "compile_loops", lambda: done.append("compiled"))
    monkeypatch.setattr(worker_process, "_recovered", take_up)
    with pytest.raises(TakenUpError):
        worker_process.run(Settings(data_dir=tmp_path))
    assert done == ["compiled"]
