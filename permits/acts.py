"""What a department does to a permit, by its nature in law: for each the rule set says who is competent."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from permits.matter_states import MatterAction
from permits.states import PermitAction


class Act(StrEnum):
    """The nature of a step that an authority takes."""

    HANDLE = "handle"
    """办理: takes an application in and along its reviews, and what follows from the decision."""
    CONFIRM = "confirm"
    """起飞确认"""
    WARN = "warn"
    """发布航行警告、航行通告: with it a trial is granted."""
    PLATE = "plate"
    """核发、收回牌证"""
    SUPERVISE = "supervise"
    """监督检查: suspends, lets go on, ends for its own ground, accepts what was put right."""
    LIABILITY = "liability"
    """事故责任认定"""
    UNDO = "undo"
    """撤销、撤回: the authority that decided takes its decision back."""
    ATTEST = "attest"
    """核实: answers by a document what figures leave open, and confirms figures of the kind."""


_P, _M = PermitAction, MatterAction
_ACTS: Mapping[Act, tuple[PermitAction, ...]] = MappingProxyType(
    {
        Act.HANDLE: (
            _P.RETURN_FOR_CORRECTION, _P.ACCEPT, _P.START_THIRD_PARTY_REVIEW,
            _P.START_EXPERT_REVIEW, _P.OPEN_JOINT_REVIEW, _P.EXTEND_TIME,
            _P.REQUEST_PLATE, _P.ACTIVATE, _P.RENEW, _P.REFUSE_RENEWAL, _P.CLOSE,
        ),
        Act.CONFIRM: (_P.CONFIRM, _P.REFUSE_CONFIRMATION),
        Act.WARN: (_P.PUBLISH_WARNING,),
        Act.PLATE: (_P.ISSUE, _P.ISSUE_PLATES, _P.RECALL_PLATES, _P.ANNOUNCE_PLATES_VOID),
        Act.SUPERVISE: (
            _P.SUSPEND, _P.START_RECTIFICATION, _P.RESUME, _P.REFUSE_RESUME, _P.TERMINATE,
            _P.REVOKE,
        ),
        Act.UNDO: (_P.ANNUL, _P.WITHDRAW_BY_AUTHORITY),
    }
)  # fmt: skip
_MATTER_ACTS: Mapping[Act, tuple[MatterAction, ...]] = MappingProxyType(
    {
        Act.HANDLE: (_M.CONSENT, _M.RETURN, _M.REFUSE),
        Act.PLATE: (_M.PLATE,),
        Act.SUPERVISE: (
            _M.SUSPEND, _M.START_RECTIFICATION, _M.RESUME, _M.REFUSE_RESUME, _M.RECORD,
            _M.RETURN_REPORT, _M.ACCEPT_REPORT, _M.RETURN_ANALYSIS, _M.ACCEPT_ANALYSIS,
            # Of a hearing whoever may do what it is about, which may be to undo.
            _M.ANNOUNCE, _M.HOLD, _M.DROP,
        ),
        Act.LIABILITY: (_M.DETERMINE_LIABILITY,),
    }
)  # fmt: skip
ACT_OF: Mapping[PermitAction, Act] = MappingProxyType(
    {action: act for act, actions in _ACTS.items() for action in actions}
)
"""Of every step that an authority takes; of no other."""
MATTER_ACT_OF: Mapping[MatterAction, Act] = MappingProxyType(
    {action: act for act, actions in _MATTER_ACTS.items() for action in actions}
)
