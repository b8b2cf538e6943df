"""Authorities of the tests' own, and what they vouch for."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.servers import absent
from zone_service.broker_tls import Tls

NOTHING_OF_THE_MACHINES = "[req]\ndistinguished_name = name\n[name]\n"
NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "2")


@dataclass(frozen=True)
class Authority:
    """Makes certificates in a directory."""

    directory: Path

    @classmethod
    def founded(cls, directory: Path) -> "Authority":
        if shutil.which("openssl") is None:
            absent("openssl", "run `make servers`")
        directory.mkdir()
        made = cls(directory)
        made._certify("ca", "basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign")
        return made

    def vouches_for(self, name: str, host: str = "IP:127.0.0.1") -> Tls:
        """Make a key and a certificate, and return what their owner connects with."""
        extensions = ("basicConstraints=critical,CA:FALSE", f"subjectAltName={host}")
        signed = ("-CA", self.file("ca.crt"), "-CAkey", self.file("ca.key"))
        self._certify(name, *extensions, by=signed)
        return Tls(self.file("ca.crt"), self.file(f"{name}.crt"), self.file(f"{name}.key"))

    def file(self, name: str) -> Path:
        return self.directory / name

    def _certify(self, name: str, *extensions: str, by: tuple[str | Path, ...] = ()) -> None:
        config = self.file("openssl.conf")
        config.write_text(NOTHING_OF_THE_MACHINES)
        added = [part for each in extensions for part in ("-addext", each)]
        files = ("-keyout", self.file(f"{name}.key"), "-out", self.file(f"{name}.crt"))
        subject = ("-subj", f"/CN={name} of {self.directory.name}")
        subprocess.run(
            ["openssl", "req", "-x509", "-config", config, *NEW_KEY, *subject, *added, *by, *files],
            check=True,
            capture_output=True,
        )
