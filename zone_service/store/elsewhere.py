"""What other jurisdictions have told of the vehicles of an application, as far as it counts here (互认)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from permits.driven_days import Account
from permits.entries import Vehicle
from permits.mileage import Driven, counts_of, with_recognised
from permits.permit import PermitKind
from permits.precondition_facts import Origin, Source, Told
from permits.recognising import agreement_of
from permits.recognition import RecognisedFacts
from permits.sheet import Sheet
from zone_service.store.recognitions import facts_of_vehicle, told_of
from zone_service.store.records import RegisterEntry


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What is recognised of some vehicles, by their entries."""

    facts: Mapping[str, RecognisedFacts]
    counted: frozenset[str]
    """What of it counts by the rule set: ``figures``, ``stages``."""
    stages: Mapping[PermitKind, tuple[Source, ...]]
    """Those that all of the vehicles have passed."""

    def with_it(self, entry_id: str, own: Driven) -> Driven:
        """Return what a vehicle has driven here and there."""
        told = self.facts.get(entry_id)
        return own if told is None or "figures" not in self.counted else with_recognised(own, told)

    def sources_of(self, entry_id: str) -> tuple[Source, ...]:
        """Return the bundles whose figures are among those of a vehicle."""
        told = self.facts.get(entry_id)
        return () if told is None or "figures" not in self.counted else _sources(told)

    def told_of(self, entry_id: str, own: Driven, account: Account) -> tuple[Told, ...]:
        """Return what is attested here of a vehicle, and what each bundle tells, side by side.

        ``account``: what of it is held against the bundles.
        """
        there = self.facts.get(entry_id)
        if there is None or "figures" not in self.counted:
            return ()
        by = Origin.ATTESTED if own.is_attested else Origin.MEASURED
        here = Source(by, ", ".join(own.documents) or "–")
        return tuple(
            Told(
                entry_id=entry_id,
                source=source,
                automated_km=side.automated_km,
                automated_h=side.automated_h,
                counted_km=counts.automated_km,
                counted_h=counts.automated_h,
            )
            for source, side, counts in zip(
                (here, *_sources(there)),
                (account, *there.accounts),
                counts_of(account, there),
                strict=True,
            )
        )


NOWHERE = Elsewhere({}, frozenset(), {})


def recognised_elsewhere(
    session: Session, entries: Iterable[RegisterEntry], at: datetime, sheet: Sheet
) -> Elsewhere:
    """Return what is recognised of the vehicles among some entries, configured as they are now."""
    agreement = agreement_of(sheet)
    if agreement is None or not agreement.counted:
        return NOWHERE
    counted = agreement.counted
    vehicles = {e.entry_id: e.particulars for e in entries if isinstance(e.particulars, Vehicle)}
    told = told_of(session, {each.vin for each in vehicles.values() if each.vin})
    facts = {
        entry_id: found
        for entry_id, vehicle in vehicles.items()
        if vehicle.vin in told and (found := facts_of_vehicle(session, vehicle, at)) is not None
    }
    all_told = "stages" in counted and bool(vehicles) and facts.keys() == vehicles.keys()
    return Elsewhere(facts, counted, _passed_by_all(facts.values()) if all_told else {})


def _passed_by_all(facts: Iterable[RecognisedFacts]) -> Mapping[PermitKind, tuple[Source, ...]]:
    found = list(facts)
    passed = frozenset[PermitKind].intersection(*(each.stages for each in found))
    sources = tuple(dict.fromkeys(one for each in found for one in _sources(each)))
    return dict.fromkeys(sorted(passed), sources)


def _sources(told: RecognisedFacts) -> tuple[Source, ...]:
    pairs = zip(told.issuers, told.bundles, strict=True)
    return tuple(Source(Origin.RECOGNISED, f"{issuer} {bundle}") for issuer, bundle in pairs)
