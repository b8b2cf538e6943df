"""What the store refuses, in words that a person can act on."""

from enum import StrEnum
from typing import Self

from sqlalchemy.exc import DontWrapMixin

from permits.paper_words import Fault
from permits.rule_words import Language
from zone_service.store.refusal_words import refusal_words


class StoreError(Exception):
    """Anything the store refuses; ``why`` is a key of its sentences, and the rest fills their places."""

    def __init__(self, why: str, **filled: object) -> None:
        self.why = why
        self.filled = filled
        super().__init__(self.said(Language.ENGLISH))

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return refusal_words(self.why, language, **self.filled)


class NotFound(StoreError):
    """There is no such thing, or it belongs to somebody else: the two look alike on purpose."""

    def __init__(self, *, what: str, key: str) -> None:
        super().__init__(why="no such", what=what, key=key)
        self.what = what
        self.key = key


class NotAllowed(StoreError):
    """The thing may be seen but not changed by this principal."""


class Conflict(StoreError):
    """Somebody else was first: the name is taken, or the revision has moved on."""


class Stale(Conflict):
    """A change is meant for another state of the thing than the one that it is in."""

    @classmethod
    def of(cls, conflict: Conflict) -> Self:
        """Return a conflict as it is to who said what the change was meant for."""
        return cls(conflict.why, **conflict.filled)


class InvalidValue(StoreError, ValueError, DontWrapMixin):
    """A value that no column can hold: a NUL byte, a number that is not finite, a naive time.

    ``DontWrapMixin`` lets it pass through SQLAlchemy as itself when a column type raises it.
    """


class SchemaMismatch(StoreError):
    """The tables are older or newer than this program."""

    def __init__(self, found: str | None, expected: str) -> None:
        why = "no tables" if found is None else "other schema"
        super().__init__(why=why, found=found, expected=expected)
        self.found = found
        self.expected = expected


class WrongCredentials(StoreError):
    """The name, the password, the cookie, the token or the ticket is not valid."""


class TooManyAttempts(StoreError):
    """Too many logins for this account from this address."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(why="too many attempts", seconds=retry_after_s)
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
        self.reason = reason
        self.fault = fault
        super().__init__(why=f"file {reason}")

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return self.fault.said(language)


class TryLater(StoreError):
    """It cannot be answered now, and can in a while; nothing is wrong with what was asked."""


class HistoryLost(StoreError):
    """A file of the history is not there, or not as it was: the disk's fault, or a restore's."""


class HistoryRemoved(StoreError):
    """What was told then is removed: its time is over, or it has made room."""


class EvidenceLost(StoreError):
    """The file of a clip is not there, or not as it was sealed: the disk's fault, or a restore's."""


class FileLost(StoreError):
    """A file that was taken in is not there any more, or not all of it: the disk's fault or ours."""

    def __init__(self, sha256: str, found_bytes: int | None, expected_bytes: int) -> None:
        why = "file not there" if found_bytes is None else "file cut"
        super().__init__(why=why, sha256=sha256, found=found_bytes, expected=expected_bytes)
        self.sha256 = sha256
