"""One transaction for all that a request changes, ended only when its answer is kept with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlmodel import Session

from zone_service.store.engine import Store


@dataclass(frozen=True, slots=True)
class HeldStore(Store):
    """A store whose writing blocks are parts of one transaction, begun by the first of them.

    For one request, and one thread at a time. On SQLite nobody else writes until it ends.
    """

    _sessions: list[Session] = field(default_factory=list)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session that sees what has been written in this request, too."""
        if self._sessions:
            yield self._sessions[0]
            return
        with Store.read(self) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a session whose changes hold once ``commit`` is called; an error takes them back."""
        if not self._sessions:
            session = Session(self.writer, expire_on_commit=False)
            session.begin()
            self._sessions.append(session)
        with self._sessions[0].begin_nested():
            yield self._sessions[0]

    def commit(self) -> None:
        """End it: from now on all of it holds."""
        if self._sessions:
            with self._sessions.pop() as session:
                session.commit()

    def abandon(self) -> None:
        """End it as if nothing had been written; nothing at all where it has ended already."""
        if self._sessions:
            with self._sessions.pop() as session:
                session.rollback()


def held(store: Store) -> HeldStore:
    """Return a store for one request."""
    return HeldStore(store.url, store.reader, store.writer)
