"""Recordings, and the short way to say a payload."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from telemetry.codecs.codec import Codec, Outcome
from telemetry.codecs.discover import load_codecs
from telemetry.decode import decode
from telemetry.report import Frame, Unit
from tests.servers import no_recordings

DATA = Path(__file__).parent / "data"
SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "onboard-units"
RECEIVED_S = 1_777_622_400.5
"""2026-05-01 08:00:00.5 UTC."""

Say = Callable[..., tuple[Outcome, ...]]


@pytest.fixture
def own() -> Callable[[str], bytes]:
    """Read a recording of our own making."""
    return lambda name: (DATA / name).read_bytes()


@pytest.fixture
def shared() -> Callable[[str], bytes]:
    """Read a recording of a real unit, or skip where those are not at hand."""

    def read(name: str) -> bytes:
        path = SHARED / name
        if not path.exists():
            no_recordings()
        return path.read_bytes()

    return read


@pytest.fixture(scope="session")
def codecs() -> dict[str, Codec]:
    return dict(load_codecs())


@pytest.fixture
def said(codecs: dict[str, Codec]) -> Say:
    """Decode a payload, or an object as JSON, as from a registered device."""

    def say(
        payload: bytes | object, unit: Unit, topic: str | None = None, *, retained: bool = False
    ) -> tuple[Outcome, ...]:
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        frame = Frame(topic or f"zone/up/{unit.device_id}/tele", raw, RECEIVED_S, retained=retained)
        return decode(frame, {unit.device_id: unit}, codecs)

    return say
