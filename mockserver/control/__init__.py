"""The control API under /_mock: what a test or a person does to the mock itself. HubSpot has none of it.

One module per thing that is controlled, each with the rows of its operations; `api` answers them, and the OpenAPI
document is made of the same rows. Nothing here decides anything about HubSpot: it asks portals, and tells them.
"""
