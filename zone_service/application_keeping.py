"""Applications from the command line, as the platform's administrator."""

from contextlib import closing

from pydantic import ValidationError

from zone_service.clock import now
from zone_service.provision import opened
from zone_service.rule_library import RuleLibrary
from zone_service.sample_papers import hand_in_samples
from zone_service.schemas.applications import ApplicationGiven, ApplicationShown
from zone_service.settings import Environment, Settings
from zone_service.store import applications
from zone_service.store.engine import Store
from zone_service.store.errors import InvalidValue, NotAllowed
from zone_service.store.files import Files
from zone_service.store.records import PLATFORM


def application_there(settings: Settings, number: str) -> ApplicationShown:
    """Return the application of a permit, and all that it lacks today.

    Raises:
        NotFound: there is no such permit.
    """
    with closing(opened(settings)) as store:
        return _shown(settings, store, number)


def filled_in(settings: Settings, number: str, text: str) -> ApplicationShown:
    """Fill in an application with a JSON text, as ``PUT …/application`` takes it.

    Raises:
        InvalidValue: it is not such a text; lists each member at fault.
        NotFound, Conflict: as ``applications.put``.
    """
    try:
        given = ApplicationGiven.model_validate_json(text)
    except ValidationError as error:
        found = (
            f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}"
            for each in error.errors()
        )
        raise InvalidValue("; ".join(found)) from None
    with closing(opened(settings)) as store:
        with store.write() as session:
            applications.put(session, PLATFORM, number, given.application(), now())
        return _shown(settings, store, number)


def with_samples(settings: Settings, number: str) -> int:
    """Hand in samples for all that an application lacks and return how many documents.

    Raises:
        NotAllowed: this is production, where a sample would be a forgery.
        NotFound, Conflict: as ``applications.put``.
    """
    if settings.environment is Environment.PRODUCTION:
        msg = "sample papers in production: expected papers that are true"
        raise NotAllowed(msg)
    with closing(opened(settings)) as store:
        with store.read() as session:
            under = RuleLibrary(settings).ruling(session)
        files = Files(settings.files_dir)
        return hand_in_samples(store, files, PLATFORM, number, now(), under)


def _shown(settings: Settings, store: Store, number: str) -> ApplicationShown:
    with store.read() as session:
        under = RuleLibrary(settings).ruling(session)
        found = applications.get(session, PLATFORM, number)
        lacks = applications.missing_of(session, PLATFORM, number, now(), under=under)
    return ApplicationShown.of(number, found, lacks)
