"""A bundle is recognised as it was signed, or refused with every reason."""

import io
import struct
import zipfile
import zlib
from dataclasses import replace
from datetime import UTC, date, timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from permits.document_kinds import DocumentKind
from permits.recognising import NOTHING_HERE, Here
from permits.recognition import Bundle, DrivenThere, differences, facts_of
from permits.recognition_form import NotCanonical, from_bytes, to_bytes
from permits.recognition_trust import TrustList, TrustListRefused, read_trust_list
from permits.recognition_words import WORDS, Reason, Refused
from permits.rule_words import Language
from permits.states import PermitKind
from tests.recognition.bundles import (
    AGREEMENT,
    CAR,
    FILES,
    JIANGSU,
    MOST_BYTES,
    NOON,
    STRANGER,
    VIN,
    bundle,
    file_of,
    paper,
    told,
    trust,
    trusted,
)
from zone_service.recognition_file import BUNDLE, MANIFEST, SIGNATURE, packed, unpacked
from zone_service.recognition_opening import judged, opened
from zone_service.recognition_seal import require_usable

pytestmark = pytest.mark.requirement("D6-1")


def found(
    content: bytes, trusting: TrustList | None = None, here: Here = NOTHING_HERE
) -> tuple[Refused, ...]:
    return judged(opened(content, trusting or trust(), MOST_BYTES), AGREEMENT, NOON, here)


def reasons(*said: Any, **named: Any) -> list[str]:
    return [str(each.reason) for each in found(*said, **named)]


def members(content: bytes) -> dict[str, bytes]:
    read = unpacked(content, MOST_BYTES)
    assert not isinstance(read, tuple)
    return dict(read)


def test_a_bundle_comes_out_as_it_went_in() -> None:
    read = opened(file_of(), trust(), MOST_BYTES)

    assert read.refusals == ()
    assert read.bundle == bundle()
    assert read.files == FILES
    assert read.key == trusted()
    assert found(file_of()) == ()


def test_the_same_bundle_is_the_same_file() -> None:
    assert file_of() == file_of()


# --- what was altered, and what is no bundle


def test_whoever_alters_a_member_and_packs_it_again_is_told_which() -> None:
    altered = members(file_of())
    for name in altered:
        other = altered | {name: altered[name][:-1] + bytes([altered[name][-1] ^ 1])}
        said = {each.reason for each in found(packed(other))}
        expected = {
            MANIFEST: Reason.NOT_CANONICAL,
            SIGNATURE: Reason.NOT_SIGNED,
        }.get(name, Reason.MEMBER_ALTERED)
        assert expected in said, (name, said)


def test_figures_that_were_raised_after_signing_are_refused_as_altered() -> None:
    raised = members(file_of())
    raised[BUNDLE] = raised[BUNDLE].replace(b"1620.5", b"9620.5")

    assert reasons(packed(raised)) == ["member-altered"]


def test_a_manifest_that_was_made_to_fit_is_not_what_was_signed() -> None:
    own = members(file_of(replace(bundle(), bundle_id="jiangsu-000013"), STRANGER))
    own[SIGNATURE] = members(file_of())[SIGNATURE]

    assert reasons(packed(own)) == ["forged"]


def test_a_forged_signature_is_refused() -> None:
    forged = members(file_of())
    head, payload, signature = forged[SIGNATURE].split(b".")
    forged[SIGNATURE] = b".".join([head, payload, b"A" * (len(signature) - 1) + b"A"])

    assert reasons(packed(forged)) == ["forged"]


def test_a_signature_by_another_algorithm_or_none_is_refused() -> None:
    # {"alg":"none","kid":"…","typ":"recognition-seal"}
    forged = members(file_of())
    _, payload, _ = forged[SIGNATURE].split(b".")
    forged[SIGNATURE] = b"eyJhbGciOiJub25lIn0." + payload + b"."

    assert reasons(packed(forged)) == ["not-signed"]


def test_every_bit_of_the_last_letter_of_a_signature_counts() -> None:
    other = members(file_of())
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = letters.index(other[SIGNATURE][-1])
    other[SIGNATURE] = other[SIGNATURE][:-1] + bytes([letters[last ^ 1]])

    assert reasons(packed(other)) == ["not-signed"]


@given(st.data())
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_file_of_which_one_byte_is_another_is_recognised(data: st.DataObject) -> None:
    content = bytearray(file_of())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))

    assert found(bytes(content)) != ()


