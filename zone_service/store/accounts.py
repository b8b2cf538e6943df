"""People, and how they log in: passwords and sessions.

Of every secret only a hash is kept. A principal is read anew at each use, so that a changed role
or a closed account counts at once.
"""

import re
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from sqlmodel import Session, col, delete, func, select, update

from zone_service.store import audit
from zone_service.store.columns import require_plain
from zone_service.store.engine import Store
from zone_service.store.errors import (
    Conflict,
    InvalidValue,
    NotAllowed,
    NotFound,
    TooManyAttempts,
    WrongCredentials,
)
from zone_service.store.password import is_password, password_hash
from zone_service.store.records import (
    LogIn,
    OrganisationKind,
    Principal,
    Proof,
    ProofKind,
    Role,
    User,
)
from zone_service.store.registry import require_department
from zone_service.store.revisions import bump
from zone_service.store.scoping import page_size, require_role
from zone_service.store.secret import fingerprint, new_secret
from zone_service.store.tables import (
    AccountRow,
    ApiTokenRow,
    LoginAttemptRow,
    LoginSessionRow,
    OrganisationRow,
    SocketTicketRow,
)

SESSION_LASTS = timedelta(hours=12)
SESSION_IDLE = timedelta(minutes=30)
SEEN_EVERY = timedelta(minutes=1)
"""How often a session in use is written down: not with every request."""
ATTEMPTS_WITHIN = timedelta(minutes=1)
ATTEMPTS_OF_ACCOUNT = 5
ATTEMPTS_OF_ADDRESS = 30
"""One address may try several accounts, an office of people for instance, but not a list."""

_NAME_LENGTH = 64
_NAME: Final = re.compile(r"\w[\w.@-]{0,63}")
"""Letters of any script: people are called as they are."""
_HOME = {
    Role.OPERATOR: OrganisationKind.OPERATOR,
    Role.REVIEWER: OrganisationKind.DEPARTMENT,
    Role.POLICE: OrganisationKind.POLICE,
    Role.ASSESSOR: OrganisationKind.THIRD_PARTY,
    Role.ADMINISTRATOR: OrganisationKind.PLATFORM,
}


def add_user(
    store: Store,
    principal: Principal,
    *,
    username: str,
    password: str,
    role: Role,
    organisation_id: str,
    department: str | None = None,
    at: datetime,
) -> User:
    """Open an account. The password is hashed before the transaction begins.

    Raises:
        NotAllowed: the principal is not an administrator.
        NotFound: there is no such organisation.
        InvalidValue: the name cannot be one, the role does not belong into such an organisation,
            a reviewer has no department, there is no such department, or the password is too short.
        Conflict: the name is taken.
    """
    require_role(principal, "open an account", Role.ADMINISTRATOR)
    _require_name(username)
    require_department(department)
    kept = password_hash(password)
    with store.write() as session:
        bump(session, "logins")  # one after another: of two with one name the second finds it taken
        home = session.get(OrganisationRow, organisation_id)
        if home is None:
            raise NotFound(what="organisation", key=organisation_id)
        _require_home(role, home)
        if _account(session, username) is not None:
            raise Conflict(why="taken", what="account", key=username)
        row = AccountRow(
            user_id=uuid4().hex,
            username=username,
            role=role.value,
            organisation_id=organisation_id,
            department=department or home.department,
            password_hash=kept,
            active=True,
            created_at=at,
        )
        _require_department(row)
        session.add(row)
        audit.record(session, principal, "account.add", username, at)
        return _user(row)


def any_active(session: Session) -> bool:
    """Tell whether anybody can log in at all."""
    return (
        session.exec(select(AccountRow).where(col(AccountRow.active)).limit(1)).first() is not None
    )


def set_password(
    store: Store, principal: Principal, username: str, password: str, at: datetime
) -> None:
    """Change a password; every session of the account ends.

    Raises:
        NotAllowed: the account is another's and the principal is not an administrator.
        NotFound: there is no such account.
        InvalidValue: the password is too short or too long.
    """
    if username != principal.username:
        require_role(principal, "change another's password", Role.ADMINISTRATOR)
    kept = password_hash(password)
    with store.write() as session:
        row = _require_account(session, username)
        row.password_hash = kept
        session.add(row)
        _end_sessions(session, row.user_id)
        audit.record(session, principal, "account.password", username, at)


