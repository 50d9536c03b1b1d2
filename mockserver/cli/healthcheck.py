"""`hubspot-mock healthcheck`: returns whether a server answers, for containers without curl.

A container runs it every two seconds, so it must be cheap: it imports neither click nor the rest of this package, apart
from the names of the environment variables.
"""

import os
import socket
import sys
import time

from mockserver import environment

USAGE = """\
Usage: hubspot-mock healthcheck [--host HOST] [--port PORT] [--wait SECONDS]

  Exits with 0 if a server answers, else with 1.

  --host HOST      the server's address  [env: HUBSPOT_MOCK_SERVER_HOST; default: 127.0.0.1]
  --port PORT      the server's port  [env: HUBSPOT_MOCK_SERVER_PORT; default: 8080]
  --wait SECONDS   how long to wait for a server  [default: 0]

  Example: hubspot-mock healthcheck --port 8080 --wait 10
"""

ANY_ADDRESS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - a server listens on these, a client cannot call them
PATIENCE_SECONDS = 2.0  # for one answer
PAUSE_SECONDS = 0.1  # between two attempts


class UsageProblem(Exception):
    """A flag is unknown or has a bad value."""


def run(argv: list[str]) -> int:
    """Returns the exit status: 0 for a healthy server, 1 for none, 2 for a bad flag."""
    if any(word in {"-h", "--help"} for word in argv):
        sys.stdout.write(USAGE)
        return 0
    try:
        host, port, wait = _read_flags(argv)
    except UsageProblem as problem:
        sys.stderr.write(f"Error: {problem}\n")
        return 2

    deadline = time.monotonic() + wait
    while problem_seen := _ask(host, port):
        if time.monotonic() >= deadline:
            sys.stderr.write(f"Error: no healthy server at {host}:{port}: {problem_seen}\n")
            sys.stderr.writelines(f"Warning: {complaint}\n" for complaint in environment.complaints(os.environ))
            return 1
        time.sleep(PAUSE_SECONDS)
    return 0


def _read_flags(argv: list[str]) -> tuple[str, int, float]:
    values = {
        "--host": os.environ.get(environment.HOST, ""),
        "--port": os.environ.get(environment.PORT, "8080"),
        "--wait": "0",
    }
    words = iter(argv)
    for word in words:
        flag, equals, value = word.partition("=")
        if flag not in values:
            raise UsageProblem(f"no such option: {word} (there are {', '.join(values)})")
        given = value if equals else next(words, None)
        if given is None:
            raise UsageProblem(f"{flag} needs a value")
        values[flag] = given

    try:
        port = int(values["--port"])
    except ValueError:
        port = 0
    if not 0 < port < 65_536:
        raise UsageProblem(f"--port must be a number from 1 to 65535, not {values['--port']!r}")
    try:
        wait = float(values["--wait"])
    except ValueError:
        wait = -1.0
    if not wait >= 0:
        raise UsageProblem(f"--wait must be a number of seconds, not {values['--wait']!r}")
    return ANY_ADDRESS.get(values["--host"], values["--host"]), port, wait


def _ask(host: str, port: int) -> str | None:
    """Returns what is wrong with the server, or None if it is healthy."""
    question = f"GET /_mock/health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection((host, port), timeout=PATIENCE_SECONDS) as connection:
            connection.sendall(question.encode("ascii"))
            answer = connection.makefile("rb").readline(1024).decode("latin-1").strip()
    except OSError as error:
        return str(error)
    return None if answer.split(" ")[1:2] == ["200"] else f"it answers {answer!r}"