def test_what_is_cut_short_or_has_something_behind_it_is_refused() -> None:
    content = file_of()
    for other in (b"", b"PK", content[:-1], content[: len(content) // 2], b"%PDF-1.4 %%EOF"):
        assert reasons(other) == ["not-a-bundle"]
    assert reasons(content + b"\x00") == ["altered-archive"]
    assert reasons(b"\x00" + content) == ["altered-archive"]


def test_a_file_that_is_too_long_is_not_looked_into() -> None:
    said = opened(file_of(), trust(), 100).refusals

    assert [each.reason for each in said] == [Reason.TOO_LARGE]


def zipped(entries: dict[str, bytes], how: int = zipfile.ZIP_STORED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", how) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return written.getvalue()


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "files/../../x", "C:\\x", "files/" + "A" * 64, "x"]
)
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    assert "trap" in reasons(zipped(members(file_of()) | {name: b"x"}))


def test_what_is_packed_is_refused_however_much_it_would_unpack_to() -> None:
    bomb = zipped({BUNDLE: bytes(50_000_000)}, zipfile.ZIP_DEFLATED)

    assert len(bomb) < MOST_BYTES
    assert set(reasons(bomb)) == {"trap"}


def test_what_is_packed_is_refused_even_where_that_made_it_no_shorter() -> None:
    noise = b"".join(sha256(bytes([at])).digest() for at in range(32))

    assert reasons(zipped({BUNDLE: noise}, zipfile.ZIP_DEFLATED)) == ["trap"]


def test_an_entry_that_says_it_is_longer_than_the_file_is_refused() -> None:
    name, content = b"bundle.json", b"x"
    crc, said = zlib.crc32(content), 1 << 31
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 0, 0, 33, crc, said, said, len(name), 0)
    central = struct.pack(
        "<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 0, 0, 33, crc, said, said, len(name),
        0, 0, 0, 0, 0, 0,
    )  # fmt: skip
    body = local + name + content
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, len(central) + len(name), len(body), 0)

    assert reasons(body + central + name + end) == ["trap"]


def test_two_members_of_one_name_are_refused() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in members(file_of()).items():
            archive.writestr(name, content)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr(BUNDLE, b"{}")

    assert "trap" in reasons(written.getvalue())


def test_a_member_that_is_missing_or_that_nobody_speaks_of_is_named() -> None:
    whole = members(file_of())
    (file,) = [each for each in whole if each.startswith("files/")]
    more = "files/" + sha256(b"x").hexdigest()

    for name in (MANIFEST, BUNDLE, SIGNATURE):
        without = {each: content for each, content in whole.items() if each != name}
        assert [(str(each.reason), each.path) for each in found(packed(without))] == [
            ("member-missing", name)
        ]
    without = {each: content for each, content in whole.items() if each != file}
    assert ("member-missing", file) in {(str(e.reason), e.path) for e in found(packed(without))}
    assert ("member-unknown", more) in {
        (str(each.reason), each.path) for each in found(packed(whole | {more: b"x"}))
    }


# --- who has signed it, when


def test_a_key_that_is_on_no_list_is_unknown() -> None:
    assert reasons(file_of(key=STRANGER)) == ["unknown-key"]
    assert reasons(file_of(), TrustList({})) == ["unknown-key"]


def test_a_key_signs_on_its_days_alone() -> None:
    day = date(2026, 11, 30)
    assert reasons(file_of(), trust(trusted(valid_from=day, valid_to=day))) == []
    late = trusted(valid_to=date(2026, 11, 29))
    assert reasons(file_of(), trust(late)) == ["key-expired"]
    early = trusted(valid_from=date(2026, 12, 1))
    assert reasons(file_of(), trust(early)) == ["key-not-yet-valid"]


def test_a_revoked_key_is_good_for_nothing_whatever_day_a_bundle_says() -> None:
    revoked = trusted(revoked_at=NOON)
    old = bundle(issued_at=NOON - timedelta(days=300), valid_to=NOON + timedelta(days=30))

    assert reasons(file_of(), trust(revoked)) == ["key-revoked"]
    assert reasons(file_of(old), trust(revoked)) == ["key-revoked"]
    assert reasons(file_of(), trust(trusted(revoked_at=NOON + timedelta(seconds=1)))) == []


def test_nobody_issues_in_the_name_of_another() -> None:
    assert reasons(file_of(bundle(issuer="zhejiang"))) == ["other-issuer"]


