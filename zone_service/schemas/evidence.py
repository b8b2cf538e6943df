"""Clips of evidence as answers, and what is said about them."""

from datetime import datetime
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from zone_service.schemas.fields import Given, Reason
from zone_service.store.records import EvidenceClip, EvidenceKind, EvidencePart


class HoldGiven(Given):
    """Why a legal hold is put on or lifted; it is on record."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "case 2026-117"}]})

    reason: Reason


class FurtherTimeGiven(Given):
    """A further time of what a clip is of, and what for; it is on record, and in the file."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "from": "2026-11-20T15:50:00+08:00",
                    "to": "2026-11-20T16:10:00+08:00",
                    "purpose": "case 2026-117",
                }
            ]
        }
    )

    begins: AwareDatetime = Field(alias="from")
    """The first moment of receipt."""
    ends: AwareDatetime = Field(alias="to")
    """The last: at most an hour later, within a day of the clip."""
    purpose: Reason


class EvidenceShown(BaseModel):
    """A clip of evidence; times are RFC 3339, UTC."""

    clip_id: str
    kind: EvidenceKind
    key: str
    """The id of the violation, or of the matter of the accident."""
    part: EvidencePart
    first_id: str | None
    """The clip that it comes beside, and names by its hash."""
    asked_by: str | None
    """Who has asked for a further time; told to those who supervise."""
    asked_for: str | None
    permit_number: str | None
    device_ids: list[str]
    """An operator is told its own alone."""
    rule_set: str
    """By which it reaches so long before and after, and is kept so long."""
    due_at: datetime
    """When the last of what belongs to it has been received."""
    sealed: bool
    sealed_at: datetime | None
    kept_until: datetime | None
    size_bytes: int | None
    sha256: str | None
    key_id: str | None
    """Of the key that sealed it."""
    frames: int | None
    held_by: str | None
    """Who has put a legal hold on it; told to those who supervise."""
    held_at: datetime | None
    held_for: str | None
    removed_at: datetime | None
    """When its file was removed, its time being over."""

    @classmethod
    def of(cls, clip: EvidenceClip, own: frozenset[str] | None) -> Self:
        """Return what somebody sees of a clip; ``own``: an operator's devices, ``None`` for who sees all."""
        sees_all = own is None
        return cls(
            clip_id=clip.clip_id,
            kind=clip.kind,
            key=clip.key,
            part=clip.part,
            first_id=clip.first_id,
            asked_by=clip.asked_by if sees_all else None,
            asked_for=clip.asked_for if sees_all else None,
            permit_number=clip.permit_number if _is_its_permit(clip, own) else None,
            device_ids=[each for each in clip.device_ids if own is None or each in own],
            rule_set=clip.rule_set,
            due_at=datetime.fromtimestamp(clip.due_s, clip.noted_at.tzinfo),
            sealed=clip.sealed_at is not None,
            sealed_at=clip.sealed_at,
            kept_until=clip.kept_until,
            size_bytes=clip.size_bytes,
            sha256=clip.sha256,
            key_id=clip.key_id,
            frames=clip.frame_count,
            held_by=clip.held_by if sees_all else None,
            held_at=clip.held_at if sees_all else None,
            held_for=clip.held_for if sees_all else None,
            removed_at=clip.removed_at,
        )


def _is_its_permit(clip: EvidenceClip, own: frozenset[str] | None) -> bool:
    """Tell whether the permit may be shown: of two devices it is that of the first alone."""
    return own is None or clip.other_organisation_id is None or own.issuperset(clip.device_ids)
