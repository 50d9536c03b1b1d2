"""The CRM APIs: what the imports wrote, read and changed through HubSpot's own operations."""

from typing import Final

from mockserver.web.crm.batch_api import BATCH_OPERATIONS
from mockserver.web.crm.objects_api import OBJECT_OPERATIONS
from mockserver.web.crm.search_api import SEARCH_OPERATIONS
from mockserver.web.routes import Operation

CRM_OPERATIONS: Final[tuple[Operation, ...]] = (*OBJECT_OPERATIONS, *BATCH_OPERATIONS, *SEARCH_OPERATIONS)
