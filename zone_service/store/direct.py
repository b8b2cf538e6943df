"""Statements given to the driver itself: what a commit of the worker needs while an alert waits for it.

SQLAlchemy compiles a statement once, and yet walks a long way at each execution: 0.02 ms of a core where
nothing else has run, a tenth of a millisecond and more in a turn that has just judged and has it all out of
the caches. A violation takes eight. Here the same constructs are executed by their compiled text; pool,
dialect and types are SQLAlchemy's. Whatever goes wrong is the caller's to try again on a ``Connection``,
which says it in the errors that others know.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, Dialect, Select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from zone_service.store.engine import Store

Values = Mapping[str, object]
Convert = Callable[[Any], Any] | None


class Direct:
    """A transaction of the driver's; it executes as a ``Connection`` does, as far as a commit needs it."""

    __slots__ = ("_cursor", "_dialect")

    def __init__(self, dialect: Dialect, cursor: Any) -> None:
        self._dialect, self._cursor = dialect, cursor

    def execute(
        self, statement: Any, parameters: Values | Sequence[Values] | None = None
    ) -> "Found":
        """Execute a statement that is made once for all; a list of values is many executions."""
        many = isinstance(parameters, list)
        first = cast(Values, parameters[0] if many else parameters or {})  # type: ignore[index]
        text = _text_of(self._dialect, statement, tuple(first), is_many=many)
        if many:
            given = [text.values(each) for each in cast(Sequence[Values], parameters)]
            self._cursor.executemany(text.sql, given)
        else:
            self._cursor.execute(text.sql, text.values(first))
        told = () if many else self._cursor.description or ()
        # All that it gives, or the next one on this cursor would end it halfway.
        rows = self._cursor.fetchall() if told else []
        if rows and text.columns and not text.reads:
            text.reads = tuple(
                _read(self._dialect, kind, code)
                for kind, (_, code, *_) in zip(text.kinds, told, strict=True)
            )
        return Found(text, rows)

    def rollback(self) -> None:
        """Take back what was done."""
        self._cursor.connection.rollback()


On = Connection | Direct


class Found:
    """The rows of a statement."""

    __slots__ = ("_rows", "_text")

    def __init__(self, text: "_Text", rows: Sequence[Sequence[Any]]) -> None:
        self._text, self._rows = text, rows

    def __iter__(self) -> Iterator[Any]:
        return map(self._text.row, self._rows)

    def scalar_one_or_none(self) -> Any:
        """Return the first value of the one row, if there is one."""
        return self._rows[0][0] if self._rows else None

    def scalar_one(self) -> Any:
        """Return the first value of the one row."""
        if not self._rows:
            raise NoResultFound
        return self._rows[0][0]


@contextmanager
def begin(store: Store) -> Iterator[Direct]:
    """Give a writing transaction of the driver's; commits like ``Store.begin``, and raises as the driver does."""
    raw, dialect = store.writer.raw_connection(), store.writer.dialect
    try:
        cursor = raw.cursor()
        if store.is_sqlite:
            cursor.execute("BEGIN IMMEDIATE")
        yield Direct(dialect, cursor)
        dialect.do_commit(raw)
    except BaseException:
        try:
            dialect.do_rollback(raw)
        except Exception:
            raw.invalidate()  # it is of no use any more
        raise
    finally:
        raw.close()


@dataclass(slots=True)
class _Text:
    """What a statement is to a driver."""

    sql: str
    names: tuple[str, ...]
    """Of its values, in the order of the text."""
    literals: Values
    converts: tuple[Convert, ...]
    is_named: bool
    columns: tuple[str, ...]
    """Of its rows."""
    kinds: tuple[TypeEngine[Any], ...]
    reads: tuple[Convert, ...] = ()
    """How the driver's values are read: it says what it gives with the first of them."""

    def values(self, given: Values) -> object:
        """Return values as the driver takes them."""
        told = self.literals | given if self.literals else given  # type: ignore[operator]
        converted = [
            told[name] if convert is None else convert(told[name])
            for name, convert in zip(self.names, self.converts, strict=True)
        ]
        return dict(zip(self.names, converted, strict=True)) if self.is_named else converted

    def row(self, found: Sequence[Any]) -> "_Row":
        """Return a row by the names of its columns."""
        read = zip(self.columns, self.reads, found, strict=True)
        return _Row({name: value if as_ is None else as_(value) for name, as_, value in read})


class _Row:
    """A row; its columns are attributes."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__ = values

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


_texts: dict[tuple[str, ClauseElement, tuple[str, ...], bool], _Text] = {}


def _text_of(
    dialect: Dialect, statement: ClauseElement, keys: tuple[str, ...], *, is_many: bool
) -> _Text:
    key = dialect.name, statement, keys, is_many
    if key not in _texts:
        _texts[key] = _compiled(dialect, statement, keys, is_many=is_many)
    return _texts[key]


def _compiled(
    dialect: Dialect, statement: ClauseElement, keys: tuple[str, ...], *, is_many: bool
) -> _Text:
    compiled = cast(
        SQLCompiler,
        statement.compile(dialect=dialect, column_keys=list(keys), for_executemany=is_many),
    )
    kinds = {name: value.type for value, name in compiled.bind_names.items()}
    names = tuple(compiled.positiontup or kinds)
    columns = statement.selected_columns if isinstance(statement, Select) else ()
    return _Text(
        str(compiled),
        names,
        {name: value for name, value in compiled.params.items() if name not in keys},
        tuple(_written(dialect, kinds[name]) for name in names),
        not compiled.positional,
        tuple(column.name for column in columns),
        tuple(column.type for column in columns),
    )


def _written(dialect: Dialect, kind: TypeEngine[Any]) -> Convert:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _read(dialect: Dialect, kind: TypeEngine[Any], code: object) -> Convert:
    return kind.dialect_impl(dialect).result_processor(dialect, code)