# --- what it says


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"addressed": ("zhejiang",)}, ["not-addressed"]),
        ({"addressed": ()}, ["not-addressed"]),
        ({"issued_at": NOON + timedelta(minutes=1)}, ["from-the-future"]),
        ({"valid_to": NOON}, ["expired"]),
        ({"valid_to": NOON + timedelta(days=365)}, ["lasts-too-long"]),
        ({"vehicles": ()}, ["no-vehicle", "member-unknown"]),
        ({"vehicles": (told(), told())}, ["vehicle-twice"]),
        ({"vehicles": (told(vehicle=replace(CAR, vin=VIN[:-1] + "2")),)}, ["vehicle-invalid"]),
        ({"vehicles": (told(driven=DrivenThere(automated_km=-1.0, source="x")),)}, ["figure-invalid"]),
        ({"vehicles": (told(driven=DrivenThere(automated_km=5.0)),)}, ["figure-invalid"]),
    ],
)  # fmt: skip
def test_what_is_not_for_us_or_not_now_is_refused_by_name(
    said: dict[str, Any], expected: list[str]
) -> None:
    assert sorted(reasons(file_of(bundle(**said)))) == sorted(expected)


def test_the_moment_at_which_a_bundle_begins_counts_and_that_at_which_it_ends_does_not() -> None:
    assert reasons(file_of(bundle(issued_at=NOON))) == []
    assert reasons(file_of(bundle(valid_to=NOON + timedelta(microseconds=1)))) == []


def test_who_is_outside_the_agreement_is_not_recognised_though_its_key_is_known() -> None:
    far = trusted(jurisdiction="fujian")
    assert reasons(file_of(bundle(issuer="fujian")), trust(far)) == ["outside-agreement"]
    own = trusted(jurisdiction="shanghai")
    assert reasons(file_of(bundle(issuer="shanghai")), trust(own)) == ["own-bundle"]


def test_a_vehicle_that_is_another_one_here_is_refused_with_the_difference() -> None:
    here = Here({VIN: replace(CAR, software_version="3.2.0", seats=4)}, {})
    (only,) = found(file_of(), here=here)

    assert only.reason is Reason.VEHICLE_DIFFERS
    assert "software_version: 3.1.0 → 3.2.0" in only.said(Language.ENGLISH)
    assert "seats" not in only.said(Language.ENGLISH)


def test_an_older_bundle_does_not_come_over_a_newer_one_nor_the_same_one_twice() -> None:
    at = bundle().issued_at
    for known, expected in (
        (at + timedelta(seconds=1), ["replayed"]),
        (at, ["replayed"]),
        (at - timedelta(seconds=1), []),
    ):
        here = Here({}, {VIN: ("jiangsu-000099", known)})
        assert reasons(file_of(), here=here) == expected


def test_all_that_is_wrong_is_told_at_once() -> None:
    wrong = bundle(addressed=("anhui",), valid_to=NOON - timedelta(hours=1), issuer="zhejiang")

    assert reasons(file_of(wrong)) == ["other-issuer", "not-addressed", "expired"]


def test_each_reason_is_said_in_both_languages() -> None:
    assert WORDS.keys() == set(Reason)
    for each in Reason:
        said = {Refused(each, "p", ("f", "f"), "e").said(language) for language in Language}
        assert len(said) == 2, each


# --- the canonical form

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
FIGURE = st.none() | st.floats(0, 1e7)
COUNT = st.none() | st.integers(0, 10**6)
DRIVEN = st.builds(
    DrivenThere,
    automated_km=FIGURE,
    automated_h=FIGURE,
    takeovers=COUNT,
    at_fault_accidents=COUNT,
    traffic_violations=COUNT,
    source=TEXT,
)
PAPERS = st.builds(
    paper,
    kind=st.sampled_from(DocumentKind),
    number=st.none() | TEXT,
    valid_to=st.none() | st.dates(),
)
BUNDLES = st.builds(
    bundle,
    bundle_id=TEXT,
    issuer_name=TEXT,
    addressed=st.lists(TEXT, max_size=3).map(tuple),
    issued_at=st.datetimes(timezones=st.just(UTC)),
    vehicles=st.lists(
        st.builds(told, holder=TEXT, driven=DRIVEN, papers=st.lists(PAPERS, max_size=2).map(tuple)),
        max_size=2,
    ).map(tuple),
)


