"""Nothing is added to a clip that is sealed: what comes later, and what is asked for, is sealed beside it."""

import json
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.clips.scene import Scene, at, exit_of
from tests.clips.sealing import CLIP, KEY, a_file
from tests.history.journal import NOON_S, told
from tests.store import city
from zone_service.clips.archive import unpacked
from zone_service.clips.content import ABOUT, REPORTS, Beside
from zone_service.clips.pairing import Looked, looked_at, paired
from zone_service.clips.software import software
from zone_service.clips.verifying import Trust, Verified
from zone_service.clips.window import Span
from zone_service.clips.words import Fault, Flaw
from zone_service.commands import app
from zone_service.history.reading import codecs_installed
from zone_service.issuer_key import key_set, public_keys
from zone_service.store import clips_beside, issuer_keys
from zone_service.store.clips_beside import Asked
from zone_service.store.errors import Conflict, InvalidValue, NotAllowed
from zone_service.store.records import EvidenceClip

ITS = exit_of().id
OPENING, FIRST, SECOND = f"{ITS}-opening", f"{ITS}-supplement-1", f"{ITS}-supplement-2"
FURTHER = f"{ITS}-further-1"


def members(scene: Scene, clip: EvidenceClip) -> dict[str, bytes]:
    found = unpacked(scene.file(clip))
    assert not isinstance(found, Fault)
    return dict(found)


def seqs(scene: Scene, clip: EvidenceClip) -> list[int]:
    return [
        json.loads(each)["report"]["seq"] for each in members(scene, clip)[REPORTS].splitlines()
    ]


def looked(scene: Scene, *clips: EvidenceClip) -> list[Looked]:
    with scene.store.read() as session:
        keys = public_keys(issuer_keys.public_halves(session))
    return [looked_at(scene.file(each), keys, codecs_installed(), software()) for each in clips]


def flaws(found: Sequence[Verified]) -> list[Flaw]:
    """What is wrong with files, but for that the car tells each ten seconds alone."""
    said = [flaw.flaw for each in found for flaw in (*each.faults, *each.remarks)]
    return [each for each in said if each is not Flaw.UNHEARD]


def sealed(scene: Scene) -> Scene:
    """A car that left its road at noon, of which the clip is sealed."""
    scene.drive()
    assert scene.sealing().look(at(91.1)) == 1
    scene.compact()
    return scene


@pytest.mark.requirement("D4e-20")
def test_what_a_unit_delivers_later_of_a_sealed_time_is_sealed_beside_the_clip(
    scene: Scene,
) -> None:
    sealed(scene)
    before = scene.file(scene.clips()[OPENING])
    # It was away around noon, and has the records of it; of what follows nothing is in the clip's time.
    for seq, made_s in enumerate((-30.0, -100.0, 20.0, 95.0), 5000):
        scene.receive(told(after_s=1000.0 + seq - 5000, seq=seq, made_s=made_s))
    scene.compact()
    assert scene.sealing().look(at(1120.0)) == 0, "more of it may come"
    scene.tick(1130.0)
    assert scene.sealing().look(at(1130.0)) == 1
    first, beside = scene.clips()[OPENING], scene.clips()[FIRST]
    assert seqs(scene, beside) == [5000, 5002]
    assert scene.file(first) == before
    assert (beside.first_id, beside.kept_years) == (OPENING, first.kept_years)
    alone, with_it = looked(scene, beside)[0].found, looked(scene, first, beside)
    assert (alone.trust, alone.faults) == (Trust.KNOWN, ())
    assert alone.manifest is not None
    assert alone.manifest["first"] == {"clip": OPENING, "sha256": sha256(before).hexdigest()}
    assert [each.flaw for each in paired([with_it[1]])[0].remarks] == [Flaw.FIRST_NOT_GIVEN]
    assert flaws(paired(with_it)) == []


@pytest.mark.requirement("D4e-20")
def test_what_comes_before_a_supplement_is_sealed_is_in_it_and_what_comes_after_in_another(
    sqlite_scene: Scene,
) -> None:
    scene = sealed(sqlite_scene)
    for seq, after_s in ((5000, 1000.0), (5001, 1100.0)):
        scene.receive(told(after_s=after_s, seq=seq, made_s=10.0))
        scene.compact()
    scene.tick(1221.0)
    assert scene.sealing().look(at(1221.0)) == 1
    scene.receive(told(after_s=2000.0, seq=5002, made_s=10.0))
    scene.compact()
    scene.tick(2121.0)
    assert scene.sealing().look(at(2121.0)) == 1
    found = scene.clips()
    assert [seqs(scene, found[each]) for each in (FIRST, SECOND)] == [[5000, 5001], [5002]]
    assert found[SECOND].first_id == OPENING
    assert all(each.found.is_whole for each in looked(scene, found[FIRST], found[SECOND]))


def test_a_network_that_is_slow_and_another_device_make_no_supplement(sqlite_scene: Scene) -> None:
    scene = sealed(sqlite_scene)
    scene.receive(told(after_s=95.0, seq=5000, made_s=89.0))
    scene.receive(told("drone-1", after_s=1000.0, made_s=10.0))
    scene.receive(told(after_s=1000.0, seq=5001, made_s=500.0))
    scene.compact()
    assert list(scene.clips()) == [OPENING]


def test_a_supplement_waits_until_the_clip_is_sealed_that_it_names(sqlite_scene: Scene) -> None:
    scene = sqlite_scene
    scene.drive()
    scene.sealing().look(at(10.0))
    scene.receive(told(after_s=1000.0, seq=5000, made_s=10.0))
    scene.tick(2000.0)
    scene.compact()
    assert sorted(scene.clips()) == [OPENING, FIRST]
    sealing = scene.sealing()
    assert sealing.look(at(2000.0)) + sealing.look(at(2011.0)) == 2
    assert all(each.found.is_whole for each in looked(scene, *scene.clips().values()))


