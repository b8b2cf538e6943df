"""The life of what is applied for under a permit: one table.

No expert review: what is asked for changes neither a configuration nor what was tested (变更、增加同配置车辆、延续).
"""

from permits.matter_states import MatterAction as A
from permits.matter_states import MatterState as S
from permits.matter_step import (
    MatterDeadline,
    MatterEffect,
    MatterGuard,
    MatterObject,
    MatterStep,
    steps,
)
from permits.transition import APPLICANT, DEPARTMENTS, POLICE, REVIEWER, SYSTEM

_G, _E, _D = MatterGuard, MatterEffect, MatterDeadline
_AUTHORITY = REVIEWER | POLICE

FURTHER_STEPS: tuple[MatterStep, ...] = (
    *steps(
        A.APPLY, S.NEW, S.SUBMITTED, APPLICANT,
        _G.PERMIT_CHANGEABLE, _G.NONE_OPEN, _G.FITS, _G.PLACES_STAND,
    ),
    *steps(A.RESUBMIT, S.RETURNED, S.SUBMITTED, APPLICANT, _G.FITS, _G.PLACES_STAND),
    # Each department that must decide consents; the last one decides, and nobody alone. What was suspended
    # meanwhile goes on first: a change of what cannot be changed would be half made.
    *steps(A.CONSENT, S.SUBMITTED, S.SUBMITTED, _AUTHORITY, _G.OWN_CONSENT, _G.CONDITIONS_FIT, _D.FURTHER_DECISION),
    *steps(A.RETURN, S.SUBMITTED, S.RETURNED, _AUTHORITY, _D.FURTHER_DECISION, reason=True),
    *steps(A.REFUSE, S.SUBMITTED, S.REFUSED, _AUTHORITY, _D.FURTHER_DECISION, reason=True),
    *steps(
        A.GRANT,
        S.SUBMITTED,
        S.GRANTED,
        DEPARTMENTS,
        _G.PERMIT_CHANGEABLE,
        _G.ALL_CONSENT,
        _G.FITS,
        _G.CONDITIONS_FIT,
        _G.RULES_IN_FORCE,
        _G.PLACES_STAND,
        _G.GRANTABLE,
        _G.SELF_CHECKED,
        _E.CHANGE_PERMIT,
        _D.FURTHER_DECISION,
    ),
    # Vehicles that must bear plates are added when the police give them theirs, and not before.
    *steps(
        A.GRANT_TO_PLATE,
        S.SUBMITTED,
        S.AWAITING_PLATE,
        DEPARTMENTS,
        _G.PERMIT_CHANGEABLE,
        _G.ALL_CONSENT,
        _G.FITS,
        _G.CONDITIONS_FIT,
        _G.RULES_IN_FORCE,
        _G.PLACES_STAND,
        _G.GRANTABLE,
        _D.FURTHER_DECISION,
    ),
    *steps(
        A.PLATE, S.AWAITING_PLATE, S.GRANTED, POLICE, _G.PERMIT_CHANGEABLE, _G.FITS, _G.CONDITIONS_FIT,
        _G.RULES_IN_FORCE, _G.PLACES_STAND, _G.GRANTABLE, _G.SELF_CHECKED, _E.CHANGE_PERMIT, _E.PLATE,
    ),
    # The law grants a renewal that nobody has decided.
    *steps(A.GRANT_BY_LAW, (S.SUBMITTED, S.RETURNED), S.GRANTED, SYSTEM),
    *steps(
        A.WITHDRAW, (S.SUBMITTED, S.RETURNED, S.AWAITING_PLATE), S.WITHDRAWN, APPLICANT,
        _G.NO_RENEWAL,
    ),
    # What is asked for of who has left is refused, or taken back: the rest of it may still be granted.
    *steps(
        A.LAPSE, (S.SUBMITTED, S.RETURNED, S.AWAITING_PLATE), S.LAPSED, SYSTEM, MatterObject.PERMIT,
    ),
)  # fmt: skip
