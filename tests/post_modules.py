"""Counts the modules that a POST of an import runs through: `python -m tests.post_modules` lists them.

A server in a thread answers one POST, so that everything is loaded; during a second one the functions that its thread
executes are recorded.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import httpx

import mockserver
from mockserver.clock import Pace
from mockserver.portal.portals import ServerOptions
from mockserver.server import Server, build_app
from tests.served import contacts, post_import

PACKAGE = Path(mockserver.__file__).parent


def modules_of_post() -> dict[str, set[str]]:
    """Returns the names of the functions that are executed while a POST is answered, by module."""
    server = Server(build_app(ServerOptions(pace=Pace.MANUAL))).start()
    try:
        _post(server.url)
        executed: dict[str, set[str]] = {}
        server.run(_with_profile(_recorder(executed)))
        _post(server.url)
        server.run(_with_profile(None))
    finally:
        server.stop()
    return executed


def _post(url: str) -> None:
    answer = post_import(url, "token", contacts(1, 3))
    assert answer.status_code == httpx.codes.OK


def _with_profile(profile: Callable[[FrameType, str, object], None] | None):
    async def set_profile() -> None:
        sys.setprofile(profile)

    return set_profile


def _recorder(executed: dict[str, set[str]]) -> Callable[[FrameType, str, object], None]:
    def record(frame: FrameType, event: str, _: object) -> None:
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(PACKAGE):
            module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
            executed.setdefault(module, set()).add(frame.f_code.co_qualname)

    return record


def main() -> None:
    executed = modules_of_post()
    for module, functions in sorted(executed.items()):
        sys.stdout.write(f"{module:<28}{', '.join(sorted(functions))}\n")
    sys.stdout.write(f"\n{len(executed)} modules\n")


if __name__ == "__main__":
    main()
