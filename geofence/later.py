"""Lists that are made when somebody reads them, of what was worked out before."""

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar, overload

Item = TypeVar("Item")


class Later(Sequence[Item], Generic[Item]):
    """A list by what makes it, once: of a batch that is arrays nobody may need the objects.

    What it is made of must not change. Equal to a list of the same items.
    """

    __slots__ = ("_list", "_make")

    def __init__(self, make: Callable[[], list[Item]]) -> None:
        self._make: Callable[[], list[Item]] | None = make
        self._list: list[Item] = []

    def _made(self) -> list[Item]:
        if self._make is not None:
            self._list, self._make = self._make(), None
        return self._list

    def __len__(self) -> int:
        return len(self._made())

    def __iter__(self) -> Iterator[Item]:
        return iter(self._made())

    @overload
    def __getitem__(self, at: int) -> Item: ...
    @overload
    def __getitem__(self, at: slice) -> list[Item]: ...
    def __getitem__(self, at: int | slice) -> Item | list[Item]:
        return self._made()[at]

    def __eq__(self, other: object) -> bool:
        return self._made() == (other._made() if isinstance(other, Later) else other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self._made())
