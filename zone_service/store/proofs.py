"""Whether what somebody proved who they are with still holds: asked again while a feed is open."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlmodel import Session, col, select, update

from zone_service.store.accounts import SEEN_EVERY, SESSION_IDLE, principal_of
from zone_service.store.engine import Store
from zone_service.store.records import Principal, Proof, ProofKind
from zone_service.store.tables import AccountRow, ApiTokenRow, LoginSessionRow


def standing(session: Session, proofs: Iterable[Proof], at: datetime) -> dict[Proof, Principal]:
    """Return whom each proof stands for by now, asked for many at once.

    Left out are sessions that are over or were ended, tokens that are over or revoked, and
    whatever belongs to a closed account.
    """
    asked = frozenset(proofs)
    found = (*_sessions(session, asked, at), *_tokens(session, asked, at))
    return {proof: principal_of(row) for proof, row in found}


def keep_awake(store: Store, proofs: Iterable[Proof], at: datetime) -> None:
    """Count an open feed as use of its session: who watches a screen all day is not idle."""
    cookie_hash = col(LoginSessionRow.cookie_hash)
    due = cookie_hash.in_(_keys(proofs, ProofKind.SESSION)) & (
        col(LoginSessionRow.seen_at) <= at - SEEN_EVERY
    )
    with store.read() as session:
        hashes = session.exec(select(cookie_hash).where(due)).all()
    if hashes:
        with store.write() as session:
            session.exec(update(LoginSessionRow).where(cookie_hash.in_(hashes)).values(seen_at=at))


def _keys(proofs: Iterable[Proof], kind: ProofKind) -> list[str]:
    return [proof.key for proof in proofs if proof.kind is kind]


def _sessions(
    session: Session, proofs: frozenset[Proof], at: datetime
) -> Iterator[tuple[Proof, AccountRow]]:
    found = session.exec(
        select(LoginSessionRow.cookie_hash, AccountRow)
        .where(LoginSessionRow.user_id == AccountRow.user_id)
        .where(col(LoginSessionRow.cookie_hash).in_(_keys(proofs, ProofKind.SESSION)))
        .where(col(LoginSessionRow.expires_at) > at)
        .where(col(LoginSessionRow.seen_at) > at - SESSION_IDLE)
        .where(col(AccountRow.active))
    )
    for key, account in found:
        yield Proof(ProofKind.SESSION, key), account


def _tokens(
    session: Session, proofs: frozenset[Proof], at: datetime
) -> Iterator[tuple[Proof, AccountRow]]:
    found = session.exec(
        select(ApiTokenRow.token_id, AccountRow)
        .where(ApiTokenRow.user_id == AccountRow.user_id)
        .where(col(ApiTokenRow.token_id).in_(_keys(proofs, ProofKind.TOKEN)))
        .where(col(ApiTokenRow.expires_at) > at)
        .where(col(ApiTokenRow.revoked_at).is_(None))
        .where(col(AccountRow.active))
    )
    for key, account in found:
        yield Proof(ProofKind.TOKEN, key), account
