"""The life cycles of permits: one table for road permits, flight activities and vessel trials.

What is in the table may happen; what is not is refused by name. The ends of a permit that
sound alike in English are different acts in law and stay different states: 终止 (terminated),
撤销 (annulled), 撤回 (withdrawn by the authority), 吊销 (revoked), 注销 (deregistered), and the
applicant's own withdrawal.
"""

from collections import deque
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Family(StrEnum):
    """Permits that share a life cycle."""

    ROAD = "road"
    FLIGHT = "flight"
    VESSEL = "vessel"


class PermitKind(StrEnum):
    """What a permit is for."""

    ROAD_TEST = "ROAD_TEST"
    """道路测试"""
    DEMO_APPLICATION = "DEMO_APPLICATION"
    """示范应用: carrying people or goods on roads tested before."""
    DEMO_OPERATION = "DEMO_OPERATION"
    """示范运营: the same as a service."""
    FLIGHT_ACTIVITY = "FLIGHT_ACTIVITY"
    """飞行活动: one flight or series of flights."""
    VESSEL_TRIAL = "VESSEL_TRIAL"
    """试航: a trial of an unmanned vessel."""


FAMILY_OF: Mapping[PermitKind, Family] = MappingProxyType(
    {
        PermitKind.ROAD_TEST: Family.ROAD,
        PermitKind.DEMO_APPLICATION: Family.ROAD,
        PermitKind.DEMO_OPERATION: Family.ROAD,
        PermitKind.FLIGHT_ACTIVITY: Family.FLIGHT,
        PermitKind.VESSEL_TRIAL: Family.VESSEL,
    }
)


class PermitState(StrEnum):
    """Where a permit is in its life."""

    DRAFT = "DRAFT"
    """起草: with the applicant."""
    SUBMITTED = "SUBMITTED"
    """已提交: with the intake office, or with air traffic management."""
    RETURNED_FOR_CORRECTION = "RETURNED_FOR_CORRECTION"
    """补正: back with the applicant, with one list of all that is missing."""
    ACCEPTED = "ACCEPTED"
    """受理"""
    THIRD_PARTY_REVIEW = "THIRD_PARTY_REVIEW"
    """第三方评审: this time does not count for the authority's deadline."""
    EXPERT_REVIEW = "EXPERT_REVIEW"
    """专家评审: nor does this."""
    JOINT_REVIEW = "JOINT_REVIEW"
    """联合审查: one ballot a department."""
    APPROVED = "APPROVED"
    """同意: confirmed and numbered, not yet in force."""
    REJECTED = "REJECTED"
    """不予同意"""
    AWAITING_PLATE = "AWAITING_PLATE"
    """待发牌: the police issue the temporary plate (临时行驶车号牌)."""
    ISSUED = "ISSUED"
    """已发放: plate or certificate handed over, validity not begun."""
    ACTIVE = "ACTIVE"
    """有效: in force."""
    SUSPENDED = "SUSPENDED"
    """暂停"""
    RECTIFICATION = "RECTIFICATION"
    """整改"""
    RESUME_REQUESTED = "RESUME_REQUESTED"
    """申请恢复"""
    RENEWAL_PENDING = "RENEWAL_PENDING"
    """延续审查: in force, and beyond its end where no decision came in time (视为准予延续)."""
    EXPIRED = "EXPIRED"
    """到期"""
    WITHDRAWN = "WITHDRAWN"
    """撤回申请: by the applicant, before a decision; final."""
    TERMINATED = "TERMINATED"
    """终止: the activity is ended, for a danger, a grave offence or a closed road."""
    ANNULLED = "ANNULLED"
    """撤销: it should never have been granted."""
    WITHDRAWN_BY_AUTHORITY = "WITHDRAWN_BY_AUTHORITY"
    """撤回: rightly granted; the law or the facts have changed since."""
    REVOKED = "REVOKED"
    """吊销: a penalty."""
    DEREGISTERED = "DEREGISTERED"
    """注销: struck from the register after it ended in one of the other ways."""
    PRE_TAKEOFF_REPORTED = "PRE_TAKEOFF_REPORTED"
    """起飞前报告: reported, at least an hour before."""
    CONFIRMED = "CONFIRMED"
    """已确认: air traffic management confirmed; only now may it take off."""
    AIRBORNE = "AIRBORNE"
    """飞行中"""
    LANDED = "LANDED"
    """已降落"""
    NOTIFIED = "NOTIFIED"
    """已报告: sea area reported to the maritime authority."""
    WARNING_PUBLISHED = "WARNING_PUBLISHED"
    """已发布航行警告 or 航行通告"""
    CLOSED = "CLOSED"
    """结束: carried out, and the end reported."""


