"""One row of a life cycle: what is done, from where to where, by whom, and on what conditions."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from permits.states import PermitAction, PermitState


class Actor(StrEnum):
    """The part that somebody plays in the life of a permit."""

    APPLICANT = "applicant"
    OWNER = "owner"
    """Of a consortium's permit the member whose vehicles alone a matter is about."""
    REVIEWER = "reviewer"
    """Somebody of a department, or of air traffic management, or of the maritime authority."""
    POLICE = "police"
    ADMINISTRATOR = "administrator"
    DEPARTMENTS = "departments"
    """All that must vote, together: the platform takes the step that their votes come to."""
    SYSTEM = "system"


class Guard(StrEnum):
    """What must hold for a step, beside its place in the table; who looks is the shell."""

    COMPETENT = "competent"
    """An authority takes the step that the rule set names for it, and not on its own file."""

    COMPLETE = "complete"
    """All that an application of its kind must contain has been handed in."""
    SUBMITTABLE = "preconditions of handing in"
    """None of them that refuses it is not met."""
    ACCEPTABLE = "preconditions of acceptance"
    GRANTABLE = "preconditions of granting"
    PLACES_STAND = "places stand"
    """Each zone that it names, and that no condition takes away, is on the map and is what it is named as."""
    PLANNED = "planned"
    """Of a standing flight: the plan of the day was filed, and what is reported lies within it."""
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
    """The hour has come that was reported, and so long a time has passed since as must lie in between."""
    EXTENDABLE = "extendable"
    """The time for a decision was not extended before, and is not over."""
    RENEWAL_PERIOD = "renewal period"
    """The end that is asked for lies beyond the present one, and within the longest renewal."""
    RENEWABLE = "renewable"
    """The rule set lets its kind be renewed, and no renewal is asked for already."""
    RENEWAL_ASKED = "renewal asked"
    """A renewal was asked for that nobody has decided."""
    WARNED = "warned"
    """A warning was published since the renewal was asked for."""
    PLATES_FIT = "plates fit"
    """The plates that are given are in order, on no other vehicle, and all that must be there."""
    THIRD_PARTY_ACCEPTS = "third party accepts"
    """The third party has found, since it was asked to go on, that it can; where the rule set asks."""
    RECTIFICATION_REPORT = "rectification report"
    """A report on what was put right was handed in since the permit was suspended, or refused to go on."""
    GROUND_KNOWN = "ground known"
    """The ground of a suspension, where one is named beside the reason, is a known one."""
    TERMINATION_GROUND = "termination ground"
    """It is one of the family that stands under the rule set, and that whoever names it may name."""
    GROUND_GONE = "ground gone"
    """Nothing stands in the way that suspends by itself."""
    ROOM_LEFT = "room left"
    """Its airspace has room, and none of the flights that were granted meanwhile is in its way."""
    REPLACES_ITS = "replaces its own"
    """The permit that it is to replace, if any, is another of the same holder that was granted and is not over."""
    OPINION_GIVEN = "opinion given"
    """Whose review it is has given an opinion since the file was accepted; where the rule set asks."""
    RETURNED_NEVER = "returned never"
    """Intake has not returned it before (一次性告知)."""
    TERMS_BROUGHT = "terms are brought"
    NO_VOTE_CAST = "no vote cast"
    """No department has voted in the round that is open."""
    SUMMARY_REPORT = "summary report"
    """A report that sums up what was done so far is there, where the rule set asks for it."""
    ALL_RECOGNISED = "all recognised"
    """Other jurisdictions have told of each of its vehicles, and the rule set spares the reviews then."""
    HEARD = "heard"
    """Where the rule set asks for it: its holder was heard, has waived it or let the time pass."""
    SELF_CHECKED = "self-checked"
    """Its devices are online and have passed a first self-check, where the rule set asks for it."""
    REPLACED_GOES_ON = "replaced goes on"
    """Nothing of the permit whose place it takes, if any, is halted that both name, or is to be taken."""
    NOTHING_HALTED = "nothing halted"
    """Of who holds it: no suspension, accident that stops or announced act is open under it."""
    HOLDER_ENDED = "holder ended"
    """The legal person of its holder has ended."""
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
    RECOUNT = "recount"
    """It and its plates last as long as the papers that count now, and are never ended in the past."""
    CERTIFY = "certify"
    """The next edition of its certificate is made out."""
    BEGIN_PLATES = "begin plates"
    """The plates that were given beside those of the permit whose place it takes are borne from now on."""
    STOP_VEHICLES = "stop vehicles"
    """What an accident stops under another permit is halted under this one, too."""
    VOID_PLATES = "void plates"
    """Its plates are valid no more, and to be handed back."""
    RECALL_PLATES = "recall plates"
    ANNOUNCE_PLATES = "announce plates"
    DECIDE_HEARING = "decide hearing"
    """The matter in which it was announced is decided with it."""
    TAKE_CONSENTS = "take consents"
    """What departments made a condition of the renewal becomes a part of the terms."""
    ANNOUNCE_PLATES_LEFT = "announce plates left"
    """Those of them that nobody has handed back until then."""
    TAKE_REPORT = "take report"
    """The flight that is reported becomes the one that its confirmation is for."""
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
    STRIKE_OFF = "STRIKE_OFF"
    FLIGHT_APPLICATION = "FLIGHT_APPLICATION"
    FLIGHT_DECISION = "FLIGHT_DECISION"
    PLAN_ANSWER = "PLAN_ANSWER"
    """Of the plans of days under a standing flight: owed beside all steps, too."""
    FLIGHT_REPORT = "FLIGHT_REPORT"
    CONFIRMATION_ENDS = "CONFIRMATION_ENDS"
    VESSEL_NOTICE = "VESSEL_NOTICE"
    VESSEL_DECISION = "VESSEL_DECISION"
    STAGE_REPORT = "STAGE_REPORT"
    """Owed beside all steps, as the next is."""
    FINAL_REPORT = "FINAL_REPORT"


