"""Processes of ``zone …`` that start warm: forked from one that has loaded the modules.

To load them takes a core for half a second and more, for a worker 1.3 s, and the tests start hundreds.
That a process starts from nothing is shown by whatever starts it by its name: ``zone up`` and
``zone demo`` in the journeys, and what the readme tells people to type.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload([__name__, "tests.warmed"])


@dataclass(frozen=True)
class Place:
    """Where a process runs, what it is told, where what it says is appended, and what it reads."""

    folder: Path
    environment: Mapping[str, str]
    out: Path
    errors: Path
    read: Path = Path(os.devnull)


class Warm:
    """A process as ``subprocess.Popen`` would give it."""

    def __init__(self, words: Sequence[str], place: Place) -> None:
        self._process: BaseProcess = _CONTEXT.Process(
            target=_become, args=(tuple(words), place), daemon=True
        )
        self._process.start()

    @property
    def pid(self) -> int:
        pid = self._process.pid
        assert pid is not None
        return pid

    def poll(self) -> int | None:
        """Its exit status once it has ended; of one that a signal ended, its number, negative."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        status = self.poll()
        if status is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0.0)
        return status

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def run(
    words: Sequence[str], folder: Path, environment: Mapping[str, str], timeout_s: float
) -> subprocess.CompletedProcess[str]:
    """Run ``zone`` with these words to its end, as ``subprocess.run`` would."""
    with tempfile.TemporaryDirectory() as kept:
        place = Place(folder, environment, Path(kept, "out"), Path(kept, "errors"))
        process = Warm(words, place)
        try:
            status = process.wait(timeout_s)
        finally:
            process.send_signal(signal.SIGKILL)
        said, errors = place.out.read_text("utf-8"), place.errors.read_text("utf-8")
    return subprocess.CompletedProcess(list(words), status, said, errors)


def _become(words: Sequence[str], place: Place) -> None:
    """Be ``zone`` in this process, which was forked for it."""
    os.dup2(os.open(place.read, os.O_RDONLY), 0)
    for number, file in ((1, place.out), (2, place.errors)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
    os.chdir(place.folder)
    os.environ.clear()
    os.environ.update(place.environment)
    sys.argv = ["zone", *words]
    from zone_service.cli import main  # it sees to Ctrl-C first

    main()