class PermitAction(StrEnum):
    """What somebody does to a permit."""

    SUBMIT = "SUBMIT"
    RETURN_FOR_CORRECTION = "RETURN_FOR_CORRECTION"
    ACCEPT = "ACCEPT"
    DEEM_ACCEPTED = "DEEM_ACCEPTED"
    """视为受理: the office said nothing in its five working days."""
    START_THIRD_PARTY_REVIEW = "START_THIRD_PARTY_REVIEW"
    START_EXPERT_REVIEW = "START_EXPERT_REVIEW"
    OPEN_JOINT_REVIEW = "OPEN_JOINT_REVIEW"
    APPROVE = "APPROVE"
    REJECT = "REJECT"
    REQUEST_PLATE = "REQUEST_PLATE"
    ISSUE = "ISSUE"
    ACTIVATE = "ACTIVATE"
    SUSPEND = "SUSPEND"
    START_RECTIFICATION = "START_RECTIFICATION"
    REQUEST_RESUME = "REQUEST_RESUME"
    REFUSE_RESUME = "REFUSE_RESUME"
    RESUME = "RESUME"
    REQUEST_RENEWAL = "REQUEST_RENEWAL"
    RENEW = "RENEW"
    REFUSE_RENEWAL = "REFUSE_RENEWAL"
    EXPIRE = "EXPIRE"
    WITHDRAW = "WITHDRAW"
    """撤回申请, by the applicant."""
    TERMINATE = "TERMINATE"
    """终止"""
    ANNUL = "ANNUL"
    """撤销"""
    WITHDRAW_BY_AUTHORITY = "WITHDRAW_BY_AUTHORITY"
    """撤回, by the authority."""
    REVOKE = "REVOKE"
    """吊销"""
    DEREGISTER = "DEREGISTER"
    """注销"""
    REPORT_PRE_TAKEOFF = "REPORT_PRE_TAKEOFF"
    CONFIRM = "CONFIRM"
    REFUSE_CONFIRMATION = "REFUSE_CONFIRMATION"
    TAKE_OFF = "TAKE_OFF"
    LAND = "LAND"
    NOTIFY = "NOTIFY"
    PUBLISH_WARNING = "PUBLISH_WARNING"
    CLOSE = "CLOSE"


_S, _A = PermitState, PermitAction
_Moves = dict[PermitAction, PermitState]

_WITHDRAW: _Moves = {_A.WITHDRAW: _S.WITHDRAWN}
_AUTHORITY_ENDS: _Moves = {
    _A.TERMINATE: _S.TERMINATED,
    _A.ANNUL: _S.ANNULLED,
    _A.WITHDRAW_BY_AUTHORITY: _S.WITHDRAWN_BY_AUTHORITY,
    _A.REVOKE: _S.REVOKED,
}
_LAPSES: _Moves = _AUTHORITY_ENDS | {_A.EXPIRE: _S.EXPIRED}
_STRIKE: _Moves = {_A.DEREGISTER: _S.DEREGISTERED}
_ENDED: dict[PermitState, _Moves] = {
    _S.TERMINATED: _STRIKE,
    _S.ANNULLED: _STRIKE,
    _S.WITHDRAWN_BY_AUTHORITY: _STRIKE,
    _S.REVOKED: _STRIKE,
    _S.EXPIRED: _STRIKE,
    _S.REJECTED: {},
    _S.WITHDRAWN: {},
    _S.DEREGISTERED: {},
}
_SUSPENSION: dict[PermitState, _Moves] = {
    _S.SUSPENDED: _LAPSES | {_A.START_RECTIFICATION: _S.RECTIFICATION},
    _S.RECTIFICATION: _LAPSES | {_A.REQUEST_RESUME: _S.RESUME_REQUESTED},
    _S.RESUME_REQUESTED: _LAPSES | {_A.RESUME: _S.ACTIVE, _A.REFUSE_RESUME: _S.RECTIFICATION},
}

