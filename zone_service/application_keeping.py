"""Applications from the command line: looked at by anybody, given samples by somebody named."""

from contextlib import closing

from zone_service.acting import Named, acting
from zone_service.clock import now
from zone_service.provision import opened
from zone_service.rule_library import RuleLibrary
from zone_service.sample_papers import hand_in_samples
from zone_service.schemas.applications import ApplicationShown
from zone_service.settings import Environment, Settings
from zone_service.store import applications
from zone_service.store.engine import Store
from zone_service.store.errors import NotAllowed
from zone_service.store.files import Files
from zone_service.store.records import PLATFORM


def application_there(settings: Settings, number: str) -> ApplicationShown:
    """Return the application of a permit, and all that it lacks today.

    Raises:
        NotFound: there is no such permit.
    """
    with closing(opened(settings)) as store:
        return _shown(settings, store, number)


def with_samples(settings: Settings, who: Named, number: str) -> int:
    """Hand in samples for all that an application lacks and return how many documents.

    Raises:
        NotAllowed: this is production, where a sample would be a forgery.
        StoreError: it is nobody, or not theirs; as ``applications.put``.
    """
    if settings.environment is Environment.PRODUCTION:
        raise NotAllowed(why="sample in production")
    with acting(settings, who) as (store, principal):
        with store.read() as session:
            under = RuleLibrary(settings).ruling(session)
        files = Files(settings.files_dir)
        return hand_in_samples(store, files, principal, number, now(), under)


def _shown(settings: Settings, store: Store, number: str) -> ApplicationShown:
    with store.read() as session:
        under = RuleLibrary(settings).ruling(session)
        found = applications.get(session, PLATFORM, number)
        lacks = applications.missing_of(session, PLATFORM, number, now(), under=under)
    return ApplicationShown.of(number, found, lacks)
