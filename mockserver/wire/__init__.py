"""HTTP in, HTTP out: the ASGI application, its routes, and the one place that renders."""
