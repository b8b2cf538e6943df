"""What is on its way to the broker: paho's packets, and many small ones of ours in between."""

import ssl

from paho.mqtt.client import Client


class Outlet:
    """The writing side of one connection.

    Many small packets go out joined, in one call of the system for a whole batch: never
    inside a packet of paho's, so only when its queue is empty, and paho never inside one
    of ours, so not while one may be cut.
    """

    __slots__ = ("_client", "_cut", "_joined", "congested")

    def __init__(self, client: Client) -> None:
        self._client = client
        self._joined = bytearray()
        self._cut = False
        self.congested = False
        """Whether something is left that the socket had no room for."""

    def send(self, packets: bytes) -> None:
        """Send whole packets, behind what is waiting, as far as the socket takes it."""
        self._joined += packets
        self.write()

    def write(self) -> None:
        """Send what is waiting, as far as the socket takes it."""
        if self._cut:
            self._send_joined()
        if not self._cut:
            if self._client.want_write():
                self._client.loop_write()
            if self._joined and not self._client.want_write():
                self._send_joined()
        self.congested = bool(self._joined) or self._client.want_write()

    def drop(self) -> None:
        """Forget our packets: their connection is gone, and what they were for comes again."""
        self._joined.clear()
        self._cut = False

    def _send_joined(self) -> None:
        sock = self._client.socket()
        if sock is None:
            self.drop()
            return
        try:
            # More than once: TLS takes one record in a call, however much room there is.
            while self._joined:
                del self._joined[: sock.send(self._joined)]
                self._cut = bool(self._joined)
        except BlockingIOError:
            return
        except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
            # TLS has taken the first of it, and insists on being given the same again.
            self._cut = True
        except OSError:
            # The connection is gone; the next read finds it so.
            self.drop()
