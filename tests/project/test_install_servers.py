"""``make servers`` installs what the tests start and is not there, and nothing begins to run by it."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.project.conftest import ROOT

SCRIPT = ROOT / "deploy" / "install-test-servers"
TOOLS = ("bash", "cat", "chmod", "dirname", "find", "mkdir", "mktemp", "rm", "tail")
THERE = (
    "usr/sbin/mosquitto",
    "usr/lib/postgresql/15/bin/postgres",
    "usr/share/postgresql/15/extension/postgis.control",
    "usr/share/fonts/opentype/NotoSansCJK.ttc",
)
ALL = "mosquitto openssl postgresql-15 postgresql-15-postgis-3 chromium fonts-noto-cjk"
APT = """#!/bin/sh
echo "apt-get $*" >>"$SYSTEM_ROOT/done"
[ "$1" = update ] && exit 0
sh "$SYSTEM_ROOT/usr/sbin/policy-rc.d"; echo "policy $?" >>"$SYSTEM_ROOT/done"
grep -h . "$SYSTEM_ROOT"/etc/postgresql-common/createcluster.conf >>"$SYSTEM_ROOT/done"
echo "E: no such package"
exit {status}
"""


@dataclass
class Machine:
    """A system of files with the few programs that the script calls."""

    root: Path

    def has(self, *names: str, says: str = "#!/bin/sh\n") -> None:
        for name in names:
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(says)
            path.chmod(0o755)

    def is_of(self, user: int) -> None:
        self.has("bin/id", says=f"#!/bin/sh\necho {user}\n")

    def has_apt(self, status: int = 0) -> None:
        self.has("bin/apt-get", says=APT.format(status=status))

    def runs(self) -> "subprocess.CompletedProcess[str]":
        env = {"PATH": str(self.root / "bin"), "SYSTEM_ROOT": str(self.root)}
        return subprocess.run(
            [SCRIPT],
            env={**env, "TMPDIR": str(self.root)},
            text=True,
            capture_output=True,
            check=False,
        )

    @property
    def done(self) -> list[str]:
        """What was done with apt and systemd."""
        path = self.root / "done"
        return path.read_text().splitlines() if path.exists() else []

    @property
    def installed(self) -> list[str]:
        """The packages that were asked for."""
        asked = [line for line in self.done if line.startswith("apt-get install")]
        return [word for line in asked for word in line.split()[2:] if word in ALL.split()]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    (tmp_path / "bin").mkdir()
    for name in (*TOOLS, "env", "sh", "grep"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name) or name)
    made.is_of(0)
    (tmp_path / "usr" / "sbin").mkdir(parents=True)
    return made


def test_make_servers_runs_it() -> None:
    told = subprocess.run(
        ["make", "-n", "servers"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == ["deploy/install-test-servers"]
    assert os.access(SCRIPT, os.X_OK)


def test_where_all_is_there_nothing_is_done(machine: Machine) -> None:
    machine.has_apt()
    machine.has(*THERE, "bin/openssl", "bin/chromium")
    ran = machine.runs()
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "test servers: all there\n", "")
    assert machine.done == []


def test_on_a_bare_machine_all_is_installed_and_nothing_of_it_begins_to_run(
    machine: Machine,
) -> None:
    machine.has_apt()
    ran = machine.runs()
    assert ran.returncode == 0, ran.stderr
    assert machine.installed == ALL.split()
    assert "policy 101" in machine.done
    assert "create_main_cluster = false" in machine.done
    assert not (machine.root / "usr/sbin/policy-rc.d").exists()
    assert f"test servers: installed {ALL}" in ran.stdout
    assert list(machine.root.glob("tmp.*")) == []


def test_only_what_is_missing_is_installed_and_what_somebody_has_decided_stays(
    machine: Machine,
) -> None:
    machine.has_apt()
    machine.has(*THERE[1:], "bin/openssl", "bin/google-chrome")
    machine.has("usr/sbin/policy-rc.d", says="#!/bin/sh\nexit 7\n")
    machine.has("etc/postgresql-common/createcluster.conf", says="data_directory = '/srv'\n")
    assert machine.runs().returncode == 0
    assert machine.installed == ["mosquitto"]
    assert "policy 7" in machine.done
    assert "data_directory = '/srv'" in machine.done
    assert (machine.root / "usr/sbin/policy-rc.d").exists()


def test_where_systemd_runs_they_do_not_come_up_at_the_next_boot(machine: Machine) -> None:
    machine.has_apt()
    machine.has("bin/systemctl", says='#!/bin/sh\necho "$*" >>"$SYSTEM_ROOT/done"\n')
    (machine.root / "run/systemd/system").mkdir(parents=True)
    assert machine.runs().returncode == 0
    assert machine.done[-2:] == [
        f"disable --now --quiet {each}" for each in ("mosquitto", "postgresql")
    ]


@pytest.mark.parametrize("lacks", ["apt", "root"])
def test_without_apt_or_root_it_says_what_is_missing_and_is_no_failure(
    machine: Machine, lacks: str
) -> None:
    if lacks == "root":
        machine.has_apt()
        machine.is_of(1000)
    ran = machine.runs()
    assert ran.returncode == 0
    assert f"{ALL} not installed: that takes apt and root" in ran.stderr
    assert "the tests that need them will be skipped" in ran.stderr
    assert machine.done == []


def test_what_apt_cannot_install_is_a_failure_that_shows_what_apt_said(machine: Machine) -> None:
    machine.has_apt(status=100)
    ran = machine.runs()
    assert ran.returncode == 1
    assert "E: no such package" in ran.stderr
    assert f"apt could not install {ALL}" in ran.stderr
    assert not (machine.root / "usr/sbin/policy-rc.d").exists()
