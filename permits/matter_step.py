"""One row of the life cycle of a matter: what is done, by whom, and on what conditions."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from permits.document_kinds import DocumentKind
from permits.matter_states import MatterAction, MatterState
from permits.transition import AUTHORITIES, Actor


class MatterGuard(StrEnum):
    """What must hold for a step, beside its place in the table; who looks is the shell."""

    COMPETENT = "competent"
    """As for a whole permit (``permits.transition.Guard``), and so for each step of an authority."""

    PARTS_ARE_ITS = "parts are its"
    """The vehicles and segments that are named belong to the permit, and some are named."""
    PERMIT_STANDS = "permit stands"
    """The permit was granted and is not over."""
    PERMIT_WAS_GRANTED = "permit was granted"
    """It may be over: what happened while it lasted is to be reported all the same."""
    TOLD_WELL = "told well"
    """What is said at the beginning is complete and can be."""
    LIABILITY_OPEN = "liability open"
    """Nobody has decided it before."""
    LIABILITY_KNOWN = "liability known"
    """The police have decided it."""
    PERMIT_CHANGEABLE = "permit changeable"
    """The permit is in force, or about to be."""
    NONE_OPEN = "none open"
    """No other of its kind is open under the permit."""
    FITS = "fits"
    """What is asked for can be: other terms, or vehicles like one that was tested."""
    SELF_CHECKED = "self-checked"
    """As for a whole permit (``permits.transition.Guard``): what is added to one in force is in force at once."""
    RULES_IN_FORCE = "rules in force"
    """As for a whole permit (``permits.transition.Guard``)."""
    GRANTABLE = "grantable"
    """The permit, as it would be then, meets what a permit of its kind must at its grant."""
    PLACES_STAND = "places stand"
    """As for a whole permit (``permits.transition.Guard``): of the permit as it would be then."""
    OWN_CONSENT = "own consent"
    """The department must decide on such a permit, and has not consented since it came in."""
    ALL_CONSENT = "all consent"
    """Every department that must decide has consented since it came in."""
    CONDITIONS_FIT = "conditions fit"
    """All on which departments have consented leave something of what was asked for."""
    NO_RENEWAL = "no renewal"
    """A renewal is a state of its permit: it is refused, or granted by law."""
    THIRD_PARTY_ACCEPTS = "third party accepts"
    """As for a whole permit (``permits.transition.Guard``)."""
    GROUND_GONE = "ground gone"
    """As for a whole permit (``permits.transition.Guard``)."""
    ASKS_FOR_HEARING = "asks for hearing"
    """The act that is announced may be taken now, and the rule set asks for a hearing before it."""
    TIME_TO_ASK = "time to ask"
    """A hearing may still be asked for."""
    TIME_TO_ASK_OVER = "time to ask over"
    SAME_AUTHORITY = "same authority"
    """The authority that suspended decides how it goes on."""


class MatterEffect(StrEnum):
    """What a step does beside moving the matter on, in the same transaction."""

    HALT_PARTS = "halt parts"
    """Its vehicles and segments are halted; the rest of the permit goes on."""
    CHANGE_PERMIT = "change permit"
    """The permit has the terms, the vehicles or the end that was asked for."""
    PLATE = "plate"
    """The vehicles that were added get the plates that are given."""
    FREE_PARTS = "free parts"
    """They go on, as far as no other matter holds them."""


class MatterDeadline(StrEnum):
    """The name of a time limit in a matter; its length is the rule set's."""

    RECTIFICATION = "RECTIFICATION"
    FURTHER_DECISION = "FURTHER_DECISION"
    ACCIDENT_FIRST = "ACCIDENT_FIRST"
    ACCIDENT_REPORT = "ACCIDENT_REPORT"
    ACCIDENT_ANALYSIS = "ACCIDENT_ANALYSIS"
    HEARING_REQUEST = "HEARING_REQUEST"
    HEARING_HELD = "HEARING_HELD"


class MatterObject(StrEnum):
    """What a matter is about, without which it has no object and lapses, where its table says so."""

    PERMIT = "PERMIT"
    """Its permit: it is over."""
    VEHICLES = "VEHICLES"
    """Its vehicles, where it is about nothing else: none of them is the permit's any more."""


class MatterDetail(StrEnum):
    """What is said with a step and kept with it, beside its reason."""

    LIABILITY = "liability"
    """One of ``permits.accident.Liability``."""
    GROUND = "ground"
    """One of ``permits.suspension_grounds.SuspensionGround``."""
    GONE = "gone"
    """One of ``MatterObject``: without what a matter has lapsed."""


@dataclass(frozen=True, slots=True)
class MatterStep:
    """One arrow of a life cycle."""

    action: MatterAction
    before: MatterState
    after: MatterState
    actors: frozenset[Actor]
    needs_reason: bool = False
    guards: tuple[MatterGuard, ...] = ()
    """Asked in this order; the first that refuses is told."""
    effects: tuple[MatterEffect, ...] = ()
    deadlines: tuple[MatterDeadline, ...] = ()
    """By when it is to be done; a late step is still taken."""
    paper: DocumentKind | None = None
    """What must be attached to it, about the permit and with its file."""
    needs: tuple[MatterDetail, ...] = ()
    """What must be said with it."""
    takes: tuple[MatterDetail, ...] = ()
    """What may be said with it."""
    gone: tuple[MatterObject, ...] = ()
    """It comes about by itself when one of these is gone."""


def steps(
    action: MatterAction,
    before: MatterState | Iterable[MatterState],
    after: MatterState,
    actors: frozenset[Actor],
    *named: MatterGuard | MatterEffect | MatterDeadline | MatterObject,
    reason: bool = False,
    paper: DocumentKind | None = None,
    needs: tuple[MatterDetail, ...] = (),
    takes: tuple[MatterDetail, ...] = (),
) -> tuple[MatterStep, ...]:
    """Return the same step from each of some states, with all that is named of it."""
    starts = (before,) if isinstance(before, MatterState) else tuple(before)
    first = () if actors.isdisjoint(AUTHORITIES) else (MatterGuard.COMPETENT,)
    gone = tuple(each for each in named if isinstance(each, MatterObject))
    return tuple(
        MatterStep(
            action,
            start,
            after,
            actors,
            needs_reason=reason,
            guards=(*first, *(each for each in named if isinstance(each, MatterGuard))),
            effects=tuple(each for each in named if isinstance(each, MatterEffect)),
            deadlines=tuple(each for each in named if isinstance(each, MatterDeadline)),
            paper=paper,
            needs=needs,
            takes=(*takes, MatterDetail.GONE) if gone else takes,
            gone=gone,
        )
        for start in starts
    )
