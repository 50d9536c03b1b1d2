"""A portal's database: the only rooms that speak SQL.

One portal is one SQLite database. `Store` opens it and holds its parts: `records`, `associations`, `definitions`,
`lists`, `imports`, and `state` for the clock and counters. Nothing in here knows rules or HTTP.
"""

from mockserver.store.database import Store as Store
from mockserver.store.database import Template as Template
from mockserver.store.database import UnusableFile as UnusableFile
