"""Whose opinion on a file there may be."""

from enum import StrEnum


class OpinionKind(StrEnum):
    """Whose opinion it is."""

    THIRD_PARTY = "third_party"
    """第三方评审"""
    EXPERT = "expert"
    """专家评审"""
