"""Commands that run the platform, or look after one that runs."""

import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import typer

from zone_service import parts
from zone_service.commands.languages import heads, is_chinese_asked, spoken
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
        page, broker, data = heads(
            ("The page    ", "页面    "), ("The broker  ", "消息代理"), ("The data    ", "数据    ")
        )
        accounts = spoken("one account a device", "每台设备一个账户")
        out.print(f"{page}  {at.web}/", highlight=False)
        out.print(f"{broker}  {at.mqtt}  (MQTT 3.1.1, {accounts})", highlight=False)
        out.print(f"{data}  {settings.data_dir.resolve()}", highlight=False)
        if not has_accounts(settings):
            nobody = spoken(
                "Nobody can sign in yet. From another terminal, in this folder:",
                "尚无人可以登录。请在另一终端的同一文件夹中执行：",
            )
            first = "zone user add YOUR-NAME --role administrator --organisation platform"
            out.print(f"{nobody}\n  {first}", highlight=False)
        soon = spoken(
            "Ctrl-C stops everything. The page answers in some seconds …",
            "Ctrl-C 停止全部组件。页面数秒后可用 …",
        )
        out.print(f"{soon}\n")
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
    out.print(spoken("Ready.", "已就绪。"), highlight=False)


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
    if before == after:
        said = spoken(f"at schema {after}, as it was", f"架构为 {after}，与此前相同")
    else:
        said = spoken(
            f"at schema {after}, before it was {before or 'empty'}",
            f"架构为 {after}，此前为" + (f" {before}" if before else "空"),
        )
    out.print(spoken(f"The database is {said}.", f"数据库{said}。"), highlight=False)
