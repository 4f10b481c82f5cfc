"""The page about running as a service, and the unit: what they say is done, and passes the check that it ends with."""

from __future__ import annotations

import getpass
import grp
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.world import World, invoke
from tests.docs.test_tutorial import blocks

ROOT = Path(__file__).parents[2]
PAGES = ["how-to/run-as-a-service.md", "how-to/run-as-a-service.zh-CN.md"]


@pytest.mark.parametrize("page", PAGES)
def test_a_node_is_given_to_the_service_by_the_page_s_own_words(world: World, tmp_path: Path, page: str) -> None:
    """The check at its end is good, the log is found, and nothing but the settings is left behind."""
    (script,) = [text for word, text in blocks(page) if word == "sh"]
    etc, var = world / "sc", tmp_path / "var" / "chuanyu"
    if os.geteuid():  # nobody but root may run a command as another user, or give files away
        script = script.replace('runuser -u "$NODE_USER" -- ', "").replace("root:$NODE_GROUP", "$NODE_USER:$NODE_GROUP")
    user, group = getpass.getuser(), grp.getgrgid(os.getegid()).gr_name
    names = {"ETC": str(etc), "VAR": str(var), "NODE_USER": user, "NODE_GROUP": group}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-eu", "-c", script], env={**os.environ, **names, "PATH": path},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert 0 == done.returncode, done.stdout + done.stderr
    assert {"audit", "keys"} == {one.name for one in var.iterdir()}
    assert {"node.toml", "catalogue", "keys", "trust"} == {one.name for one in etc.iterdir()} - {"platform.db"}
    assert 0o640 == (etc / "node.toml").stat().st_mode & 0o777
    assert 0o600 == (etc / "keys" / "tls.key").stat().st_mode & 0o777
    assert 1 <= json.loads(invoke("audit", "verify", etc, "--json").stdout)["size"]


def test_the_unit_has_the_places_of_the_page() -> None:
    """Settings are read only for it, and its state directory is the one that the page names."""
    unit = (ROOT / "deploy" / "chuanyu-gateway.service").read_text(encoding="utf-8")
    said = dict(line.split("=", 1) for line in unit.splitlines() if re.match(r"[A-Za-z]+=", line))
    assert ("/etc/chuanyu", "chuanyu", "notify") == (said["ReadOnlyPaths"], said["StateDirectory"], said["Type"])
    for page in PAGES:
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        assert "${ETC:-/etc/chuanyu}" in text
        assert "${VAR:-/var/lib/chuanyu}" in text
