"""What vehicles have driven in automated mode, and from where it is known."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from permits.coverage import LineDriven
from permits.driven_days import Account, Counted, counted, merged
from permits.recognition import RecognisedFacts

NOTHING_TOLD = Account()


@dataclass(frozen=True, slots=True, kw_only=True)
class Driven:
    """What one vehicle has driven. What nobody knows is ``None``, and never counts as nothing."""

    automated_h: float | None = None
    """Hours in automated mode on the segments that were asked for."""
    automated_km: float | None = None
    total_km: float | None = None
    """Kilometres in automated mode anywhere."""
    zone_ids: frozenset[str] | None = None
    """The segments, of those that were asked for, that it drove in automated mode."""
    zone_km: Mapping[str, float] = field(default_factory=dict)
    """By segment: the kilometres of it in automated mode, where they were told."""
    supervised_rides: int | None = None
    """With passengers, or empty where it carries goods, watched by others."""
    loaded_rides: int | None = None
    takeovers: int | None = None
    """During those rides."""
    at_fault_accidents: int | None = None
    traffic_violations: int | None = None
    documents: tuple[str, ...] = ()
    """The ids of the documents that it was attested by, if it was."""
    account: Account = NOTHING_TOLD
    """What of it was driven anywhere, by days."""
    account_of_segments: Account = NOTHING_TOLD
    """What of it was driven on the segments that were asked for, by days."""
    covered: Mapping[str, LineDriven] = field(default_factory=dict)
    """By segment: what of its line the platform has measured itself that it drove in automated mode."""
    by_area: frozenset[str] = frozenset()
    """The segments without a line of which the platform has measured that it drove in them."""
    is_attested: bool = True
    """Whether anybody else than the platform has told any of it."""


NOT_KNOWN = Driven()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the platform has measured itself that one vehicle drove in automated mode, on days that are over."""

    covered: Mapping[str, LineDriven] = field(default_factory=dict)
    """By segment that was asked for: what it drove of its line."""
    by_area: frozenset[str] = frozenset()
    """The segments without a line that it drove in."""
    account: Account = NOTHING_TOLD
    account_of_segments: Account = NOTHING_TOLD

    @property
    def zone_ids(self) -> frozenset[str]:
        """The segments that it drove."""
        driven = (zone_id for zone_id, each in self.covered.items() if each.stretches)
        return self.by_area.union(driven)


def with_measured(own: Driven, seen: Measured) -> Driven:
    """Return what a vehicle has driven by what was attested, and by what the platform has measured.

    Of days of which both speak what is more counts: both mean the same kilometres.
    """
    anywhere = merged((account_of(own), seen.account))
    on_segments = merged((account_of_segments(own), seen.account_of_segments))
    return replace(
        own,
        automated_h=on_segments.automated_h,
        automated_km=on_segments.automated_km,
        total_km=anywhere.automated_km,
        zone_ids=(own.zone_ids or frozenset()) | seen.zone_ids,
        account=anywhere,
        account_of_segments=on_segments,
        covered=seen.covered,
        by_area=seen.by_area,
        is_attested=own != NOT_KNOWN,
    )


def with_recognised(own: Driven, there: RecognisedFacts) -> Driven:
    """Return what a vehicle has driven here and in jurisdictions whose word counts here.

    Kilometres and hours add up as far as they are known, but for what both may mean: that counts once.
    What was driven here on other segments is not among what was asked for, and takes nothing away from it.
    Of what speaks against it: where one does not know, nobody does, but for a vehicle of which nothing
    at all is told here. Rides, takeovers in them and segments are those of this place alone.
    """
    none = 0 if own == NOT_KNOWN or not own.is_attested else None
    on_segments = counts_of(account_of_segments(own), there)[1:]
    anywhere = counts_of(account_of(own), there)[1:]
    return replace(
        own,
        automated_h=_plus(own.automated_h, _sum(each.automated_h for each in on_segments)),
        automated_km=_plus(own.automated_km, _sum(each.automated_km for each in on_segments)),
        total_km=_plus(own.total_km, _sum(each.automated_km for each in anywhere)),
        at_fault_accidents=_both(
            none if own.at_fault_accidents is None else own.at_fault_accidents,
            there.at_fault_accidents,
        ),
        traffic_violations=_both(
            none if own.traffic_violations is None else own.traffic_violations,
            there.traffic_violations,
        ),
    )


def counts_of(here: Account, there: RecognisedFacts) -> tuple[Counted, ...]:
    """Return what counts of what is attested here, and then of what each bundle tells."""
    return counted((here, *there.accounts))


def account_of(own: Driven) -> Account:
    """Return what is attested here; of figures without their days, that they may be of any."""
    known = Account(automated_km=own.total_km, automated_h=own.automated_h)
    return known if own.account == NOTHING_TOLD else own.account


def account_of_segments(own: Driven) -> Account:
    """Return what is attested of the segments that were asked for, as ``account_of``."""
    known = Account(automated_km=own.automated_km, automated_h=own.automated_h)
    return known if own.account_of_segments == NOTHING_TOLD else own.account_of_segments


def _sum(figures: Iterable[float | None]) -> float | None:
    known = [each for each in figures if each is not None]
    return sum(known) if known else None


def _plus(own: float | None, there: float | None) -> float | None:
    return _sum((own, there))


def _both(own: int | None, there: int | None) -> int | None:
    return None if own is None or there is None else own + there


class Mileage(Protocol):
    """Where it comes from: attested figures of the store, or the history of telemetry."""

    def driven(self, entry_ids: Collection[str], zone_ids: frozenset[str]) -> Mapping[str, Driven]:
        """Return what vehicles have driven, by the ids of their entries; absent if nothing is known.

        ``zone_ids``: the segments that hours, kilometres and coverage are asked for.
        """
        ...
