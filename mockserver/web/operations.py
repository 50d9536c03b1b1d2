"""The whole table of operations: what HubSpot has and this mock serves, and the few neighbours that it does not.

Importing it imports every API. The application begins with the Imports API alone and takes the rest from here when a
path asks for it, so that a server starts fast.
"""

from typing import Final

from mockserver.web.crm import CRM_OPERATIONS
from mockserver.web.crm.unserved import UNSERVED_OPERATIONS
from mockserver.web.imports_api import IMPORT_OPERATIONS
from mockserver.web.oauth_api import OAUTH_OPERATIONS
from mockserver.web.routes import Routes

OPERATIONS: Final = (*IMPORT_OPERATIONS, *CRM_OPERATIONS, *OAUTH_OPERATIONS)

ROUTES: Final = Routes((*OPERATIONS, *UNSERVED_OPERATIONS))
