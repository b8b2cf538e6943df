"""Databases of a benchmark's own: files of SQLite, or a PostgreSQL 15 that it starts and ends."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import psycopg

from zone_service.broker import free_port

BIN: Final = Path("/usr/lib/postgresql/15/bin")
READY_WITHIN_S: Final = 20.0
FAST_SHUTDOWN: Final = 2
LOCAL: Final = {"listen_addresses": "127.0.0.1", "unix_socket_directories": ""}


class StoreKind(StrEnum):
    """What a platform keeps its data in."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


def is_installed(kind: StoreKind) -> bool:
    """Tell whether there is such a store here."""
    return kind is StoreKind.SQLITE or (BIN / "initdb").exists()


@dataclass(frozen=True, slots=True)
class Databases:
    """Databases of one kind, by their names."""

    kind: StoreKind
    directory: Path
    """Of the files of SQLite."""
    port: int = 0
    """Of PostgreSQL."""

    def url(self, name: str) -> str:
        """Return the SQLAlchemy address of a database."""
        if self.kind is StoreKind.SQLITE:
            return f"sqlite:///{self._file(name)}"
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{name}"

    def make(self, name: str) -> str:
        """Make a database without tables; return its address."""
        if self.kind is StoreKind.POSTGRESQL:
            self._run(f"CREATE DATABASE {name}")
        return self.url(name)

    def copy(self, name: str, to: str) -> str:
        """Copy a database that nobody has open; return the address of the copy."""
        if self.kind is StoreKind.SQLITE:
            shutil.copy(self._file(name), self._file(to))
        else:
            self._run(f"CREATE DATABASE {to} TEMPLATE {name} STRATEGY FILE_COPY")
        return self.url(to)

    def _file(self, name: str) -> Path:
        return (self.directory / f"{name}.sqlite").resolve()

    def _run(self, statement: str) -> None:
        with closing(psycopg.connect(conninfo(self.port), autocommit=True)) as connection:
            connection.execute(statement.encode())


@contextmanager
def databases(kind: StoreKind, directory: Path) -> Iterator[Databases]:
    """Give databases that are gone in the end; PostgreSQL writes to the disk as it does in production."""
    if kind is StoreKind.SQLITE:
        yield Databases(kind, directory)
        return
    with postgresql({}) as port:
        yield Databases(kind, directory, port)


def conninfo(port: int) -> str:
    """Return how to connect to a PostgreSQL of a benchmark's own as its administrator."""
    return f"host=127.0.0.1 port={port} user=postgres dbname=postgres connect_timeout=5"


@contextmanager
def postgresql(options: Mapping[str, str]) -> Iterator[int]:
    """Run a PostgreSQL of one's own; give its port."""
    user = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
    directory = Path(tempfile.mkdtemp(prefix="zone-postgresql-"))
    if user is not None:
        owner = pwd.getpwnam(user)
        os.chown(directory, owner.pw_uid, owner.pw_gid)
    port = free_port()
    process = _start(directory, port, user, {**LOCAL, **options})
    try:
        _wait(process, port)
        yield port
    finally:
        process.send_signal(FAST_SHUTDOWN)
        process.wait(READY_WITHIN_S)
        shutil.rmtree(directory, ignore_errors=True)


def _start(
    directory: Path, port: int, user: str | None, options: Mapping[str, str]
) -> "subprocess.Popen[bytes]":
    data = str(directory / "data")
    how = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
    subprocess.run(
        [BIN / "initdb", "-D", data, *how],
        user=user,
        cwd="/",
        check=True,
        stdout=subprocess.DEVNULL,
    )
    flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    with (directory / "log").open("wb") as log:
        return subprocess.Popen(
            [BIN / "postgres", "-D", data, "-p", str(port), *flags],
            user=user,
            cwd="/",
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            psycopg.connect(conninfo(port)).close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
