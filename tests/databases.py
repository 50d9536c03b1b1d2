"""The content of a portal's database as text, for comparisons."""

import sqlite3

from mockserver.store import DatabaseCopy


def dump(copy: DatabaseCopy) -> list[str]:
    """Returns the statements that would write the same content."""
    database = sqlite3.connect(":memory:")
    copy.copy_to(database)
    return list(database.iterdump())
