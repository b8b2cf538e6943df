"""``zone`` as somebody types it in a shell, become by a process that has loaded its modules.

What a page tells people to type is run as it stands: the shell finds a ``zone`` first that hands its
words, folder and environment over, and ends as the process does that runs them. To start each of a
hundred commands from nothing would take a core for four minutes.
"""

import json
import select
import signal
import socket
import stat
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.warm import Place, Warm

_ASKS = """#!{python} -IS
import json, os, socket, sys
asked = {{"words": sys.argv[1:], "pid": os.getpid(), "folder": os.getcwd(), "environment": dict(os.environ)}}
with socket.socket(socket.AF_UNIX) as asking:
    asking.connect({address!r})
    asking.sendall(json.dumps(asked).encode() + b"\\n")
    status = int(asking.makefile().readline())
sys.exit(status if status >= 0 else 128 - status)
"""


@contextmanager
def typed_zone(folder: Path) -> Iterator[Path]:
    """Give a folder to look for ``zone`` in first."""
    address, program = folder / "asked", folder / "zone"
    program.write_text(_ASKS.format(python=sys.executable, address=str(address)), "utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(address))
        listening.listen()
        thread = threading.Thread(target=_answer, args=(listening,), daemon=True)
        thread.start()
        yield folder
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(10.0)


def _answer(listening: socket.socket) -> None:
    while True:
        try:
            asking, _ = listening.accept()
        except OSError:  # nobody types any more
            return
        threading.Thread(target=_become, args=(asking,), daemon=True).start()


def _become(asking: socket.socket) -> None:
    with asking, asking.makefile() as line:
        asked = json.loads(line.readline())
        given = Path(f"/proc/{asked['pid']}/fd")
        place = Place(
            Path(asked["folder"]), asked["environment"], given / "1", given / "2", given / "0"
        )
        process = Warm(asked["words"], place)
        _until_it_ends(process, asking)
        asking.sendall(f"{process.wait(10.0)}\n".encode())


def _until_it_ends(process: Warm, asking: socket.socket) -> None:
    """Wait for the process; who interrupts what was typed interrupts it."""
    asked = [asking]
    while process.poll() is None:
        if select.select(asked, [], [], 0.02)[0] and not asking.recv(1, socket.MSG_PEEK):
            process.send_signal(signal.SIGINT)
            asked = []
