"""Logs: one JSON object a line, with the things it is about and no secrets."""

import logging
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

SECRET_WORDS = ("password", "secret", "token", "ticket", "cookie", "authorization")


def configure(level: str) -> None:
    """Make every logger of this process write JSON lines to standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processor=structlog.processors.JSONRenderer(), foreign_pre_chain=shared
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    quiet()


def quiet() -> None:
    """Silence what others log too freely.

    uvicorn writes the whole address of a WebSocket, and with it a ticket; alembic and aiomqtt
    have nothing to say that we do not say ourselves.
    """
    for name in ("uvicorn.error", "uvicorn.access", "alembic", "mqtt", "httpx"):
        logging.getLogger(name).setLevel(logging.WARNING)


def without_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Blot out values whose key says that they are secret, however deep they lie."""
    return {key: _without_secrets(key, value) for key, value in event.items()}


def _without_secrets(key: object, value: object) -> object:
    if _is_secret(key):
        return "***"
    match value:
        case dict():
            return {inner: _without_secrets(inner, each) for inner, each in value.items()}
        case list() | tuple():
            return [_without_secrets("", each) for each in value]
        case _:
            return value


def _is_secret(key: object) -> bool:
    """Whether the last word of a key names a secret: ``mqtt_password``, ``Authorization``."""
    last = str(key).lower().replace("-", "_").rpartition("_")[2]
    return last in SECRET_WORDS
