"""Lists in parts."""

from typing import Annotated, Final

from fastapi import Query

NO_PAGES: Final = "x-no-pages"
"""In ``openapi_extra``: why a list comes in one part."""
A_TABLE: Final = {NO_PAGES: "a table of the program, as long as it is"}
Limit = Annotated[int, Query(ge=1, le=1000, description="Items in one answer.")]
After = Annotated[
    str, Query(max_length=100, description="`next` of the answer before; empty to begin.")
]


def following(keys: list[str], limit: int) -> str | None:
    """Return where the next part begins; ``None`` when this one was the last."""
    return keys[-1] if len(keys) == limit else None
