"""What the store refuses, in words that a person can act on."""

from sqlalchemy.exc import DontWrapMixin


class StoreError(Exception):
    """Anything the store refuses."""


class NotFound(StoreError):
    """There is no such thing, or it belongs to somebody else: the two look alike on purpose."""

    def __init__(self, *, what: str, key: str) -> None:
        super().__init__(f"no {what} {key!r}")
        self.what = what
        self.key = key


class NotAllowed(StoreError):
    """The thing may be seen but not changed by this principal."""


class Conflict(StoreError):
    """Somebody else was first: the name is taken, or the revision has moved on."""


class InvalidValue(StoreError, ValueError, DontWrapMixin):
    """A value that no column can hold: a NUL byte, a number that is not finite, a naive time.

    ``DontWrapMixin`` lets it pass through SQLAlchemy as itself when a column type raises it.
    """


class SchemaMismatch(StoreError):
    """The tables are older or newer than this program."""

    def __init__(self, found: str | None, expected: str) -> None:
        state = "has no tables yet" if found is None else f"is at schema {found}"
        advice = "run `zone db upgrade`" + (", or start `zone up`" if found is None else "")
        super().__init__(f"the database {state}, this program needs schema {expected}: {advice}")
        self.found = found
        self.expected = expected


class WrongCredentials(StoreError):
    """The name, the password, the cookie, the token or the ticket is not valid."""


class TooManyAttempts(StoreError):
    """Too many logins for this account from this address."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"too many attempts: try again in {retry_after_s:.0f} s")
        self.retry_after_s = retry_after_s
