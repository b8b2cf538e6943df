"""Commands that run the platform, or look after one that runs."""

import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import typer

from zone_service import parts
from zone_service.commands.languages import is_chinese_asked
from zone_service.commands.root import EXIT_FAILED, app, database, example, out
from zone_service.interrupts import nothing_begun
from zone_service.settings import Settings, load

if TYPE_CHECKING:
    from collections.abc import Callable

READY_LOOK_S: Final = 0.5


@app.command(epilog=example("zone up", "ZONE_DATA_DIR=/srv/zone ZONE_WEB_PORT=8081 zone up"))
def up() -> None:
    """Start the broker, the worker and the web process, and keep them running.

    Makes the database and the broker's secrets in ZONE_DATA_DIR (./data) at the first start.
    Ctrl-C stops everything, in order.
    """
    with nothing_begun():
        from zone_service.supervisor import run

    settings = load()
    raise typer.Exit(run(settings, _welcome(settings)))


def _welcome(settings: Settings) -> "Callable[[], None]":
    """Return how to say where everything is, once it has started."""

    def say() -> None:
        from zone_service.addresses import addresses
        from zone_service.provision import has_accounts

        at = addresses(settings)
        out.print(f"The page      {at.web}/", highlight=False)
        out.print(f"The broker    {at.mqtt}  (MQTT 3.1.1, one account a device)", highlight=False)
        out.print(f"The data      {settings.data_dir.resolve()}", highlight=False)
        if not has_accounts(settings):
            out.print(
                "Nobody can sign in yet. From another terminal, in this folder:\n"
                "  zone user add YOUR-NAME --role administrator --organisation platform",
                highlight=False,
            )
        out.print("Ctrl-C stops everything. The page answers in some seconds …\n")
        threading.Thread(target=_say_when_ready, args=(at.web,), daemon=True).start()

    return say


def _say_when_ready(web: str) -> None:
    """Wait until the platform is ready, as long as it lasts, and say so."""
    import httpx

    with httpx.Client(base_url=web, timeout=5.0) as client:
        while True:
            with suppress(httpx.HTTPError):
                if client.get("/readyz").status_code == httpx.codes.OK:
                    break
            time.sleep(READY_LOOK_S)
    out.print("Ready.", highlight=False)


@app.command()
def worker() -> None:
    """Run the worker alone: it takes telemetry from the broker and judges it.

    ``zone up`` runs it; alone it is for machines where a service manager keeps each process.
    """
    parts.worker()


@app.command()
def web() -> None:
    """Run the web process alone: the API, the live feed and the page.

    ``zone up`` runs it; alone it is for machines where a service manager keeps each process.
    """
    parts.web()


@app.command()
def doctor() -> None:
    """Check the broker, the worker, the web process, the store and this machine; say what to do.

    The exit status is 1 where something keeps the platform from working.
    """
    with nothing_begun():
        from permits.rule_words import Language
        from zone_service.doctor import examine, render

    findings = examine(load())
    language = Language.CHINESE if is_chinese_asked(sys.argv[1:]) else Language.ENGLISH
    out.print(render(findings, language))
    raise typer.Exit(EXIT_FAILED if any(found.state == "fail" for found in findings) else 0)


@database.command("upgrade")
def database_upgrade() -> None:
    """Bring the database to this version's schema; safe to repeat."""
    with nothing_begun():
        from zone_service.store.engine import open_store

    settings = load()
    store = open_store(settings.database)
    before = store.revision_of_schema()
    store.upgrade()
    after = store.revision_of_schema()
    store.close()
    already = ", as it was" if before == after else f", before it was {before or 'empty'}"
    out.print(f"The database is at schema {after}{already}.", highlight=False)
