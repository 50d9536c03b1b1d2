"""Faults on the connection where there is none: an httpx client that calls the application itself."""

import asyncio

import httpx
import pytest

from mockserver.clock import Pace
from mockserver.portal.portals import ServerOptions
from mockserver.server import build_app
from tests.control_calls import IMPORTS


@pytest.mark.parametrize(
    ("connection", "error"),
    [
        ("reset", httpx.ReadError),
        ("stall", httpx.ReadTimeout),
        ("stall-upload", httpx.WriteTimeout),
        ("stall-answer", httpx.ReadTimeout),
        ("cut-upload", httpx.WriteError),
        ("cut-answer", httpx.RemoteProtocolError),
    ],
)
def test_the_client_gets_the_transport_error_that_it_would_get(connection: str, error: type[Exception]) -> None:
    app = build_app(ServerOptions(pace=Pace.INSTANT))

    async def story() -> None:
        headers = {"Authorization": "Bearer x"}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://mock", headers=headers) as client:
            armed = await client.post("/_mock/faults", json={"connection": connection, "times": 1})
            assert armed.status_code == 200, armed.text
            with pytest.raises(error) as caught:
                await client.post(IMPORTS, files={"files": ("a.csv", b"Email\r\nada@example.com\r\n")})
            assert isinstance(caught.value, httpx.TransportError)
            assert (await client.get(IMPORTS)).status_code == 200
            (first, _) = (await client.get("/_mock/journal")).json()["entries"]
            assert first["faults"] == ["fault-1"]

    try:
        asyncio.run(story())
    finally:
        app.close()
