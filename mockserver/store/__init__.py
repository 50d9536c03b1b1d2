"""A portal's database, and the only modules that contain SQL.

One portal is one SQLite database. `Store` opens it and gives access to its tables by subject: `records`,
`associations`, `definitions`, `lists`, `imports`, `search`, and `state` for the clock and the counters. The rules of
HubSpot and HTTP are unknown here.
"""

from mockserver.store.database import DatabaseCopy as DatabaseCopy
from mockserver.store.database import SlowStatement as SlowStatement
from mockserver.store.database import Store as Store
from mockserver.store.database import UnusableFile as UnusableFile
from mockserver.store.state import is_out_of_space as is_out_of_space
