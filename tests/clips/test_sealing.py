"""Evidence is sealed once, whole, soon after its time, and whatever happens on the way."""

import json
import os
import signal
import warnings
from contextlib import closing, suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import col

from telemetry.report import Frame
from tests.clips.scene import NUMBER, RULES, Scene, at, exit_of
from tests.history.journal import NOON_S, told
from tests.servers import fill, small_disk
from zone_service.clips.archive import unpacked
from zone_service.clips.content import ABOUT, FRAMES, JUDGED_BY, PERMIT, ZONES
from zone_service.clips.content import RULES as RULES_FILE
from zone_service.clips.folder import SealingRuns, alone
from zone_service.clips.sealing import AT_ONCE, GONE_S, STEPS, kept_until, together
from zone_service.clips.verifying import Trust
from zone_service.clips.words import Fault, Flaw, fault
from zone_service.clock_frames import TICK_TOPIC
from zone_service.store import audit, clips
from zone_service.store.engine import open_store
from zone_service.store.records import PLATFORM, EvidenceClip, EvidenceKind, EvidencePart
from zone_service.store.tables import JournalRow

OPENING = f"{exit_of().id}-opening"
CLOSING = f"{exit_of().id}-closing"


def members(scene: Scene, clip: EvidenceClip) -> dict[str, bytes]:
    found = unpacked(scene.file(clip))
    assert not isinstance(found, Fault)
    return dict(found)


def a_clip(key: str, moments_s: tuple[float, ...]) -> EvidenceClip:
    """What is noted of the opening of something."""
    return EvidenceClip(
        kind=EvidenceKind.VIOLATION,
        key=key,
        part=EvidencePart.OPENING,
        organisation_id=None,
        device_ids=("car-1",),
        moments_s=moments_s,
        rule_set=RULES,
        before_s=90.0,
        after_s=90.0,
        kept_years=1,
        noted_at=at(0.0),
    )


def times(scene: Scene, clip: EvidenceClip) -> list[float]:
    """When the frames of a clip were received, in seconds after noon."""
    return [
        json.loads(line)["received_s"] - NOON_S
        for line in members(scene, clip)[FRAMES].splitlines()
    ]


@pytest.mark.requirement("D4e-2")
def test_what_a_device_said_from_90_s_before_to_90_s_after_is_sealed_once(scene: Scene) -> None:
    scene.drive()
    sealing = scene.sealing()
    assert sealing.look(at(90.9)) == 0, "its time is not over: it was found a second after noon"
    assert list(scene.clips()) == [OPENING]
    assert sealing.look(at(91.1)) == 1
    clip = scene.clips()[OPENING]
    assert times(scene, clip) == list(range(-90, 91, 10))
    assert scene.verified(clip)[:2] == (Trust.KNOWN, ())
    assert clip.sha256 == sha256(scene.file(clip)).hexdigest()
    assert (clip.sealed_at, clip.kept_until) == (at(91.1), at(91.1).replace(year=2027))
    assert sealing.look(at(200.0)) == 0
    assert [each.name for each in scene.evidence.rglob("*.zip")] == [f"{OPENING}.zip"]


@pytest.mark.requirement("D4e-2")
def test_it_holds_what_the_verdict_came_from(scene: Scene) -> None:
    scene.drive()
    scene.sealing().look(at(95.0))
    found = members(scene, scene.clips()[OPENING])
    about = json.loads(found[ABOUT])
    assert about["violation"]["code"] == "KEEP_IN_EXIT"
    assert [each["event"] for each in about["events"]] == ["opened"]
    judged = json.loads(found[JUDGED_BY])
    now = scene.judged_by()
    assert judged["revisions"] == {
        "zones": 1,
        "registry": now.registry_revision,
        "permits": now.permit_revision,
    }
    assert [each["device_id"] for each in judged["units"]] == ["car-1"]
    permit = json.loads(found[PERMIT])
    assert (permit["number"], permit["terms"]["zone_ids"]) == (NUMBER, ["road-1"])
    drawn = {each["properties"]["zone_id"] for each in json.loads(found[ZONES])["features"]}
    assert drawn == {"road-1", "road-2", "works-1"}, "those of its terms, and no other"
    assert next(iter(json.loads(found[RULES_FILE]))) == RULES
    assert set(json.loads(found[RULES_FILE])) >= {"shanghai-default@2026.12", "national@2026.12"}


