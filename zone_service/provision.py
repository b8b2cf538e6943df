"""Registering devices and people from the command line, as the platform's administrator."""

from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from sqlmodel import Session

from telemetry.codecs.discover import load_codecs
from zone_service.clock import now
from zone_service.settings import Settings
from zone_service.store import accounts, audit_chain, credentials, refusals, registry
from zone_service.store.audit_chain import Verified
from zone_service.store.engine import Store, newest_revision, open_store
from zone_service.store.errors import InvalidValue, NotFound, SchemaMismatch
from zone_service.store.records import (
    PLATFORM,
    Device,
    Organisation,
    OrganisationKind,
    Refusal,
    RefusalFilter,
    Role,
    User,
)
from zone_service.store.scoping import MAX_PAGE
from zone_service.wire_formats import require_codec

KIND_OF_ROLE = {
    Role.OPERATOR: OrganisationKind.OPERATOR,
    Role.REVIEWER: OrganisationKind.DEPARTMENT,
    Role.POLICE: OrganisationKind.POLICE,
    Role.ASSESSOR: OrganisationKind.THIRD_PARTY,
    Role.ADMINISTRATOR: OrganisationKind.PLATFORM,
}


def opened(settings: Settings) -> Store:
    """Return the store, with tables of the right age; where there is none, nothing is made.

    Raises:
        SchemaMismatch: its tables are missing or of another age.
    """
    if not settings.store_url and not (settings.data_dir / "zone.sqlite").exists():
        raise SchemaMismatch(None, newest_revision())
    store = open_store(settings.database)
    store.require_schema()
    return store


def verified_audit(settings: Settings, holds: str = "") -> Verified:
    """Return what comes of looking at the whole audit; ``holds``: a hash that some entry must have.

    Raises:
        SchemaMismatch: there is no store, or of another age.
    """
    with _opening(settings) as store, store.read() as session:
        return audit_chain.verify(session, PLATFORM, holds)


@contextmanager
def _opening(settings: Settings) -> Iterator[Store]:
    store = opened(settings)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _writing(settings: Settings) -> Iterator[Session]:
    with _opening(settings) as store, store.write() as session:
        yield session


def ensure_organisation(
    session: Session, organisation_id: str, kind: OrganisationKind, department: str | None = None
) -> Organisation:
    """Return an organisation, made if it does not exist."""
    try:
        return registry.organisation(session, PLATFORM, organisation_id)
    except NotFound:
        made = Organisation(organisation_id, organisation_id, kind, department)
        return registry.add_organisation(session, PLATFORM, made, now())


def ensure_operator(session: Session, organisation_id: str) -> bool:
    """Make an operator where there is none of the name; tell whether there was one before.

    Raises:
        InvalidValue: the name is that of a department, of the police or of the platform.
    """
    try:
        found = registry.organisation(session, PLATFORM, organisation_id)
    except NotFound:
        ensure_organisation(session, organisation_id, OrganisationKind.OPERATOR)
        return False
    if found.kind is not OrganisationKind.OPERATOR:
        raise InvalidValue(
            why="devices belong",
            organisation=organisation_id,
            kind=found.kind,
            expected=OrganisationKind.OPERATOR,
        )
    return True


@dataclass(frozen=True, slots=True)
class Registered:
    """What came of registering a device."""

    secret: str
    """Shown once."""
    operator_is_new: bool


def add_device(settings: Settings, device: Device) -> Registered:
    """Register a device, its operator with it if need be, and make its secret.

    Raises:
        InvalidValue: its id, its codec or its operator cannot be.
        Conflict: the id is taken.
    """
    require_codec(device.codec, load_codecs())
    with _writing(settings) as session:
        known_before = ensure_operator(session, device.organisation_id)
        registry.add_device(session, PLATFORM, device, now())
        secret = credentials.issue(session, PLATFORM, device.device_id, now())
    return Registered(secret, operator_is_new=not known_before)


def has_accounts(settings: Settings) -> bool:
    """Tell whether anybody can sign in."""
    with _opening(settings) as store, store.read() as session:
        return accounts.any_active(session)


