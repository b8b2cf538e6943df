"""What holds for every request, before and after its route: limits, headers, a line of log if any."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote_to_bytes

import structlog
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zone_service.clock import monotonic_s
from zone_service.metrics import Metrics
from zone_service.problems import BodyTooLarge, ProblemError, answer, sentence, too_large

MAX_BODY_BYTES: Final = 2 * 1024 * 1024
LARGER_BODIES: Final[Mapping[str, int]] = {"/api/zones/import": 64 * 1024 * 1024}
BUNDLES: Final = "/api/recognition/bundles"

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS: Final = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
NOT_READY: Final = ("/readyz", int(HTTPStatus.SERVICE_UNAVAILABLE))
"""An answer, and no failure: every start is asked before it can say yes."""

_log = structlog.get_logger("zone.http")


class Guard:
    """The outermost layer of the application."""

    def __init__(
        self,
        app: ASGIApp,
        metrics: Metrics,
        *,
        access_log: bool,
        document_max_bytes: int,
        recognition_max_bytes: int,
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._access_log = access_log
        self._document_max_bytes = document_max_bytes
        self._larger = {**LARGER_BODIES, BUNDLES: recognition_max_bytes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send, self._limit(scope["path"]))
        began_s = monotonic_s()
        try:
            await exchange.serve(self._app)
        finally:
            self._account(exchange, monotonic_s() - began_s)

    def _limit(self, path: str) -> int:
        if path.startswith("/api/documents/") and path.endswith("/file"):
            return self._document_max_bytes
        return self._larger.get(path, MAX_BODY_BYTES)

    def _account(self, exchange: "_Exchange", seconds: float) -> None:
        scope, status = exchange.scope, exchange.status
        route = getattr(scope.get("route"), "path", None) or "none"
        self._metrics.requests.labels(scope["method"], route, str(status)).inc()
        self._metrics.request_seconds.labels(route).observe(seconds)
        level = self._level(route, status)
        if level is not None:
            _log.log(
                level,
                "request",
                method=scope["method"],
                route=route,
                status=status,
                ms=round(seconds * 1000, 1),
                principal=scope.get("zone.principal"),
            )

    def _level(self, route: str, status: int) -> int | None:
        """Return how loud a request is in the log; ``None`` is not at all."""
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR and (route, status) != NOT_READY:
            return logging.ERROR
        if self._access_log:
            return logging.INFO
        return logging.DEBUG if (route, status) == NOT_READY else None


class _Exchange:
    """One request and its answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        self.scope = scope
        self.status = 499
        """What nginx calls it when the client has gone before the answer."""
        self._receive = receive
        self._send = send
        self._limit = limit
        self._read = 0
        self._started = False

    async def serve(self, app: ASGIApp) -> None:
        problem = _malformed(self.scope) or self._declared_too_large()
        if problem is None:
            problem = await self._served(app)
        if problem is not None and not self._started:
            await answer(HTTPConnection(self.scope), problem)(self.scope, self._receive, self.send)

    async def _served(self, app: ASGIApp) -> ProblemError | None:
        try:
            await app(self.scope, self.receive, self.send)
        except Exception:
            _log.exception("request_failed", method=self.scope["method"], path=self.scope["path"])
            return ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, sentence("our fault"))
        return None

    def _declared_too_large(self) -> ProblemError | None:
        lengths = [value for name, value in self.scope["headers"] if name == b"content-length"]
        if lengths and lengths[0].isdigit() and int(lengths[0][:20]) > self._limit:
            return self._too_large()
        return None

    def _too_large(self) -> ProblemError:
        problem = too_large(self._limit)
        problem.headers["Connection"] = "close"
        return problem

    async def receive(self) -> Message:
        message = await self._receive()
        self._read += len(message.get("body", b""))
        if self._read > self._limit:
            raise BodyTooLarge(self._limit)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._started = True
            self.status = message["status"]
            message["headers"] = [*message["headers"], *self._added(message)]
        await self._send(message)

    def _added(self, message: Message) -> list[tuple[bytes, bytes]]:
        names = {name.lower() for name, _ in message["headers"]}
        added = [pair for pair in HEADERS if pair[0] not in names]
        if self.scope["path"].startswith("/api") and b"cache-control" not in names:
            added.append((b"cache-control", b"no-store"))
        return added


def _malformed(scope: Scope) -> ProblemError | None:
    """Refuse an address that holds what no column can: NUL, or bytes that are not UTF-8."""
    for part in (scope.get("raw_path") or b"", scope.get("query_string") or b""):
        plain = unquote_to_bytes(part)
        if b"\x00" in plain or not _is_utf8(plain):
            return ProblemError(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                sentence("address"),
                slug="invalid-request",
            )
    return None


def _is_utf8(plain: bytes) -> bool:
    try:
        plain.decode()
    except UnicodeDecodeError:
        return False
    return True
