"""What is asked before a step is taken: a function for each guard that the life cycles name.

A guard returns if the step may be taken, and else raises what refuses it: an error of the store or
a ``PermitError``. To add one, name it in ``permits.transition.Guard`` and in the rows of the tables,
and register its function here.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from permits.issuing import require_issuable
from permits.transition import Guard
from zone_service.store.permit_step import Step


def rules_in_force(step: Step) -> None:
    """Refuse what would be granted under rules that are not in force.

    Raises:
        NotIssuable: names each instrument that is not.
    """
    require_issuable(step.under, step.permit, step.action, step.at)


GUARDS: Mapping[Guard, Callable[[Step], None]] = MappingProxyType(
    {
        Guard.RULES_IN_FORCE: rules_in_force,
    }
)
