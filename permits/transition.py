"""One row of a life cycle: what is done, from where to where, by whom, and on what conditions."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from permits.states import PermitAction, PermitState


class Actor(StrEnum):
    """The part that somebody plays in the life of a permit."""

    APPLICANT = "applicant"
    REVIEWER = "reviewer"
    """Somebody of a department, or of air traffic management, or of the maritime authority."""
    POLICE = "police"
    ADMINISTRATOR = "administrator"
    DEPARTMENTS = "departments"
    """All that must vote, together: the platform takes the step that their votes come to."""
    SYSTEM = "system"


class Guard(StrEnum):
    """What must hold for a step, beside its place in the table; who looks is the shell."""

    COMPLETE = "complete"
    """All that an application of its kind must contain has been handed in."""
    SUBMITTABLE = "preconditions of handing in"
    """None of them that refuses it is not met."""
    ACCEPTABLE = "preconditions of acceptance"
    GRANTABLE = "preconditions of granting"
    PLANNED = "planned"
    """Of a standing flight: the plan of the day was filed."""
    RULES_IN_FORCE = "rules in force"
    """Each instrument that the permit rests on is in force or extended on the day."""
    DEPARTMENTS_APPROVE = "departments approve"
    """Every department that must vote has approved, and their conditions leave something."""
    DEPARTMENTS_RETURN = "departments return"
    """One of them misses something, and none refuses."""
    DEPARTMENTS_REJECT = "departments reject"
    """All have voted, and one refuses."""
    IN_TIME = "in time"
    """The deadlines of the step have not passed; where it is not asked, a late step is still taken."""
    FALLEN_DUE = "fallen due"
    """The moment has come from which the law, or the rule set, has it so."""
    SUSPENDING_AUTHORITY = "suspending authority"
    """The authority that suspended decides how it goes on; after the system any may."""
    LEAD_KEPT = "lead kept"
    """So long a time has passed since the take-off was reported as must lie in between."""
    EXTENDABLE = "extendable"
    """The time for a decision was not extended before, and is not over."""
    RENEWAL_PERIOD = "renewal period"
    """The end that is asked for lies beyond the present one, and within the longest renewal."""
    PLATES_FIT = "plates fit"
    """The plates that are given are in order, on no other vehicle, and all that must be there."""
    THIRD_PARTY_ACCEPTS = "third party accepts"
    """The third party has found, since it was asked to go on, that it can; where the rule set asks."""
    SUMMARY_REPORT = "summary report"
    """A report that sums up what was done so far is there, where the rule set asks for it."""
    PLATES_ARE_ITS = "plates are its"
    """The plates that are ended are ones of this permit that still can be."""


class Effect(StrEnum):
    """What a step does beside moving the permit on, in the same transaction; the shell does it."""

    EXTEND_VALIDITY = "extend validity"
    """The permit ends when the request for its renewal asked for."""
    OPEN_BALLOTS = "open ballots"
    """A new round of the joint review: one ballot a department."""
    TAKE_CONDITIONS = "take conditions"
    """What the departments made a condition becomes a part of the terms."""
    CLOSE_BALLOTS = "close ballots"
    """The round is over, and its outcome on record."""
    NUMBER = "number"
    """It gets its numbers, the next of its series."""
    PLATE = "plate"
    """Its vehicles get the plates that are given, if any, and its validity is cut."""
    EXTEND_PLATES = "extend plates"
    """The plates that ended with it end with it again."""
    CERTIFY = "certify"
    """The next edition of its certificate is made out."""
    VOID_PLATES = "void plates"
    """Its plates are valid no more, and to be handed back."""
    RECALL_PLATES = "recall plates"
    ANNOUNCE_PLATES = "announce plates"
    TAKE_TERMS = "take terms"
    """The terms become those that a matter under the permit came to."""
    OPEN_RENEWAL = "open renewal"
    """The request is a matter under the permit, where the departments decide on it."""
    GRANT_RENEWAL = "grant renewal"
    REFUSE_RENEWAL = "refuse renewal"
    LAPSE_RENEWAL = "lapse renewal"
    """A request that was not decided is without object once the permit is suspended."""
    LAPSE_MATTERS = "lapse matters"
    """What was applied for under it, and what was suspended of it, is without object."""


class Deadline(StrEnum):
    """The name of a time limit that a step has; its length is the rule set's."""

    INTAKE = "INTAKE"
    THIRD_PARTY = "THIRD_PARTY"
    DECISION = "DECISION"
    DELIVERY = "DELIVERY"
    RECTIFICATION = "RECTIFICATION"
    RENEWAL_REQUEST = "RENEWAL_REQUEST"
    RENEWAL_DECISION = "RENEWAL_DECISION"
    VALIDITY_BEGINS = "VALIDITY_BEGINS"
    VALIDITY_ENDS = "VALIDITY_ENDS"
    FLIGHT_APPLICATION = "FLIGHT_APPLICATION"
    FLIGHT_DECISION = "FLIGHT_DECISION"
    FLIGHT_REPORT = "FLIGHT_REPORT"
    VESSEL_NOTICE = "VESSEL_NOTICE"
    STAGE_REPORT = "STAGE_REPORT"
    """Owed beside all steps, as the next is."""
    FINAL_REPORT = "FINAL_REPORT"


