"""Which permits were never granted, and which are over."""

from permits.states import PermitState

NEVER_GRANTED = (
    PermitState.DRAFT,
    PermitState.SUBMITTED,
    PermitState.RETURNED_FOR_CORRECTION,
    PermitState.ACCEPTED,
    PermitState.THIRD_PARTY_REVIEW,
    PermitState.EXPERT_REVIEW,
    PermitState.JOINT_REVIEW,
    PermitState.NOTIFIED,
    PermitState.REJECTED,
    PermitState.WITHDRAWN,
)
"""The states of applications that were not decided, refused or taken back."""

ENDED = (
    PermitState.EXPIRED,
    PermitState.TERMINATED,
    PermitState.ANNULLED,
    PermitState.WITHDRAWN_BY_AUTHORITY,
    PermitState.REVOKED,
    PermitState.DEREGISTERED,
    PermitState.CLOSED,
)
"""The states of what was in force and is over."""