def test_what_closes_before_it_is_sealed_is_one_clip_to_90_s_after_its_closing(
    scene: Scene,
) -> None:
    scene.drive(until_s=200)
    closed = exit_of(closed_at=at(40.0), updated_at=at(41.0))
    scene.sealing().look(at(20.0))
    scene.receive(told(after_s=200.5), changes=[closed])
    assert scene.sealing().look(at(100.0)) == 0
    assert scene.sealing().look(at(131.5)) == 1
    assert list(scene.clips()) == [OPENING]
    assert times(scene, scene.clips()[OPENING]) == list(range(-90, 131, 10))


def test_the_closing_of_what_goes_on_for_long_has_a_clip_of_its_own(scene: Scene) -> None:
    scene.drive(until_s=900)
    assert scene.sealing().look(at(92.0)) == 1
    scene.receive(told(after_s=900.5), changes=[exit_of(closed_at=at(600.0), updated_at=at(600.0))])
    assert scene.sealing().look(at(689.0)) == 0
    assert scene.sealing().look(at(690.5)) == 1
    assert times(scene, scene.clips()[CLOSING]) == list(range(510, 691, 10))
    assert scene.verified(scene.clips()[CLOSING]).is_whole
    assert times(scene, scene.clips()[OPENING]) == list(range(-90, 91, 10))


def test_what_was_gone_from_the_journal_is_read_from_the_history(scene: Scene) -> None:
    """Whoever did not seal for days, and an accident that is reported days later."""
    scene.drive()
    scene.compact()
    with scene.store.begin() as connection:
        connection.exec_driver_sql("DELETE FROM journal WHERE journal_id <= 15")
    scene.tick(300.0)
    assert scene.sealing().look(at(301.0)) == 1
    clip = scene.clips()[OPENING]
    assert times(scene, clip) == list(range(-90, 91, 10))
    assert json.loads(members(scene, clip)[ABOUT])["lost"] == []


def test_a_file_of_the_history_that_is_gone_is_named_and_the_rest_is_sealed(scene: Scene) -> None:
    scene.drive()
    scene.compact()
    with scene.store.begin() as connection:
        connection.exec_driver_sql("DELETE FROM journal WHERE journal_id <= 15")
    raw = max((scene.folder / "history" / "raw").rglob("*.parquet"))
    raw.unlink()
    scene.tick(300.0)
    scene.sealing().look(at(301.0))
    clip = scene.clips()[OPENING]
    assert times(scene, clip) == [*range(-90, 0, 10), *range(30, 91, 10)]
    assert json.loads(members(scene, clip)[ABOUT])["lost"] == [
        raw.relative_to(scene.folder / "history").as_posix()
    ]
    assert scene.verified(clip).is_whole


def spoil(scene: Scene, journal_id: int) -> None:
    """Let nobody read a batch of the journal any more."""
    with scene.store.begin() as connection:
        spoiled = update(JournalRow).where(col(JournalRow.journal_id) == journal_id)
        connection.execute(spoiled.values(body=b"\xc1"))


def test_a_batch_of_the_journal_that_cannot_be_read_is_named_and_the_rest_is_sealed(
    scene: Scene,
) -> None:
    scene.drive()
    spoil(scene, 13)
    scene.sealing().look(at(95.0))
    clip = scene.clips()[OPENING]
    assert times(scene, clip) == [*range(-90, 0, 10), *range(10, 91, 10)]
    assert json.loads(members(scene, clip)[ABOUT])["lost"] == ["journal/13"]
    assert scene.verified(clip).is_whole


def test_what_a_device_sent_late_is_in_the_clip_by_when_it_was_received(scene: Scene) -> None:
    """It was in a tunnel: what it then said of an hour before is found, and sealed, as it came."""
    early = [told(after_s=float(number), made_s=number - 3600.0) for number in range(0, 100, 10)]
    found = exit_of(
        opened_at=at(-3600.0),
        closed_at=at(-3590.0),
        detected_at=at(10.0),
        updated_at=at(10.0),
        late=True,
    )
    for each in early:
        scene.receive(each, changes=[found] if each is early[1] else [])
    scene.tick(101.0)
    assert scene.sealing().look(at(101.5)) == 1
    (clip,) = scene.clips().values()
    assert times(scene, clip) == list(range(0, 100, 10))
    assert [round(each - NOON_S) for each in clip.moments_s] == [-3600, -3590, 10]
    assert scene.verified(clip).is_whole