@given(BUNDLES)
@settings(max_examples=100, deadline=None)
def test_a_bundle_is_written_and_read_as_itself(made: Bundle) -> None:
    assert from_bytes(to_bytes(made)) == made


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'"takeovers":3', b'"takeovers":3.0'),
        (b'"takeovers":3', b'"takeovers":true'),
        (b'"takeovers":3', b'"takeovers": 3'),
        (b'"automated_h":211.0', b'"automated_h":211'),
        (b'"automated_h":211.0', b'"automated_h":NaN'),
        (b'"issuer":"jiangsu"', b'"issuer":"jiangsu","more":1'),
        (b'"issuer":"jiangsu"', b'"issuer":"jiangsu","issuer":"jiangsu"'),
        (b'"issuer":"jiangsu"', b'"other":"jiangsu"'),
        (b"+00:00", b"Z"),
        (b"+00:00", b""),
        (b"ROAD_TEST", b"ROAD_TEAT"),
    ],
)
def test_what_is_written_otherwise_is_no_bundle(before: bytes, after: bytes) -> None:
    with pytest.raises(NotCanonical):
        from_bytes(to_bytes(bundle()).replace(before, after, 1))


def test_what_is_no_json_at_all_is_no_bundle() -> None:
    for content in (b"", b"[]", b"null", b"\xff", b"[" * 100_000, b"1" * 5000):
        with pytest.raises(NotCanonical):
            from_bytes(content)


# --- what it comes to


def test_what_several_tell_adds_up_and_what_one_does_not_know_of_faults_nobody_does() -> None:
    silent = told(driven=DrivenThere(), papers=(paper(valid_to=date(2026, 1, 1)),))
    facts = facts_of([(bundle(), told()), (bundle(bundle_id="b"), silent)], date(2026, 12, 1))

    assert facts is not None
    assert (facts.automated_km, facts.automated_h) == (1620.5, 211.0)
    assert facts.at_fault_accidents is None
    assert facts.stages == {PermitKind.ROAD_TEST}
    assert facts.papers == {DocumentKind.THIRD_PARTY_REPORT}
    assert facts_of([], date(2026, 12, 1)) is None


def test_what_is_configured_otherwise_is_another_vehicle() -> None:
    assert differences(CAR, replace(CAR, mass_kg=1900.0)) == ()
    assert differences(CAR, replace(CAR, automation_level=3)) == ("automation_level: 4 → 3",)


# --- the trust list

TRUST = f"""
[[keys]]
key_id = "{JIANGSU.key_id}"
public = "{JIANGSU.public}"
jurisdiction = "jiangsu"
issuer = "Jiangsu joint working group"
issuer_zh = "江苏省联席工作组"
valid_from = 2026-01-01
valid_to = 2027-12-31
"""


@pytest.mark.requirement("D6-2")
def test_a_trust_list_is_read_and_its_keys_go_by_their_thumbprints() -> None:
    read = read_trust_list(TRUST)
    require_usable(read)

    assert read == trust()
    assert read_trust_list("").keys == {}
    with pytest.raises(TrustListRefused, match=f"expected {JIANGSU.key_id}"):
        require_usable(read_trust_list(TRUST.replace(JIANGSU.key_id, "some-other-id")))


@pytest.mark.requirement("D6-2")
@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("keys = 1", "keys"),
        ("= 1", "text"),
        ("more = 1", "more"),
        (TRUST.replace("2027-12-31", "2025-12-31"), "keys.0.valid_to"),
        (TRUST.replace("2027-12-31", "2027-12-31T00:00:00Z"), "keys.0.valid_to"),
        (TRUST.replace('"jiangsu"', '"Jiang su"'), "keys.0.jurisdiction"),
        (TRUST + "note = 1", "keys.0.note"),
        (TRUST + "revoked_at = 2026-01-01", "keys.0.revoked_at"),
        (TRUST.replace("valid_from = 2026-01-01", ""), "keys.0.valid_from"),
        (TRUST + TRUST, "keys.1.key_id"),
        ("[[keys]]", "keys.0.key_id"),
    ],
)
def test_what_is_wrong_with_a_trust_list_is_told_by_its_path(text: str, path: str) -> None:
    with pytest.raises(TrustListRefused) as refused:
        read_trust_list(text)
    assert path in {each.path for each in refused.value.faults}
    for language in Language:
        assert refused.value.said(language)
