"""The process that seals, as ``zone up`` has it: by the clock, beside the worker, until it is told to stop."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from tests.clips.scene import Scene, exit_of
from tests.history.journal import NOON_S, told
from tests.zone_service.running import until
from zone_service.clock import now
from zone_service.store.records import EvidenceClip

SOON_S = 4.0
"""Until the time of the clip is over: the process takes some of it to begin."""


def sealed(scene: Scene) -> EvidenceClip | None:
    return next((each for each in scene.clips().values() if each.sealed_at is not None), None)


@pytest.mark.timeout(300)
@pytest.mark.requirement("D4e-2")
def test_it_seals_what_opened_as_soon_as_its_time_is_over_and_ends_when_it_is_told(
    scene: Scene,
) -> None:
    opened_s = now().timestamp() - 90.0 + SOON_S
    opened = datetime.fromtimestamp(opened_s, UTC)
    since_noon_s = opened_s - NOON_S
    scene.receive(
        told(after_s=since_noon_s),
        changes=[exit_of(opened_at=opened, detected_at=opened, updated_at=opened)],
    )
    # What the worker writes each second: nothing that was received before is still to come.
    scene.tick(since_noon_s + 91.0)
    known = {key: value for key, value in os.environ.items() if not key.startswith("ZONE_")}
    url = scene.store.url.render_as_string(hide_password=False)
    running = subprocess.Popen(
        [sys.executable, "-P", "-m", "zone_service", "evidence", "seal", "--follow"],
        env=known | {"ZONE_DATA_DIR": str(scene.folder), "ZONE_STORE_URL": url},
    )
    try:
        until(lambda: sealed(scene) is not None, 150)
    finally:
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 0
    clip = sealed(scene)
    assert clip is not None
    assert clip.sealed_at is not None
    assert clip.sealed_at.timestamp() >= clip.due_s
    assert scene.verified(clip).is_whole
