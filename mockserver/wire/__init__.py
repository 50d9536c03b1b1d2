"""HTTP: connections, multipart bodies, requests with their routes and parameters, and the rendering of answers."""
