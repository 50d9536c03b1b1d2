"""A portal, which is one HubSpot account: its apps, tokens, limits, faults, journal, clock and snapshots."""
