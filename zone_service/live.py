"""The live feed: who looks on, what each may see, and what each is sent when.

The hub has no socket and no clock. Time comes as an argument, frames go to a ``Wire``; so a test
is a viewer as good as a browser. Violations go out at the next ``flush``, whatever the viewport.
Positions are the latest at each viewer's own rate; a viewer that reads too slowly is spared
positions, and closed when it does not catch up: everybody else must not wait for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from zone_service import live_frames as frames
from zone_service.live_feed import Feed, FeedEvent, Violation, devices_of
from zone_service.live_forecasts import Alarms, Forecasts, told
from zone_service.live_objects import Described, Filter, Objects, Sighting
from zone_service.live_viewer import (
    TRY_AGAIN_LATER,
    Limits,
    Resume,
    Sight,
    Subscription,
    View,
    Viewer,
    Wire,
)
from zone_service.store.records import Proof
from zone_service.violation_json import as_exact_as, as_seen_by, is_seen_by

SEES_ALL: Final = Sight(None)


@dataclass(slots=True)
class Pulse:
    """What the worker last said of itself."""

    heard_s: float | None = None
    """Of anything from the worker."""
    beat_s: float | None = None
    degraded: bool = False
    messages: int = 0
    messages_per_second: float = 0.0
    sent_s: float = 0.0


@dataclass(slots=True)
class Counts:
    """For the metrics."""

    frames: int = 0
    bytes: int = 0
    violations: int = 0
    dropped: dict[str, int] = field(default_factory=dict)


class Hub:
    """All viewers, all objects, all ongoing violations."""

    def __init__(self, epoch: str, feed: Feed, limits: Limits | None = None) -> None:
        self.epoch = epoch
        self.feed = feed
        self.limits = limits or Limits()
        self.objects = Objects(self.limits.stale_after_s, self.limits.kept_s)
        self.forecasts = Forecasts(self.limits.forecast_kept_s)
        self.directory: Mapping[str, Described] = {}
        self.zones_revision = 0
        self.bus_connected = False
        self.pulse = Pulse()
        self.counts = Counts()
        self.viewers: set[Viewer] = set()
        self._views: dict[tuple[Filter, float], View] = {}
        self._unsent: list[FeedEvent] = []
        self._told_to: dict[str | None, int] = {}
        self._gap_since_s: float | None = None

    # -- what comes in

    def start(self) -> None:
        """Show where the violations are that were open before this process began."""
        for device_id in self.feed.violators():
            self._mark(device_id)

    def describe(self, directory: Mapping[str, Described]) -> None:
        """Take the registry's words for the devices."""
        self.directory = directory
        for device_id in self.objects.devices():
            if (said := directory.get(device_id)) is not None:
                self.objects.describe(device_id, said)
            elif not self.feed.ongoing_of(device_id):
                self.objects.leave_register(device_id)

    def see(self, sightings: Sequence[Sighting], now_s: float) -> None:
        """Take the latest places from the worker."""
        self.pulse.heard_s = now_s
        new = [each[0] for each in sightings if each[0] not in self.objects]
        self.objects.see(sightings, now_s, self.directory)
        for device_id in new:
            if self.feed.ongoing_of(device_id):
                self._mark(device_id)

    def beat(self, said: Mapping[str, Any], now_s: float) -> None:
        """Take the worker's heartbeat."""
        sent_s, messages = said["t"] / 1000, int(said["messages"])
        pulse = self.pulse
        if sent_s > pulse.sent_s and messages >= pulse.messages and pulse.beat_s is not None:
            pulse.messages_per_second = (messages - pulse.messages) / (sent_s - pulse.sent_s)
        pulse.heard_s = pulse.beat_s = now_s
        pulse.sent_s, pulse.messages, pulse.degraded = sent_s, messages, bool(said["degraded"])
        self.zones(int(said["zones_revision"]))

    def zones(self, revision: int) -> None:
        """Tell everybody when the map has changed."""
        if revision <= self.zones_revision:
            return
        self.zones_revision = revision
        told = frames.message({"op": "zones", "revision": revision})
        for viewer in self._subscribed():
            self._write(viewer, told)

    def take(self, events: Iterable[FeedEvent], now_s: float) -> bool:
        """Take events of the feed, and tell whether one is missing: read it from the store."""
        due = self.feed.take(events)
        for device_id in {each for event in due for each in devices_of(event.violation)}:
            self._mark(device_id)
        self._unsent += due
        self._gap_since_s = (self._gap_since_s or now_s) if self.feed.has_gap else None
        return self.feed.has_gap

    def _mark(self, device_id: str) -> None:
        ongoing = self.feed.ongoing_of(device_id)
        self.objects.violate(
            device_id,
            violating=bool(ongoing),
            place=_place(device_id, ongoing),
            said=self.directory,
        )

    def foresee(self, said: Mapping[str, Alarms], now_s: float) -> None:
        """Take what devices are about to break, and tell at once what of it is new."""
        self.pulse.heard_s = now_s
        self._forecast(self.forecasts.take(said, now_s))

    # -- what goes out

    def unsent(self) -> Sequence[FeedEvent]:
        """Return the events that the next ``flush`` sends."""
        return self._unsent

    def flush(self) -> None:
        """Send the violations that came since the last time: one write a viewer."""
        if not self._unsent:
            return
        events, self._unsent = self._unsent, []
        told = [(each, _framed(each, SEES_ALL)) for each in events]
        by_sight: dict[Sight, bytes] = {}
        for sight in {viewer.sight for viewer in self.viewers}:
            scope = sight.scope
            mine = [(each, frame) for each, frame in told if is_seen_by(each.violation, scope)]
            by_sight[sight] = b"".join(_for(sight, each, frame) for each, frame in mine)
            if mine:
                self._told_to[scope] = mine[-1][0].seq
        for viewer in self._subscribed():
            if data := by_sight[viewer.sight]:
                self._write(viewer, data)
        self.counts.violations += len(events)

    def tick(self, now_s: float) -> None:
        """Send the positions that are due, each view's in one frame for all its viewers."""
        groups: dict[View, list[Viewer]] = {}
        for viewer in self.viewers:
            if viewer.view is not None:
                groups.setdefault(viewer.view, []).append(viewer)
        for key in [key for key, view in self._views.items() if view not in groups]:
            del self._views[key]
        for view, viewers in groups.items():
            # A tick that comes a little early must not cost a whole period.
            if now_s >= view.due_s - 0.01:
                self._show(view, viewers, now_s)

    def _show(self, view: View, viewers: list[Viewer], now_s: float) -> None:
        view.due_s = max(view.due_s + view.period_s, now_s + view.period_s / 2)
        slow = [each for each in viewers if self._is_slow(each, now_s)]
        recovered = [
            each for each in viewers if each.spared_since_s is not None and each not in slow
        ]
        if data := self._delta(view, now_s):
            for viewer in viewers:
                if viewer.spared_since_s is None:
                    self._write(viewer, data)
        for viewer in recovered:
            viewer.spared_since_s = None
            self._write(viewer, self._whole(view, now_s))

    def _is_slow(self, viewer: Viewer, now_s: float) -> bool:
        if viewer.wire.buffered_bytes() <= self.limits.spare_above_bytes:
            return False
        viewer.spared_since_s = viewer.spared_since_s or now_s
        if now_s - viewer.spared_since_s >= self.limits.slow_for_s:
            self.drop(viewer, TRY_AGAIN_LATER, "slow")
        return True

    def _delta(self, view: View, now_s: float) -> bytes:
        """Return what changed in a view since it was last shown, and remember it as shown."""
        objects = self.objects
        if view.version == objects.version:
            return b""
        visible = objects.visible(view.wanted)
        shown = np.zeros(objects.count, np.bool_)
        shown[: len(view.shown)] = view.shown
        came, gone = visible & ~shown, shown & ~visible
        since = view.version
        told = came | (visible & (objects.described[: objects.count] > since))
        moved = came | (visible & (objects.changed[: objects.count] > since))
        view.shown, view.version = visible, objects.version
        data = b""
        if told.any() or gone.any():
            add = objects.announced(np.flatnonzero(told).tolist())
            data = frames.objects(add, np.flatnonzero(gone).tolist())
        if moved.any():
            rows = frames.as_exact_as(objects.rows[: objects.count][moved], view.wanted.decimals)
            data += frames.positions(frames.DELTA, objects.version, round(now_s * 1000), rows)
        return data

    def _whole(self, view: View, now_s: float) -> bytes:
        """Return all that is in view, and that nothing else is."""
        add = self.objects.announced(np.flatnonzero(view.shown).tolist())
        owned = self.objects.owned(view.wanted.scope)
        owned[: len(view.shown)] &= ~view.shown
        gone = np.flatnonzero(owned).tolist()
        return frames.objects(add, gone) + self._full(view, now_s)

    def _full(self, view: View, now_s: float) -> bytes:
        shown = self.objects.rows[: len(view.shown)][view.shown]
        rows = frames.as_exact_as(shown, view.wanted.decimals)
        return frames.positions(frames.FULL, view.version, round(now_s * 1000), rows)

    def _forecast(self, news: Mapping[str, Alarms]) -> None:
        """Tell whoever may see a device; as with violations, whatever the viewport."""
        by_sight: dict[Sight, bytes] = {}
        for viewer in self._subscribed() if news else ():
            if viewer.sight not in by_sight:
                mine = self._foretold(news, viewer.sight)
                by_sight[viewer.sight] = frames.forecast(mine) if mine else b""
            if data := by_sight[viewer.sight]:
                self._write(viewer, data)

    def _foretold(self, said: Mapping[str, Alarms], sight: Sight) -> list[dict[str, Any]]:
        scope, decimals = sight
        return told(
            said, lambda device_id: scope is None or self._owner(device_id) == scope, decimals
        )

    def _owner(self, device_id: str) -> str | None:
        said = self.directory.get(device_id)
        return None if said is None else said.organisation_id

    def heartbeat(self, now_s: float) -> None:
        """Tell everybody that we are there and how we are; once a second."""
        self.objects.age(now_s)
        self._forecast(self.forecasts.forget_old(now_s))
        by_scope: dict[str | None, bytes] = {}
        for viewer in self._subscribed():
            scope = viewer.sight.scope
            if scope not in by_scope:
                by_scope[scope] = frames.message(self._beat(scope, now_s))
            self._write(viewer, by_scope[scope])

    def _beat(self, scope: str | None, now_s: float) -> dict[str, Any]:
        heard_s = self.pulse.heard_s
        age_ms = None if heard_s is None else max(0, round((now_s - heard_s) * 1000))
        return {
            "op": "hb",
            "t": round(now_s * 1000),
            "seq": self._told_to.get(scope, 0),
            "feed_age_ms": age_ms,
            "degraded": self.is_degraded(now_s),
            "objects": int(self.objects.visible(Filter(scope)).sum()),
            "messages_per_second": self._rate(now_s),
        }

    def _rate(self, now_s: float) -> float | None:
        """Return how much comes in; unknown while the worker, who counts it, is not heard."""
        return None if self._is_silent(now_s) else round(self.pulse.messages_per_second, 1)

    def _is_silent(self, now_s: float) -> bool:
        beat_s = self.pulse.beat_s
        # A beat from the future was stamped before the clock was put back: it proves nothing.
        return beat_s is None or abs(now_s - beat_s) > self.limits.worker_silent_s

    def is_degraded(self, now_s: float) -> bool:
        """Tell whether silence may mean that nobody looks: no worker, no bus, events missing."""
        gap_s = self._gap_since_s
        missing = gap_s is not None and now_s - gap_s > self.limits.gap_for_s
        return self._is_silent(now_s) or missing or self.pulse.degraded or not self.bus_connected

    # -- who looks on

    def join(self, user_id: str, sight: Sight, proof: Proof, wire: Wire) -> Viewer | None:
        """Let somebody in; ``None`` when the user has as many connections as one may have."""
        mine = sum(viewer.user_id == user_id for viewer in self.viewers)
        if mine >= self.limits.connections_per_user:
            self._count_drop("too_many")
            return None
        viewer = Viewer(user_id, sight, proof, wire)
        self.viewers.add(viewer)
        return viewer

    def leave(self, viewer: Viewer) -> None:
        """Forget a viewer."""
        viewer.closed = True
        self.viewers.discard(viewer)

    def drop(self, viewer: Viewer, code: int, reason: str) -> None:
        """End a viewer's connection."""
        if not viewer.closed:
            self._count_drop(reason)
            self.leave(viewer)
            viewer.wire.close(code, reason)

    def subscribe(self, viewer: Viewer, asked: Subscription, now_s: float) -> None:
        """Begin to show a viewer what it asks for, or go on from where it was."""
        self.flush()
        first = viewer.view is None
        viewer.view = view = self._view(viewer, asked, now_s)
        # Everybody of the view stands at the same version before one more joins.
        others = [each for each in self.viewers if each.view is view and each is not viewer]
        if data := self._delta(view, now_s):
            for other in others:
                if other.spared_since_s is None:
                    self._write(other, data)
        viewer.spared_since_s = None
        ahead = self._all_foretold(viewer.sight)
        missed = self._missed(viewer.sight, asked.resume)
        if missed is not None:
            resumed = frames.message({"op": "resumed", "seq": self.feed.seq})
            self._write(viewer, resumed + self._whole(view, now_s) + missed + ahead)
        elif first:
            self._write(viewer, self._snap(view, now_s) + self._full(view, now_s) + ahead)
        else:
            self._write(viewer, self._whole(view, now_s))

    def _all_foretold(self, sight: Sight) -> bytes:
        mine = self._foretold(self.forecasts.standing(), sight)
        return frames.forecast(mine) if mine else b""

    def _view(self, viewer: Viewer, asked: Subscription, now_s: float) -> View:
        scope, decimals = viewer.sight
        wanted = Filter(scope, asked.wanted.box, asked.wanted.kinds, decimals)
        hz = min(max(asked.hz, 0.1), self.limits.max_hz)
        nothing = np.zeros(0, np.bool_)
        fresh = View(wanted, 1 / hz, -1, nothing, now_s + 1 / hz)
        return self._views.setdefault((wanted, hz), fresh)

    def _missed(self, sight: Sight, resume: Resume | None) -> bytes | None:
        if resume is None or resume.epoch != self.epoch:
            return None
        missed = self.feed.after(resume.seq)
        if missed is None:
            return None
        return b"".join(
            _framed(each, sight) for each in missed if is_seen_by(each.violation, sight.scope)
        )

    def _snap(self, view: View, now_s: float) -> bytes:
        sight = Sight(view.wanted.scope, view.wanted.decimals)
        ongoing = [
            _as_told(each, sight) for each in self.feed.ongoing() if is_seen_by(each, sight.scope)
        ]
        return frames.message(
            {
                "op": "snap",
                "epoch": self.epoch,
                "seq": self.feed.seq,
                "t": round(now_s * 1000),
                "objects": list(self.objects.announced(np.flatnonzero(view.shown).tolist())),
                "violations": ongoing,
                "zones_revision": self.zones_revision,
            }
        )

    def _subscribed(self) -> list[Viewer]:
        return [viewer for viewer in self.viewers if viewer.view is not None]

    def _write(self, viewer: Viewer, data: bytes) -> None:
        if viewer.closed:
            return
        if viewer.wire.buffered_bytes() > self.limits.close_above_bytes:
            self.drop(viewer, TRY_AGAIN_LATER, "overflow")
            return
        viewer.wire.write(data)
        self.counts.frames += 1
        self.counts.bytes += len(data)

    def _count_drop(self, reason: str) -> None:
        self.counts.dropped[reason] = self.counts.dropped.get(reason, 0) + 1


def _framed(event: FeedEvent, sight: Sight) -> bytes:
    return frames.violation(event.seq, event.event, _as_told(event.violation, sight))


def _as_told(violation: Violation, sight: Sight) -> Violation:
    return as_exact_as(as_seen_by(violation, sight.scope), sight.decimals)


def _for(sight: Sight, event: FeedEvent, frame: bytes) -> bytes:
    """Return the frame that serves all, unless some see this violation in another way."""
    of_two = event.violation["other_device_id"] is not None
    in_another = sight.decimals is not None or (of_two and sight.scope is not None)
    return _framed(event, sight) if in_another else frame


def _place(device_id: str, ongoing: Sequence[Violation]) -> tuple[float, float] | None:
    """Return where a device broke a rule last; of two devices the place is that of the first."""
    mine = [each for each in ongoing if each["device_id"] == device_id]
    if not mine or mine[-1]["longitude_deg"] is None or mine[-1]["latitude_deg"] is None:
        return None
    return float(mine[-1]["longitude_deg"]), float(mine[-1]["latitude_deg"])
