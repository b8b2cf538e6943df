"""Talking to a broker elsewhere: whom to believe, and what to show for oneself."""

import ssl
from dataclasses import dataclass
from pathlib import Path


class TlsUnusable(ConnectionError):
    """A certificate or a key cannot be used; says which file and why."""


@dataclass(frozen=True, slots=True)
class Tls:
    """The files of one client, all PEM."""

    authority: Path
    """Certificates of those who may vouch for the broker."""
    certificate: Path | None = None
    """Our own, where the broker asks for one; with its key unless that is apart."""
    key: Path | None = None

    def context(self) -> ssl.SSLContext:
        """Return what a connection is made with: TLS 1.2 or newer, to a broker that is the one.

        Raises:
            TlsUnusable: a file is missing, or is not what it should be.
        """
        try:
            made = ssl.create_default_context(cafile=self.authority)
        except OSError as error:
            msg = f"certificates of authorities in {self.authority}: {_reason(error)}"
            raise TlsUnusable(msg) from None
        self._show_ourselves(made)
        return made

    def _show_ourselves(self, made: ssl.SSLContext) -> None:
        if self.certificate is None:
            return
        try:
            made.load_cert_chain(self.certificate, self.key, _no_password)
        except OSError as error:
            files = " and ".join(str(each) for each in (self.certificate, self.key) if each)
            msg = f"our certificate in {files}: {_reason(error)}"
            raise TlsUnusable(msg) from None


def _no_password() -> str:
    """Refuse instead of asking on a terminal that is not there."""
    msg = "the key is encrypted: expected one without a password"
    raise TlsUnusable(msg)


def _reason(error: Exception) -> str:
    said = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
    return f"{said}: expected PEM" if isinstance(error, ssl.SSLError) else str(said)
