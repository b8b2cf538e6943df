"""Tests of data links, as they are shown."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel

from permits.link_test import LinkTest
from permits.link_test_words import fault_said
from permits.rule_words import Language
from zone_service.schemas.quality import QualityShown


class FaultShown(BaseModel):
    """Why a test was not passed."""

    fault: str
    said: str
    said_zh: str


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
    figures: QualityShown
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
            figures=QualityShown.model_validate_json(test.figures),
        )