@pytest.mark.requirement("D4e-20")
def test_an_authority_has_a_further_time_sealed_for_a_purpose_that_is_on_record(
    scene: Scene,
) -> None:
    sealed(scene)
    asked = Asked(at(-120.0), at(-60.0), "case 2026-117")
    with scene.store.write() as session:
        noted = clips_beside.ask_further(session, city.REVIEWER, OPENING, asked, at(200.0))
    assert (noted.clip_id, noted.asked_by) == (FURTHER, city.REVIEWER.username)
    scene.tick(200.0)
    assert scene.sealing().look(at(201.0)) == 1
    first, further = scene.clips()[OPENING], scene.clips()[FURTHER]
    assert seqs(scene, further) == [880, 890, 900, 910, 920, 930, 940]
    about = json.loads(members(scene, further)[ABOUT])
    assert (about["asked_by"], about["asked_for"]) == (city.REVIEWER.username, "case 2026-117")
    assert flaws(paired(looked(scene, first, further))) == []
    with scene.store.begin() as connection:
        rows = connection.exec_driver_sql(
            "SELECT actor, subject, reason FROM audit WHERE action = 'evidence.further'"
        ).all()
    assert [tuple(each) for each in rows] == [(city.REVIEWER.username, FURTHER, "case 2026-117")]
    with scene.store.write() as session:
        again = clips_beside.ask_further(session, city.POLICE, FURTHER, asked, at(300.0))
    assert (again.clip_id, again.first_id) == (f"{ITS}-further-2", OPENING)


def test_a_further_time_is_asked_for_by_who_may_and_near_what_it_is_about(
    sqlite_scene: Scene,
) -> None:
    scene = sqlite_scene
    scene.drive()
    scene.sealing().look(at(10.0))
    hour = timedelta(hours=1)
    for principal, asked, error, words in (
        (city.POLICE, Asked(at(0.0), at(60.0), "case"), Conflict, "not sealed yet"),
        (city.POLICE, Asked(at(0.0), at(60.0), " "), InvalidValue, "what it is read for"),
        (city.POLICE, Asked(at(0.0), at(0.0), "case"), InvalidValue, "a moment before another"),
        (city.POLICE, Asked(at(0.0), at(1.0) + hour, "case"), InvalidValue, "at most 1 hours"),
        (city.POLICE, Asked(at(0.0) - 30 * hour, at(0.0) - 29 * hour, "case"), InvalidValue, "a further time"),
        (city.POLICE, Asked(at(100.0), at(300.0), "case"), InvalidValue, "a further time"),
        (city.SWIFT, Asked(at(0.0), at(60.0), "case"), NotAllowed, "further evidence"),
    ):  # fmt: skip
        with scene.store.write() as session, pytest.raises(error, match=words):
            clips_beside.ask_further(session, principal, OPENING, asked, at(200.0))


def beside(events: Sequence[Span] | None = None) -> bytes:
    its = Beside("v1-opening", sha256(a_file()).hexdigest(), events)
    return a_file(clip_id="v1-supplement-1", beside=its)


def test_a_clip_beside_another_is_held_against_what_was_given_with_it() -> None:
    keys = public_keys([(KEY.key_id, KEY.public)])
    given = [
        looked_at(each, keys, codecs_installed(), software())
        for each in (a_file(kept_until="2099-01-01T00:00:00.000Z"), beside())
    ]
    other = paired(given)[1]
    assert [each.flaw for each in other.faults] == [Flaw.OTHER_FIRST]
    assert other.faults[0].found == given[0].sha256


def test_a_supplement_with_a_frame_of_another_time_is_refused_by_its_line() -> None:
    keys = public_keys([(KEY.key_id, KEY.public)])
    events = [Span(NOON_S + 2.0, NOON_S + 4.0)]
    found = looked_at(beside(events=events), keys, codecs_installed(), software()).found
    assert [(each.flaw, each.where) for each in found.faults] == [(Flaw.FRAME_OUTSIDE, "1")]
    whole = a_file(beside=Beside("v1-opening", "0" * 64, events), frames=CLIP.frames[1:])
    assert looked_at(whole, keys, codecs_installed(), software()).found.is_whole


def test_a_pair_is_verified_from_the_shell(tmp_path: Path) -> None:
    first, second, keys = tmp_path / "first.zip", tmp_path / "second.zip", tmp_path / "keys.json"
    first.write_bytes(a_file())
    second.write_bytes(beside())
    keys.write_text(json.dumps(key_set([(KEY.key_id, KEY.public)])))
    terminal = CliRunner()
    whole = terminal.invoke(
        app, ["evidence", "verify", str(first), str(second), "--key", str(keys)]
    )
    assert (whole.exit_code, "comes beside" in whole.output) == (0, False)
    alone = terminal.invoke(
        app, ["evidence", "verify", str(second), "--key", str(keys), "--chinese"]
    )
    assert (alone.exit_code, "请一并给出该文件" in alone.output.replace("\n", "")) == (0, True)
    first.write_bytes(a_file(rule_set="another"))
    other = terminal.invoke(
        app, ["evidence", "verify", str(first), str(second), "--key", str(keys)]
    )
    assert (other.exit_code, "the file that was given has" in other.output.replace("\n", " ")) == (
        5,
        True,
    )
    first.write_bytes(b"PK")
    told = terminal.invoke(
        app, ["evidence", "verify", "--json", str(first), str(second), "--key", str(keys)]
    )
    assert (told.exit_code, [each["whole"] for each in json.loads(told.output)]) == (
        8,
        [False, True],
    )
