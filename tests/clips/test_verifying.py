"""A clip proves itself: by its file alone, byte for byte, and says exactly what is wrong with another."""

import io
import json
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from typer.testing import CliRunner

from permits.recognition_form import canonical
from permits.rule_words import Language
from telemetry.report import Frame, Unit
from tests.clips.sealing import CLIP, KEY, a_file, a_key
from tests.history.journal import NOON_S, told
from zone_service.certificate_token import Keys
from zone_service.clips.archive import unpacked
from zone_service.clips.content import ABOUT, FRAMES, MANIFEST, REPORTS, SIGNATURE, Placed
from zone_service.clips.software import software
from zone_service.clips.verifying import Trust, Verified, verified
from zone_service.clips.words import WORDS, Fault, Flaw, fault
from zone_service.commands import app
from zone_service.history.reading import codecs_installed
from zone_service.issuer_key import Issuer, key_set, public_keys
from zone_service.recognition_file import packed

WHOLE = a_file()


def trusted(*keys: Issuer) -> Keys:
    return public_keys((each.key_id, each.public) for each in keys)


def looked(content: bytes, keys: Keys | None = None) -> Verified:
    known = trusted(KEY) if keys is None else keys
    return verified(content, known, codecs_installed(), software())


def members(content: bytes = WHOLE) -> dict[str, bytes]:
    found = unpacked(content)
    assert not isinstance(found, Fault)
    return dict(found)


def flaws(found: Verified) -> list[Flaw]:
    return [each.flaw for each in found.faults]


@pytest.mark.requirement("D4e-2")
def test_a_clip_that_was_sealed_here_is_whole_and_its_frames_tell_its_reports() -> None:
    found = looked(WHOLE)
    assert (found.trust, found.faults, found.remarks) == (Trust.KNOWN, (), ())
    assert found.manifest is not None
    assert found.manifest["frames"] == 4
    assert found.manifest["software"] == dict(software())
    told_then = [json.loads(line)["report"] for line in members()[REPORTS].splitlines()]
    assert [each["seq"] for each in told_then] == [1, 2, 3, 4]
    assert told_then[0]["longitude_deg"] == 121.5


def test_without_a_key_that_is_trusted_it_is_whole_and_nobody_vouches_for_it() -> None:
    assert looked(WHOLE, {}) == looked(WHOLE)._replace(trust=Trust.ITS_OWN)
    anybodys = looked(a_file(a_key()))
    assert (anybodys.trust, anybodys.is_whole) == (Trust.ITS_OWN, True)


def test_the_same_clip_by_the_same_key_is_the_same_file() -> None:
    assert a_file() == WHOLE


@pytest.mark.requirement("D4e-2")
@given(at=st.integers(0, len(WHOLE) - 1), by=st.integers(1, 255))
@example(at=4, by=1)  # what a reader of archives need not look at
@example(at=len(WHOLE) - 1, by=255)
def test_whichever_byte_is_other_it_is_refused(at: int, by: int) -> None:
    altered = bytearray(WHOLE)
    altered[at] ^= by
    found = looked(bytes(altered))
    assert not found.is_whole
    assert all(each.said(language) for each in found.faults for language in Language)


@given(length=st.integers(0, len(WHOLE) - 1))
def test_wherever_it_is_cut_off_it_is_refused(length: int) -> None:
    assert flaws(looked(WHOLE[:length])) in ([Flaw.NO_CLIP], [Flaw.ALTERED_ARCHIVE])


@given(content=st.binary(min_size=1, max_size=200))
def test_whatever_is_given_for_a_clip_nothing_raises(content: bytes) -> None:
    assert not looked(content).is_whole
    assert not looked(content + WHOLE).is_whole
    assert not looked(WHOLE + content + b"\0").is_whole


@given(content=st.binary(max_size=200), name=st.sampled_from(sorted(members())))
def test_whatever_a_member_holds_nothing_raises(content: bytes, name: str) -> None:
    found = looked(packed(members() | {name: content}))
    assert not found.is_whole or content == members()[name]


def test_a_member_that_was_exchanged_is_named_with_both_hashes() -> None:
    other = members()[FRAMES].replace(b"car-1", b"car-2", 1)
    found = looked(packed(members() | {FRAMES: other}))
    assert found.trust is Trust.KNOWN
    assert found.faults == (
        fault(
            Flaw.MEMBER_ALTERED,
            FRAMES,
            sha256(other).hexdigest(),
            sha256(members()[FRAMES]).hexdigest(),
        ),
    )


def test_a_manifest_that_was_written_anew_bears_no_seal_that_holds() -> None:
    other = members(a_file(spans=((0.0, 1e12),)))
    found = looked(packed(other | {SIGNATURE: members()[SIGNATURE]}))
    assert (found.trust, flaws(found)) == (Trust.NOBODY, [Flaw.FORGED])


def test_a_key_that_takes_the_name_of_another_is_told() -> None:
    posing = a_key()._replace(key_id=KEY.key_id)
    assert flaws(looked(a_file(posing))) == [Flaw.MANIFEST]
    manifest = json.loads(members()[MANIFEST])
    manifest["key"]["kid"] = "x"
    assert flaws(looked(packed(members() | {MANIFEST: canonical(manifest)}))) == [Flaw.MANIFEST]
    assert flaws(looked(WHOLE, {KEY.key_id: a_key().key})) == [Flaw.OTHER_KEY]


