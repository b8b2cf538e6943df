"""The accounts of the demonstration. Everybody may know them: only ``ZONE_DEMO`` shows them.

Production refuses to start with that setting, and no other command makes these accounts.
"""

from dataclasses import dataclass
from typing import Final

from zone_service.store.records import Role


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account with the password that the login page shows."""

    username: str
    password: str
    role: Role
    organisation_id: str
    department: str | None = None


ACCOUNTS: Final = (
    KnownAccount("police", "demo-police-1", Role.POLICE, "demo-police"),
    KnownAccount("reviewer", "demo-reviewer-1", Role.REVIEWER, "demo-transport", "transport"),
    KnownAccount("industry", "demo-industry-1", Role.REVIEWER, "demo-industry", "industry"),
    KnownAccount("atm", "demo-atm-1", Role.REVIEWER, "demo-atm", "atm"),
    KnownAccount("maritime", "demo-maritime-1", Role.REVIEWER, "demo-maritime", "maritime"),
    KnownAccount("operator", "demo-operator-1", Role.OPERATOR, "demo-roads"),
    KnownAccount("admin", "demo-admin-1", Role.ADMINISTRATOR, "platform"),
)
