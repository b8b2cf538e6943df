"""What the store refuses, in words that a person can act on."""

from enum import StrEnum

from sqlalchemy.exc import DontWrapMixin

from permits.paper_words import Fault
from permits.rule_words import Language


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


class Stale(Conflict):
    """A change is meant for another state of the thing than the one that it is in."""


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


class FileReason(StrEnum):
    """Why a file is not taken, in words for programs."""

    EMPTY = "empty"
    TOO_LARGE = "too-large"
    WRONG_TYPE = "wrong-type"
    TRUNCATED = "truncated"
    UNSAFE = "unsafe"
    OTHER_DIGEST = "other-digest"
    """It is not what its sender said that it is."""


class FileRefused(StoreError):
    """A file that is not taken."""

    def __init__(self, reason: FileReason, fault: Fault) -> None:
        super().__init__(fault.said(Language.ENGLISH))
        self.reason = reason
        self.fault = fault


class FileLost(StoreError):
    """A file that was taken in is not there any more, or not all of it: the disk's fault or ours."""

    def __init__(self, sha256: str, found_bytes: int | None, expected_bytes: int) -> None:
        found = "not there" if found_bytes is None else f"{found_bytes} bytes long"
        super().__init__(f"file {sha256} is {found}: expected {expected_bytes} bytes")
        self.sha256 = sha256
