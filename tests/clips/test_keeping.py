"""Who learns of evidence, who reads it and for what, and until when nobody removes it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest
from sqlmodel import Session
from typer.testing import CliRunner

from tests.clips.scene import Scene, at, exit_of
from tests.history.journal import NOON_S, told
from tests.store.city import ADMINISTRATOR, KITE, POLICE, REVIEWER, SWIFT
from tests.zone_service.running import until
from zone_service.clips.keeping import file_of, remove_expired
from zone_service.commands import app
from zone_service.doctor_evidence import kept_evidence
from zone_service.doctor_findings import State
from zone_service.pruning import EVIDENCE_WAITS_S, Pruning
from zone_service.settings import Settings
from zone_service.store import accounts, audit, clips, journal
from zone_service.store.errors import Conflict, EvidenceLost, InvalidValue, NotAllowed, NotFound
from zone_service.store.records import PLATFORM, EvidenceFilter, Principal, Role

OPENING = f"{exit_of().id}-opening"
LATER = at(0.0).replace(year=2027, month=12)

Act = Callable[[Session], None]


def settings(scene: Scene) -> Settings:
    return Settings(
        data_dir=scene.folder, store_url=scene.store.url.render_as_string(hide_password=False)
    )


def sealed(scene: Scene) -> Scene:
    scene.drive()
    assert scene.sealing().look(at(95.0)) == 1
    return scene


def acts(scene: Scene) -> list[tuple[str, str, str]]:
    with scene.store.read() as session:
        found = audit.entries(session, PLATFORM)
    return [
        (each.actor, each.action, each.reason)
        for each in found
        if each.action.startswith("evidence.") and each.action != "evidence.seal"
    ]


def read(scene: Scene, who: Principal, purpose: str = "case 2026-117") -> bytes:
    return file_of(scene.store, scene.evidence, who, OPENING, purpose, at(200.0))[1]


@pytest.mark.requirement("D4e-2")
def test_who_reads_a_clip_says_what_for_and_that_is_on_record(scene: Scene) -> None:
    sealed(scene)
    assert read(scene, POLICE) == scene.file(scene.clips()[OPENING])
    read(scene, ADMINISTRATOR, "asked by the court")
    assert acts(scene) == [
        ("pan", "evidence.read", "case 2026-117"),
        (ADMINISTRATOR.username, "evidence.read", "asked by the court"),
    ]
    with pytest.raises(InvalidValue, match="what it is read for"):
        read(scene, POLICE, "  ")
    with pytest.raises(NotAllowed, match=r"rui \(reviewer\) may not read evidence"):
        read(scene, REVIEWER)
    with pytest.raises(NotAllowed, match=r"sam \(operator\) may not read evidence"):
        read(scene, SWIFT)
    with pytest.raises(NotFound):
        read(scene, KITE)
    assert len(acts(scene)) == 2


@pytest.mark.requirement("D4e-6")
def test_an_operator_learns_that_there_is_a_clip_of_its_own_and_of_no_other(scene: Scene) -> None:
    sealed(scene)
    with scene.store.read() as session:
        assert [each.clip_id for each in clips.page(session, SWIFT)] == [OPENING]
        assert clips.page(session, KITE) == ()
        assert clips.get(session, SWIFT, OPENING).sealed_at == at(95.0)
        with pytest.raises(NotFound):
            clips.get(session, KITE, OPENING)
        sealed_ones = EvidenceFilter(key=exit_of().id, is_sealed=True, is_held=False)
        assert len(clips.page(session, POLICE, sealed_ones)) == 1
        assert clips.page(session, POLICE, EvidenceFilter(is_held=True)) == ()


def test_a_file_that_is_not_the_one_that_was_sealed_is_not_given_out(scene: Scene) -> None:
    sealed(scene)
    file = scene.evidence / str(scene.clips()[OPENING].name)
    file.write_bytes(file.read_bytes()[::-1])
    with pytest.raises(EvidenceLost, match="gone or not as it was"):
        read(scene, POLICE)
    file.unlink()
    with pytest.raises(EvidenceLost):
        read(scene, POLICE)


@pytest.mark.requirement("D4e-2")
def test_nobody_removes_a_clip_before_its_time_or_while_a_hold_is_on_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed(scene)

    def remove(when: datetime) -> None:
        with scene.store.write() as session:
            clips.remove(session, ADMINISTRATOR, OPENING, when)

    with pytest.raises(Conflict, match="whose time is over"):
        remove(at(95.0).replace(year=2027))
    with scene.store.write() as session:
        held = clips.hold(session, POLICE, OPENING, "case 2026-117", at(100.0))
    assert (held.held_by, held.held_at, held.held_for) == ("pan", at(100.0), "case 2026-117")
    with pytest.raises(Conflict):
        remove(LATER)
    monkeypatch.setattr("zone_service.clips.keeping.now", lambda: LATER)
    assert remove_expired(settings(scene)) == []
    with scene.store.write() as session:
        clips.release(session, POLICE, OPENING, "case closed", at(200.0))
    assert remove_expired(settings(scene)) == [OPENING]
    assert not list(scene.evidence.rglob("*.zip"))
    assert scene.clips()[OPENING].removed_at == LATER
    with pytest.raises(NotFound, match="file of evidence"):
        read(scene, POLICE)
    assert [each[:2] for each in acts(scene)] == [
        ("pan", "evidence.hold"),
        ("pan", "evidence.release"),
        ("system", "evidence.remove"),
    ]


def waits_for_another(scene: Scene) -> bool:
    """Whether somebody on this database waits for a lock of somebody else."""
    waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with scene.store.begin() as connection:
        return connection.exec_driver_sql(waiting).first() is not None


def held(session: Session) -> None:
    clips.hold(session, POLICE, OPENING, "case 2026-117", LATER)


def removed(session: Session) -> None:
    clips.remove(session, ADMINISTRATOR, OPENING, LATER)


@pytest.mark.requirement("D4e-2")
@pytest.mark.parametrize("scene", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("first", "second"), [(held, removed), (removed, held)])
def test_of_a_hold_and_a_removal_at_the_same_time_one_alone_holds(
    scene: Scene, first: Act, second: Act
) -> None:
    sealed(scene)

    def do_second() -> None:
        with scene.store.write() as session:
            second(session)

    with ThreadPoolExecutor(1) as beside:
        with scene.store.write() as session:
            first(session)
            other = beside.submit(do_second)
            until(lambda: waits_for_another(scene) or other.done())
        with pytest.raises(Conflict):
            other.result(60)
    clip = scene.clips()[OPENING]
    assert (clip.held_by is None) is (first is removed)
    assert (clip.removed_at is None) is (first is held)


def test_a_hold_that_comes_while_others_are_removed_keeps_its_own_clip_alone(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = exit_of("car-2")
    scene.drive()
    scene.receive(told("car-2", 120.5), changes=[other])
    assert scene.sealing().look(at(125.0)) == 2
    asked = 0

    def later() -> datetime:
        nonlocal asked
        asked += 1
        if asked == 2:  # what is over has been looked for
            with scene.store.write() as session:
                held(session)
        return LATER

    monkeypatch.setattr("zone_service.clips.keeping.now", later)
    assert remove_expired(settings(scene)) == [f"{other.id}-opening"]
    assert [each.name for each in scene.evidence.rglob("*.zip")] == [f"{OPENING}.zip"]


def test_a_file_that_could_not_be_removed_goes_the_next_time(
    sqlite_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = sealed(sqlite_scene)
    (file,) = scene.evidence.rglob("*.zip")
    file.rename(kept := scene.folder / "kept.zip")
    (file / "in the way").mkdir(parents=True)
    monkeypatch.setattr("zone_service.clips.keeping.now", lambda: LATER)
    assert remove_expired(settings(scene)) == [OPENING]
    (file / "in the way").rmdir()
    file.rmdir()
    kept.rename(file)
    assert remove_expired(settings(scene)) == []
    assert not file.exists()


def test_a_hold_is_put_on_by_the_police_with_a_reason_and_once(scene: Scene) -> None:
    sealed(scene)
    with scene.store.write() as session:
        with pytest.raises(NotAllowed):
            clips.hold(session, REVIEWER, OPENING, "why", at(1.0))
        with pytest.raises(NotFound):
            clips.hold(session, KITE, OPENING, "why", at(1.0))
        with pytest.raises(InvalidValue, match="why the hold"):
            clips.hold(session, POLICE, OPENING, " ", at(1.0))
        with pytest.raises(Conflict, match="no legal hold"):
            clips.release(session, POLICE, OPENING, "why", at(1.0))
        clips.hold(session, POLICE, OPENING, "why", at(1.0))
        with pytest.raises(Conflict, match="pan has put one on it"):
            clips.hold(session, ADMINISTRATOR, OPENING, "why", at(1.0))
        with pytest.raises(NotAllowed):
            clips.remove(session, POLICE, OPENING, LATER)


@pytest.mark.requirement("D4e-15")
def test_the_journal_keeps_what_a_clip_needs_that_is_not_sealed_but_not_for_ever(
    sqlite_scene: Scene,
) -> None:
    pruning = Pruning(sqlite_scene.store, 0.0, 0.0)
    assert pruning.shortened_to(NOON_S) == NOON_S
    sqlite_scene.drive()
    sqlite_scene.sealing().look(at(10.0))
    assert pruning.shortened_to(NOON_S) == NOON_S - 90.0
    day = NOON_S + 30 * 86_400.0
    assert pruning.shortened_to(day) == day - EVIDENCE_WAITS_S
    sqlite_scene.sealing().look(at(95.0))
    assert pruning.shortened_to(day) == day


def test_the_doctor_tells_of_what_is_not_sealed_and_of_files_that_are_gone(
    sqlite_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, its = sqlite_scene, settings(sqlite_scene)
    scene.drive()
    scene.sealing().look(at(10.0))
    for after_s, state in ((100.0, State.OK), (91.0 + 120.0, State.FAIL)):
        monkeypatch.setattr("zone_service.doctor_evidence.now", partial(at, after_s))
        assert kept_evidence(its, scene.store).state is state
    assert "2 min ago" in kept_evidence(its, scene.store).found
    scene.sealing().look(at(211.0))
    assert kept_evidence(its, scene.store).found == "1 clips, 0 held, 0.0 GiB"
    next(scene.evidence.rglob("*.zip")).unlink()
    lost = kept_evidence(its, scene.store)
    assert (lost.state, lost.found) == (
        State.FAIL,
        f"1 of 1 clips are gone or not as they were: {OPENING}",
    )


def test_it_is_typed(sqlite_scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZONE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("ZONE_STORE_URL", str(sqlite_scene.store.url))
    monkeypatch.setattr("os.nice", lambda _: None)
    monkeypatch.chdir(tmp_path)
    sqlite_scene.drive()

    def typed(*words: str) -> tuple[int, str]:
        answer = CliRunner().invoke(app, ["evidence", *words])
        return answer.exit_code, answer.stdout

    assert typed("seal") == (0, "1 clips sealed\n")
    assert typed("seal", "--chinese") == (0, "已签封 0 个证据片段\n")
    status, said = typed("list", "--sealed", "--of", exit_of().id)
    assert (status, OPENING in said) == (0, True)
    assert typed("show", OPENING)[0] == 0
    accounts.add_user(
        sqlite_scene.store,
        PLATFORM,
        username="pan",
        password="a long password",
        role=Role.POLICE,
        organisation_id="traffic-police",
        at=at(0.0),
    )
    status, said = typed("fetch", OPENING, "--purpose", "case 2026-117", "--username", "pan")
    assert (status, said) == (0, f"{OPENING} → {OPENING}.zip\n")
    assert (tmp_path / f"{OPENING}.zip").stat().st_mode & 0o077 == 0
    status, said = typed("verify", f"{OPENING}.zip")
    assert (status, "19 frames" in said, "which is one of the keys" in said) == (0, True, True)
    assert typed("hold", OPENING, "--reason", "case 2026-117", "--username", "pan")[0] == 0
    assert typed("list", "--held")[1].count(OPENING) == 1
    assert typed("remove-expired") == (0, "0 clips removed\n")
    assert typed("release", OPENING, "--reason", "closed", "--username", "pan")[0] == 0
    assert [each[1] for each in acts(sqlite_scene)] == [
        "evidence.read",
        "evidence.hold",
        "evidence.release",
    ]


def test_the_journal_is_what_is_sealed_from(scene: Scene) -> None:
    """Batches are found by their ends, and none is passed over that began within the time."""
    scene.receive(told(after_s=-200.0), told(after_s=-90.0), told(after_s=5.0))
    scene.receive(told(after_s=90.0), told(after_s=120.0))
    scene.receive(told(after_s=500.0))
    with scene.store.reader.begin() as connection:
        found = [
            each.journal_id
            for each in journal.batches_between(connection, NOON_S - 90.0, NOON_S + 90.0, 60.0)
        ]
    assert found == [1, 2]
