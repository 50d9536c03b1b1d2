"""HTTPS for api.hubapi.com: a certificate authority, and the certificate that it issues.

A client that trusts `ca.pem`, and resolves api.hubapi.com to this machine, uses the mock without any change.
"""

import ssl
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    import trustme

HOST: Final = "api.hubapi.com"
ALSO: Final = ("api.hubspot.com", "localhost", "127.0.0.1", "::1")

CA_FILE: Final = "ca.pem"  # for clients
BUNDLE_FILE: Final = "ca-bundle.pem"  # with the system's roots, for settings that replace the whole trust store
KEY_FILE: Final = "ca-key.pem"  # the key of the authority, so that clients trust the next start too


class TlsProblem(OSError):
    """The folder cannot hold the authority, or holds something else; the message says why."""


class Authority(msgspec.Struct, frozen=True):
    """The TLS context of a server, and the certificate that its clients must trust."""

    context: ssl.SSLContext
    ca: bytes  # PEM
    path: Path | None  # of the file with `ca`


def make_authority(folder: Path | None, *, hosts: tuple[str, ...] = ()) -> Authority:
    """Returns the authority in a folder, or a new one, with a certificate for HubSpot's hosts and localhost.

    `hosts` are extra names or addresses. Without a folder, the authority is not saved. Raises TlsProblem.
    """
    import trustme  # takes a tenth of a second to import

    made = _kept(folder) or trustme.CA(organization_name="hubspot-mock")
    ca = made.cert_pem.bytes()
    path = None if folder is None else _keep(folder, ca, made.private_key_pem.bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    made.issue_cert(*dict.fromkeys([HOST, *ALSO, *map(_name, hosts)])).configure_cert(context)
    return Authority(context, ca, path)


def _name(host: str) -> str:
    try:
        return str(ip_address(host))
    except ValueError:
        return host


def _kept(folder: Path | None) -> "trustme.CA | None":
    import trustme

    if folder is None or not (folder / KEY_FILE).exists():
        return None
    try:
        return trustme.CA.from_pem((folder / CA_FILE).read_bytes(), (folder / KEY_FILE).read_bytes())
    except OSError as fault:
        raise TlsProblem(f"cannot read the certificate authority in {folder}: {fault.strerror}") from fault
    except ValueError as fault:
        raise TlsProblem(f"{folder} holds no certificate authority of hubspot-mock: {fault}") from fault


def _system_roots() -> str:
    """Returns the certificates that the system trusts as PEM, or certifi's if it has none where OpenSSL looks."""
    roots = ssl.create_default_context().get_ca_certs(binary_form=True)
    if not roots:
        import certifi  # comes with httpx, and is needed where the system has no roots

        roots = ssl.create_default_context(cafile=certifi.where()).get_ca_certs(binary_form=True)
    return "".join(map(ssl.DER_cert_to_PEM_cert, roots))


def _keep(folder: Path, ca: bytes, key: bytes) -> Path:
    """Saves the authority if the folder has none; only the owner can read the key."""
    path = folder / CA_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / BUNDLE_FILE).exists():  # an authority of 0.1.0 has none
            (folder / BUNDLE_FILE).write_text(_system_roots() + ca.decode("ascii"), "ascii")
        if not (folder / KEY_FILE).exists():
            path.write_bytes(ca)
            (folder / BUNDLE_FILE).write_text(_system_roots() + ca.decode("ascii"), "ascii")
            (folder / KEY_FILE).touch(mode=0o600)
            (folder / KEY_FILE).write_bytes(key)
    except OSError as fault:
        raise TlsProblem(f"cannot keep the certificate authority in {folder}: {fault.strerror}") from fault
    return path