_ROAD: dict[PermitState, _Moves] = {
    _S.DRAFT: _WITHDRAW | {_A.SUBMIT: _S.SUBMITTED},
    _S.SUBMITTED: _WITHDRAW
    | {
        _A.RETURN_FOR_CORRECTION: _S.RETURNED_FOR_CORRECTION,
        _A.ACCEPT: _S.ACCEPTED,
        _A.DEEM_ACCEPTED: _S.ACCEPTED,
    },
    _S.RETURNED_FOR_CORRECTION: _WITHDRAW | {_A.SUBMIT: _S.SUBMITTED},
    _S.ACCEPTED: _WITHDRAW | {_A.START_THIRD_PARTY_REVIEW: _S.THIRD_PARTY_REVIEW},
    _S.THIRD_PARTY_REVIEW: _WITHDRAW | {_A.START_EXPERT_REVIEW: _S.EXPERT_REVIEW},
    _S.EXPERT_REVIEW: _WITHDRAW | {_A.OPEN_JOINT_REVIEW: _S.JOINT_REVIEW},
    _S.JOINT_REVIEW: _WITHDRAW
    | {
        _A.RETURN_FOR_CORRECTION: _S.RETURNED_FOR_CORRECTION,
        _A.APPROVE: _S.APPROVED,
        _A.REJECT: _S.REJECTED,
    },
    _S.APPROVED: _AUTHORITY_ENDS | {_A.REQUEST_PLATE: _S.AWAITING_PLATE},
    _S.AWAITING_PLATE: _AUTHORITY_ENDS | {_A.ISSUE: _S.ISSUED},
    _S.ISSUED: _LAPSES | {_A.ACTIVATE: _S.ACTIVE},
    _S.ACTIVE: _LAPSES | {_A.SUSPEND: _S.SUSPENDED, _A.REQUEST_RENEWAL: _S.RENEWAL_PENDING},
    # No EXPIRE: where no decision comes by its end, a permit counts as extended.
    _S.RENEWAL_PENDING: _AUTHORITY_ENDS
    | {
        _A.RENEW: _S.ACTIVE,
        _A.REFUSE_RENEWAL: _S.ACTIVE,
        _A.SUSPEND: _S.SUSPENDED,
    },
    **_SUSPENSION,
    **_ENDED,
}

_FLIGHT: dict[PermitState, _Moves] = {
    _S.DRAFT: _WITHDRAW | {_A.SUBMIT: _S.SUBMITTED},
    _S.SUBMITTED: _WITHDRAW
    | {
        _A.RETURN_FOR_CORRECTION: _S.RETURNED_FOR_CORRECTION,
        _A.APPROVE: _S.APPROVED,
        _A.REJECT: _S.REJECTED,
    },
    _S.RETURNED_FOR_CORRECTION: _WITHDRAW | {_A.SUBMIT: _S.SUBMITTED},
    _S.APPROVED: _LAPSES | {_A.REPORT_PRE_TAKEOFF: _S.PRE_TAKEOFF_REPORTED, _A.CLOSE: _S.CLOSED},
    _S.PRE_TAKEOFF_REPORTED: _LAPSES
    | {_A.CONFIRM: _S.CONFIRMED, _A.REFUSE_CONFIRMATION: _S.APPROVED},
    _S.CONFIRMED: _LAPSES | {_A.TAKE_OFF: _S.AIRBORNE, _A.REFUSE_CONFIRMATION: _S.APPROVED},
    # A flight in the air does not expire: it is in breach until it lands.
    _S.AIRBORNE: _AUTHORITY_ENDS | {_A.LAND: _S.LANDED},
    # Another flight under the same permit needs another confirmation.
    _S.LANDED: _LAPSES | {_A.REPORT_PRE_TAKEOFF: _S.PRE_TAKEOFF_REPORTED, _A.CLOSE: _S.CLOSED},
    _S.CLOSED: _STRIKE,
    **_ENDED,
}

_VESSEL: dict[PermitState, _Moves] = {
    _S.DRAFT: _WITHDRAW | {_A.NOTIFY: _S.NOTIFIED},
    _S.NOTIFIED: _WITHDRAW
    | {
        _A.RETURN_FOR_CORRECTION: _S.RETURNED_FOR_CORRECTION,
        _A.REJECT: _S.REJECTED,
        _A.PUBLISH_WARNING: _S.WARNING_PUBLISHED,
    },
    _S.RETURNED_FOR_CORRECTION: _WITHDRAW | {_A.NOTIFY: _S.NOTIFIED},
    _S.WARNING_PUBLISHED: _LAPSES | {_A.ACTIVATE: _S.ACTIVE, _A.CLOSE: _S.CLOSED},
    _S.ACTIVE: _LAPSES | {_A.SUSPEND: _S.SUSPENDED, _A.CLOSE: _S.CLOSED},
    _S.CLOSED: _STRIKE,
    **_SUSPENSION,
    **_ENDED,
}


def _sealed(
    table: Mapping[PermitState, _Moves],
) -> Mapping[PermitState, Mapping[PermitAction, PermitState]]:
    return MappingProxyType({state: MappingProxyType(moves) for state, moves in table.items()})


TRANSITIONS: Mapping[Family, Mapping[PermitState, Mapping[PermitAction, PermitState]]] = (
    MappingProxyType(
        {
            Family.ROAD: _sealed(_ROAD),
            Family.FLIGHT: _sealed(_FLIGHT),
            Family.VESSEL: _sealed(_VESSEL),
        }
    )
)
"""What may happen in each state of each family; every state of a family has its row."""

