"""Who acts at the command line: a person, by the name of an account.

Whoever may open the store may write into it what they like: a password would prove nothing more, and
none is asked for. One that is given must be right, so that several people can share a terminal.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from zone_service.clock import now
from zone_service.provision import opened
from zone_service.settings import Settings
from zone_service.store import accounts
from zone_service.store.engine import Store
from zone_service.store.records import PLATFORM, Principal

HERE = "command line"
"""From where a password is tried."""


@dataclass(frozen=True, slots=True)
class Named:
    """As whom somebody types."""

    username: str
    """Empty: nobody in particular, who looks and changes nothing."""
    password: str = ""
    """Looked at where it is given."""


@contextmanager
def acting(settings: Settings, who: Named) -> Iterator[tuple[Store, Principal]]:
    """Give the store, and who acts on it.

    Raises:
        NotFound: there is no account of the name.
        NotAllowed: it is closed.
        WrongCredentials, TooManyAttempts: the password that was given is another.
    """
    with closing(opened(settings)) as store:
        yield store, principal_of(store, who)


def principal_of(store: Store, who: Named) -> Principal:
    """Return who acts; the platform itself where nobody is named.

    Raises:
        NotFound, NotAllowed, WrongCredentials, TooManyAttempts: as ``acting``.
    """
    if not who.username:
        return PLATFORM
    if who.password:
        found = accounts.log_in(store, who.username, who.password, HERE, now())
        accounts.log_out(store, found.cookie)
        return found.principal
    with store.read() as session:
        return accounts.named(session, who.username)
