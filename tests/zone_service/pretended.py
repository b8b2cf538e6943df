"""A broker that is not there: what is published to it is kept, what it delivers the test decides."""

import json
from typing import Any

from telemetry.ingest import Ingest
from telemetry.report import Frame
from zone_service import bus


class PretendedBroker(Ingest):
    """Connected at once and for ever. Its children say what reading and acknowledging do."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1", 1, None, None, "test", ())
        self.waiting: list[Frame] = []
        """What it has to deliver."""
        self.beats: list[dict[str, Any]] = []
        """The heartbeats that were published."""

    @property
    def connected(self) -> bool:
        return True

    def publish(self, topic: str, payload: bytes, qos: int = 0) -> int | None:
        """Keep heartbeats; nothing is ever confirmed."""
        if topic == bus.HEARTBEAT:
            self.beats.append(json.loads(payload))
        return None
