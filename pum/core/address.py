"""Addresses of servers: which can be one, which are on one's own network, and which are OpenAI's."""

import ipaddress
import socket
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

from pum.core.errors import InputError

# Top-level names that no public server can have (RFC 6761, RFC 6762, RFC 8375), and those that ICANN keeps for inside.
_INSIDE = (".localhost", ".local", ".internal", ".home.arpa", ".lan", ".test")


def checked_url(url: str) -> str:
    """`url` without blanks around it; InputError if it is no http(s) address."""
    try:
        parts = urlsplit(url.strip())
        parts.port  # noqa: B018  (it is read, and refused, here)
        host = parts.hostname
    except ValueError as error:
        raise InputError(f"{url!r} is no address ({error})") from None
    if parts.scheme not in ("http", "https"):
        raise InputError(f"{url!r} is no address: it must begin with http:// or https://")
    if not host or any(character.isspace() for character in parts.netloc):
        raise InputError(f"{url!r} is no address: it names no host")
    if parts.username is not None:
        raise InputError("an address must not hold a name or password; put the key into an environment variable")
    return url.strip()


def is_private(url: str) -> bool:
    """Is this address on this machine or one's own network? Names are judged by their form, not looked up."""
    host = _host(checked_url(url))
    try:
        # The old forms of inet_aton, such as 134744072 for 8.8.8.8, have no dot but are addresses.
        address = ipaddress.ip_address(socket.inet_aton(host) if ":" not in host else host)
    except (OSError, ValueError):
        return host.isascii() and ("." not in host or host.endswith(_INSIDE))
    mapped = getattr(address, "ipv4_mapped", None)
    return not (mapped or address).is_global


def check_hosted(urls: Sequence[str], hosted: bool) -> None:
    """InputError unless `hosted: true` is said exactly where one of these addresses is not on one's own network."""
    public = [url for url in urls if not is_private(url)]
    if public and not hosted:
        raise InputError(f"{public[0]} is not on your own network; say hosted: true to send messages there")
    if urls and hosted and not public:
        raise InputError(f"{urls[0]} is on your own network, so hosted: true must go; it stands beside other addresses")


def is_openai(url: str | None) -> bool:
    """Is this OpenAI's own service (None, or its host)? Only there may its key and organisation be sent."""
    if url is None:
        return True
    host = _host(url)
    return urlsplit(url).scheme == "https" and (host == "openai.com" or host.endswith(".openai.com"))


def _host(url: str) -> str:
    parts: SplitResult = urlsplit(url)
    return (parts.hostname or "").rstrip(".").partition("%")[0]
