"""Joint review from the command line, as the person who types: they prove it with their password."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from permits.issuing import Ruling
from permits.review import Choice
from zone_service.clock import now
from zone_service.provision import opened
from zone_service.rule_library import RuleLibrary
from zone_service.schemas.reviews import AwaitedShown, ReviewShown
from zone_service.settings import Settings
from zone_service.store import accounts, reviews
from zone_service.store.engine import Store
from zone_service.store.records import Awaited, Principal
from zone_service.store.scoping import MAX_PAGE

HERE = "command line"
"""From where a password is tried."""


def awaiting(settings: Settings, username: str, password: str) -> list[AwaitedShown]:
    """Return the permits that wait for the vote of somebody's department.

    Raises:
        WrongCredentials, TooManyAttempts: it is not they who ask.
    """
    found: list[Awaited] = []
    with signed_in(settings, username, password) as (store, who), store.read() as session:
        while part := reviews.awaiting(
            session, who, found[-1].permit.number if found else "", MAX_PAGE
        ):
            found += part
    return [AwaitedShown.of(each) for each in found]


def review_of(settings: Settings, username: str, password: str, number: str) -> ReviewShown:
    """Return the joint review of a permit as somebody sees it.

    Raises:
        WrongCredentials, TooManyAttempts: it is not they who ask.
        NotFound: there is no permit that they may see.
    """
    with signed_in(settings, username, password) as (store, who), store.read() as session:
        return ReviewShown.of(reviews.get(session, who, number), who, now())


def vote(
    settings: Settings,
    username: str,
    password: str,
    number: str,
    choice: Choice,
    reason: str,
    missing: tuple[str, ...],
) -> ReviewShown:
    """Cast somebody's vote.

    Raises:
        WrongCredentials, TooManyAttempts: it is not they who vote.
        StoreError, PermitError: the vote does not count.
    """
    with signed_in(settings, username, password) as (store, who):
        under = _ruling(settings, store)
        with store.write() as session:
            found = reviews.vote(
                session, who, number, choice, now(), under=under, reason=reason, missing=missing
            )
        return ReviewShown.of(found, who, now())


def _ruling(settings: Settings, store: Store) -> Ruling:
    with store.read() as session:
        return RuleLibrary(settings).ruling(session)


@contextmanager
def signed_in(
    settings: Settings, username: str, password: str
) -> Iterator[tuple[Store, Principal]]:
    """Give the store, and whose password it is; they are signed out afterwards.

    Raises:
        WrongCredentials, TooManyAttempts: it is nobody's.
    """
    with closing(opened(settings)) as store:
        found = accounts.log_in(store, username, password, HERE, now())
        try:
            yield store, found.principal
        finally:
            accounts.log_out(store, found.cookie)
