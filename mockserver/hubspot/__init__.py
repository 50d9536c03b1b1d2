"""HubSpot's API: one module per API, the table of operations, and the handling of a request."""
