import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from joserfc import jws
from joserfc.jwk import OctKey

from tests.certificates.conftest import BEGINS, CERTIFICATE, ENDS, NOW, fleet
from zone_service.certificate_seal import sealed, token_in, verify_file
from zone_service.certificate_token import (
    NAMED_VEHICLES,
    Claims,
    Keys,
    Verdict,
    claims_of,
    digest_of,
    sign,
    verify,
)
from zone_service.issuer_key import Issuer, public_keys


def changed(token: str, **claims: object) -> str:
    """The same token with other claims and the old signature."""
    head, body, signature = token.split(".")
    found = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    text = json.dumps(found | claims).encode()
    return f"{head}.{base64.urlsafe_b64encode(text).decode().rstrip('=')}.{signature}"


@pytest.mark.requirement("D4b-57")
def test_a_token_says_what_stands_on_the_paper_and_is_verified_without_a_network(
    token: str, key: Issuer, keys: Keys
) -> None:
    found = verify(token, keys, NOW)
    assert (found.verdict, found.key_id) == (Verdict.VALID, key.key_id)
    assert found.claims == Claims(
        iss="shanghai",
        sub="SH-RT-2026-000007",
        app="RT-2026-000042",
        ed=1,
        kind="ROAD_TEST",
        holder=CERTIFICATE.holder,
        nbf=int(BEGINS.timestamp()),
        exp=int(ENDS.timestamp()),
        iat=int(CERTIFICATE.issued_at.timestamp()),
        veh=(("沪A0001试", "LSVNV2182E2100001"),),
    )


@pytest.mark.requirement("D4b-57")
@pytest.mark.parametrize(
    ("at", "verdict"),
    [
        (BEGINS - timedelta(seconds=1), Verdict.NOT_YET_VALID),
        (BEGINS, Verdict.VALID),
        (ENDS - timedelta(seconds=1), Verdict.VALID),
        (ENDS, Verdict.EXPIRED),
    ],
)
def test_a_token_is_valid_from_its_beginning_until_before_its_end(
    token: str, keys: Keys, at: datetime, verdict: Verdict
) -> None:
    assert verify(token, keys, at).verdict is verdict


@pytest.mark.requirement("D4b-57")
def test_claims_that_were_changed_and_keys_that_are_not_ours_are_told_apart(
    token: str, key: Issuer, keys: Keys, other_key: Issuer
) -> None:
    longer = changed(token, exp=int(ENDS.timestamp()) + 86_400)
    assert verify(longer, keys, NOW).verdict is Verdict.FORGED
    theirs = claims_of(CERTIFICATE)
    assert verify(sign(theirs, other_key.key, key.key_id), keys, NOW).verdict is Verdict.FORGED
    unknown = verify(sign(theirs, other_key.key, other_key.key_id), keys, NOW)
    assert (unknown.verdict, unknown.key_id) == (Verdict.UNKNOWN_KEY, other_key.key_id)
    assert unknown.claims is None


def test_a_token_that_asks_for_another_algorithm_is_forged(key: Issuer, keys: Keys) -> None:
    """The public half is known to all: as the secret of an HMAC it must prove nothing."""
    secret = OctKey.import_key(key.public)
    header = {"alg": "HS256", "kid": key.key_id, "typ": "permit+jwt"}
    found = jws.serialize_compact(header, b"{}", secret, algorithms=["HS256"])
    assert verify(found, keys, NOW).verdict is Verdict.FORGED
    none = base64.urlsafe_b64encode(json.dumps(header | {"alg": "none"}).encode()).decode()
    assert verify(f"{none.rstrip('=')}.e30.", keys, NOW).verdict is Verdict.FORGED


@pytest.mark.parametrize(
    "typed", ["", "no token", "a.b.c", "é.é.é", "e30.e30.e30", "x" * 10_000, "eyJ\n.a.b", "..", "[].[].[]"]
)  # fmt: skip
def test_what_is_no_token_is_told_so(keys: Keys, typed: str) -> None:
    assert verify(typed, keys, NOW).verdict is Verdict.NO_TOKEN


def test_what_the_key_signed_for_another_purpose_is_no_token(key: Issuer, keys: Keys) -> None:
    header = {"alg": "Ed25519", "kid": key.key_id}
    for kind, payload in (("permit-seal", b"x" * 32), ("permit+jwt", b'{"sub":"a"}')):
        signed = jws.serialize_compact(
            header | {"typ": kind}, payload, key.key, algorithms=["Ed25519"]
        )
        assert verify(signed, keys, NOW).verdict is Verdict.NO_TOKEN


def test_of_many_vehicles_the_token_has_the_digest_of_the_list_on_the_paper(key: Issuer) -> None:
    few, many = claims_of(fleet(NAMED_VEHICLES)), claims_of(fleet(NAMED_VEHICLES + 1))
    assert (len(few.veh), few.fleet) == (NAMED_VEHICLES, "")
    vehicles = tuple((each.plate, each.vin) for each in fleet(NAMED_VEHICLES + 1).vehicles)
    assert (many.veh, many.fleet) == ((), digest_of(vehicles))
    assert many.fleet.startswith("9:")
    for claims in (few, many):
        assert len(sign(claims, key.key, key.key_id)) < 1300  # what a code of 62 mm can hold


@pytest.mark.requirement("D4b-57")
def test_a_file_is_the_one_that_was_issued_down_to_its_last_byte(
    paper: bytes, token: str, keys: Keys, key: Issuer, other_key: Issuer
) -> None:
    assert token_in(paper) == token
    assert verify_file(paper, keys, NOW).verdict is Verdict.VALID
    assert verify_file(paper, keys, ENDS).verdict is Verdict.EXPIRED
    middle = len(paper) // 2
    flipped = paper[:middle] + bytes([paper[middle] ^ 1]) + paper[middle + 1 :]
    pdf = paper[: paper.rindex(b"%ZoneSeal")]
    by_another = sealed(pdf, other_key.key, key.key_id)
    known = public_keys([(each.key_id, each.public) for each in (key, other_key)])
    for altered in (flipped, paper + b"\n", paper + b"% more", pdf, by_another):
        assert verify_file(altered, keys, NOW).verdict is Verdict.ALTERED
    # A key of ours that has not signed the token seals nothing either.
    other_seal = sealed(pdf, other_key.key, other_key.key_id)
    assert verify_file(other_seal, known, NOW).verdict is Verdict.ALTERED
    assert verify_file(flipped, keys, ENDS).verdict is Verdict.ALTERED


def test_a_file_of_another_issuer_is_known_by_its_key_and_one_without_token_has_none(
    paper: bytes, other_key: Issuer
) -> None:
    others = public_keys([(other_key.key_id, other_key.public)])
    assert verify_file(paper, others, NOW).verdict is Verdict.UNKNOWN_KEY
    assert verify_file(b"%PDF-1.3 nothing", others, NOW).verdict is Verdict.NO_TOKEN
    assert verify_file(b"", others, datetime(2026, 1, 1, tzinfo=UTC)).verdict is Verdict.NO_TOKEN
