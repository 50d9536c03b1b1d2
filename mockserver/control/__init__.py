"""The control API under /_mock, by which tests and people control the mock itself. HubSpot has nothing like it.

One module per subject, each with a table of its operations. `api` answers calls; the OpenAPI document is generated from
the same tables. HubSpot's behavior is not defined here: calls are passed on to portals.
"""