_APPLICANT = frozenset({"applicant"})
_REVIEWER = frozenset({"reviewer"})
_REVIEWER_OR_POLICE = frozenset({"reviewer", "police"})
_SYSTEM = frozenset({"system"})

ACTORS: Mapping[PermitAction, frozenset[str]] = MappingProxyType(
    {
        _A.SUBMIT: _APPLICANT,
        _A.RETURN_FOR_CORRECTION: _REVIEWER,
        _A.ACCEPT: _REVIEWER,
        _A.DEEM_ACCEPTED: _SYSTEM,
        _A.START_THIRD_PARTY_REVIEW: _REVIEWER,
        _A.START_EXPERT_REVIEW: _REVIEWER,
        _A.OPEN_JOINT_REVIEW: _REVIEWER | _SYSTEM,
        _A.APPROVE: _REVIEWER,
        _A.REJECT: _REVIEWER,
        _A.REQUEST_PLATE: _APPLICANT | _REVIEWER,
        _A.ISSUE: frozenset({"police"}),
        _A.ACTIVATE: _REVIEWER | _SYSTEM,
        # Each of the three departments for its own ground; the system for lapsed papers alone.
        _A.SUSPEND: _REVIEWER_OR_POLICE | _SYSTEM,
        _A.START_RECTIFICATION: _APPLICANT,
        _A.REQUEST_RESUME: _APPLICANT,
        _A.REFUSE_RESUME: _REVIEWER_OR_POLICE,
        _A.RESUME: _REVIEWER_OR_POLICE,
        _A.REQUEST_RENEWAL: _APPLICANT,
        _A.RENEW: _REVIEWER,
        _A.REFUSE_RENEWAL: _REVIEWER,
        _A.EXPIRE: _SYSTEM,
        _A.WITHDRAW: _APPLICANT,
        _A.TERMINATE: _REVIEWER_OR_POLICE,
        _A.ANNUL: _REVIEWER,
        _A.WITHDRAW_BY_AUTHORITY: _REVIEWER,
        _A.REVOKE: _REVIEWER_OR_POLICE,
        _A.DEREGISTER: _SYSTEM | {"administrator"},
        _A.REPORT_PRE_TAKEOFF: _APPLICANT,
        _A.CONFIRM: _REVIEWER,
        _A.REFUSE_CONFIRMATION: _REVIEWER,
        _A.TAKE_OFF: _APPLICANT | _SYSTEM,
        _A.LAND: _APPLICANT | _SYSTEM,
        _A.NOTIFY: _APPLICANT,
        _A.PUBLISH_WARNING: _REVIEWER,
        _A.CLOSE: _APPLICANT | _REVIEWER,
    }
)
"""Who may do what: applicant, reviewer (of a department), police, administrator, system."""

NEEDS_REASON = frozenset(
    {
        _A.RETURN_FOR_CORRECTION,
        _A.REJECT,
        _A.SUSPEND,
        _A.REFUSE_RESUME,
        _A.REFUSE_RENEWAL,
        _A.REFUSE_CONFIRMATION,
        _A.TERMINATE,
        _A.ANNUL,
        _A.WITHDRAW_BY_AUTHORITY,
        _A.REVOKE,
    }
)
"""Decisions against the applicant, who must learn why (说明理由)."""

IN_FORCE = frozenset({_S.ACTIVE, _S.RENEWAL_PENDING, _S.CONFIRMED, _S.AIRBORNE})
TAKE_OFF_CONFIRMED = frozenset({_S.CONFIRMED, _S.AIRBORNE})


def in_force(state: PermitState) -> bool:
    """Tell whether the permitted activity may go on in this state."""
    return state in IN_FORCE


def may_take_off(state: PermitState) -> bool:
    """Tell whether a take-off is confirmed; an airborne message in another state is a breach."""
    return state in TAKE_OFF_CONFIRMED


def allowed(family: Family, state: PermitState) -> frozenset[PermitAction]:
    """Return what may be done in a state; nothing for a state the family does not have."""
    return frozenset(TRANSITIONS[family].get(state, ()))


def way(family: Family, start: PermitState, goal: PermitState) -> tuple[PermitAction, ...]:
    """Return the fewest actions from one state to another.

    Raises:
        ValueError: there is no way.
    """
    ways: dict[PermitState, tuple[PermitAction, ...]] = {start: ()}
    queue = deque([start])
    while queue and goal not in ways:
        here = queue.popleft()
        for action, there in TRANSITIONS[family].get(here, {}).items():
            if there not in ways:
                ways[there] = (*ways[here], action)
                queue.append(there)
    if goal not in ways:
        msg = f"a {family} permit never comes from {start} to {goal}"
        raise ValueError(msg)
    return ways[goal]
