"""Tests of data links, as they are shown."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from pydantic import BaseModel

from permits.link_test import LinkTest
from permits.link_test_words import fault_said
from permits.rule_words import Language
from telemetry.report import Datum
from zone_service.schemas.quality import QualityShown

if TYPE_CHECKING:
    # What counts messages is compiled: who only shows a test does not wait for the compiler.
    from zone_service.link_testing import Tested


class FaultShown(BaseModel):
    """Why a test was not passed."""

    fault: str
    said: str
    said_zh: str


class DatumDoubtShown(BaseModel):
    """That positions lie where they would in another datum than is declared. Nothing is put right by it."""

    declared: Datum
    likely: Datum
    fixes: int
    """The first ones of the test."""
    on_ground: int
    """Of these, on the ground of zones where the device may be, as declared."""
    on_ground_if_likely: int
    apart_m: float
    """Between the two readings, in the median."""
    zone_ids: list[str]
    """On whose ground they are if the other datum is the true one."""


class FiguresShown(QualityShown):
    """What was counted in the minutes of a test."""

    datum: DatumDoubtShown | None = None

    @classmethod
    def of_test(cls, tested: "Tested") -> Self:
        """Return the figures of a test that was just made."""
        its = tested.datum
        doubt = None if its is None else DatumDoubtShown.model_validate(its, from_attributes=True)
        return cls(**QualityShown.of(tested.found).model_dump(), datum=doubt)


class LinkTestShown(BaseModel):
    """A test of a data link, as it is on record."""

    test_id: int
    device_id: str
    begins: datetime
    ends: datetime
    result: str
    """``met``, ``not met`` or ``unknown``, as the precondition has it."""
    faults: list[FaultShown]
    score: float | None
    rule_set: str
    by: str
    organisation_id: str
    figures: FiguresShown
    """All that was counted in these minutes; its day is that of nobody's calendar."""

    @classmethod
    def of(cls, test: LinkTest) -> Self:
        """Return it as it is shown."""
        return cls(
            test_id=test.test_id,
            device_id=test.device_id,
            begins=test.begins,
            ends=test.ends,
            result=test.result,
            faults=[
                FaultShown(
                    fault=each,
                    said=fault_said(each, Language.ENGLISH),
                    said_zh=fault_said(each, Language.CHINESE),
                )
                for each in test.faults
            ],
            score=None if test.score is None else round(test.score, 1),
            rule_set=test.rule_set,
            by=test.by,
            organisation_id=test.organisation_id,
            figures=FiguresShown.model_validate_json(test.figures),
        )
