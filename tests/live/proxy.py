"""A server between `compare` and the account: it rewrites answers, and says which request came."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from tests.plain import UNENCRYPTED

Rewrite = Callable[[str, str, Any], Any]
"""Takes method, path and the JSON of an answer; returns the JSON that is sent instead."""


@dataclass
class Proxy:
    """What a proxy does; `on_request` is called with the number of each request, before and after it is forwarded."""

    target: str
    rewrite: Rewrite = lambda _method, _path, body: body
    on_request: Callable[[int, bool], None] = lambda _number, _is_answered: None
    url: str = ""
    requests: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    http: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, verify=UNENCRYPTED, timeout=30))


@contextmanager
def proxied(target: str, rewrite: Rewrite = lambda _method, _path, body: body) -> Iterator[Proxy]:
    """Yields a proxy of the server at `target`."""
    proxy = Proxy(target, rewrite)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(proxy))
    server.daemon_threads = True
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield proxy
    server.shutdown()
    server.server_close()
    thread.join()
    proxy.http.close()


def _handler(proxy: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # an answer is one packet

        def log_message(self, *_: Any) -> None:
            pass

        def _forward(self) -> None:
            with proxy.lock:
                proxy.requests += 1
                number = proxy.requests
            proxy.on_request(number, False)
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            answer = proxy.http.request(self.command, f"{proxy.target}{self.path}", headers=headers, content=content)
            proxy.on_request(number, True)
            sent = answer.content
            if answer.headers.get("content-type", "").startswith("application/json") and sent:
                body = proxy.rewrite(self.command, self.path, answer.json())
                sent = json.dumps(body).replace(proxy.target, proxy.url).encode()
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name not in {"content-length", "transfer-encoding", "connection"}:
                    self.send_header(name, value.replace(proxy.target, proxy.url))
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)
            self.wfile.flush()

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        setattr(Handler, f"do_{method}", Handler._forward)
    return Handler
