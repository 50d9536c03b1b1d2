"""A HubSpot portal in a box: a local, stateful stand-in for HubSpot's CRM Imports API."""

__version__ = "0.1.0"
