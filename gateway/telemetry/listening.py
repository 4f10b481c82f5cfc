"""The address of a listener: written with brackets where it is IPv6, and a socket on it, or why there is none."""

from __future__ import annotations

import socket
from typing import Final

ANY_IPV6: Final = "::"
"""Every address of the machine; IPv4 as well."""


class CannotListen(Exception):
    """An address cannot be listened on; `address` is it, `why` the system's words."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(f"cannot listen on {address}: {why}")
        self.address = address
        self.why = why


def write_address(host: str, port: int) -> str:
    """Return host and port as one text, with brackets around an IPv6 address (RFC 3986 section 3.2.2)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def open_socket(host: str, port: int) -> socket.socket:
    """Return a socket that has the address and does not listen yet; IPv4 callers reach that of `::` too.

    Raises:
        CannotListen: the address is taken, or is none of this machine.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        opened = socket.socket(family, socket.SOCK_STREAM)
        try:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(host != ANY_IPV6))
            opened.bind((host, port))
        except BaseException:
            opened.close()
            raise
    except OSError as error:
        raise CannotListen(write_address(host, port), error.strerror or str(error)) from error
    return opened
