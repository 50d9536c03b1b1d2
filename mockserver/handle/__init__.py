"""`MockHubSpot`, the handle of a portal, for a server in this process and for one elsewhere.

Everything that it does is a call of the control API, on the server's event loop or over HTTP. It does not depend on
pytest.
"""

from mockserver.handle.control import BadInput as BadInput
from mockserver.handle.control import ControlRefusal as ControlRefusal
from mockserver.handle.control import NotNow as NotNow
from mockserver.handle.control import NotThere as NotThere
from mockserver.handle.faults import Fault as Fault
from mockserver.handle.faults import Faults as Faults
from mockserver.handle.imports import Clock as Clock
from mockserver.handle.imports import Imports as Imports
from mockserver.handle.journal import PortalJournal as PortalJournal
from mockserver.handle.mock_hubspot import App as App
from mockserver.handle.mock_hubspot import MockHubSpot as MockHubSpot
from mockserver.handle.mock_hubspot import Record as Record
from mockserver.handle.transports import InProcess as InProcess
from mockserver.handle.transports import Sidecar as Sidecar
from mockserver.handle.transports import Transport as Transport
from mockserver.handle.transports import reach as reach
