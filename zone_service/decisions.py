"""What judging a batch comes to: what to keep, whom to tell, whom to answer."""

import traceback
from collections import Counter
from dataclasses import dataclass, field
from math import inf

import msgspec

from telemetry.device_days import Told
from telemetry.report import Frame, Refused
from zone_service.store.records import ViolationChange


class Moved(msgspec.Struct, frozen=True, gc=False):
    """The latest place of a device, for screens; made for every fix, so a structure."""

    longitude_deg: float | None
    latitude_deg: float | None
    heading_deg: float | None
    height_agl_m: float | None
    """Of an aircraft; ``None`` where it is not known, and for what stays on the ground."""
    speed_mps: float | None
    violating: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """A frame of which something was refused."""

    frame: Frame
    refused: Refused


@dataclass(frozen=True, slots=True)
class Failure:
    """An error of our own, and what it happened on."""

    topic: str
    device_id: str | None
    traceback: str

    @classmethod
    def of(cls, error: Exception, topic: str, device_id: str | None) -> "Failure":
        """Return what is told of an error."""
        return cls(topic, device_id, "".join(traceback.format_exception(error)))


@dataclass(slots=True)
class Outcome:
    """Collected while a batch is judged."""

    journal: list[Frame] = field(default_factory=list)
    """What is worth keeping: everything but repetitions, and the ticks that changed something."""
    changes: dict[str, ViolationChange] = field(default_factory=dict)
    """By violation id, the latest of each."""
    moved: dict[str, Moved] = field(default_factory=dict)
    acknowledge: dict[str, str | None] = field(default_factory=dict)
    """Devices that reported, with the boot that their last report was of."""
    refusals: list[Refusal] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    """``fresh``, ``late``, ``duplicate``, ``notice``, ``refused``, ``opened``, ``closed`` …"""
    stirred: set[str] = field(default_factory=set)
    """Devices that began to break something, or that something began or ended for."""
    failures: list[Failure] = field(default_factory=list)
    """What we failed on, for the log."""
    law_asked_s: float = inf
    """The earliest moment whose law late reports wait for, as the last tick found it."""
    told: list[Told] = field(default_factory=list)
    """What the days of devices are counted from; of one batch, and counted at its end."""
    ticked: int | None = None
    """The number of the device that a tick asks next, where it has asked some."""

    def add(self, later: "Outcome") -> None:
        """Take in what came of the frames behind."""
        self.journal += later.journal
        self.changes |= later.changes
        self.moved |= later.moved
        self.acknowledge |= later.acknowledge
        self.refusals += later.refusals
        self.counts += later.counts
        self.stirred |= later.stirred
        self.failures += later.failures
        self.law_asked_s = min(self.law_asked_s, later.law_asked_s)
        self.ticked = self.ticked if later.ticked is None else later.ticked
