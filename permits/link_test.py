"""The test of a data link: a device sends for some minutes, and what came of it answers a precondition."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from permits.condition import Fact, Verdict


class Fault(StrEnum):
    """Why a test was not passed."""

    NOTHING_HEARD = "nothing heard"
    NOT_ALL_THE_TIME = "not all the time"
    """Silent for longer than a device of its class may be: at the beginning, at the end or between."""
    ITEMS_MISSING = "items missing"
    SCORE_TOO_LOW = "score too low"
    OTHER_DATUM = "other datum"
    """Its positions are nowhere where its permits let it be, and all there when read in another datum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSeen:
    """What was heard of a device in the time of a test."""

    reports: int
    longest_silence_s: float
    """Of the beginning and the end too; the whole time where nothing was heard."""
    score: float | None
    missing: tuple[str, ...]
    """The mandatory items that not every report said."""
    other_datum: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTest:
    """A test of a data link that was made, as it is on record."""

    test_id: int
    device_id: str
    begins: datetime
    ends: datetime
    result: Verdict
    faults: tuple[Fault, ...]
    score: float | None
    figures: str
    """All that was counted, as JSON: as the days of devices are shown."""
    rule_set: str
    by: str
    organisation_id: str
    """Whose person had it made."""


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest test of a device that still answers."""

    test_id: int
    result: Verdict


def faults_of(seen: LinkSeen, score_min: float, silence_s: float) -> Iterator[Fault]:
    """Yield why a test is not passed; nothing where it is. ``score_min``: of 100."""
    if not seen.reports:
        yield Fault.NOTHING_HEARD
        return
    if seen.longest_silence_s > silence_s:
        yield Fault.NOT_ALL_THE_TIME
    if seen.missing:
        yield Fault.ITEMS_MISSING
    if seen.score is not None and seen.score < score_min:
        yield Fault.SCORE_TOO_LOW
    if seen.other_datum:
        yield Fault.OTHER_DATUM


def result_of(seen: LinkSeen, faults: tuple[Fault, ...]) -> Verdict:
    """Return what a test shows: of a device that sent nothing, or is not scored, nobody knows."""
    if not seen.reports or (seen.score is None and not faults):
        return Verdict.UNKNOWN
    return Verdict.NOT_MET if faults else Verdict.MET


def link_test_facts(latest: Latest | None) -> dict[str, Fact]:
    """Return the facts of the latest test; without one none has failed, and nothing is shown."""
    if latest is None or latest.result is Verdict.UNKNOWN:
        return {"link_test_failed": False}
    passed = latest.result is Verdict.MET
    return {"link_test_passed": passed, "link_test_failed": not passed}
