"""The first answers to what was sent with a key: whoever sends it again gets them again.

A key is claimed before anything is done, and its answer is written in the transaction of the act, on
the condition that the claim still stands. So whatever dies, and whenever, the act and its answer are
both there or neither; and of two who hold one key, the later to finish takes back what it did.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from zone_service.store.engine import Store
from zone_service.store.errors import StoreError
from zone_service.store.secret import new_secret
from zone_service.store.tables import KeptAnswerRow, table

CLAIM_LASTS: Final = timedelta(minutes=1)
"""Whoever has not answered by then is taken for dead: SQLite waits for a writer at most ten seconds."""

_ANSWERS = table(KeptAnswerRow)
_CLAIM_LETTERS = 32


@dataclass(frozen=True, slots=True)
class Submission:
    """Something that is sent with a key."""

    user_id: str
    key: str
    operation: str
    """Method and path."""
    digest: str
    """SHA-256 of all that it asks."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What was answered."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class KeyReused(StoreError):
    """The key came with something else before."""

    def __init__(self, key: str, before: str) -> None:
        self.key = key
        self.before = before
        super().__init__(why="key reused", key=key, before=before)


class KeyInUse(StoreError):
    """What came with the key first is not finished."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(why="key in use", key=key)


def claim(store: Store, sent: Submission, at: datetime, keep: timedelta) -> str | KeptAnswer:
    """Return the answer that is kept of a key, or a claim to make one.

    Raises:
        KeyReused: it was sent with something else before.
        KeyInUse: what was sent with it first is not finished.
    """
    mine = new_secret()[:_CLAIM_LETTERS]
    row = {"claim": mine, "begun_at": at, "operation": sent.operation, "digest": sent.digest}
    try:
        # A claim that power takes back is one that nobody has: it need not wait for the disk.
        with store.begin_unsynced() as connection:
            taken = connection.execute(_over(sent, at, keep).values(**row, **_NO_ANSWER))
            if not taken.rowcount and (found := connection.execute(_kept(sent)).one_or_none()):
                return _answer(sent, found)
            if not taken.rowcount:
                connection.execute(
                    insert(_ANSWERS).values(user_id=sent.user_id, key=sent.key, **row)
                )
    except IntegrityError:
        raise KeyInUse(sent.key) from None
    return mine


def keep(session: Session, sent: Submission, mine: str, answer: KeptAnswer) -> None:
    """Keep the answer to what is done in the same transaction.

    Raises:
        KeyInUse: the claim was taken for that of a dead process: this must be taken back.
    """
    done = session.exec(
        update(KeptAnswerRow)
        .where(*_claimed(sent, mine))
        .values(status=answer.status, headers=json.dumps(answer.headers), body=answer.body)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:
        raise KeyInUse(sent.key)


def release(store: Store, sent: Submission, mine: str) -> None:
    """Let a key go whose request came to nothing: it may be sent again at once."""
    with store.begin_unsynced() as connection:
        connection.execute(delete(_ANSWERS).where(*_claimed(sent, mine)))


def prune(store: Store, before: datetime) -> int:
    """Forget the keys that were first sent before a moment."""
    with store.begin() as connection:
        return connection.execute(delete(_ANSWERS).where(_ANSWERS.c.begun_at < before)).rowcount


_NO_ANSWER: Final[dict[str, None]] = {"status": None, "headers": None, "body": None}


def _over(sent: Submission, at: datetime, keep: timedelta) -> Any:
    """Take a row over that is too old, or whose claim nobody lives to fulfil."""
    abandoned = _ANSWERS.c.status.is_(None) & (_ANSWERS.c.begun_at <= at - CLAIM_LASTS)
    return update(_ANSWERS).where(
        *_of(sent), or_(abandoned, _ANSWERS.c.begun_at <= at - keep)
    )  # fmt: skip


def _kept(sent: Submission) -> Any:
    return select(_ANSWERS).where(*_of(sent))


def _of(sent: Submission) -> Iterator[Any]:
    yield _ANSWERS.c.user_id == sent.user_id
    yield _ANSWERS.c.key == sent.key


def _claimed(sent: Submission, mine: str) -> tuple[Any, ...]:
    return (
        col(KeptAnswerRow.user_id) == sent.user_id,
        col(KeptAnswerRow.key) == sent.key,
        col(KeptAnswerRow.claim) == mine,
        col(KeptAnswerRow.status).is_(None),
    )


def _answer(sent: Submission, found: Any) -> KeptAnswer:
    if found.digest != sent.digest:
        raise KeyReused(sent.key, found.operation)
    if found.status is None:
        raise KeyInUse(sent.key)
    headers = tuple((name, value) for name, value in json.loads(found.headers))
    return KeptAnswer(found.status, headers, found.body)
