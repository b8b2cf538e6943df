"""The history that a run left behind, against what was sent: what is lost, what is there twice."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from telemetry.topics import parse
from zone_service.store import journal
from zone_service.store.engine import open_store


class Kept(NamedTuple):
    """How the history compares with what was sent."""

    lost: int
    """Sent, and not in the history."""
    duplicated: int
    """In the history more than once, each time beyond the first."""
    strange: int
    """In the history, and never sent."""


class _Said(msgspec.Struct):
    seq: int


def compare(database: Path, device_ids: tuple[str, ...], sent: NDArray[np.bool_]) -> Kept:
    """Compare; ``sent`` has shape (devices, messages)."""
    decode = msgspec.json.Decoder(_Said).decode
    store = open_store(f"sqlite:///{database}")
    found: Counter[tuple[str, int]] = Counter()
    for frame in journal.history(store):
        topic = parse(frame.topic)
        if topic is not None:
            found[topic.device_id, decode(frame.payload).seq] += 1
    store.close()
    wanted = {(device_ids[row], seq) for row, seq in np.argwhere(sent).tolist()}
    return Kept(
        lost=len(wanted - found.keys()),
        duplicated=sum(count - 1 for count in found.values()),
        strange=len(found.keys() - wanted),
    )
