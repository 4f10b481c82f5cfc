"""A pipe in the place of a file: nobody waits for it, neither the check nor a start, and its name is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.world import CODES, World, invoke

PLACES = (
    "node.toml",
    "keys/passphrase",
    "keys/tls.key",
    "keys/tls.crt",
    "keys/signing.vkey",
    "keys/log.key",
    "audit/log.db",
    "audit/log.vkey",
    "audit/waiting.jsonl",
    "audit/witness.db",
    "audit/witness.vkey",
    "trust/authority.crt",
    f"trust/{CODES['cq']}.bundle",
    f"trust/{CODES['cq']}.sig",
    f"trust/{CODES['cq']}.crl",
    "catalogue/grants/z.toml",
    "catalogue/lists/z.toml",
    "catalogue/parties/z.toml",
    "catalogue/withdrawn.toml",
)
"""The files of a node, among them one of each kind that a directory may hold."""
UNREAD = {"keys/signing.vkey"}
"""Those that no start reads."""


@pytest.mark.timeout(60)
@pytest.mark.parametrize("place", PLACES)
def test_a_pipe_is_named_by_the_check_and_stops_a_start(world: World, place: str) -> None:
    """Both end with 1 at once; what only peers read is named by the check alone."""
    path = world / "sc" / place
    path.unlink(missing_ok=True)
    os.mkfifo(path, 0o600)
    checked = invoke("node", "check", "--config", world.config, "--json")
    assert 1 == checked.exit_code
    assert Path(place).name in checked.stdout
    if place in UNREAD:
        return
    started = invoke("node", "run", "--config", world.config)
    assert 1 == started.exit_code
    assert not isinstance(started.exception, Exception) or isinstance(started.exception, SystemExit)
