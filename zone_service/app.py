"""The web process put together: the only place where its parts meet."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

import structlog
from anyio import Semaphore
from fastapi import APIRouter, Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Lifespan

from permits.precision_rules import precision_rules
from telemetry.codecs.discover import load_codecs
from zone_service import broker, collector, problems
from zone_service.auth import PUBLIC
from zone_service.bus_client import BusClient
from zone_service.clock import now, unix_s
from zone_service.history_metrics import HistoryCollector
from zone_service.http_guard import Guard
from zone_service.legal_time import LegalTime
from zone_service.live_loop import LiveLoop
from zone_service.live_metrics import LiveCollector
from zone_service.live_sources import Sources
from zone_service.live_viewer import Limits
from zone_service.metrics import DISTRIBUTION, Metrics
from zone_service.public_lists import PublicCache
from zone_service.routes import (
    applications,
    backdrop,
    bases,
    bringing,
    certificates,
    daily_plans,
    documents,
    evidence,
    fences,
    governance,
    histories,
    history_holds,
    link_tests,
    live,
    matters,
    mileage,
    notices,
    operations,
    permits,
    preconditions,
    public,
    quality,
    recognition,
    refusals,
    register,
    registry,
    reports,
    reviews,
    rule_sets,
    samples,
    sessions,
    subject_reports,
    suspended,
    violations,
    zones,
)
from zone_service.rule_library import RuleLibrary
from zone_service.schemas.examples import exemplified
from zone_service.services import Services
from zone_service.settings import Settings
from zone_service.store import accounts, feedback, kept_answers
from zone_service.store.engine import Store
from zone_service.store.files import Files
from zone_service.store.records import Principal
from zone_service.zone_cache import ZoneCache

PAGE = Path(__file__).parent / "web"
ASSETS = ("app", "css", "i18n", "vendor")
ROUTERS = (
    sessions, registry, register, permits, applications, bringing, samples, certificates, daily_plans, documents,
    preconditions, reviews, rule_sets, violations, refusals, zones, backdrop, public, recognition,
    reports, subject_reports, governance, live, operations, matters,
    suspended, histories, history_holds, evidence, notices, quality, link_tests, fences,
    mileage, bases,
)  # fmt: skip
PRUNE_S = 600.0
LAW_EVERY_S, LAW_AGAIN_S = 1.0, 60.0
ABANDONED_S = 24 * 3600.0
"""No upload lasts a day: what is left of one is of a process that died."""
PASSWORDS_AT_ONCE = 4
HISTORIES_AT_ONCE = 2

_log = structlog.get_logger("zone.web")


def create_app(settings: Settings, store: Store, limits: Limits | None = None) -> FastAPI:
    """Return the application on a store whose tables are of the right age."""
    services = _services(settings, store, limits)
    app = _routed(services, _lifespan)
    app.router.routes.extend(_page().routes)
    app.mount("/assets", _Assets(directory=PAGE), name="assets")
    app.add_middleware(
        Guard,
        metrics=services.metrics,
        access_log=settings.access_log,
        document_max_bytes=settings.document_max_bytes,
        recognition_max_bytes=settings.recognition_max_bytes,
    )
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


def asked_by(settings: Settings, store: Store, principal: Principal) -> FastAPI:
    """Return the API as one person asks it in a process of their own, where nothing is served.

    Nobody is told of what changes but the store: there a platform that runs finds it.
    """
    services = _services(settings, store, None)
    return _routed(replace(services, principal=principal, waiting=[]))


def _routed(services: Services, lifespan: Lifespan[FastAPI] | None = None) -> FastAPI:
    app = FastAPI(
        title="Test zone platform",
        version=version(DISTRIBUTION),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.services = services
    for module in ROUTERS:
        # Not ``include_router``: the application's routes stay one flat list to go over.
        app.router.routes.extend(module.router.routes)
    problems.install(app)
    return app


def _services(settings: Settings, store: Store, limits: Limits | None) -> Services:
    metrics = Metrics()
    cache = ZoneCache(store)
    rules = RuleLibrary(settings)
    sources = Sources(
        store, cache, lambda session: precision_rules(rules.in_force(session, settings.rule_set))
    )
    loop = LiveLoop(sources, metrics, limits)
    bus = BusClient(lambda: broker.service_access(settings), sources.revisions)
    bus.take, bus.on_link = loop.take, loop.linked
    metrics.registry.register(LiveCollector(loop))
    metrics.registry.register(HistoryCollector(store, settings.history_dir))
    return Services(
        settings=settings,
        store=store,
        files=Files(settings.files_dir),
        live=loop,
        bus=bus,
        zones=cache,
        public=PublicCache(store),
        rules=rules,
        metrics=metrics,
        codecs=frozenset(load_codecs()),
        password_checks=Semaphore(PASSWORDS_AT_ONCE),
        histories=BoundedSemaphore(HISTORIES_AT_ONCE),
    )


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    services: Services = app.state.services
    await services.live.begin()
    collector.set_aside()
    parts = {
        "live feed": services.live.run(),
        "bus": services.bus.run(),
        "pruning": _pruning(services),
        "law's clock": _legal_time(services),
    }
    tasks = [asyncio.create_task(part, name=name) for name, part in parts.items()]
    for task in tasks:
        task.add_done_callback(_part_ended)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _part_ended(task: asyncio.Task[None]) -> None:
    """End the process with a part that failed: it is started again, and a half of it is not safe.

    A feed without its bus would look as if all were well.
    """
    if not task.cancelled():
        _log.critical("part_ended", part=task.get_name(), exc_info=task.exception())
        signal.raise_signal(signal.SIGTERM)


async def _pruning(services: Services) -> None:
    """Remove now and then what is over; sessions that nobody ends would pile up."""
    while True:
        await asyncio.sleep(PRUNE_S)
        try:
            await asyncio.to_thread(accounts.prune, services.store, now())
            await asyncio.to_thread(feedback.forget, services.store, now())
            over = now() - services.settings.answers_kept
            await asyncio.to_thread(kept_answers.prune, services.store, over)
            await asyncio.to_thread(services.files.clear_incoming, unix_s() - ABANDONED_S)
        except Exception:
            _log.exception("not_pruned")


async def _legal_time(services: Services) -> None:
    """Do what comes about by time alone, each second; where that fails, each minute."""
    law = LegalTime(services.store, services.rules, services.permits_changed)
    while True:
        pause_s = LAW_EVERY_S
        try:
            await asyncio.to_thread(law.turn, now())
        except Exception:
            _log.exception("law_not_asked")
            pause_s = LAW_AGAIN_S
        await asyncio.sleep(pause_s)


def _page() -> APIRouter:
    router = APIRouter(dependencies=[Depends(PUBLIC)])

    @router.get("/", include_in_schema=False)
    @router.get("/live", include_in_schema=False)
    def page() -> FileResponse:
        """Return the page; signing in is part of it."""
        return FileResponse(PAGE / "index.html", headers={"Cache-Control": "no-cache"})

    return router


class _Assets(StaticFiles):
    """The page's files: those that it loads, not the tools beside them."""

    def lookup_path(self, path: str) -> tuple[str, Any]:
        if path.partition("/")[0] not in ASSETS:
            return "", None
        return super().lookup_path(path)

    def file_response(self, *args: Any, **kwargs: Any) -> Any:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response


def _described(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, routes=app.routes)
        app.openapi_schema = exemplified(problems.described(schema))
    return app.openapi_schema
