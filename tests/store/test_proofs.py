"""What an open connection stands on, and when that is over."""

from datetime import timedelta

import pytest

from tests.store.city import ADMINISTRATOR, NOON, later
from zone_service.store import accounts, proofs, tokens
from zone_service.store.engine import Store
from zone_service.store.errors import WrongCredentials
from zone_service.store.records import Principal, Proof, ProofKind, Role

PASSWORD = "correct horse battery"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def sam(store: Store) -> Principal:
    """An operator with an account."""
    user = accounts.add_user(
        store,
        ADMINISTRATOR,
        username="sam",
        password=PASSWORD,
        role=Role.OPERATOR,
        organisation_id="swift",
        at=NOON,
    )
    return Principal(user.user_id, "sam", Role.OPERATOR, "swift")


def signed_in(store: Store) -> str:
    return accounts.log_in(store, "sam", PASSWORD, "192.0.2.7", NOON).cookie


def a_token(store: Store, sam: Principal) -> str:
    with store.write() as session:
        return tokens.create_token(session, sam, "script", NOON, NOON + 60 * MINUTE)


def standing(store: Store, *asked: Proof, after: timedelta = MINUTE) -> dict[Proof, Principal]:
    with store.read() as session:
        return proofs.standing(session, asked, NOON + after)


def test_a_session_and_a_token_stand_for_their_owner(store: Store, sam: Principal) -> None:
    session = accounts.session_proof(signed_in(store))
    token = tokens.token_proof(a_token(store, sam))
    assert standing(store, session, token) == {session: sam, token: sam}
    assert standing(store) == {}


def test_a_key_of_the_other_kind_stands_for_nobody(store: Store, sam: Principal) -> None:
    token = tokens.token_proof(a_token(store, sam))
    assert standing(store, Proof(ProofKind.SESSION, token.key)) == {}


def test_a_session_stands_until_it_is_idle_or_over(store: Store, sam: Principal) -> None:
    proof = accounts.session_proof(signed_in(store))
    assert proof in standing(store, proof, after=accounts.SESSION_IDLE - MINUTE)
    assert standing(store, proof, after=accounts.SESSION_IDLE) == {}


def test_a_feed_that_is_watched_keeps_its_session_awake_but_not_for_ever(
    store: Store, sam: Principal
) -> None:
    proof = accounts.session_proof(signed_in(store))
    at = NOON
    while at + 20 * MINUTE < NOON + accounts.SESSION_LASTS:
        at += 20 * MINUTE
        assert proof in standing(store, proof, after=at - NOON)
        proofs.keep_awake(store, (proof,), at)
    assert standing(store, proof, after=accounts.SESSION_LASTS) == {}


def test_a_token_stands_until_it_is_over_or_revoked(store: Store, sam: Principal) -> None:
    one, other = (tokens.token_proof(a_token(store, sam)) for _ in range(2))
    assert standing(store, one, after=60 * MINUTE) == {}
    with store.write() as session:
        tokens.revoke_token(session, sam, one.key, later(1))
    assert set(standing(store, one, other)) == {other}


def test_signing_out_ends_one_session_and_a_new_password_ends_all(
    store: Store, sam: Principal
) -> None:
    first, second = signed_in(store), signed_in(store)
    asked = [accounts.session_proof(each) for each in (first, second)]
    accounts.log_out(store, first)
    assert set(standing(store, *asked)) == {asked[1]}
    accounts.set_password(store, sam, "sam", "another password", later(1))
    assert standing(store, *asked) == {}


def test_nothing_stands_for_a_closed_account(store: Store, sam: Principal) -> None:
    session_proof = accounts.session_proof(signed_in(store))
    token_proof = tokens.token_proof(a_token(store, sam))
    with store.write() as session:
        accounts.close_account(session, ADMINISTRATOR, "sam", later(1))
    assert standing(store, session_proof, token_proof) == {}


def test_a_ticket_is_worth_no_more_than_what_it_was_made_with(store: Store, sam: Principal) -> None:
    cookie, token = signed_in(store), a_token(store, sam)
    with store.write() as session:
        by_session = tokens.issue_ticket(session, sam, accounts.session_proof(cookie), NOON)
        by_token = tokens.issue_ticket(session, sam, tokens.token_proof(token), NOON)
        tokens.revoke_token(session, sam, tokens.token_proof(token).key, NOON)
    accounts.log_out(store, cookie)
    for ticket in (by_session, by_token):
        with pytest.raises(WrongCredentials, match="is over"), store.write() as session:
            tokens.redeem_ticket(session, ticket, later(1))
