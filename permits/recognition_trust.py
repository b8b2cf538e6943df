"""Whose bundles are believed: the trust list, a text with one key after the other.

An administrator publishes its versions; what was published is never changed. A key is held to be good
for what was issued on its days. One that is revoked is good for nothing any more, whatever day it says:
who has stolen it dates back what they like.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from permits.paper_words import Fault, PapersRefused, fault

MOST_LETTERS = 200_000
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_PUBLIC = re.compile(r"[A-Za-z0-9_-]{43}")
_JURISDICTION = re.compile(r"[a-z][a-z-]{0,31}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKey:
    """A key of an authority that bundles are signed with."""

    key_id: str
    public: str
    """The public half of an Ed25519 key in base64url, ``x`` of its JWK."""
    jurisdiction: str
    issuer: str
    issuer_zh: str
    valid_from: date
    """The first day and the last on which it signs, in Asia/Shanghai."""
    valid_to: date
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrustList:
    """The keys by their ids."""

    keys: Mapping[str, TrustedKey]


NOBODY = TrustList({})


class TrustListRefused(PapersRefused):
    """A text that is no trust list: every fault at once."""


def read_trust_list(text: str) -> TrustList:
    """Read the text of a trust list.

    Raises:
        TrustListRefused: each fault by its path.
    """
    if len(text) > MOST_LETTERS:
        raise TrustListRefused(fault("text", len(text), "letters", most=MOST_LETTERS))
    try:
        found = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise TrustListRefused(fault("text", str(error), "toml")) from None
    tables = found.get("keys", [])
    faults = [fault(name, name, "trust list") for name in found if name != "keys"]
    if not isinstance(tables, list):
        raise TrustListRefused(fault("keys", tables, "trust list"))
    faults += [each for at, table in enumerate(tables) for each in _faults(f"keys.{at}", table)]
    if not faults:
        faults += _twice(tables)
    if faults:
        raise TrustListRefused(*faults)
    keys = [_key(each) for each in tables]
    return TrustList({each.key_id: each for each in keys})


def _key(table: Mapping[str, Any]) -> TrustedKey:
    return TrustedKey(**table)


_TEXTS = {"key_id": _KEY_ID, "public": _PUBLIC, "jurisdiction": _JURISDICTION}
_NAMES = ("issuer", "issuer_zh")
_DAYS = ("valid_from", "valid_to")
_KNOWN = {*_TEXTS, *_NAMES, *_DAYS, "revoked_at"}


def _faults(path: str, table: object) -> Iterator[Fault]:
    if not isinstance(table, dict):
        yield fault(path, table, "trust list")
        return
    for name, pattern in _TEXTS.items():
        found = table.get(name)
        if not isinstance(found, str) or pattern.fullmatch(found) is None:
            yield fault(f"{path}.{name}", found, "pattern", pattern=pattern.pattern)
    for name in _NAMES:
        if not isinstance(table.get(name), str) or not table[name].strip():
            yield fault(f"{path}.{name}", table.get(name), "text")
    yield from _days(path, table)
    for name in table.keys() - _KNOWN:
        yield fault(f"{path}.{name}", name, "trust list")


def _days(path: str, table: Mapping[str, object]) -> Iterator[Fault]:
    days = [table.get(name) for name in _DAYS]
    for name, found in zip(_DAYS, days, strict=True):
        if type(found) is not date:
            yield fault(f"{path}.{name}", found, name)
    begins, ends = days
    if type(begins) is date and type(ends) is date and ends < begins:
        yield fault(f"{path}.valid_to", ends, "order", day=begins)
    revoked = table.get("revoked_at")
    if revoked is not None and not (isinstance(revoked, datetime) and revoked.tzinfo):
        yield fault(f"{path}.revoked_at", revoked, "moment")


def _twice(tables: list[Mapping[str, object]]) -> Iterator[Fault]:
    for name in ("key_id", "public"):
        seen: set[object] = set()
        for at, table in enumerate(tables):
            if table[name] in seen:
                yield fault(f"keys.{at}.{name}", table[name], "once")
            seen.add(table[name])
