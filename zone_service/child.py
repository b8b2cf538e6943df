"""A child process that never outlives its parent, and hears signals only from it.

Run as a script it is the first thing in the child: it asks the kernel for SIGTERM when the parent
dies and allows as many open files as it may, then becomes the command. A ``preexec_fn`` would do the same, but runs Python between fork
and exec, which is not safe once the parent has threads.
"""

import contextlib
import ctypes
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def start(
    command: Sequence[str], *, env: Mapping[str, str] | None = None, log: Path | None = None
) -> "subprocess.Popen[bytes]":
    """Start a command as a child; what it prints goes to ``log``, or where ours goes.

    It has a session of its own, so Ctrl-C in the terminal reaches the parent alone, which can
    then end its children in order.
    """
    wrapped = [sys.executable, "-I", "-S", __file__, str(os.getpid()), *command]
    with contextlib.ExitStack() as stack:
        out = None if log is None else stack.enter_context(log.open("ab"))
        return subprocess.Popen(  # noqa: S603 - our own command, no shell
            wrapped,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=None if out is None else subprocess.STDOUT,
            start_new_session=True,
        )


def end(process: "subprocess.Popen[bytes]", patience_s: float) -> int:
    """Ask the process to end, and kill it when it has not within the time; return its status."""
    if process.poll() is None:
        process.terminate()
    try:
        return process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _become(parent_pid: int, command: list[str]) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent_pid:  # it died before we asked
        sys.exit(1)
    # A broker holds a descriptor for each device, and the usual soft limit is 1 024.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    _become(int(sys.argv[1]), sys.argv[2:])
