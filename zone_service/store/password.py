"""Passwords: argon2id, a few at a time."""

from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from zone_service.store.errors import InvalidValue

SHORTEST, LONGEST = 8, 256
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP's setting: 19 MiB and some 35 ms a try."""
_AT_ONCE = BoundedSemaphore(2)
"""Each try takes 19 MiB: a flood of logins queues here instead of eating the memory."""


def password_hash(password: str) -> str:
    """Return what is kept of a password.

    Raises:
        InvalidValue: it is too short or too long.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidValue(why="password length", found=len(password), least=SHORTEST, most=LONGEST)
    with _AT_ONCE:
        return _HASHER.hash(password)


def is_password(kept: str | None, password: str) -> bool:
    """Tell whether a password is right.

    Without anything kept it takes as long and says no: the time tells nobody who has an account.
    """
    if len(password) > LONGEST:
        return False
    with _AT_ONCE:
        try:
            _HASHER.verify(kept or _NOBODYS, password)
        except (VerificationError, InvalidHashError, UnicodeError):
            return False
    return kept is not None


_NOBODYS = (
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)
"""A hash that no password has, of the same cost."""
