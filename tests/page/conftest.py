"""A Chromium, the page in it, and a service that does as it is told."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.page.fake_service import FakeService, make_app, served

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
expect.set_options(timeout=30_000)
"""A machine that draws by software and does something else besides takes its time."""
DRAWS_NOTHING = """
const drawn = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...how) {
  return kind.startsWith("webgl") ? null : drawn.call(this, kind, ...how);
};
"""
OpenPage = Callable[..., Page]
SMALL = {"width": 1000, "height": 620}
"""Software rendering pays for each pixel."""


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    # For a module and no longer: while Playwright runs, its event loop is this thread's, and
    # other tests could not run one of their own.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Open an address; at the end nothing may have broken the policy or left for elsewhere."""
    troubles: list[str] = []
    contexts = []

    def opened(
        address: str, *, language: str = "en", scheme: Any = "dark", draws: bool = True, **more: Any
    ) -> Page:
        context = browser.new_context(
            locale=language, color_scheme=scheme, **{"viewport": SMALL, **more}
        )
        contexts.append(context)
        if not draws:
            context.add_init_script(DRAWS_NOTHING)
        page = context.new_page()
        origin = address.split("/", 3)[2]
        page.on("pageerror", lambda error: troubles.append(f"error in the page: {error}"))
        page.on("console", lambda said: _note_policy(said.text, troubles))
        page.on("request", lambda request: _note_stranger(request.url, origin, troubles))
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture
def open_without_map(open_page: OpenPage) -> OpenPage:
    """Open an address where no map can be drawn, for what is shown beside it: to draw it is half of a page."""
    return partial(open_page, draws=False)


def _note_policy(text: str, troubles: list[str]) -> None:
    if "Content Security Policy" in text or "Refused to" in text:
        troubles.append(text)


def _note_stranger(url: str, origin: str, troubles: list[str]) -> None:
    scheme, _, rest = url.partition("://")
    if scheme in {"http", "https", "ws", "wss"} and rest.split("/", 1)[0] != origin:
        troubles.append(f"a request to elsewhere: {url}")


@pytest.fixture
def fake() -> FakeService:
    return FakeService(signed_in="police-1")


@pytest.fixture
def address(fake: FakeService) -> Iterator[str]:
    with served(make_app(fake)) as address:
        yield address
