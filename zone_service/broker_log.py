"""What the broker denies by itself, read off its log: another's topic, and what is far too large.

Such a message reaches nobody, and its sender is told nothing. nats-server writes a line for each; it
names the client by the id that it chose for itself, so nobody can be accused by it.
Counts are at the least what there was: of a flood a part is read, and what was denied while no worker
ran is not.
"""

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from telemetry.codecs.codec import printable
from telemetry.report import Frame, RefusalReason, Refused
from zone_service.decisions import Outcome, Refusal
from zone_service.settings import BrokerKind, Settings

READ_BYTES = 65_536
"""In one look: some five hundred lines, three milliseconds of the worker's time."""

# Client ids and subjects are quoted as Go quotes them: no quote or line end in them stands bare.
_QUOTED = rb'"((?:[^"\\]|\\.)*)"'
_SENDER = rb"\[ERR\] (\S+) - mid:\d+ - " + _QUOTED + rb" - (?:" + _QUOTED + rb" - )?"
_DENIED = re.compile(_SENDER + rb'Publish Violation - (?:\w+ "[^"]*", )?Subject ' + _QUOTED + rb"$")
_OVERSIZED = re.compile(_SENDER + rb"(?i:maximum payload exceeded: (\d+) vs (\d+))$")
# As the platform proposes it, a client id is the device and digits of its credential.
_PROPOSED = re.compile(rb"(.+)-[0-9a-f]{12}")


def log_of(settings: Settings) -> Path | None:
    """Return the log of the broker, where it says what it denies: Mosquitto ends the connection."""
    if settings.broker is not BrokerKind.NATS:
        return None
    return settings.data_dir / settings.broker.value / "broker.log"


class BrokerLog:
    """Follows a log from its end on, also into the file that takes its place."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._rest = b""
        with suppress(OSError):
            if self._opened() is not None:
                self._read(to_the_end=True)

    def look(self, now_s: float) -> Outcome:
        """Return what was denied since the last look; a log that cannot be read says nothing."""
        outcome = Outcome()
        with suppress(OSError):
            for line in self._lines():
                if found := _DENIED.search(line):
                    outcome.refusals.append(_forbidden(found, now_s))
                elif found := _OVERSIZED.search(line):
                    outcome.refusals.append(_too_large(found, now_s))
        outcome.counts["refused"] = len(outcome.refusals)
        return outcome

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
        self._file, self._rest = None, b""

    def _lines(self) -> list[bytes]:
        said = self._read()
        if not said and self._is_another():
            self.close()
            said = self._read()
        *whole, rest = (self._rest + said).split(b"\n")
        self._rest = rest if len(rest) < READ_BYTES else b""
        return whole

    def _read(self, *, to_the_end: bool = False) -> bytes:
        """Read on; whoever floods the log must not cost more than one look does."""
        if (file := self._opened()) is None:
            return b""
        said = b"" if to_the_end else file.read(READ_BYTES)
        if to_the_end or len(said) == READ_BYTES:
            file.seek(0, os.SEEK_END)
        return said

    def _opened(self) -> BinaryIO | None:
        if self._file is None and self._path is not None and self._path.exists():
            self._file = self._path.open("rb", buffering=0)
        return self._file

    def _is_another(self) -> bool:
        """Whether the name has gone over to a new file: the server begins one at 16 MB."""
        if self._path is None or self._file is None or not self._path.exists():
            return False
        return self._path.stat().st_ino != os.fstat(self._file.fileno()).st_ino


def _forbidden(found: re.Match[bytes], now_s: float) -> Refusal:
    address, client, _, subject = (part or b"" for part in found.groups())
    # MQTT's levels as nats-server writes them: a slash is a dot, and a dot two slashes.
    topic = subject.decode(errors="replace").replace("//", "\0").replace(".", "/")
    topic = printable(topic.replace("\0", "."))
    sample = _sender(client, address)
    detail = "denied by the broker: not a topic of the sender's"
    refused = Refused(reason=RefusalReason.FORBIDDEN_TOPIC, detail=detail)
    return Refusal(Frame(topic, sample, now_s), refused)


def _too_large(found: re.Match[bytes], now_s: float) -> Refusal:
    """Count it under the device that the client id names, if it does; else under the client id."""
    address, client, _, size, most = (part or b"" for part in found.groups())
    proposed = _PROPOSED.fullmatch(client)
    subject = printable((proposed.group(1) if proposed else client).decode(errors="replace"))
    sample = _sender(client, address) + b", " + size + b" bytes"
    detail = f"larger than the broker lets through: {size.decode()} bytes, at most {most.decode()}"
    refused = Refused(reason=RefusalReason.TOO_LARGE, detail=detail)
    return Refusal(Frame(subject, sample, now_s), refused)


def _sender(client: bytes, address: bytes) -> bytes:
    return b'client "' + client + b'" at ' + address
