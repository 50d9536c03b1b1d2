"""HTTPS as api.hubapi.com: for clients that know that name, and the certificate authority, and nothing else."""

import json
import shutil
import ssl
import stat
import subprocess
from collections.abc import Iterable
from pathlib import Path

import httpcore
import httpx
import pytest

from mockserver.tls import BUNDLE_FILE, CA_FILE, KEY_FILE, TlsProblem, make_authority
from tests.cli.processes import Serving, mockserver, serving

URL = "https://api.hubapi.com/crm/v3/imports"
TOKEN = "Bearer pat-na1-any-token-will-do"


def https_port(server: Serving) -> int:
    (line,) = (line for line in server.banner if line.startswith("  https "))
    return int(line.rpartition(":")[2])


class Alias(httpcore.SyncBackend):
    """The network of a container whose api.hubapi.com is another container."""

    def __init__(self, port: int) -> None:
        self._port = port

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        assert (host, port) == ("api.hubapi.com", 443)
        return super().connect_tcp("127.0.0.1", self._port, timeout, local_address, socket_options)


def client(port: int, ca: str) -> httpx.Client:
    transport = httpx.HTTPTransport()
    trust = ssl.create_default_context(cadata=ca)
    transport._pool = httpcore.ConnectionPool(
        ssl_context=trust, network_backend=Alias(port)
    )  # what httpx offers no option for
    return httpx.Client(transport=transport, headers={"Authorization": TOKEN})


def test_clients_that_know_only_hubspots_address_and_the_authority_are_served(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    with serving("--tls", "--tls-port", "0", "--tls-dir", folder) as server:
        port = https_port(server)
        answer = httpx.get(f"{server.url}/_mock/ca.pem")
        assert answer.headers["content-type"] == "application/x-pem-file"
        assert answer.text == (folder / CA_FILE).read_text()

        columns = [{"columnObjectTypeId": "0-1", "columnName": "Email", "propertyName": "email"}]
        page = {"hasHeader": True, "columnMappings": columns}
        request = {"name": "a", "files": [{"fileName": "a.csv", "fileFormat": "CSV", "fileImportPage": page}]}
        with client(port, answer.text) as python:
            form = {"importRequest": json.dumps(request)}
            posted = python.post(URL, data=form, files={"files": ("a.csv", b"Email\nada@example.com\n")})
            assert posted.json()["state"] == "STARTED"
            paged = python.get("https://api.hubapi.com/crm/v3/properties/contacts", params={"limit": 1})
            assert paged.status_code == 200

        alias = f"api.hubapi.com:443:127.0.0.1:{port}"
        curl = ["curl", "--silent", "--show-error", "--fail", "--cacert", folder / CA_FILE, "--connect-to", alias]
        curl += ["--header", f"Authorization: {TOKEN}", URL]
        assert '"id":"55000001"' in subprocess.run(curl, capture_output=True, text=True, check=True, timeout=20).stdout

        if node := shutil.which("node"):
            script = """
                const [port, ca, authorization] = process.argv.slice(1);
                const lookup = (name, options, found) =>
                    options.all ? found(null, [{address: "127.0.0.1", family: 4}]) : found(null, "127.0.0.1", 4);
                const wanted = {host: "api.hubapi.com", port, path: "/crm/v3/imports", lookup, headers: {authorization},
                    ca: require("fs").readFileSync(ca)};
                require("https").get(wanted, (answer) => answer.pipe(process.stdout));
            """
            said = subprocess.run(
                [node, "-e", script, str(port), str(folder / CA_FILE), TOKEN],
                capture_output=True, text=True, check=True, timeout=20,
            )  # fmt: skip
            assert '"id":"55000001"' in said.stdout

        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"), httpx.Client() as other:
            other.get(f"https://localhost:{port}/_mock/health")


def test_a_client_that_was_given_the_authority_trusts_the_next_start_too(tmp_path: Path) -> None:
    first = make_authority(tmp_path / "new" / "tls")
    again = make_authority(tmp_path / "new" / "tls")
    assert (first.ca, first.path) == (again.ca, tmp_path / "new" / "tls" / CA_FILE)
    assert first.context is not again.context
    assert stat.S_IMODE((tmp_path / "new" / "tls" / KEY_FILE).stat().st_mode) == 0o600


def test_the_bundle_has_the_roots_of_the_system_and_ours(tmp_path: Path) -> None:
    authority = make_authority(tmp_path)
    ours = ssl.PEM_cert_to_DER_cert(authority.ca.decode("ascii"))
    trusted = ssl.create_default_context(cafile=tmp_path / BUNDLE_FILE).get_ca_certs(binary_form=True)
    assert ours in trusted
    assert len(trusted) > 10
    assert set(ssl.create_default_context().get_ca_certs(binary_form=True)) < set(trusted)


def test_without_a_folder_nothing_is_kept() -> None:
    assert make_authority(None).path is None
    assert make_authority(None).ca != make_authority(None).ca


def test_the_certificate_covers_both_hosts_of_the_guide(tmp_path: Path) -> None:
    with serving("--tls", "--tls-port", "0", "--tls-dir", tmp_path, HUBSPOT_MOCK_SERVER_PACE="instant") as server:
        for host in ("api.hubapi.com", "api.hubspot.com"):
            command = [
                "curl", "--silent", "--fail", "--cacert", tmp_path / CA_FILE,
                "--connect-to", f"{host}:443:127.0.0.1:{https_port(server)}", f"https://{host}/_mock/health/live",
            ]  # fmt: skip
            assert subprocess.run(command, capture_output=True, check=True, timeout=20).stdout == b'{"status":"live"}'


def test_further_names_stand_in_the_certificate(tmp_path: Path) -> None:
    flags = ("--tls", "--tls-port", "0", "--tls-dir", tmp_path, "--tls-name", "hubspot.test")
    with serving(*flags, HUBSPOT_MOCK_SERVER_PACE="instant") as server:
        command = [
            "curl", "--silent", "--fail", "--cacert", tmp_path / CA_FILE,
            "--connect-to", f"hubspot.test:443:127.0.0.1:{https_port(server)}", "https://hubspot.test/_mock/health/live",
        ]  # fmt: skip
        assert subprocess.run(command, capture_output=True, check=True, timeout=20).stdout == b'{"status":"live"}'


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / CA_FILE).write_text("nonsense")
    (tmp_path / KEY_FILE).write_text("nonsense")
    with pytest.raises(TlsProblem, match="holds no certificate authority"):
        make_authority(tmp_path)
    assert (tmp_path / KEY_FILE).read_text() == "nonsense"
    (tmp_path / "file").touch()
    with pytest.raises(TlsProblem, match=r"cannot keep the certificate authority in .*: Not a directory"):
        make_authority(tmp_path / "file" / "tls")


def test_flags_of_https_without_https_are_a_mistake(tmp_path: Path) -> None:
    run = mockserver("serve", "--port", "0", "--tls-dir", tmp_path)
    assert run.returncode == 2
    assert run.stderr == "Error: --tls-dir and --tls-name need --tls (see hubspot-mock serve --help)\n"


def test_without_https_there_is_no_authority_and_the_answer_says_how_to_get_one() -> None:
    with serving() as server:
        answer = httpx.get(f"{server.url}/_mock/ca.pem")
    assert answer.status_code == 404
    assert "--tls" in answer.json()["hint"]
