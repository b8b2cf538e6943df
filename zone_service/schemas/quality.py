"""How good the data of a device was on a day, as it is shown."""

from datetime import UTC, date, datetime
from typing import Any, Final, Self

from pydantic import BaseModel

from permits.quality_items import ITEMS, PARTS
from telemetry.quality_score import Gaps, Score
from zone_service.day_scores import ScoredDay
from zone_service.store.device_days import on_day


class PartShown(BaseModel):
    """A part of the score."""

    part: str
    name: str
    name_zh: str
    worth: float | None
    """0 to 1; null is unknown, and no part of the score."""


class ItemShown(BaseModel):
    """An item of data, and how many reports said it."""

    item: str
    name: str
    name_zh: str
    mandatory: bool
    said_ratio: float


class QualityShown(BaseModel):
    """A day of one device, in Asia/Shanghai, up to now; null is unknown."""

    device_id: str
    day: date
    first_heard_at: datetime
    last_heard_at: datetime
    reports: int
    """New ones; repetitions are not counted."""
    late: int
    """Of those, older than what was heard before."""
    score: float | None
    """0 to 100."""
    parts: list[PartShown]
    items: list[ItemShown]
    missing: list[str]
    """The mandatory items that not every report said."""
    online_s: float
    rate_hz: float | None
    """While it was heard."""
    gaps: int | None
    """This and all below is of reports in order; null where there was none, or nobody counted yet."""
    gap_total_s: float | None
    gap_longest_s: float | None
    lost: int | None
    """Numbers that never came."""
    replayed: int | None
    delay_mean_s: float | None
    delay_worst_s: float | None
    delayed: int | None
    skewed: int | None
    """Reports of a clock that was off."""
    ahead_worst_s: float | None
    """How far the unit's clock was ahead, at most."""
    accuracy_mean_m: float | None
    accuracy_worst_m: float | None
    inaccurate: int | None
    jumps: int | None

    @classmethod
    def of(cls, found: ScoredDay) -> Self:
        """Return it as it is shown."""
        day, told, score = found.day, found.day.quality, found.score
        return cls(
            device_id=found.device_id,
            day=on_day(day.day),
            first_heard_at=datetime.fromtimestamp(day.first_s, UTC),
            last_heard_at=datetime.fromtimestamp(day.last_s, UTC),
            reports=day.reports,
            late=day.late,
            score=None if score is None or score.total is None else round(score.total, 1),
            parts=_parts(score),
            items=_items(found),
            missing=[] if score is None else [item.value for item in score.missing],
            online_s=round(day.online_s, 3),
            rate_hz=None if score is None or score.rate_hz is None else round(score.rate_hz, 3),
            **(_counted(found) if told.judged else dict.fromkeys(_COUNTED)),
            delay_mean_s=_mean(told.delay_total_s, told.timed),
            delay_worst_s=round(told.delay_worst_s, 3) if told.timed else None,
            ahead_worst_s=round(told.ahead_worst_s, 3) if told.timed else None,
            accuracy_mean_m=_mean(told.accuracy_total_m, told.accuracy_said),
            accuracy_worst_m=round(told.accuracy_worst_m, 3) if told.accuracy_said else None,
        )


_GAPS: Final = ("gaps", "gap_total_s", "gap_longest_s")
_AS_IT_IS: Final = ("lost", "replayed", "delayed", "skewed", "inaccurate", "jumps")
_COUNTED: Final = (*_GAPS, *_AS_IT_IS)


def _counted(found: ScoredDay) -> dict[str, Any]:
    """Return what was counted of reports in order, which there were."""
    told = found.day.quality
    gaps = Gaps(told.gaps, told.gap_total_s, told.gap_longest_s)
    if found.score is not None:
        gaps = found.score.gaps
    said = (gaps.count, round(gaps.total_s, 3), round(gaps.longest_s, 3))
    return dict(zip(_GAPS, said, strict=True)) | {name: getattr(told, name) for name in _AS_IT_IS}


def _parts(score: Score | None) -> list[PartShown]:
    if score is None:
        return []
    return [
        PartShown(
            part=part,
            name=PARTS[part][0],
            name_zh=PARTS[part][1],
            worth=None if worth is None else round(worth, 4),
        )
        for part, worth in score.parts.items()
    ]


def _items(found: ScoredDay) -> list[ItemShown]:
    if found.score is None:
        return []
    return [
        ItemShown(
            item=item,
            name=ITEMS[item][0],
            name_zh=ITEMS[item][1],
            mandatory=item in found.mandatory,
            said_ratio=round(share, 4),
        )
        for item, share in found.score.items.items()
    ]


def _mean(total: float, count: int) -> float | None:
    return round(total / count, 3) if count else None