class Detail(StrEnum):
    """What is said with a step and kept with it, beside its reason."""

    WARNING_ID = "warning_id"
    """Of the navigational warning or notice that was published."""
    TAKEOFF_AT = "takeoff_at"
    """When the reported flight is to take off, ISO 8601 with its offset."""
    LANDING_AT = "landing_at"
    """When it is over at the latest; without it with the plan, or the day, of its take-off."""
    ASKED_UNTIL = "asked_until"
    """The end that a renewal asks for, ISO 8601 with its offset."""
    GROUND = "ground"
    """Of a suspension: one of ``permits.suspension_grounds.SuspensionGround``; of a termination: one of
    ``permits.termination_grounds.TerminationGround``."""
    REPLACES = "replaces"
    """The number of the permit that ends when this one is issued."""
    REPLACED_BY = "replaced_by"
    """The number of the permit that took its place; nobody says it, it follows."""
    URGENT_GROUND = "urgent_ground"
    """Why an emergency is so extreme that its flight is applied for at any time (Art. 29)."""
    APPROVAL_NUMBER = "approval_number"
    """Of the approval of air traffic management that a flight names; nobody says it, it follows."""
    MISSING = "missing"
    """All that must be put right, an item a line; the platform adds what it knows to be lacking."""
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

    @property
    def is_shortcut(self) -> bool:
        """Whether it is the way of some alone, beside the ordinary one."""
        return not {Guard.ALL_RECOGNISED, Guard.HOLDER_ENDED}.isdisjoint(self.guards)


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
    # Here and not in each table: whatever an authority may do, a competent one alone does.
    first = () if actors.isdisjoint(AUTHORITIES) else (Guard.COMPETENT,)
    return tuple(
        Transition(
            action,
            start,
            after,
            actors,
            needs_reason=reason,
            guards=(*first, *(each for each in named if isinstance(each, Guard))),
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
OWNER = frozenset({Actor.OWNER})
REVIEWER = frozenset({Actor.REVIEWER})
POLICE = frozenset({Actor.POLICE})
AUTHORITIES = REVIEWER | POLICE
"""Those of whom each acts for a department."""
DEPARTMENTS = frozenset({Actor.DEPARTMENTS})
SYSTEM = frozenset({Actor.SYSTEM})
REGISTRAR = frozenset({Actor.ADMINISTRATOR, Actor.SYSTEM})