def close_account(session: Session, principal: Principal, username: str, at: datetime) -> None:
    """Close an account: its sessions, tokens and tickets end with it.

    Raises:
        NotAllowed: the principal is not an administrator.
        NotFound: there is no such account.
    """
    require_role(principal, "close an account", Role.ADMINISTRATOR)
    row = _require_account(session, username)
    row.active = False
    session.add(row)
    _end_sessions(session, row.user_id)
    session.exec(delete(SocketTicketRow).where(col(SocketTicketRow.user_id) == row.user_id))
    session.exec(
        update(ApiTokenRow)
        .where(col(ApiTokenRow.user_id) == row.user_id, col(ApiTokenRow.revoked_at).is_(None))
        .values(revoked_at=at)
    )
    audit.record(session, principal, "account.close", username, at)


def open_account(session: Session, principal: Principal, username: str, at: datetime) -> None:
    """Open an account that was closed: its password is the one of before, all else is gone.

    Raises:
        NotAllowed: the principal is not an administrator.
        NotFound: there is no such account.
    """
    require_role(principal, "open an account", Role.ADMINISTRATOR)
    row = _require_account(session, username)
    row.active = True
    session.add(row)
    audit.record(session, principal, "account.open", username, at)


def users(
    session: Session, principal: Principal, after: str = "", limit: int = 100
) -> tuple[User, ...]:
    """Return accounts in the order of their names; all but administrators see their own only."""
    name = col(AccountRow.username)
    asked = select(AccountRow).where(name > after).order_by(name).limit(page_size(limit))
    if principal.role is not Role.ADMINISTRATOR:
        asked = asked.where(AccountRow.user_id == principal.user_id)
    return tuple(_user(row) for row in session.exec(asked))


def log_in(store: Store, username: str, password: str, address: str, at: datetime) -> LogIn:
    """Check a password and begin a session.

    The try is counted before the password is checked, so that tries at once all count, and
    nothing is locked while it is checked.

    Raises:
        TooManyAttempts: too many tries for this account, or from this address.
        WrongCredentials: no such open account with this password.
    """
    _count_attempt(store, username, address, at)
    with store.read() as session:
        row = _account(session, username)
    right = is_password(row.password_hash if row else None, password)
    if row is None or not right or not row.active:
        raise WrongCredentials(why="wrong login")
    with store.write() as session:
        attempts = delete(LoginAttemptRow).where(
            col(LoginAttemptRow.subject) == _of_account(username, address)
        )
        session.exec(attempts)
        return _begin_session(session, principal_of(row), at)


def by_session(store: Store, cookie: str, at: datetime) -> Principal:
    """Return whose session a cookie is.

    Raises:
        WrongCredentials: there is no such session, it is over, or the account is closed.
    """
    kept = fingerprint(cookie)
    with store.read() as session:
        row = session.get(LoginSessionRow, kept)
        if row is None or at >= row.expires_at or at >= row.seen_at + SESSION_IDLE:
            raise WrongCredentials(why="session over")
        principal = current(session, row.user_id)
    if at >= row.seen_at + SEEN_EVERY:
        _see(store, kept, at)
    return principal


def session_proof(cookie: str) -> Proof:
    """Return what a connection stands on that was opened with a session's cookie."""
    return Proof(ProofKind.SESSION, fingerprint(cookie))


def log_out(store: Store, cookie: str) -> None:
    """End a session; one that is over already stays so."""
    with store.write() as session:
        session.exec(
            delete(LoginSessionRow).where(col(LoginSessionRow.cookie_hash) == fingerprint(cookie))
        )


def named(session: Session, username: str) -> Principal:
    """Return who an account is, for whom the machine trusts.

    Raises:
        NotFound: there is no such account.
        NotAllowed: it is closed.
    """
    row = _require_account(session, username)
    if not row.active:
        raise NotAllowed(why="account is closed", username=username)
    return principal_of(row)


def current(session: Session, user_id: str) -> Principal:
    """Return who somebody is by now: asked at each use, and again while a live feed is open.

    Raises:
        WrongCredentials: the account is closed.
    """
    row = session.get(AccountRow, user_id)
    if row is None or not row.active:
        raise WrongCredentials(why="account closed")
    return principal_of(row)


