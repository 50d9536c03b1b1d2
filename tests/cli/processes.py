"""Runs `hubspot-mock` as people do: a process of its own."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import Any

from click.testing import CliRunner

CHECKOUT = Path(__file__).parent.parent.parent

# Flags of a pytest that loads all plugins that are installed: these two are not needed, and take a second of each run.
NO_HEAVY_PLUGINS = ["-p", "no:faker", "-p", "no:schemathesis"]


def environment(**more: str) -> dict[str, str]:
    """Returns this process's environment without settings of the mock, with this checkout's package."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HUBSPOT_", "MOCKSERVER_"))}
    return {**kept, "PYTHONPATH": str(CHECKOUT), **more}


def cli_runner() -> CliRunner:
    """Returns a runner that keeps the two streams apart, which it does by itself from click 8.2 on."""
    apart: dict[str, Any] = {"mix_stderr": False}
    return CliRunner(**apart if "mix_stderr" in signature(CliRunner).parameters else {})


def mockserver(*args: str | Path, **more: str) -> "subprocess.CompletedProcess[str]":
    """Runs a command to its end."""
    command = [sys.executable, "-m", "mockserver", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment(**more))


@dataclass
class Serving:
    """A server in a process of its own."""

    process: "subprocess.Popen[str]"
    banner: list[str]

    @property
    def url(self) -> str:
        found = re.search(r"http://\S+", self.banner[0])
        assert found, self.banner
        return found[0]

    def end(self, number: signal.Signals = signal.SIGTERM, *, within: float = 5) -> tuple[int, str, str]:
        """Sends a signal; returns the exit status and what else was written to both streams."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=within)
        return self.process.returncode, out, err


@contextmanager
def serving(*flags: str | Path, waits_for: str = "Try: ", **more: str) -> Iterator[Serving]:
    """Starts `hubspot-mock serve` on a free port and yields it once it says that it answers."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mockserver", "serve", "--port", "0", *map(str, flags)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**more),
    )
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        banner = []
        for line in process.stdout if waits_for == "Try: " else process.stderr:
            banner.append(line.rstrip("\n"))
            if waits_for in line:
                break
        assert banner, process.stderr.read()
        yield Serving(process, banner)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
