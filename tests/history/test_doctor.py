"""``zone doctor`` looks after the history."""

from pathlib import Path

from tests.history.journal import Place, told
from zone_service.doctor_findings import Finding, State
from zone_service.doctor_history import kept_history
from zone_service.settings import Settings


def test_what_is_lost_what_is_behind_and_what_was_put_aside_is_said(
    place: Place, tmp_path: Path
) -> None:
    def found() -> Finding:
        return kept_history(Settings(data_dir=tmp_path), place.store)

    assert found() == Finding("history", State.OK, "0 files, 0.0 GiB")
    place.journal(told(seq=1))
    place.journal(told(seq=2, after_s=3 * 3600.0 + 1.0))
    behind = found()
    assert (behind.state, behind.found[:5]) == (State.WARN, "3.0 h")
    place.compact()
    assert found() == Finding("history", State.OK, "2 files, 0.0 GiB")
    aside = tmp_path / "history" / "strays" / "some" / "raw"
    aside.mkdir(parents=True)
    (aside / "12-9-9.parquet").write_bytes(b"whole")
    assert (found().state, "1 put aside" in found().found) == (State.WARN, True)
    cut, gone = sorted((tmp_path / "history").glob("r*/*/*.parquet"))
    cut.write_bytes(b"PAR1")
    assert (found().state, found().found[:18]) == (State.FAIL, "1 of 2 are gone or")
    gone.unlink()
    assert found().found.startswith("2 of 2 are gone or not as they were: r")
    assert found().advice.startswith("copy them from a backup")
    (tmp_path / "history" / "installation").write_text("another\n")
    assert found().found.endswith("is of another installation")
