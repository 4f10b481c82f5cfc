"""The HTTPS listener's context: each handshake is judged by the certificate and the authorities that are then in force.

The pages over a real connection are asked in `tests/network/test_witness.py`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.serving import https as module
from keys.rotation import CertifiedKey

ENDS = datetime(2030, 1, 1, tzinfo=UTC)


class World:
    """A pair and authorities that turn, and the contexts that are made of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pair, self.roots = CertifiedKey(b"key 1", b"certificate 1", ENDS), b"roots 1"
        self.made: list[tuple[CertifiedKey, bytes]] = []
        monkeypatch.setattr(module, "tls_context", self.make)
        self.first: Any = module._make_turning_context(lambda: self.pair, lambda: self.roots)
        self.made.clear()

    def make(self, pair: CertifiedKey, roots: bytes) -> Any:
        """Make a context, which fails without authorities."""
        if not roots:
            raise ValueError("no authorities")
        self.made.append((pair, roots))
        return SimpleNamespace(of=(pair, roots), sni_callback=None)

    def shake(self) -> Any:
        """Begin a handshake; return what its context was made of."""
        connection = SimpleNamespace(context=self.first)
        self.first.sni_callback(cast(Any, connection), None, self.first)
        return connection.context.of


def test_authorities_that_cannot_be_used_end_the_handshake(monkeypatch: pytest.MonkeyPatch) -> None:
    """The old ones are not fallen back upon, in this handshake or the next."""
    world = World(monkeypatch)
    world.roots = b""
    for _ in range(2):
        with pytest.raises(ValueError, match="no authorities"):
            world.shake()


def test_an_authority_that_was_withdrawn_is_not_believed_in_the_next_handshake(monkeypatch: pytest.MonkeyPatch) -> None:
    """No restart is needed."""
    world = World(monkeypatch)
    assert (world.pair, b"roots 1") == world.shake()
    world.roots = b"roots 2"
    assert (world.pair, b"roots 2") == world.shake()


def test_a_certificate_that_turned_is_shown_in_the_next_handshake(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a context is made anew only when something turned."""
    world = World(monkeypatch)
    for _ in range(2):
        world.shake()
    assert [] == world.made
    world.pair = CertifiedKey(b"key 2", b"certificate 2", ENDS)
    for _ in range(2):
        assert (world.pair, b"roots 1") == world.shake()
    assert [(world.pair, b"roots 1")] == world.made
