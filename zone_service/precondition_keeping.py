"""Preconditions from the command line, as the platform's administrator sees them."""

from contextlib import closing

from zone_service.clock import now
from zone_service.provision import opened
from zone_service.rule_library import RuleLibrary
from zone_service.schemas.preconditions import PreconditionsShown
from zone_service.settings import Settings
from zone_service.store import preconditions
from zone_service.store.errors import NotFound
from zone_service.store.records import PLATFORM


def preconditions_of(settings: Settings, number: str) -> PreconditionsShown:
    """Return the preconditions of a permit as they are now.

    Raises:
        NotFound: there is no such permit.
    """
    with closing(opened(settings)) as store, store.read() as session:
        under = RuleLibrary(settings).ruling(session)
        found = preconditions.get(session, PLATFORM, number, now(), under)
        return PreconditionsShown.of(found, under.sheet)


def preconditions_of_matter(settings: Settings, number: str, matter_id: str) -> PreconditionsShown:
    """Return the preconditions of a permit as it would be, were what is asked for granted.

    Raises:
        NotFound: there is no such matter under the permit.
        Conflict: nothing is asked for in it, or it is over.
    """
    with closing(opened(settings)) as store, store.read() as session:
        under = RuleLibrary(settings).ruling(session)
        found = preconditions.of_matter(session, PLATFORM, matter_id, now(), under)
        if found.permit.number != number:
            raise NotFound(what="matter", key=matter_id)
        return PreconditionsShown.of(found, under.sheet)
