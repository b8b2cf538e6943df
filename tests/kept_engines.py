"""Stores for tests: each has a database of its own, and an engine that others have used before it.

What SQLAlchemy has compiled of a statement belongs to an engine, and to compile one takes longer than to run
it many times: of a test that opens a store, takes some steps and closes it, it was the greater part.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import event, make_url
from sqlalchemy.engine import Dialect

from zone_service.store.engine import Store, open_store


class _Led:
    """An engine that connects to one database after another, all of one kind."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._opened = open_store(self._url)
        # Before any other: what makes a new file, for its owner alone, is to make this one.
        event.listen(self._opened.writer, "do_connect", self._connect, insert=True)

    def to(self, url: str) -> Store:
        """Return a store that is the database at an address; what listens to it goes with it."""
        self._url = make_url(url)
        reader, writer = self._opened.reader, self._opened.writer
        address = self._opened.url.set(
            host=self._url.host, port=self._url.port, database=self._url.database
        )
        return Store(address, reader.execution_options(), writer.execution_options())

    def _connect(
        self, dialect: Dialect, _record: object, arguments: list[Any], named: dict[str, Any]
    ) -> None:
        arguments[:], more = dialect.create_connect_args(self._url)
        named.update(more)


_IDLE: Final[dict[str, list[_Led]]] = {}


@contextmanager
def kept_store(url: str) -> Iterator[Store]:
    """Open the database at an address with an engine that nobody else uses now, and close it."""
    idle = _IDLE.setdefault(make_url(url).get_backend_name(), [])
    engine = idle.pop() if idle else _Led(url)
    store = engine.to(url)
    try:
        yield store
    finally:
        store.close()
    idle.append(engine)
