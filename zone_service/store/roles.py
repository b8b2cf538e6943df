"""Who people and organisations are to the platform.

Apart from the other records: the command line needs these words and nothing that is slow to load.
"""

from enum import StrEnum

SERVICE = "service"
"""The broker's account of the platform's own processes; no device may be called so."""


class OrganisationKind(StrEnum):
    """What an organisation is to the platform."""

    OPERATOR = "operator"
    """Runs vehicles, aircraft or vessels."""
    DEPARTMENT = "department"
    """Reviews permits."""
    POLICE = "police"
    """Supervises and handles violations."""
    PLATFORM = "platform"
    """Runs this installation."""


class Role(StrEnum):
    """What a person may do here."""

    OPERATOR = "operator"
    REVIEWER = "reviewer"
    POLICE = "police"
    ADMINISTRATOR = "administrator"


class Department(StrEnum):
    """Who reviews permits, each for its own ground."""

    INDUSTRY = "industry"
    """经信."""
    TRANSPORT = "transport"
    """交通."""
    POLICE = "police"
    """公安."""
    AVIATION = "aviation"
    """民航."""
    MARITIME = "maritime"
    """海事."""
