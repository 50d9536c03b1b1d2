"""Reads JSON as HubSpot's reader does, with its error texts, lines and columns."""
