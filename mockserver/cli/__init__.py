"""The command line. `healthcheck` runs every two seconds in containers, so it is answered before click is imported."""

import gc
import sys


def main() -> None:
    """Runs the command that the arguments name."""
    if sys.argv[1:2] == ["healthcheck"]:
        from mockserver.cli import healthcheck

        sys.exit(healthcheck.run(sys.argv[2:]))
    gc.disable()  # imports leave no garbage behind, and looking for it takes a tenth of the start; see get_command
    from mockserver.cli.commands import cli

    cli(prog_name="hubspot-mock")
