"""The web process: uvicorn around the application."""

import uvicorn
from fastapi import FastAPI

from zone_service.app import create_app
from zone_service.brokers.process import require_free
from zone_service.live_socket import MAX_MESSAGE_BYTES, DirectProtocol
from zone_service.logs import configure, quiet
from zone_service.settings import Settings
from zone_service.store.engine import open_store

PORT_PATIENCE_S = 2.0
"""One that was killed leaves its port within a moment."""


def run(settings: Settings) -> None:
    """Serve until told to stop.

    Raises:
        BrokerFailed: somebody else listens on its port.
        SchemaMismatch: the tables are missing or of another age.
    """
    configure(settings.log_level)
    require_free(settings.web_host, settings.web_port, "ZONE_WEB_PORT", PORT_PATIENCE_S)
    store = open_store(settings.database)
    store.require_schema()
    uvicorn.Server(config(settings, create_app(settings, store))).run()
    store.close()


def config(settings: Settings, app: FastAPI, port: int | None = None) -> uvicorn.Config:
    """Return how the application is served.

    No permessage-deflate: it costs some thirty times the processor time of the frames themselves.
    """
    made = uvicorn.Config(
        app,
        host=settings.web_host,
        port=settings.web_port if port is None else port,
        loop="uvloop",
        http="httptools",
        ws=DirectProtocol,
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_per_message_deflate=False,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=3,
        limit_concurrency=2000,
        proxy_headers=bool(settings.proxies),
        # Never left out: an environment variable of uvicorn's own would count instead.
        forwarded_allow_ips=list(settings.proxies),
    )
    quiet()
    return made
