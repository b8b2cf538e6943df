"""What became of a file of zones or of one zone, as an answer."""

from typing import Self

from pydantic import BaseModel

from maps.geojson import Problem
from permits.rule_words import Language
from zone_service.zone_words import zone_said


class ImportProblem(BaseModel):
    """One thing in a file, and where."""

    path: str
    message: str
    weight: str

    @classmethod
    def of(cls, problem: Problem, language: Language) -> Self:
        """Return what a client sees."""
        said = zone_said(problem.said, language)
        return cls(path=problem.path, message=said, weight=problem.weight.value)


class ImportShown(BaseModel):
    """What became of a file of zones; it is in force whole or not at all."""

    zones: int
    revision: int
    published: bool
    refused: bool
    problems: list[ImportProblem]
    permits: list[str] = []
    """The numbers of those that stand and name a zone which ended with it, or would, or is drawn anew as no place of
    theirs. Who is there is outside from then on, and what names it is suspended."""


class ZoneChanged(BaseModel):
    """A zone that was put on the map or withdrawn from it."""

    zone_id: str
    revision: int
    """Of the map that is in force now."""
    problems: list[ImportProblem] = []
    """What was read all the same, with a warning."""
    permits: list[str] = []
    """The numbers of those that stand and name it, where it was withdrawn or drawn anew as no place of theirs. Who is
    there is outside from then on, and what names it is suspended."""
