"""The API asked in this process, by somebody who is known: without a server, a network or a token.

What is typed goes the way that every request goes: the same schemas, the same rules of who may do
what, the same words of a refusal. A platform that runs finds what was written in the store within a
second, as it does whatever a command writes.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx

from permits.rule_words import Language
from zone_service.acting import Named, acting
from zone_service.app import asked_by
from zone_service.settings import Settings

_BASE = "http://zone.invalid"
"""No machine's: nothing leaves the process."""
_SPOKEN = {Language.ENGLISH: "en", Language.CHINESE: "zh"}

Query = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for."""

    method: str
    address: str
    query: Query = ()
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """The API refused; ``problem`` is what it said, in the language of whoever asked."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(problem.get("detail") or problem.get("title"))
        self.problem = problem


class Api:
    """The API in this process, as one person asks it."""

    def __init__(self, client: httpx.AsyncClient, runner: asyncio.Runner) -> None:
        self._client = client
        self._runner = runner

    def ask(self, request: Request) -> httpx.Response:
        """Ask for one thing, and return what is answered, a refusal too."""
        return self._runner.run(
            self._client.request(
                request.method,
                request.address,
                params=request.query,
                json=request.body,
                headers=request.headers,
            )
        )

    def get(self, address: str, query: Query = ()) -> Any:
        """Return what is at an address.

        Raises:
            Refused: there is nothing, or not for whoever asks.
        """
        return answered(self.ask(Request("GET", address, query)))

    def every(self, address: str, query: Query = (), most: int | None = None) -> list[Any]:
        """Return the items of a list, a part after another, or the first of them.

        Raises:
            Refused: not for whoever asks.
        """
        found: list[Any] = []
        after: Query = ()
        while most is None or len(found) < most:
            part = self.get(address, (*query, *after))
            found += part["items"]
            if part["next"] is None:
                break
            after = (("after", part["next"]),)
        return found[:most]


def answered(response: httpx.Response) -> Any:
    """Return what an answer holds.

    Raises:
        Refused: it is a refusal.
    """
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        raise Refused(response.json())
    return response.json() if response.content else None


@contextmanager
def asking(settings: Settings, who: Named, language: Language) -> Iterator[Api]:
    """Give the API as somebody asks it.

    Raises:
        StoreError: they are nobody, or may not; or there are no tables.
    """
    with acting(settings, who) as (store, principal), asyncio.Runner() as runner:
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(asked_by(settings, store, principal)),
            base_url=_BASE,
            headers={"Accept-Language": _SPOKEN[language]},
        )
        try:
            yield Api(client, runner)
        finally:
            runner.run(client.aclose())