class Detail(StrEnum):
    """What is said with a step and kept with it, beside its reason."""

    WARNING_ID = "warning_id"
    """Of the navigational warning or notice that was published."""
    TAKEOFF_AT = "takeoff_at"
    """When the reported flight is to take off, ISO 8601 with its offset."""
    ASKED_UNTIL = "asked_until"
    """The end that a renewal asks for, ISO 8601 with its offset."""
    VALID_TO = "valid_to"
    """The end that the permit has since the step; nobody says it, it follows."""
    AUTHORITY = "authority"
    """The organisation whose department or police took the step; it follows too."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One arrow of a life cycle."""

    action: PermitAction
    before: PermitState
    after: PermitState
    actors: frozenset[Actor]
    needs_reason: bool = False
    """Whether it is a decision against the applicant, who must learn why (说明理由)."""
    guards: tuple[Guard, ...] = ()
    """Asked in this order; the first that refuses is told."""
    effects: tuple[Effect, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    """By when it is to be done."""
    by_law: bool = False
    """Whether it comes about by itself once its deadline has passed."""
    needs: tuple[Detail, ...] = ()
    """What must be said with it."""
    takes: tuple[Detail, ...] = ()
    """What may be."""

    @property
    def is_window(self) -> bool:
        """Whether somebody may do it until its deadline, and owes it to nobody."""
        return Guard.IN_TIME in self.guards


def rows(
    action: PermitAction,
    before: PermitState | Iterable[PermitState],
    after: PermitState,
    actors: frozenset[Actor],
    *named: Guard | Effect | Deadline,
    reason: bool = False,
    by_law: bool = False,
    needs: tuple[Detail, ...] = (),
    takes: tuple[Detail, ...] = (),
) -> tuple[Transition, ...]:
    """Return the same step from each of some states, with the guards, effects and deadlines named."""
    starts = (before,) if isinstance(before, PermitState) else tuple(before)
    return tuple(
        Transition(
            action,
            start,
            after,
            actors,
            needs_reason=reason,
            guards=tuple(each for each in named if isinstance(each, Guard)),
            effects=tuple(each for each in named if isinstance(each, Effect)),
            deadlines=tuple(each for each in named if isinstance(each, Deadline)),
            by_law=by_law,
            needs=needs,
            takes=takes,
        )
        for start in starts
    )


def in_place(
    action: PermitAction,
    states: Iterable[PermitState],
    actors: frozenset[Actor],
    *named: Guard | Effect | Deadline,
    reason: bool = False,
) -> tuple[Transition, ...]:
    """Return a step that may be taken in some states and leaves each of them as it is."""
    return tuple(
        row for each in states for row in rows(action, each, each, actors, *named, reason=reason)
    )


APPLICANT = frozenset({Actor.APPLICANT})
REVIEWER = frozenset({Actor.REVIEWER})
POLICE = frozenset({Actor.POLICE})
DEPARTMENTS = frozenset({Actor.DEPARTMENTS})
SYSTEM = frozenset({Actor.SYSTEM})
REGISTRAR = frozenset({Actor.ADMINISTRATOR, Actor.SYSTEM})
