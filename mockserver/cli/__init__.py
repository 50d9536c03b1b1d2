"""The command line: a table of commands, each of which is imported when it is called.

`healthcheck` runs every two seconds in containers, so it is answered before click is imported.
"""

import gc
import sys
from importlib import import_module
from types import ModuleType
from typing import Final

COMMANDS: Final = {  # name: its module, the name that it has there, and its line in the list of commands
    "check": ("mockserver.cli.check", "command", "Say what HubSpot would refuse in a request and its files."),
    "clock": ("mockserver.cli.client", "clock", "Show the clock of a running server, or move it."),
    "compare": ("mockserver.cli.compare", "command", "Compare the answers of a HubSpot account with this server's."),
    "demo": ("mockserver.cli.demo", "command", "Import 200 sample contacts and show what happens."),
    "faults": ("mockserver.cli.client", "faults", "List, add or remove the faults of a running server."),
    "generate": ("mockserver.cli.generate", "command", "Generate a sample file to import, and its importRequest."),
    "imports": ("mockserver.cli.client", "imports", "List the imports of a running server, or act on them."),
    "journal": ("mockserver.cli.client", "journal", "Show the requests to a running server."),
    "pull": ("mockserver.cli.pull", "command", "Write what a HubSpot account defines as a scenario."),
    "reset": ("mockserver.cli.client", "reset", "Reset a portal of a running server."),
    "rules": ("mockserver.cli.rules", "command", "List the rules and errorTypes, with their evidence."),
    "run": ("mockserver.cli.run", "command", "Run a command with a server beside it."),
    "scenarios": ("mockserver.cli.scenarios", "command", "List the scenarios, or show one."),
    "serve": ("mockserver.cli.serve", "command", "Serve until Ctrl-C or SIGTERM."),
}
HEALTHCHECK: Final = ("healthcheck", "Exit with 0 if a server answers, with 1 if not.")


def main() -> None:
    """Runs the command that the arguments name."""
    if sys.argv[1:2] == [HEALTHCHECK[0]]:
        sys.exit(load("mockserver.cli.healthcheck").run(sys.argv[2:]))
    gc.disable()  # imports leave no garbage behind, and collecting takes a tenth of the start; see get_command
    load("mockserver.cli.commands").cli(prog_name="hubspot-mock")


def load(module: str) -> ModuleType:
    """Imports a module that only some calls of the command line need."""
    return import_module(module)
