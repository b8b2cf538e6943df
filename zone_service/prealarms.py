"""What operators are warned of before it is a violation, and what of it they were told. Pure.

A pre-alarm is of a breach that lies ahead, or of one that has begun and whose hold-off has not
passed. It is told at once, again when it has changed, but at most once a second, and withdrawn.
Nothing of it is kept: after a restart it is found again, and told again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from permits.episode import Key
from permits.violation import ViolationCode
from permits.watch import Watch
from zone_service.forecasts import Forecast

TOLD_EVERY_S = 0.9
"""Devices are looked at once a second, a little more or less."""
MOVED_S = 1.0
"""A breach that is foretold for a moment this much nearer or farther is told again."""


class Phase(StrEnum):
    """How far it has come."""

    AHEAD = "ahead"
    """It will come about if the device goes on as it does."""
    BEGUN = "begun"
    """It is broken, and becomes a violation if that lasts."""
    AVERTED = "averted"
    """It is over, and came to nothing."""
    OPENED = "opened"
    """It is a violation now."""
    UNKNOWN = "unknown"
    """Nobody can tell any more: the device is not heard, or does not say where it is."""


@dataclass(frozen=True, slots=True)
class Prealarm:
    """One breach that an operator is warned of."""

    code: ViolationCode
    zone_id: str | None
    phase: Phase
    at_s: float
    """When it is expected, or when it began."""
    certain: bool = True
    longitude_deg: float | None = None
    latitude_deg: float | None = None

    @property
    def key(self) -> Key:
        """What makes it one and the same."""
        return self.code, self.zone_id


def of_device(
    watch: Watch | None, foretold: Iterable[Forecast]
) -> tuple[dict[Key, Prealarm], frozenset[Key]]:
    """Return what its operator is to be warned of, and which violations are open."""
    running = () if watch is None else watch.excursions
    opened = frozenset(each.key for each in running if each.is_open)
    found = {}
    for ahead in foretold:
        at = ahead.certain, ahead.longitude_deg, ahead.latitude_deg
        alarm = Prealarm(ahead.code, ahead.zone_id, Phase.AHEAD, ahead.at_s, *at)
        if alarm.key not in opened:
            found[alarm.key] = alarm
    for each in running:
        if not each.is_open:
            place = each.latest_position or each.position or (None, None)
            begun = Prealarm(each.code, each.zone_id, Phase.BEGUN, each.since_s)
            found[each.key] = replace(begun, longitude_deg=place[0], latitude_deg=place[1])
    return found, opened


@dataclass(frozen=True, slots=True)
class _Told:
    alarm: Prealarm
    at_s: float


class Prealarms:
    """All that stand, by device."""

    def __init__(self) -> None:
        self._standing: dict[str, dict[Key, _Told]] = {}

    def standing(self) -> Mapping[str, object]:
        """Return the devices that something stands of."""
        return self._standing

    def of(self, device_id: str) -> tuple[Prealarm, ...]:
        """Return what stands of a device, as it was last told."""
        return tuple(each.alarm for each in self._standing.get(device_id, {}).values())

    def update(
        self,
        device_id: str,
        found: Mapping[Key, Prealarm],
        opened: frozenset[Key],
        now_s: float,
        *,
        unknown: bool = False,
    ) -> tuple[Prealarm, ...]:
        """Take what is found of a device now, and return what is to be told.

        ``unknown``: what lies ahead of it cannot be told. Then what was foretold stands until its
        moment, since not to know is not to be safe.
        """
        before = self._standing.get(device_id, {})
        after, told = dict[Key, _Told](), list[Prealarm]()
        for key, alarm in found.items():
            last = before.get(key)
            if last is None or _is_news(last, alarm, now_s):
                last = _Told(alarm, now_s)
                told.append(alarm)
            after[key] = last
        for key, last in before.items():
            if key not in found:
                ended = _ending(last, now_s, opened=key in opened, unknown=unknown)
                if ended is None:
                    after[key] = last
                else:
                    told.append(ended)
        if after:
            self._standing[device_id] = after
        else:
            self._standing.pop(device_id, None)
        return tuple(told)


def _is_news(last: _Told, alarm: Prealarm, now_s: float) -> bool:
    known = last.alarm
    if alarm.phase is not known.phase:
        return True
    changed = abs(alarm.at_s - known.at_s) >= MOVED_S or alarm.certain != known.certain
    return changed and now_s - last.at_s >= TOLD_EVERY_S


def _ending(last: _Told, now_s: float, *, opened: bool, unknown: bool) -> Prealarm | None:
    """Return what is told of one that is not found any more; ``None`` while it stands."""
    if opened:
        return replace(last.alarm, phase=Phase.OPENED)
    if unknown and last.alarm.phase is Phase.AHEAD:
        return replace(last.alarm, phase=Phase.UNKNOWN) if now_s > last.alarm.at_s else None
    # What comes and goes with each fix must not be told and withdrawn with each.
    return replace(last.alarm, phase=Phase.AVERTED) if now_s - last.at_s >= TOLD_EVERY_S else None
