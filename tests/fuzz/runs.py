"""The fuzzers by name, and one run of one of them against a server of its own."""

from collections.abc import Mapping

from tests.fuzz.calls import control_call, hubspot_call
from tests.fuzz.http import raw_http
from tests.fuzz.target import Fuzzer, Report, run, server
from tests.fuzz.uploads import looked_at, mutated_upload, structured

FUZZERS: Mapping[str, Fuzzer] = {
    "http": raw_http,
    "uploads": structured,
    "mutations": mutated_upload,
    "looked-at": looked_at,
    "hubspot": hubspot_call,
    "control": control_call,
}
BREAKS_OFF = {"http"}  # its requests may be unfinished, and then need no answer


def fuzz(name: str, *, count: int, seed: int, parser: str = "httptools") -> Report:
    """Runs a fuzzer and returns the report."""
    with server(parser=parser) as (port, pid):
        return run(FUZZERS[name], port, pid, count=count, seed=seed, unanswered=name in BREAKS_OFF)