def test_a_seal_written_in_another_way_is_none() -> None:
    seal = members()[SIGNATURE]
    # The last letter of a signature has bits that say nothing.
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = letters[letters.index(seal[-1]) ^ 1]
    assert flaws(looked(packed(members() | {SIGNATURE: seal[:-1] + bytes([other])}))) == [
        Flaw.FORGED
    ]


def test_reports_that_do_not_follow_from_the_frames_are_told_by_their_line() -> None:
    """Sealed with a true key: whoever could seal may still not say what no device said."""
    moved = members()[REPORTS].replace(b"121.5", b"121.6", 1)
    (found,) = looked(a_file(others={REPORTS: moved})).faults
    assert (found.flaw, found.where) == (Flaw.REPORTS_DIFFER, "1")
    fewer = b"".join(members()[REPORTS].splitlines(keepends=True)[:3])
    (found,) = looked(a_file(others={REPORTS: fewer})).faults
    assert (found.flaw, found.where, found.found) == (Flaw.REPORTS_DIFFER, "4", "–")
    (found,) = looked(a_file(others={FRAMES: b"{}\n"})).faults
    assert (found.flaw, found.where) == (Flaw.UNREADABLE, FRAMES)


def test_what_other_code_decoded_is_remarked_only_where_it_tells_other() -> None:
    then = dict(software()) | {"code_sha256": "0" * 64}
    assert looked(a_file(software=then)).remarks == ()
    moved = members()[REPORTS].replace(b"121.5", b"121.6", 1)
    (remark,) = looked(a_file(software=then, others={REPORTS: moved})).remarks
    assert remark.flaw is Flaw.OTHER_CODE


def test_what_a_clip_lacks_is_remarked_and_is_no_fault_of_it() -> None:
    lacking = {"kind": "violation", "lost": ["journal/7"], "gaps": [[NOON_S, NOON_S + 31.0]]}
    found = looked(a_file(about=lacking))
    assert found.is_whole
    assert found.remarks == (
        fault(Flaw.LOST, ABOUT, "journal/7"),
        fault(Flaw.UNHEARD, ABOUT, "31"),
    )
    assert looked(a_file(about={"gaps": 7})).remarks == ()


@pytest.mark.parametrize(
    "frame",
    [told(after_s=91.0), told("car-2"), Frame("zone/clock/tick", b"", NOON_S)],
    ids=["another time", "another device", "nobody's"],
)
def test_a_frame_that_is_none_of_the_clips_is_told(frame: Frame) -> None:
    found = looked(a_file(frames=(*CLIP.frames, Placed(9, 0, frame))))
    assert flaws(found)[0] is Flaw.FRAME_OUTSIDE
    assert found.faults[0].where == "5"


def test_a_device_that_said_nothing_has_a_clip_that_is_whole() -> None:
    assert looked(a_file(frames=())).is_whole


def test_what_nobody_could_decode_is_in_it_as_it_came() -> None:
    frames = (Placed(1, 0, Frame("zone/up/car-1/tele", b"\xff\x00{", NOON_S, qos=1)),)
    unreadable = a_file(frames=frames)
    assert looked(unreadable).is_whole
    assert members(unreadable)[REPORTS] == b""
    assert looked(a_file(units={"car-1": Unit(device_id="car-1", codec="gone")})).is_whole


def test_an_archive_of_other_things_is_told_by_its_names() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("../../etc/passwd", b"root")
    (found,) = looked(content.getvalue()).faults
    assert (found.flaw, found.found) == (Flaw.OTHER_MEMBERS, "../../etc/passwd")


def test_each_flaw_is_said_in_both_languages() -> None:
    assert WORDS.keys() == set(Flaw)
    assert all(english != chinese for english, chinese in WORDS.values())


@pytest.mark.requirement("D4e-2")
def test_it_is_verified_from_the_shell_without_a_platform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZONE_DATA_DIR", str(tmp_path / "nothing"))
    file, keys = tmp_path / "clip.zip", tmp_path / "keys.json"
    keys.write_text(json.dumps(key_set([(KEY.key_id, KEY.public)])))

    def verify(content: bytes, *words: str) -> tuple[int, str]:
        file.write_bytes(content)
        answer = CliRunner().invoke(app, ["evidence", "verify", str(file), *words])
        return answer.exit_code, answer.stdout

    status, said = verify(WHOLE, "--key", str(keys))
    assert status == 0
    assert said.startswith("v1-opening: whole; 4 frames, which tell the reports beside them")
    assert f"sealed by {KEY.key_id}, which is one of the keys that are trusted" in said
    status, said = verify(WHOLE)
    assert (status, "nobody vouches for it here" in said) == (7, True)
    moved = members()[REPORTS].replace(b"121.5", b"121.6", 1)
    status, said = verify(packed(members() | {REPORTS: moved}), "--key", str(keys), "--chinese")
    assert (status, "reports.jsonl 被改动" in said) == (5, True)
    forged = members(a_file(spans=((0.0, 1e12),))) | {SIGNATURE: members()[SIGNATURE]}
    assert verify(packed(forged), "--key", str(keys))[0] == 6
    status, said = verify(WHOLE[:-1], "--key", str(keys), "--json")
    assert (status, json.loads(said)["whole"], json.loads(said)["trust"]) == (8, False, "nobody")
    keys.write_text("{}")
    assert verify(WHOLE, "--key", str(keys))[0] == 2
    assert not (tmp_path / "nothing").exists()
