"""Column types that refuse what a database would silently bend, and the rules on columns.

SQLite turns NaN into NULL and ignores the length of a text; PostgreSQL keeps NaN and stops at a
NUL byte with an error of its own. Here both refuse the same values in the same words.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    TypeDecorator,
)
from sqlmodel import Field

from zone_service.store.errors import InvalidValue

BIG = BigInteger().with_variant(Integer, "sqlite")
"""64 bits on both: SQLite numbers rows by itself only where the type is INTEGER."""


class PlainText(TypeDecorator[str]):
    """Text of at most ``length`` characters without NUL bytes or lone surrogates."""

    impl = String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Refuse what one of the databases could not store."""
        if value is not None:
            require_plain(value, self.length)
        return value


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, stored as UTC and given back aware."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn into UTC: SQLite keeps no offset, so the text must be comparable as it is."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise InvalidValue(why="naive time", found=value)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give UTC back its name."""
        if value is None or value.tzinfo is not None:
            return value and value.astimezone(UTC)
        return value.replace(tzinfo=UTC)


class Finite(TypeDecorator[float]):
    """A number; NaN and the infinities are refused."""

    impl = Double
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> float | None:
        """Refuse NaN, which would disarm any comparison that it meets."""
        if value is not None and not isfinite(value):
            raise InvalidValue(why="not finite", found=value)
        return value


def require_plain(value: str, length: int) -> None:
    """Refuse text that is too long, holds a NUL byte or cannot be written as UTF-8.

    Raises:
        InvalidValue: names what was found.
    """
    if len(value) > length:
        raise InvalidValue(why="too long", found=len(value), most=length)
    if "\x00" in value:
        raise InvalidValue(why="holds nul", found=value[:40])
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidValue(why="not unicode", found=value[:40]) from None


def text(length: int, *, to: str | None = None, **options: Any) -> Any:
    """Declare a text column; ``to`` names the column of another table that it refers to."""
    return _field(PlainText(length), to, options)


def number(**options: Any) -> Any:
    """Declare a column for a finite number."""
    return _field(Finite(), None, options)


def whole(*, to: str | None = None, **options: Any) -> Any:
    """Declare a column for a whole number of 64 bits."""
    return _field(BIG, to, options)


def counter() -> Any:
    """Declare a key that the database counts up."""
    column = Column(BIG, primary_key=True, autoincrement=True)
    return Field(default=None, sa_column=column)


def moment(**options: Any) -> Any:
    """Declare a column for an aware time."""
    return _field(UtcDateTime(), None, options)


def on_day(**options: Any) -> Any:
    """Declare a column for a day of the law, which has no time zone of its own."""
    return _field(Date(), None, options)


def blob(**options: Any) -> Any:
    """Declare a column for bytes."""
    return _field(LargeBinary(), None, options)


def _field(kind: Any, to: str | None, options: dict[str, Any]) -> Any:
    keys = [ForeignKey(to)] if to else []
    return Field(sa_column=Column(kind, *keys, **{"nullable": False, **options}))


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """Allow these words only: text with a check changes more easily than a type of its own."""
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=f"{column}_known")


def finite(*columns: str) -> tuple[CheckConstraint, ...]:
    """Allow finite numbers only, whoever writes: NaN counts as greater than all in PostgreSQL."""
    return tuple(
        CheckConstraint(f"{column} BETWEEN -1e300 AND 1e300", name=f"{column}_finite")
        for column in columns
    )


def between(column: str, low: float, high: float) -> CheckConstraint:
    """Allow this range only, both ends included."""
    return CheckConstraint(f"{column} BETWEEN {low} AND {high}", name=f"{column}_range")
