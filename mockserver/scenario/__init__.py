"""The format of scenarios: the settings, apps, limits, faults and seeds of a portal.

A scenario is a TOML file, or the same as JSON in the control API. The structs define the format;
`mockserver/scenario.schema.json` is their JSON Schema. `reading` reads plain data and explains mistakes, `files` finds
and opens files.
"""

from mockserver.scenario.error import Mistake as Mistake
from mockserver.scenario.error import ScenarioError as ScenarioError
from mockserver.scenario.error import misfit as misfit
from mockserver.scenario.faults import FaultSettings as FaultSettings
from mockserver.scenario.faults import ImportFault as ImportFault
from mockserver.scenario.faults import Response as Response
from mockserver.scenario.seeds import SeedSettings as SeedSettings
from mockserver.scenario.settings import Access as Access
from mockserver.scenario.settings import AppKind as AppKind
from mockserver.scenario.settings import AppSettings as AppSettings
from mockserver.scenario.settings import ClockSettings as ClockSettings
from mockserver.scenario.settings import LifecycleSettings as LifecycleSettings
from mockserver.scenario.settings import LimitSettings as LimitSettings
from mockserver.scenario.settings import PortalSettings as PortalSettings
from mockserver.scenario.settings import Tier as Tier
from mockserver.scenario.whole import DEFAULT as DEFAULT
from mockserver.scenario.whole import Scenario as Scenario
