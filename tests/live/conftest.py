"""Leaves the tests against a real account out where no token is set."""

import os

collect_ignore = [] if os.environ.get("HUBSPOT_TOKEN") else ["test_account.py"]
