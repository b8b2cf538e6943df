"""Matters under a permit (事项): what they are about, their states, and what is done in them.

A permit has one life; what is applied for under it, what of it is suspended and what has happened
to its vehicles have lives of their own, several at a time.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class MatterFamily(StrEnum):
    """Matters that share a life cycle."""

    SUSPENSION = "suspension"
    """部分暂停与整改: of some vehicles or segments."""


class MatterKind(StrEnum):
    """What a matter is."""

    SUSPENSION = "SUSPENSION"
    """部分暂停"""


MATTER_FAMILY_OF: Mapping[MatterKind, MatterFamily] = MappingProxyType(
    {
        MatterKind.SUSPENSION: MatterFamily.SUSPENSION,
    }
)


class MatterState(StrEnum):
    """Where a matter is in its life."""

    NEW = "NEW"
    """Before anything was done: nothing is kept of it."""
    SUSPENDED = "SUSPENDED"
    """暂停"""
    RECTIFICATION = "RECTIFICATION"
    """整改"""
    RESUME_REQUESTED = "RESUME_REQUESTED"
    """申请恢复: what was put right is reported."""
    RESUMED = "RESUMED"
    """恢复"""
    LAPSED = "LAPSED"
    """失效: its permit is over."""


class MatterAction(StrEnum):
    """What somebody does in a matter."""

    SUSPEND = "SUSPEND"
    START_RECTIFICATION = "START_RECTIFICATION"
    """责令整改: ordered by an authority, or begun by the operator of its own accord."""
    REQUEST_RESUME = "REQUEST_RESUME"
    """整改报告: what was put right is reported, and asked to go on."""
    REFUSE_RESUME = "REFUSE_RESUME"
    RESUME = "RESUME"
    LAPSE = "LAPSE"