def revoke_device(settings: Settings, device_id: str) -> bool:
    """Withdraw a device's credential; tell whether there was one."""
    with _writing(settings) as session:
        return credentials.revoke(session, PLATFORM, device_id, now())


def reissue_credential(settings: Settings, device_id: str) -> str:
    """Make a new secret for a device and return it; the one before stops to work.

    Raises:
        NotFound: there is no such device.
        Conflict: it is out of service.
    """
    with _writing(settings) as session:
        return credentials.issue(session, PLATFORM, device_id, now())


class LetIn(StrEnum):
    """What lets a device in."""

    VALID = "valid"
    WITHDRAWN = "withdrawn"
    NONE = "none"
    """It never had a credential."""
    OUT_OF_SERVICE = "out of service"


def all_devices(settings: Settings) -> list[tuple[Device, LetIn]]:
    """Return every device by its id, and what has become of its credential."""
    with _opening(settings) as store, store.read() as session:
        valid = {each.device_id for each in credentials.active(session)}
        withdrawn = credentials.withdrawn(session)
        found = sorted(registry.all_devices(session), key=lambda device: device.device_id)
    return [(device, _let_in(device, valid, withdrawn)) for device in found]


def refused(settings: Settings, asked: RefusalFilter, most: int) -> tuple[list[Refusal], bool]:
    """Return what was refused, newest first, and whether that is all of it."""
    found: list[Refusal] = []
    with _opening(settings) as store, store.read() as session:
        while len(found) <= most:
            last = refusals.key_of(found[-1]) if found else None
            if not (part := refusals.page(session, PLATFORM, asked, last, MAX_PAGE)):
                return found, True
            found += part
    return found[:most], False


def _let_in(device: Device, valid: Set[str], withdrawn: Set[str]) -> LetIn:
    if not device.active:
        return LetIn.OUT_OF_SERVICE
    if device.device_id in valid:
        return LetIn.VALID
    return LetIn.WITHDRAWN if device.device_id in withdrawn else LetIn.NONE


def all_users(settings: Settings) -> list[User]:
    """Return every account by its name."""
    found: list[User] = []
    with _opening(settings) as store, store.read() as session:
        while part := accounts.users(session, PLATFORM, found[-1].username if found else ""):
            found += part
    return found


def change_password(settings: Settings, username: str, password: str) -> None:
    """Give somebody a new password; every session of theirs ends.

    Raises:
        NotFound: there is no such account.
        InvalidValue: the password is too short or too long.
    """
    with _opening(settings) as store:
        accounts.set_password(store, PLATFORM, username, password, now())


def close_account(settings: Settings, username: str) -> None:
    """Close somebody's account: their sessions and tokens end with it.

    Raises:
        NotFound: there is no such account.
    """
    with _writing(settings) as session:
        accounts.close_account(session, PLATFORM, username, now())


def open_account(settings: Settings, username: str) -> None:
    """Open an account that was closed.

    Raises:
        NotFound: there is no such account.
    """
    with _writing(settings) as session:
        accounts.open_account(session, PLATFORM, username, now())


def add_user(
    settings: Settings,
    username: str,
    role: Role,
    organisation_id: str,
    password: str,
    department: str | None,
) -> None:
    """Make an account, and its organisation if need be.

    Raises:
        InvalidValue: the role does not belong into the organisation, a reviewer has no
            department, or the password is too short.
        Conflict: the name is taken.
    """
    with _opening(settings) as store:
        # The account first: one that is refused must leave no organisation of a wrong kind behind.
        add = partial(
            accounts.add_user,
            store,
            PLATFORM,
            username=username,
            password=password,
            role=role,
            organisation_id=organisation_id,
            department=department,
            at=now(),
        )
        try:
            add()
        except NotFound:
            _require_department(username, role, department)
            with store.write() as session:
                ensure_organisation(session, organisation_id, KIND_OF_ROLE[role], department)
            add()


def _require_department(username: str, role: Role, department: str | None) -> None:
    if role is Role.REVIEWER and not department:
        raise InvalidValue(why="no department", username=username)