def test_what_lies_between_the_times_of_a_clip_is_not_read(scene: Scene) -> None:
    """Of what is found days later it may be as long."""
    for after_s in (-3600.0, -1800.0, 0.0):
        scene.receive(told(after_s=after_s))
    spoil(scene, 2)
    scene.receive(told(after_s=10.0), changes=[exit_of(opened_at=at(-3600.0))])
    scene.tick(101.0)
    assert scene.sealing().look(at(101.5)) == 1
    (clip,) = scene.clips().values()
    assert times(scene, clip) == [-3600, 0, 10]
    assert json.loads(members(scene, clip)[ABOUT])["lost"] == []


def test_a_device_that_fell_silent_has_a_clip_of_what_it_said_before(scene: Scene) -> None:
    scene.drive(until_s=0)
    scene.tick(92.0)
    assert scene.sealing().look(at(92.5)) == 1
    assert times(scene, scene.clips()[OPENING]) == list(range(-90, 1, 10))


def test_nothing_is_sealed_before_the_worker_has_committed_it_unless_it_is_gone(
    scene: Scene,
) -> None:
    scene.drive(until_s=60)
    sealing = scene.sealing()
    assert sealing.look(at(92.0)) == 0, "the worker is behind: what was received since is not there"
    assert sealing.look(at(92.0 + GONE_S)) == 1


def test_what_the_worker_holds_while_the_store_is_away_is_waited_for_and_in_the_clip(
    scene: Scene,
) -> None:
    """The store answers again, and whoever seals asks it before the worker has tried once more."""
    scene.drive(until_s=20)
    sealing = scene.sealing()
    assert sealing.look(at(151.0)) == 0
    scene.receive(*(told(after_s=float(number), seq=number + 1000) for number in (22, 30)))
    assert sealing.look(at(151.5)) == 0, "it may hold more"
    scene.tick(152.0)
    assert sealing.look(at(152.5)) == 1
    assert times(scene, scene.clips()[OPENING]) == [*range(-90, 21, 10), 22, 30]


def listen(scene: Scene, from_s: int, until_s: int) -> None:
    """What the worker writes each second of a time."""
    seconds = range(from_s, until_s + 1)
    scene.receive(*(Frame(TICK_TOPIC, b"", NOON_S + number) for number in seconds))


@pytest.mark.parametrize("of_the_history", [False, True])
def test_for_how_long_nobody_listened_is_in_the_clip_and_said_by_whoever_verifies(
    scene: Scene, *, of_the_history: bool
) -> None:
    listen(scene, -95, 20)
    scene.receive(told(after_s=20.0), changes=[exit_of()])
    listen(scene, 50, 95)
    if of_the_history:
        scene.compact()
        with scene.store.begin() as connection:
            connection.exec_driver_sql("DELETE FROM journal WHERE journal_id <= 3")
        scene.tick(96.0)
    assert scene.sealing().look(at(96.5)) == 1
    clip = scene.clips()[OPENING]
    about = json.loads(members(scene, clip)[ABOUT])
    assert (about["gaps"], about["lost"]) == ([[NOON_S + 20.0, NOON_S + 50.0]], [])
    assert times(scene, clip) == [20.0]
    found = scene.verified(clip)
    assert (found.is_whole, found.remarks) == (True, (fault(Flaw.UNHEARD, ABOUT, "30"),))


def test_both_devices_of_two_are_in_it_and_each_operator_learns_of_it(scene: Scene) -> None:
    scene.receive(
        told(),
        told("drone-1"),
        changes=[exit_of(other_device_id="drone-1", other_organisation_id="kite")],
    )
    scene.tick(95.0)
    scene.sealing().look(at(96.0))
    (clip,) = scene.clips().values()
    assert clip.device_ids == ("car-1", "drone-1")
    topics = [json.loads(each)["topic"] for each in members(scene, clip)[FRAMES].splitlines()]
    assert topics == ["zone/up/car-1/tele", "zone/up/drone-1/tele"]


def killed_at(scene: Scene, step: str) -> None:
    """Look in a process that is killed when it comes to a step."""
    scene.store.close()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        with suppress(BaseException), closing(open_store(scene.store.url)) as store:
            replace(scene, store=store).sealing(
                lambda at: os.kill(os.getpid(), signal.SIGKILL) if at == step else None
            ).look(at(95.0))
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


