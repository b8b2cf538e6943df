"""An MQTT client that remembers what reached it."""

import threading
import time
from collections.abc import Callable
from itertools import count

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from zone_service.broker import BrokerAccess

WITHIN_S = 5.0
_numbers = count()


class Client:
    """One connection; ``heard`` are the topics and payloads that were delivered to it."""

    def __init__(
        self,
        access: BrokerAccess,
        client_id: str | None = None,
        *,
        will: str | None = None,
        clean: bool = True,
    ) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.ended = threading.Event()
        self.acknowledged: set[int] = set()
        self._joined = threading.Event()
        self._refused = False
        self._granted: set[int] = set()
        name = client_id or f"{access.username}-{next(_numbers)}"
        self.mqtt = paho.Client(CallbackAPIVersion.VERSION2, name, clean_session=clean)
        self.mqtt.username_pw_set(access.username, access.password)
        if will is not None:
            self.mqtt.will_set(will, b"poison", qos=1)
        self.mqtt.on_connect = self._on_connect
        self.mqtt.on_disconnect = lambda *_: self.ended.set()
        self.mqtt.on_message = lambda _c, _u, m: self.heard.append((m.topic, bytes(m.payload)))
        self.mqtt.on_subscribe = lambda _c, _u, mid, *_: self._granted.add(mid)
        self.mqtt.on_publish = lambda _c, _u, mid, *_: self.acknowledged.add(mid)
        self.mqtt.connect(access.host, access.port, keepalive=30)
        # One thread that ends with the connection: loop_start would connect again by itself.
        self._thread = threading.Thread(target=self._loop, daemon=True)
        self._thread.start()
        assert self._joined.wait(WITHIN_S) or self.ended.is_set()

    def _on_connect(
        self, _client: object, _user: object, _flags: object, code: object, *_: object
    ) -> None:
        self._refused = bool(getattr(code, "is_failure", False))
        self._joined.set()

    def _loop(self) -> None:
        while self.mqtt.loop(0.05) == paho.MQTT_ERR_SUCCESS:
            pass
        self.ended.set()

    @property
    def alive(self) -> bool:
        """Whether it was let in and its session still stands."""
        return self._joined.is_set() and not self._refused and not self.ended.is_set()

    def subscribe(self, *topics: str) -> "Client":
        """Ask for topics; returns when the broker has answered, whatever it answered."""
        for topic in topics:
            _, mid = self.mqtt.subscribe(topic, 1)
            assert mid is not None
            eventually(lambda mid=mid: mid in self._granted or self.ended.is_set())  # type: ignore[misc]
        return self

    def publish(
        self, topic: str, payload: bytes = b"x", *, qos: int = 1, retain: bool = False
    ) -> int:
        return self.mqtt.publish(topic, payload, qos, retain).mid

    def end(self) -> None:
        self.mqtt.disconnect()
        self._thread.join(WITHIN_S)

    def forget(self) -> None:
        """Let go of each other: a collection of both together would find paho's sockets open."""
        mqtt = self.mqtt
        mqtt.on_connect = mqtt.on_disconnect = mqtt.on_message = None
        mqtt.on_subscribe = mqtt.on_publish = None

    def vanish(self) -> None:
        """Lose the connection without a goodbye, so that the broker sends the will."""
        sock = self.mqtt.socket()
        assert sock is not None
        sock.close()
        self._thread.join(WITHIN_S)


def eventually(holds: Callable[[], bool], within_s: float = WITHIN_S) -> float:
    """Wait until something holds; returns how long that took in seconds."""
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < within_s, f"not within {within_s} s"
        time.sleep(0.005)
    return time.monotonic() - started


class Connections:
    """Opens connections, and ends them all."""

    def __init__(self) -> None:
        self._opened: list[Client] = []

    def __call__(
        self,
        access: BrokerAccess,
        client_id: str | None = None,
        *,
        will: str | None = None,
        clean: bool = True,
    ) -> Client:
        self._opened.append(Client(access, client_id, will=will, clean=clean))
        return self._opened[-1]

    def end(self) -> None:
        for client in self._opened:
            client.end()
            client.forget()
        self._opened.clear()
