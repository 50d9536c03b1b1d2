"""Apps of a handle's portal: each calls with a token of its own."""

from typing import TYPE_CHECKING, Final

from mockserver.web.control.portals import AppView

if TYPE_CHECKING:
    import httpx

CLIENT_SECONDS: Final = 30.0  # a client's patience: in pace instant, a request may wait for an import of a million rows


class App:
    """One app of the portal: it sees its own imports, and shares all records with the others.

    `scopes` None means that it may do everything.
    """

    def __init__(self, url: str, view: AppView, clients: "list[httpx.Client]") -> None:
        self.url = url
        self.name = view.name
        self.token = view.token
        self.scopes = view.scopes
        self._clients = clients

    def __repr__(self) -> str:
        return f"<app {self.name}>"

    def client(self) -> "httpx.Client":
        """Returns an httpx client with the mock's URL and the app's token; it is closed with the portal's handle."""
        import httpx  # takes longer to import than all of the handle

        client = httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=CLIENT_SECONDS,
            trust_env=False,  # a proxy has no way to a server in this process
            verify=self.url.startswith("https"),  # certificates take 45 ms to read
        )
        self._clients.append(client)
        return client