@pytest.mark.requirement("D4e-2")
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_it_is_sealed_once_and_nothing_of_it_is_half(
    scene: Scene, step: str
) -> None:
    scene.drive()
    killed_at(scene, step)
    assert scene.sealing().look(at(96.0)) == (step != "sealed")
    (clip,) = scene.clips().values()
    assert scene.verified(clip)[:2] == (Trust.KNOWN, ())
    assert [each.name for each in scene.evidence.rglob("*.*")] == [f"{OPENING}.zip"]
    with scene.store.read() as session:
        told = [each for each in audit.entries(session, PLATFORM) if each.action == "evidence.seal"]
    assert [each.reason for each in told] == [f"SHA-256 {clip.sha256}"]


def test_killed_before_midnight_and_tried_again_after_it_leaves_one_file(scene: Scene) -> None:
    scene.drive()
    killed_at(scene, "written")
    assert scene.sealing().look(at(86_400.0)) == 1
    (clip,) = scene.clips().values()
    assert list(scene.evidence.rglob("*.zip")) == [scene.evidence / str(clip.name)]


def test_on_a_disk_that_is_full_nothing_is_half_and_it_is_sealed_once_there_is_room(
    sqlite_scene: Scene, tmp_path: Path
) -> None:
    sqlite_scene.drive()
    with small_disk(tmp_path, 1) as disk:
        sealing = sqlite_scene.sealing(folder=disk / "evidence")
        filled = fill(disk)
        assert sealing.look(at(95.0)) == 0
        assert not list(disk.rglob("*.zip*"))
        assert sqlite_scene.clips()[OPENING].sealed_at is None
        assert clips.oldest_due_s(sqlite_scene.store) == NOON_S + 91.0
        filled.unlink()
        assert sealing.look(at(96.0)) == 0, "not at once again"
        assert sealing.look(at(106.0)) == 1
        (file,) = disk.rglob("*.zip")
        assert sha256(file.read_bytes()).hexdigest() == sqlite_scene.clips()[OPENING].sha256


def test_a_clip_that_cannot_be_made_keeps_no_other_from_being_sealed(scene: Scene) -> None:
    scene.drive()
    other = exit_of("car-2", opened_at=at(-1.0))
    scene.receive(told("car-2", 1.0), changes=[other])
    sealing = scene.sealing()
    sealing.look(at(2.0))
    with scene.store.begin() as connection:
        connection.exec_driver_sql(
            f"UPDATE evidence_clip SET key = 'gone' WHERE clip_id = '{other.id}-opening'"
        )
    assert sealing.look(at(95.0)) == 1
    assert scene.clips()[OPENING].sealed_at == at(95.0)


def test_however_many_cannot_be_made_a_newer_one_is_sealed_and_not_after_them(
    sqlite_scene: Scene,
) -> None:
    scene = sqlite_scene
    scene.receive(told())
    with scene.store.write() as session:
        for number in range(AT_ONCE + 1):
            clips.note(session, a_clip(f"gone-{number}", moments_s=(NOON_S - 100.0,)))
    scene.receive(told(after_s=1.0), changes=[exit_of()])
    scene.tick(300.0)
    sealing = scene.sealing()
    assert [sealing.look(at(after_s)) for after_s in (100.0, 100.5)] == [0, 1]
    later = exit_of(opened_at=at(2.0))
    scene.receive(told(after_s=301.0), changes=[later])
    assert sealing.look(at(120.0)) == 1, "those that are tried again are behind it"
    assert scene.clips()[f"{later.id}-opening"].sealed_at == at(120.0)


def test_one_process_seals_at_a_time(tmp_path: Path) -> None:
    with alone(tmp_path / "evidence"), pytest.raises(SealingRuns, match="expected one alone"):
        alone(tmp_path / "evidence").__enter__()


def test_clips_of_a_time_are_read_together_and_those_of_another_apart() -> None:
    clip = a_clip("v", moments_s=(1000.0,))
    other = replace(clip, key="w", moments_s=(1300.0,))
    later = replace(clip, key="x", moments_s=(5000.0,))
    assert together([later, clip, other]) == [[clip, other], [later]]


def test_a_year_that_has_no_29_february_ends_a_day_later() -> None:
    leap = at(0).replace(year=2028, month=2, day=29)
    assert kept_until(1, leap) == leap.replace(year=2029, month=3, day=1)
    assert kept_until(4, leap) == leap.replace(year=2032)
