"""Applications at the command line."""

import json
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

import pytest

from permits.permit import PermitKind
from permits.terms import Terms
from tests import mapped
from tests.cli.conftest import Shell
from zone_service.clock import now
from zone_service.store import permits
from zone_service.store.engine import open_store
from zone_service.store.records import PLATFORM


def draft(shell: Shell) -> str:
    terms = Terms(
        device_ids=frozenset({"uav-1"}),
        zone_ids=frozenset({"air-1"}),
        valid_from=now(),
        valid_to=now() + timedelta(days=1),
        max_height_agl_m=100.0,
        max_speed_mps=15.0,
    )
    with (
        closing(open_store(f"sqlite:///{shell.folder / 'data' / 'zone.sqlite'}")) as store,
        store.write() as session,
    ):
        mapped.lay(session, now())
        made = permits.create(
            session,
            PLATFORM,
            kind=PermitKind.FLIGHT_ACTIVITY,
            holder_id="kites",
            terms=terms,
            at=now(),
        )
    return made.number


@pytest.mark.requirement("D4b-2")
def test_an_application_tells_what_it_lacks_until_samples_complete_it(
    open_shell: Callable[[], Shell],
) -> None:
    shell = open_shell()
    added = shell.zone("device", "add", "uav-1", "--operator", "kites", "--domain", "air")
    assert added.returncode == 0, added.stderr
    made = shell.zone(
        "user", "add", "kim", "--role", "operator", "--organisation", "kites",
        "--password", "a long password",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    number, kim = draft(shell), ("--username", "kim")
    (shell.folder / "ours.json").write_text('{"content": {"task": "survey"}}', "utf-8")
    assert " missing" in shell.zone("application", "put", number, "ours.json", *kim).stdout
    shown = shell.zone("application", "show", number, "--chinese")
    assert shown.returncode == 1
    assert "缺少 terms.device_ids.uav-1：应为与该设备关联的登记项" in shown.stdout
    assert "content.task" not in shown.stdout
    refused = shell.zone("application", "sample", number, *kim, ZONE_ENVIRONMENT="production")
    assert refused.returncode != 0
    assert (
        "sample documents" in shell.zone("application", "sample", number, *kim, "--english").stdout
    )
    done = shell.zone("application", "show", number, "--json")
    assert (done.returncode, json.loads(done.stdout)["content"]["task"]) == (0, "survey")
