"""A real browser, and the page of a fresh portal in it.

Playwright has an event loop of its own, which other tests of the process must not meet: everything that touches the
browser runs in one thread, the test itself included.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import httpx
import pytest

from mockserver.clock import Pace
from mockserver.portal.portals import ServerOptions
from mockserver.server import Server, build_app
from tests.control_calls import Control
from tests.page.ui import Ui
from tests.plain import UNENCRYPTED

Result = TypeVar("Result")

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def in_browser() -> Iterator[Callable[..., Any]]:
    """Runs a function in the browser's thread."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="browser") as thread:

        def run(work: Callable[..., Result], *args: Any, **named: Any) -> Result:
            return thread.submit(work, *args, **named).result()

        yield run


@pytest.fixture(scope="session")
def browser(in_browser: Callable[..., Any]) -> Iterator[Any]:
    """Debian's Chromium, or another one that is installed."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        words = f"no browser is installed (one of: {', '.join(BROWSERS)})"
        if os.environ.get("CI"):
            pytest.fail(words)
        pytest.skip(words)
    from playwright.sync_api import sync_playwright

    playwright = in_browser(sync_playwright().start)
    chromium = in_browser(playwright.chromium.launch, executable_path=found, args=["--no-sandbox"])
    yield chromium
    in_browser(chromium.close)
    in_browser(playwright.stop)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Runs a test that uses the browser in the browser's thread."""
    run = pyfuncitem.funcargs.get("in_browser")
    if run is None or "browser" not in pyfuncitem.fixturenames:
        return None
    names = pyfuncitem._fixtureinfo.argnames
    run(pyfuncitem.obj, **{name: pyfuncitem.funcargs[name] for name in names})
    return True


@pytest.fixture(scope="session")
def page_server() -> Iterator[Server]:
    """A server in this process."""
    server = Server(build_app(ServerOptions(pace=Pace.POLLS))).start()
    yield server
    server.stop()


@pytest.fixture
def portal(page_server: Server, request: pytest.FixtureRequest) -> Iterator[Control]:
    """A fresh portal, as the marker `hubspot` says."""
    marker = request.node.get_closest_marker("hubspot")
    wanted = {"pace": "polls", **(marker.kwargs if marker else {})}
    made = httpx.post(f"{page_server.url}/_mock/portals", json=wanted, verify=UNENCRYPTED).json()
    control = Control(page_server.url, made["tokens"][0])
    control.key = made["key"]
    yield control
    control.close()
    httpx.delete(f"{page_server.url}/_mock/portals/{made['key']}", verify=UNENCRYPTED)


@pytest.fixture
def ui(browser: Any, in_browser: Callable[..., Any], portal: Control) -> Iterator[Ui]:
    """The page of the portal. It must write no error to the console, and call nothing but the server."""
    context = in_browser(browser.new_context, viewport={"width": 1280, "height": 860}, accept_downloads=True)
    ui = Ui(in_browser(context.new_page), portal.url, portal.key)
    in_browser(ui.listen)
    yield ui
    in_browser(context.close)
    faults = [text for text in ui.faults if not any(re.search(known, text) for known in ui.expected_faults)]
    assert not faults, faults
    assert all(url.startswith((portal.url, "blob:")) for url in ui.called), ui.called
