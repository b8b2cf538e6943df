"""Everything that an operator of the platform types: ``zone …``."""

from zone_service.commands import (
    accidents,
    applications,
    certificates,
    documents,
    keeping,
    matters,
    permits,
    recognition,
    refused,
    register,
    replaying,
    reporting,
    reviewing,
    rules,
    running,
    trying,
    zones,
)
from zone_service.commands.root import app

__all__ = [
    "accidents",
    "app",
    "applications",
    "certificates",
    "documents",
    "keeping",
    "matters",
    "permits",
    "recognition",
    "refused",
    "register",
    "replaying",
    "reporting",
    "reviewing",
    "rules",
    "running",
    "trying",
    "zones",
]
