"""A server that knows how long each turn of its event loop holds it: `python -m tests.benchmarks.held PORT`.

What is measured is the time that the loop's thread computes in one callback, whatever else the machine does. SIGUSR1
writes the longest one so far to standard output, in milliseconds, and begins anew.
"""

import asyncio
import signal
import sys
import time
from typing import Any

from mockserver.cli import main

_run = asyncio.Handle._run
_held = [0.0]  # seconds, the longest


def timed(handle: Any) -> None:
    began = time.thread_time()
    _run(handle)
    _held[0] = max(_held[0], time.thread_time() - began)


def told(*_: object) -> None:
    sys.stdout.write(f"held {_held[0] * 1e3:.1f}\n")
    sys.stdout.flush()
    _held[0] = 0.0


if __name__ == "__main__":
    asyncio.Handle._run = timed  # type: ignore[method-assign]  # to time each step of the loop
    signal.signal(signal.SIGUSR1, told)
    sys.argv[1:] = ["serve", "--port", sys.argv[1], "--pace", "instant"]
    main()
