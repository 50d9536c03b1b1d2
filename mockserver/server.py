"""Runs the application on real sockets, with an event loop, real time and temporary folders.

`Server` runs it in a thread of this process, for fixtures and the demo; `serve` runs it until a signal stops it.
"""

import asyncio
import os
import signal
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

from mockserver import environment
from mockserver.app import MockApp, real_now
from mockserver.hubspot.scenario_check import check_scenario
from mockserver.imports.upload_folder import UploadFolder
from mockserver.pacing import Pacing
from mockserver.portal.portals import Portals, ServerOptions
from mockserver.scenario import DEFAULT
from mockserver.wire.protocol import Listening, Patience

T = TypeVar("T")

MOST_SECONDS_TO_START_OR_STOP = 10.0


def new_token() -> str:
    """Returns a random token with the format of a private app's."""
    digits = os.urandom(16).hex()  # importing uuid or secrets for it would take milliseconds
    return f"pat-na1-{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def new_loop() -> asyncio.AbstractEventLoop:
    """Returns an event loop: uvloop's, which is faster, if it is installed, else asyncio's."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


def build_app(options: ServerOptions) -> MockApp:
    """Returns the application of a server: its portals, its uploads and the pacing of its clocks.

    Raises ScenarioError for a scenario that cannot be used.
    """
    if options.scenario is not DEFAULT:
        check_scenario(options.scenario)
    temporary = os.environ.get(environment.TEMPORARY_FOLDER)
    folder = UploadFolder(temporary=Path(temporary) if temporary else None, data=options.data)
    portals = Portals(options, uploads=folder, new_token=new_token, real_seconds=time.monotonic, real_now=real_now)
    folder.sweep(portals.default.store.imports.kept_uploads())
    return MockApp(portals, folder, Pacing(real_now))


def bind(host: str, port: int) -> socket.socket:
    """Returns a listening socket; port 0 takes any free port. Raises OSError if the address cannot be used."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only on sockets made with IPPROTO_TCP; without it, each answer waits 40 ms for an ACK.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform == "win32":  # where SO_REUSEADDR would let two servers have one port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    listener.set_inheritable(True)
    return listener


def url_of(listener: socket.socket) -> str:
    """Returns the base URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def serve(
    app: MockApp,
    listeners: Sequence[tuple[socket.socket, ssl.SSLContext | None]],
    *,
    ready: Callable[[], None] | None = None,
    patience: Patience | None = None,
) -> None:
    """Serves on sockets, with TLS for those with a context, until SIGINT or SIGTERM; then returns at once."""
    listening = Listening(app, patience)
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    _on_signals(loop, told.set)
    app.begin()
    await listening.start(listeners)
    if ready is not None:
        ready()
    await told.wait()
    await listening.stop()
    await app.end()


def _on_signals(loop: asyncio.AbstractEventLoop, act: Callable[[], None]) -> None:
    """Calls a function on the loop at SIGINT and SIGTERM."""
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, act)
        except NotImplementedError:  # the loops of Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(act))


class LoopThread:
    """An event loop in a thread of this process. Start and stop raise TimeoutError after ten seconds."""

    def __init__(self, name: str = "hubspot-mock") -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._live, name=name, daemon=True)

    def start(self) -> None:
        """Starts the loop, and returns when it runs."""
        self._thread.start()
        if not self._up.wait(MOST_SECONDS_TO_START_OR_STOP):
            raise TimeoutError(f"the event loop did not start within {MOST_SECONDS_TO_START_OR_STOP:g} s")

    def _live(self) -> None:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(self._main())

    async def _main(self) -> None:
        self._told = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._up.set()
        await self._told.wait()

    @property
    def running(self) -> bool:
        """Returns whether the loop runs."""
        return self._loop is not None and self._thread.is_alive()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """Returns the loop. Raises RuntimeError if it does not run."""
        if self._loop is None or not self._thread.is_alive():
            raise RuntimeError("the server is not running")
        return self._loop

    def run(self, work: Callable[[], Coroutine[Any, Any, T]], *, within: float | None = None) -> T:
        """Runs a coroutine function on the loop and returns its result; must be called from another thread.

        Raises TimeoutError if it takes more than `within` seconds.
        """
        loop = self.loop  # before the coroutine is made, which would never be awaited if there is none
        done = asyncio.run_coroutine_threadsafe(work(), loop)
        try:
            return done.result(within)
        except TimeoutError:
            if not done.done():
                done.cancel()
                raise TimeoutError(f"the server's event loop did not answer within {within:g} s") from None
            raise

    def stop(self, *, within: float = MOST_SECONDS_TO_START_OR_STOP) -> None:
        """Stops the loop and its tasks. Raises TimeoutError if that takes more than `within` seconds."""
        if self.running:
            self.loop.call_soon_threadsafe(self._told.set)
            self._thread.join(within)
            if self._thread.is_alive():
                raise TimeoutError("the server's event loop did not stop in time")


class Server:
    """A server in a thread of this process. Raises OldControlToken if its control API would be open by mistake."""

    def __init__(self, app: MockApp, host: str = "127.0.0.1", port: int = 0) -> None:
        environment.check_control_token(os.environ)
        self.app = app
        self._listener = bind(host, port)
        self.url = url_of(self._listener)
        self._listening = Listening(app)
        self._thread = LoopThread()

    def start(self) -> "Server":
        """Starts serving, and returns when requests are answered."""
        self._thread.start()
        try:
            self.run(self._begin, within=MOST_SECONDS_TO_START_OR_STOP)
        except BaseException:
            self._thread.stop()
            raise
        return self

    async def _begin(self) -> None:
        self.app.begin()
        await self._listening.start([(self._listener, None)])

    async def _end(self) -> None:
        await self._listening.stop()
        await self.app.end()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """Returns the event loop on which the server runs. Raises RuntimeError if it does not run."""
        return self._thread.loop

    def run(self, work: Callable[[], Coroutine[Any, Any, T]], *, within: float | None = None) -> T:
        """Runs a coroutine function on the server's loop and returns its result; must be called from another thread.

        Raises TimeoutError if it takes more than `within` seconds.
        """
        return self._thread.run(work, within=within)

    def stop(self) -> None:
        """Stops serving, and closes open connections. Raises TimeoutError after ten seconds."""
        if self._thread.running:
            began = time.monotonic()
            try:
                self.run(self._end, within=MOST_SECONDS_TO_START_OR_STOP)
            finally:
                self._thread.stop(within=max(0.1, MOST_SECONDS_TO_START_OR_STOP - (time.monotonic() - began)))
        self.app.close()
