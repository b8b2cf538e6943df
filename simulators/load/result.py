"""What came of a load: when which message was sent, and how far it got."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What was done. Arrays have shape (devices, messages) in the order of ``device_ids``.

    ``published_s`` is Unix time, NaN where a message was not sent; a device's sequence numbers
    start at 0. ``acknowledged_s`` is when the broker's PUBACK came (QoS 1).
    """

    device_ids: tuple[str, ...]
    published_s: NDArray[np.float64]
    acknowledged_s: NDArray[np.float64]
    stored_seq: Mapping[str, int]
    """The highest sequence number that the service has acknowledged as stored, by device."""
    connect_s: float
    """How long it took until all were connected."""
    publish_s: float
    """From the first message to the last."""
    late_ms_max: float
    """The most that a slot came after its time."""
    reconnects: int
    """Connections that were lost on the way and found again."""

    @property
    def sent(self) -> int:
        """How many messages were published."""
        return int(np.isfinite(self.published_s).sum())

    @property
    def acknowledged(self) -> int:
        """How many of them the broker has acknowledged."""
        return int(np.isfinite(self.acknowledged_s).sum())

    @property
    def stored(self) -> int:
        """How many messages the service has acknowledged as stored, where devices listened."""
        return sum(seq + 1 for seq in self.stored_seq.values())

    def published_at(self, device_id: str, seq: int) -> float | None:
        """Return when a message was published, Unix seconds, if it was."""
        at_s = float(self.published_s[self.device_ids.index(device_id), seq])
        return None if np.isnan(at_s) else at_s

    def summary(self) -> dict[str, object]:
        """Return the figures as plain data."""
        return {
            "devices": len(self.device_ids),
            "sent": self.sent,
            "acknowledged": self.acknowledged,
            "stored": self.stored,
            "messages_per_second": round(self.sent / max(self.publish_s, 1e-9), 1),
            "connect_s": round(self.connect_s, 3),
            "publish_s": round(self.publish_s, 3),
            "late_ms_max": round(self.late_ms_max, 1),
            "reconnects": self.reconnects,
        }

    def write_times(self, path: Path) -> None:
        """Write the arrays as NumPy's ``.npz``."""
        np.savez(
            path,
            device_ids=np.array(self.device_ids),
            published_s=self.published_s,
            acknowledged_s=self.acknowledged_s,
            stored_seq=np.array([self.stored_seq.get(name, -1) for name in self.device_ids]),
        )


def read_times(path: Path) -> tuple[tuple[str, ...], NDArray[np.float64], NDArray[np.float64]]:
    """Read back what ``LoadResult.write_times`` wrote: device ids, published and acknowledged times."""
    with np.load(path) as found:
        ids = cast("list[str]", found["device_ids"].tolist())
        return tuple(ids), found["published_s"], found["acknowledged_s"]
