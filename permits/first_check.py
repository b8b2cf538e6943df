"""Whether the devices of a permit are online and have passed a first self-check, before it is in force.

What must be shown is the rule set's. A device that was never heard, and one of which it is not known
what it lacks, have passed nothing. What proves it is what a device says on its own topic, which it may
do before its permit is in force, standing or driven by hand.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from permits.first_check_items import PASSED, WITHIN, items_key, items_named
from permits.issuing import SHANGHAI
from permits.permit import Family, Permit, PermitAction, StepRefused
from permits.rule_words import Language
from permits.sheet import Sheet
from permits.step_words import step_words

NOBODY = frozenset[str]()


class Want(StrEnum):
    """Why a device is waited for."""

    NEVER_HEARD = "never heard"
    SILENT = "silent"
    """It was heard, and too long ago to be online."""
    NOT_KNOWN = "not known"
    """It is online; what its latest report lacks is not known yet."""
    LACKING = "lacking"
    """Something is missing that a first self-check must show."""
    FAILED = "failed"
    """By its own word it is not fit."""


@dataclass(frozen=True, slots=True)
class LastHeard:
    """What a device was heard to say last."""

    at: datetime
    lacks: frozenset[str] | None
    """What its latest report lacks, among ``first_check_items.ITEMS``; ``None`` is not known."""
    passed: bool | None
    """By its own check; ``None`` where it has said nothing of the kind."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """A device that a permit waits for, and why."""

    device_id: str
    want: Want
    heard_at: datetime | None = None
    """When it was heard last; ``None`` where it never was."""
    lacks: frozenset[str] = frozenset()

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        heard = None if self.heard_at is None else self.heard_at.astimezone(SHANGHAI)
        return step_words(
            f"device {self.want}",
            language,
            device=self.device_id,
            heard="" if heard is None else heard.isoformat(timespec="seconds"),
            items=items_named(self.lacks, language),
        )


class NotSelfChecked(StepRefused):
    """A permit would come into force before its devices are online and checked."""

    slug = "not-self-checked"

    def __init__(
        self, permit: Permit, action: PermitAction, awaited: Iterable[Awaited] = ()
    ) -> None:
        self.awaited = tuple(awaited)
        super().__init__(permit, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        each = "; ".join(one.said(language) for one in self.awaited)
        return step_words(
            "not self-checked", language, action=self.action, number=self.number, devices=each
        )


def asked_items(sheet: Sheet, family: Family) -> frozenset[str]:
    """Return what a first self-check must show; nothing where permits wait for no device."""
    found = sheet.parameters.get(items_key(family))
    return frozenset(found.value) if found and isinstance(found.value, tuple) else frozenset()


def asked_devices(permit: Permit, retired: frozenset[str] = NOBODY) -> frozenset[str]:
    """Return the devices that a permit waits for: those that may not go on now hold up no other.

    ``retired``: the devices that are out of service, of which nothing is taken; where no other is left
    there is nothing that the permit could be in force for, and it waits for all.
    """
    terms = permit.terms
    return terms.device_ids - terms.suspended_device_ids - retired or terms.device_ids


def awaited(
    permit: Permit,
    heard: Mapping[str, LastHeard],
    at: datetime,
    sheet: Sheet,
    retired: frozenset[str] = NOBODY,
) -> tuple[Awaited, ...]:
    """Return each device that a permit waits for at a moment, by its id; none where all are there.

    ``heard``: by device; one that is absent was never heard. ``retired``: as ``asked_devices``.
    """
    items = asked_items(sheet, permit.family)
    wanted = asked_devices(permit, retired) if items else ()
    return tuple(_awaited(sorted(wanted), heard, at, sheet, items))


def _awaited(
    wanted: Iterable[str],
    heard: Mapping[str, LastHeard],
    at: datetime,
    sheet: Sheet,
    items: frozenset[str],
) -> Iterator[Awaited]:
    since = online_since(at, sheet)
    for device_id in wanted:
        last = heard.get(device_id)
        if last is None:
            yield Awaited(device_id, Want.NEVER_HEARD)
        elif since is not None and last.at < since:
            yield Awaited(device_id, Want.SILENT, last.at)
        elif last.passed is False:
            yield Awaited(device_id, Want.FAILED, last.at)
        elif last.lacks is None:
            yield Awaited(device_id, Want.NOT_KNOWN, last.at)
        elif lacks := _lacks(last) & items:
            yield Awaited(device_id, Want.LACKING, last.at, lacks)


def online_since(at: datetime, sheet: Sheet) -> datetime | None:
    """Return since when a device must have been heard; ``None`` where the rule set names no time."""
    found = sheet.parameters.get(WITHIN)
    known = found is not None and isinstance(found.value, float)
    return at - timedelta(minutes=found.value) if known else None  # type: ignore[union-attr, arg-type]


def _lacks(last: LastHeard) -> frozenset[str]:
    unsaid = frozenset({PASSED}) if last.passed is None else frozenset[str]()
    return (last.lacks or frozenset()) | unsaid
