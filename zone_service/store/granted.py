"""Which permits were never granted."""

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
