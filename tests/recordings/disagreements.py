"""Exchanges that this server does not answer as recorded, and what differs; one that agrees must leave the table."""

from collections.abc import Mapping
from typing import Final

DISAGREEMENTS: Final[Mapping[str, str]] = {}