def prune(store: Store, at: datetime) -> int:
    """Remove sessions and tickets that are over and tries that no longer count."""
    with store.write() as session:
        over = [
            delete(LoginSessionRow).where(col(LoginSessionRow.expires_at) <= at),
            delete(SocketTicketRow).where(col(SocketTicketRow.expires_at) <= at),
            delete(LoginAttemptRow).where(col(LoginAttemptRow.at) <= at - ATTEMPTS_WITHIN),
        ]
        return sum(session.exec(statement).rowcount for statement in over)


def _count_attempt(store: Store, username: str, address: str, at: datetime) -> None:
    limits = {
        _of_account(username, address): ATTEMPTS_OF_ACCOUNT,
        fingerprint(f"address\n{address}"): ATTEMPTS_OF_ADDRESS,
    }
    with store.write() as session:
        bump(session, "logins")  # one after another: tries at once must see each other
        for subject, limit in limits.items():
            _require_few(session, subject, limit, at)
        for subject in limits:
            session.add(LoginAttemptRow(subject=subject, at=at))


def _of_account(username: str, address: str) -> str:
    # Hashed, since both are whatever somebody typed or forged.
    return fingerprint(f"account\n{username}\n{address}")


def _require_few(session: Session, subject: str, limit: int, at: datetime) -> None:
    count, oldest = session.exec(
        select(func.count(), func.min(LoginAttemptRow.at)).where(
            LoginAttemptRow.subject == subject, col(LoginAttemptRow.at) > at - ATTEMPTS_WITHIN
        )
    ).one()
    if count >= limit:
        raise TooManyAttempts((oldest + ATTEMPTS_WITHIN - at).total_seconds())


def _begin_session(session: Session, principal: Principal, at: datetime) -> LogIn:
    cookie = new_secret()
    session.add(
        LoginSessionRow(
            cookie_hash=fingerprint(cookie),
            user_id=principal.user_id,
            created_at=at,
            seen_at=at,
            expires_at=at + SESSION_LASTS,
        )
    )
    audit.record(session, principal, "session.begin", principal.username, at)
    return LogIn(principal, cookie, at + SESSION_LASTS)


def _see(store: Store, cookie_hash: str, at: datetime) -> None:
    with store.write() as session:
        session.exec(
            update(LoginSessionRow)
            .where(col(LoginSessionRow.cookie_hash) == cookie_hash)
            .values(seen_at=at)
        )


def _end_sessions(session: Session, user_id: str) -> None:
    session.exec(delete(LoginSessionRow).where(col(LoginSessionRow.user_id) == user_id))


def _account(session: Session, username: str) -> AccountRow | None:
    try:
        require_plain(username, _NAME_LENGTH)
    except InvalidValue:
        return None  # nobody can have such a name
    return session.exec(select(AccountRow).where(AccountRow.username == username)).one_or_none()


def _require_account(session: Session, username: str) -> AccountRow:
    row = _account(session, username)
    if row is None:
        raise NotFound(what="account", key=username)
    return row


def _require_name(username: str) -> None:
    if _NAME.fullmatch(username) is None:
        raise InvalidValue(why="form of account", found=username[:80], most=_NAME_LENGTH)


def _require_home(role: Role, home: OrganisationRow) -> None:
    expected = _HOME[role]
    if home.kind != expected.value:
        raise InvalidValue(
            why="kind of home",
            role=role,
            organisation=home.organisation_id,
            kind=home.kind,
            expected=expected,
        )


def _require_department(row: AccountRow) -> None:
    if row.role == Role.REVIEWER and not row.department:
        raise InvalidValue(why="no department", username=row.username)


def principal_of(row: AccountRow) -> Principal:
    """Return the person whose account it is."""
    return Principal(
        user_id=row.user_id,
        username=row.username,
        role=Role(row.role),
        organisation_id=row.organisation_id,
        department=row.department,
    )


def _user(row: AccountRow) -> User:
    return User(
        user_id=row.user_id,
        username=row.username,
        role=Role(row.role),
        organisation_id=row.organisation_id,
        department=row.department,
        active=row.active,
    )
