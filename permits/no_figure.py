"""A figure, or why there is none."""

from enum import StrEnum


class NoFigure(StrEnum):
    """Why there is no figure. It is written in the place of one, and is never 0."""

    UNKNOWN = "unknown"
    NOT_RECORDED = "not recorded"
    """The platform keeps no record of it at all."""


Value = int | float | NoFigure
