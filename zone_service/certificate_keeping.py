"""Certificates and their keys from the command line, as the platform's administrator."""

from contextlib import closing
from typing import Any

import httpx

from zone_service.certificate_drawing import certificate_of, first_key, rotate
from zone_service.certificate_token import Keys
from zone_service.issuer_key import key_set, public_keys, read_key_set
from zone_service.provision import opened
from zone_service.settings import Settings
from zone_service.store import certificates, issuer_keys
from zone_service.store.engine import Store
from zone_service.store.errors import StoreError
from zone_service.store.records import PLATFORM, KeptCertificate

TIMEOUT_S = 10.0


class NotReached(StoreError):
    """The platform at an address does not answer, or is none."""


def certificate(settings: Settings, number: str) -> KeptCertificate:
    """Return the certificate of a permit, drawn if nobody has asked for it before.

    Raises:
        NotFound: there is no such permit, or it has no certificate.
    """
    with closing(opened(settings)) as store:
        with store.read() as session:
            own = certificates.permit_behind(session, number) or number
        return certificate_of(store, settings.data_dir, PLATFORM, own)


def own_key_set(settings: Settings) -> dict[str, object]:
    """Return the public keys of this installation; there is one at least."""
    with closing(opened(settings)) as store:
        if not _halves(store):
            first_key(store, settings.data_dir)
        return key_set(_halves(store))


def other_key(settings: Settings) -> str:
    """Make another key that signs from now on, and return its id."""
    with closing(opened(settings)) as store:
        return rotate(store, settings.data_dir).key_id


def own_keys(settings: Settings) -> Keys:
    """Return the public keys of this installation."""
    with closing(opened(settings)) as store:
        return public_keys(_halves(store))


def keys_at(url: str) -> Keys:
    """Return the public keys that a platform publishes.

    Raises:
        NotReached: it does not answer, or not with keys.
    """
    answer = _asked("GET", url, "/api/certificates/keys")
    try:
        return read_key_set(answer.content)
    except ValueError as error:
        raise NotReached(why="no keys there", url=url, cause=error) from None


def status_at(url: str, token: str) -> dict[str, Any]:
    """Return how the permit of a token stands now, by a platform.

    Raises:
        NotReached: it does not answer.
    """
    answer = _asked("POST", url, "/api/certificates/status", json={"token": token})
    found: dict[str, Any] = answer.json()
    return found


def _asked(method: str, url: str, path: str, **said: Any) -> httpx.Response:
    address = url.rstrip("/") + path
    try:
        answer = httpx.request(method, address, timeout=TIMEOUT_S, **said)
        answer.raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotReached(why="not reached", address=address, cause=error) from None
    return answer


def _halves(store: Store) -> tuple[tuple[str, str], ...]:
    with store.read() as session:
        return issuer_keys.public_halves(session)
