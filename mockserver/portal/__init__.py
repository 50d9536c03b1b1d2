"""A portal, which is one HubSpot account: its apps, tokens, limits, faults, journal, clock and snapshots.

`Parts` loads what most requests to a portal do not need: the catalog, the row engine, the seeds. It has the only
imports inside functions in this package. A server answers its first request without these modules; each is loaded when
first asked for.
"""

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockserver.crm.definitions import Definitions
    from mockserver.imports.rows.import_run import ImportRun
    from mockserver.portal.seeding import SeededDatabases


class Parts:
    """Classes by the module that defines them; shared by the portals of a server."""

    @cached_property
    def seeded_databases(self) -> "SeededDatabases":
        """The databases that portals with seeds begin as."""
        from mockserver.portal.seeding import SeededDatabases

        return SeededDatabases()

    @cached_property
    def definitions(self) -> "type[Definitions]":
        """The object types, properties, association types and owners of a portal, with the catalog."""
        from mockserver.crm.definitions import Definitions

        return Definitions

    @cached_property
    def import_run(self) -> "type[ImportRun]":
        """The row engine."""
        from mockserver.imports.rows.import_run import ImportRun

        return ImportRun
