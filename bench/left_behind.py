"""The history that a run left behind, against what was sent: what is lost, what is there twice."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from math import nan
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from telemetry.report import Frame
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


def committed_after_ms(
    database: Path, commits: Path, device_ids: Sequence[str], published_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how long each message took from its sender to the disk, in the order of the history.

    ``commits`` is what ``timed_worker`` wrote; ``published_s`` has shape (devices, messages).

    Raises:
        ValueError: the notes are of other commits than the history.
    """
    decode = msgspec.json.Decoder(_Said).decode
    rows = {name: row for row, name in enumerate(device_ids)}
    with np.load(commits) as noted:
        done_s = np.repeat(noted["done_s"], noted["messages"])
    store = open_store(f"sqlite:///{database}")
    sent_s = np.array(
        [_sent_s(frame, rows, published_s, decode) for frame in journal.history(store)]
    )
    store.close()
    if len(done_s) != len(sent_s):
        message = f"{len(done_s)} messages were committed, and the history has {len(sent_s)}"
        raise ValueError(message)
    after_s: NDArray[np.float64] = done_s - sent_s
    after_s = after_s[np.isfinite(after_s)]
    return after_s * 1000.0


def _sent_s(
    frame: Frame,
    rows: Mapping[str, int],
    published_s: NDArray[np.float64],
    decode: Callable[[bytes], _Said],
) -> float:
    """Return when a message was sent; NaN of what the clock says, and of what nobody sent."""
    topic = parse(frame.topic)
    row = None if topic is None else rows.get(topic.device_id)
    return nan if row is None else float(published_s[row, decode(frame.payload).seq])


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
