"""Who people and organisations are to the platform.

Apart from the other records: the command line needs these words and nothing that is slow to load.
"""

from enum import StrEnum

from permits.department import Department as Department

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
    THIRD_PARTY = "third_party"
    """第三方机构, or a panel of experts: gives its opinion on the files that it is asked about."""
    PLATFORM = "platform"
    """Runs this installation."""


class Role(StrEnum):
    """What a person may do here."""

    OPERATOR = "operator"
    REVIEWER = "reviewer"
    POLICE = "police"
    ASSESSOR = "assessor"
    """Of a third party: sees the files that it is asked about, and nothing else."""
    ADMINISTRATOR = "administrator"


class Handling(StrEnum):
    """How far people are with a violation."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


SEES_ALL = frozenset({Role.REVIEWER, Role.POLICE, Role.ADMINISTRATOR})
"""Those who supervise; the others see what is their organisation's."""
