"""Reports from the command line, as the platform's administrator."""

from contextlib import closing

from zone_service.provision import opened
from zone_service.public_lists import PublicLists, lists_of
from zone_service.settings import Settings


def public_lists(settings: Settings) -> PublicLists:
    """Return what everybody may read: the opened places, and the permits in force."""
    with closing(opened(settings)) as store:
        return lists_of(store)
