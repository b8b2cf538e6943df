"""What acts for a person without a password: API tokens, and one-time tickets for the live feed."""

import hmac
import re
from datetime import datetime, timedelta
from uuid import uuid4

from sqlmodel import Session, col, delete, select

from zone_service.store import audit
from zone_service.store.accounts import current
from zone_service.store.engine import Store
from zone_service.store.errors import InvalidValue, NotFound, WrongCredentials
from zone_service.store.proofs import standing
from zone_service.store.records import ApiToken, Principal, Proof, ProofKind
from zone_service.store.secret import fingerprint, new_secret
from zone_service.store.tables import ApiTokenRow, SocketTicketRow

TICKET_LASTS = timedelta(seconds=30)
TOKEN_PREFIX = "zk"  # noqa: S105 -- how a token begins, so that scanners find a lost one
_TOKEN = re.compile(rf"{TOKEN_PREFIX}_(?P<id>[0-9a-f]{{16}})_(?P<secret>[0-9A-Za-z]{{43}})")


def create_token(
    session: Session, principal: Principal, label: str, at: datetime, expires_at: datetime
) -> str:
    """Make a token for a program that acts for the principal; shown once.

    Raises:
        InvalidValue: it would be over before it begins.
    """
    if expires_at <= at:
        raise InvalidValue(why="expires too early", found=expires_at, at=at)
    token_id, secret = uuid4().hex[:16], new_secret()
    session.add(
        ApiTokenRow(
            token_id=token_id,
            user_id=principal.user_id,
            label=label,
            secret_hash=fingerprint(secret),
            created_at=at,
            expires_at=expires_at,
        )
    )
    audit.record(session, principal, "token.create", token_id, at, label)
    return f"{TOKEN_PREFIX}_{token_id}_{secret}"


def tokens_of(session: Session, principal: Principal) -> tuple[ApiToken, ...]:
    """Return the principal's own tokens, oldest first."""
    found = session.exec(
        select(ApiTokenRow)
        .where(ApiTokenRow.user_id == principal.user_id)
        .order_by(col(ApiTokenRow.created_at), col(ApiTokenRow.token_id))
    )
    return tuple(
        ApiToken(
            token_id=row.token_id,
            user_id=row.user_id,
            label=row.label,
            created_at=row.created_at,
            expires_at=row.expires_at,
            revoked=row.revoked_at is not None,
        )
        for row in found
    )


def revoke_token(session: Session, principal: Principal, token_id: str, at: datetime) -> None:
    """Make a token worthless.

    Raises:
        NotFound: the principal has no such token.
    """
    row = session.get(ApiTokenRow, token_id)
    if row is None or row.user_id != principal.user_id:
        raise NotFound(what="token", key=token_id)
    row.revoked_at = row.revoked_at or at
    session.add(row)
    audit.record(session, principal, "token.revoke", token_id, at)


def by_token(store: Store, token: str, at: datetime) -> Principal:
    """Return for whom a token acts.

    Raises:
        WrongCredentials: there is no such token, it is over or revoked, or the account is closed.
    """
    parts = _parts(token)
    with store.read() as session:
        row = session.get(ApiTokenRow, parts["id"])
        if (
            row is None
            or not hmac.compare_digest(row.secret_hash, fingerprint(parts["secret"]))
            or row.revoked_at is not None
            or at >= row.expires_at
        ):
            raise WrongCredentials(why="bad token")
        return current(session, row.user_id)


def _parts(token: str) -> re.Match[str]:
    parts = _TOKEN.fullmatch(token)
    if parts is None:
        raise WrongCredentials(why="bad token")
    return parts


def token_proof(token: str) -> Proof:
    """Return what a connection stands on that was opened with a valid token."""
    return Proof(ProofKind.TOKEN, _parts(token)["id"])


def issue_ticket(session: Session, principal: Principal, proof: Proof, at: datetime) -> str:
    """Make a ticket that opens the live feed once, within ``TICKET_LASTS``.

    It stands on what the principal proved itself with, and so does the feed that it opens.
    """
    session.exec(delete(SocketTicketRow).where(col(SocketTicketRow.expires_at) <= at))
    ticket = new_secret()
    session.add(
        SocketTicketRow(
            ticket_hash=fingerprint(ticket),
            user_id=principal.user_id,
            proof_kind=proof.kind.value,
            proof_key=proof.key,
            expires_at=at + TICKET_LASTS,
        )
    )
    return ticket


def redeem_ticket(session: Session, ticket: str, at: datetime) -> tuple[Principal, Proof]:
    """Use a ticket up and return whose it was, and what their feed stands on.

    Raises:
        WrongCredentials: there is none, it was used, it is too old, or the session or token that
            it was made with is over.
    """
    used = session.exec(
        delete(SocketTicketRow)
        .where(col(SocketTicketRow.ticket_hash) == fingerprint(ticket))
        .returning(
            col(SocketTicketRow.proof_kind),
            col(SocketTicketRow.proof_key),
            col(SocketTicketRow.expires_at),
        )
    ).one_or_none()
    if used is None or at >= used.expires_at:
        raise WrongCredentials(why="ticket used")
    proof = Proof(ProofKind(used.proof_kind), used.proof_key)
    principal = standing(session, (proof,), at).get(proof)
    if principal is None:
        raise WrongCredentials(why="ticket over")
    return principal, proof
