"""Leaves the tests against a real account out where no token is set."""

import os

from mockserver.environment import LIVE_TOKEN

collect_ignore = [] if os.environ.get(LIVE_TOKEN) else ["test_account.py"]
