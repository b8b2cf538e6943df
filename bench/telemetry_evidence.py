"""How long after its time a clip of evidence is sealed: of one car that left its road, and of many at once."""

import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from shapely import Polygon

from bench.history import commit, register
from bench.history_fleet import BEGINS_MS, Fleet, drive
from bench.quantiles import rounded
from geofence.zone import Area, Volume, Zone, ZoneKind
from zone_service.clips.keeper import LOOK_EVERY_S
from zone_service.clips.sealing import Sealing
from zone_service.clips.software import software
from zone_service.clips.verifying import Trust, verified
from zone_service.history.reading import codecs_installed
from zone_service.issuer_key import public_keys
from zone_service.store import clips, issuer_keys, rule_sets, zones
from zone_service.store.engine import Store, open_store
from zone_service.store.records import (
    PLATFORM,
    EvidenceClip,
    EvidenceFilter,
    ViolationChange,
    violation_id,
)

RULE_SET: Final = "shanghai-default"
ZONE: Final = "yard-1"
OPENED: Final = 95
"""Seconds after the fleet began: more than what is kept of before."""
AROUND_S: Final = 90
SECONDS: Final = OPENED + AROUND_S + 10
Result = dict[str, Any]


def sealing_times(cars: int) -> Result:
    """Let one car and then all leave the yard; return how long after their times the last clip was sealed."""
    one, all_at_once = _sealed_after(1), _sealed_after(cars)
    return {
        "evidence_sealed_s": one["sealed_s"],
        "evidence_at_once": {"clips": cars, **all_at_once},
        "wrong": one["wrong"] + all_at_once["wrong"],
    }


def _sealed_after(cars: int) -> Result:
    fleet = drive(cars, SECONDS)
    with tempfile.TemporaryDirectory(prefix="zone-bench-") as made:
        directory = Path(made)
        with closing(open_store(f"sqlite:///{directory / 'zone.sqlite'}")) as store:
            store.upgrade()
            _happen(store, fleet)
            sealing = Sealing(
                store=store,
                folder=directory / "evidence",
                history=directory / "history",
                data_dir=directory,
                rule_set=RULE_SET,
            )
            # As at the start of its process, and when the violations are told of.
            software()
            codecs_installed()
            sealing.look(_at(OPENED + 2))
            began_s = time.perf_counter()
            count = sealing.look(_at(OPENED + AROUND_S + 2))
            took_s = time.perf_counter() - began_s
            wrong = wrong_clips(store, directory / "evidence", fleet) + (count != cars)
    # It may just have looked when the time was over.
    return {"sealed_s": rounded(LOOK_EVERY_S + took_s), "wrong": int(wrong)}


def _happen(store: Store, fleet: Fleet) -> None:
    register(store, fleet)
    corner = Polygon([(121.4, 31.1), (121.6, 31.1), (121.6, 31.3), (121.4, 31.3)])
    yard = Zone(
        ZONE, ZoneKind.KEEP_IN, "Yard", (Volume(Area(corner)),), domains=frozenset({"road"})
    )
    with store.write() as session:
        zones.publish(session, PLATFORM, [yard], _at(0))
        label = rule_sets.label_in_force(session, RULE_SET)
    for second in range(fleet.seconds):
        opened = [_exit(each, label) for each in fleet.names] if second == OPENED + 1 else []
        commit(store, fleet, second, violations=tuple(opened))


def _exit(device_id: str, rules: str) -> ViolationChange:
    opened = _at(OPENED)
    return ViolationChange(
        id=violation_id(device_id, "KEEP_IN_EXIT", ZONE, opened.timestamp()),
        code="KEEP_IN_EXIT",
        severity="major",
        device_id=device_id,
        organisation_id="fleet",
        permit_number=None,
        zone_id=ZONE,
        opened_at=opened,
        detected_at=_at(OPENED + 1),
        updated_at=_at(OPENED + 1),
        closed_at=None,
        longitude_deg=121.5,
        latitude_deg=31.2,
        measured=12.5,
        limit=10.0,
        rule_version=rules,
        zone_revision=1,
        trigger_event_time_s=opened.timestamp(),
        trigger_received_s=opened.timestamp(),
        inside_probability=0.0,
        height_agl_m=None,
        opening_cause="device_moved",
    )


def _at(second: int) -> datetime:
    return datetime.fromtimestamp(BEGINS_MS / 1000 + second, UTC)


def wrong_clips(store: Store, folder: Path, fleet: Fleet) -> int:
    """Return how many clips are not whole, not sealed by this installation or without a frame of a second."""
    with store.read() as session:
        keys = public_keys(issuer_keys.public_halves(session))
        found = clips.page(session, PLATFORM, EvidenceFilter(is_sealed=True), limit=1000)
    those = {each.device_ids[0] for each in found}
    return len(set(fleet.names) - those) + sum(not _is_right(folder, each, keys) for each in found)


def _is_right(folder: Path, clip: EvidenceClip, keys: Any) -> bool:
    content = (folder / str(clip.name)).read_bytes()
    found = verified(content, keys, codecs_installed(), software())
    # From 90 s before it opened to 90 s after it was found, a frame a second.
    whole = abs((clip.frame_count or 0) - (2 * AROUND_S + 2)) <= 1
    return found.trust is Trust.KNOWN and not found.faults and whole
