"""How much the public may say: counted apart from the tries of passwords, by hashes, and for a short while alone."""

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlmodel import Session, col, delete, func, select

from zone_service.store.errors import TooManyAttempts
from zone_service.store.secret import fingerprint
from zone_service.store.tables import FeedbackTryRow

WITHIN = timedelta(hours=1)
OF_ADDRESS, OF_ALL = 5, 500
"""So much is taken within the time: of one address, and of all together, for addresses are many."""
_OF_ONE_HOME = 64
"""Bits of an IPv6 address that say whose line it is: the rest of them its owner chooses as it likes."""


def require_few(session: Session, address: str, at: datetime) -> None:
    """Refuse what comes too often; nothing is written.

    Raises:
        TooManyAttempts: so much has come of this address, or of all; says after how long to come again.
    """
    for subject, most in _limits(address).items():
        found, oldest = session.exec(
            select(func.count(), func.min(FeedbackTryRow.at)).where(
                FeedbackTryRow.subject == subject, col(FeedbackTryRow.at) > at - WITHIN
            )
        ).one()
        if found >= most:
            raise TooManyAttempts((oldest + WITHIN - at).total_seconds())


def count(session: Session, address: str, at: datetime) -> None:
    """Count one of an address: its caller sees to it that such come one after another.

    Raises:
        TooManyAttempts: as ``require_few``.
    """
    require_few(session, address, at)
    session.add_all(FeedbackTryRow(subject=subject, at=at) for subject in _limits(address))


def forget(session: Session, at: datetime) -> int:
    """Remove what no limit counts any more."""
    over = delete(FeedbackTryRow).where(col(FeedbackTryRow.at) <= at - WITHIN)
    return session.exec(over).rowcount


def _limits(address: str) -> dict[str, int]:
    return {fingerprint(f"of\n{line_of(address)}"): OF_ADDRESS, fingerprint("of all"): OF_ALL}


def line_of(address: str) -> str:
    """Return by what an address is counted: IPv4 whole, IPv6 by what one line has of it."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((found, _OF_ONE_HOME), strict=False))
