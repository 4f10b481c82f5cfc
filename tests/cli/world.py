"""Two provinces on disk, made by the commands themselves, for the tests of the command line."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from gateway.catalogue.grants import GrantDocument, render_grant
from gateway.catalogue.loader import load_items
from gateway.cli.main import app
from gateway.ground.evidence import LawfulBasis
from gateway.ground.item import Label
from keys.identity import Identity, Role
from tests.commands import CliRunner, Result
from tests.ports import free_ports

NAMES: Final = {"sc": "sichuan", "cq": "chongqing"}
CODES: Final = {"sc": "510000", "cq": "500000"}
ITEM: Final = "CY-CU-01"
PORT, METRICS_PORT, CQ_PORT, CQ_METRICS_PORT, WITNESS_PORT, CQ_WITNESS_PORT = free_ports(6)
"""Where both nodes listen, Sichuan's first; nothing does, but `node doctor` looks whether it could."""


def invoke(*line: object, answer: str = "") -> Result:
    """Run `chuanyu` with these words."""
    return CliRunner().invoke(app, [str(word) for word in line], input=answer)


def succeed(*line: object) -> dict[str, Any]:
    """Run a command that must succeed; return what it says as JSON."""
    result = invoke(*line, "--json")
    assert 0 == result.exit_code, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def misuse(*line: object) -> str:
    """Run a command whose line or files it cannot use: exit code 2; return what it found and expected, in English."""
    return fail(*line, exit_code=2)


def fail(*line: object, exit_code: int = 1) -> str:
    """Run a command that must fail; return what it found and expected, in English."""
    result = invoke(*line, "--json")
    assert exit_code == result.exit_code, result.output
    error = json.loads(result.stdout)["error"]
    assert all(error[part][language] for part in ("found", "expected", "next") for language in ("zh", "en"))
    return f"{error['found']['en']} | {error['expected']['en']}"


def judge(*line: object) -> tuple[int, dict[str, tuple[str, str]]]:
    """Run a command that judges; return its exit code and, by subject, the judgement and what was found, in English."""
    result = invoke(*line, "--json")
    found = json.loads(result.stdout)["findings"]
    assert all(one["next"]["zh"] and one["next"]["en"] for one in found)
    return result.exit_code, {one["subject"]["en"]: (one["judgement"], one["found"]["en"]) for one in found}


def node_uri(short: str) -> str:
    """Return the identity of a province's node."""
    return Identity(CODES[short], Role.NODE, "gateway-1").uri


def compute_fingerprint(bundle: Path) -> str:
    """Return the fingerprint as two persons would have compared it."""
    return hashlib.sha256(bundle.read_bytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class World:
    """Both provinces: nodes in `sc` and `cq`, authorities in `sc-ca` and `cq-ca`, bundles beside them."""

    root: Path

    def __truediv__(self, name: str) -> Path:
        return self.root / name

    @property
    def config(self) -> Path:
        """The settings file of Sichuan's node."""
        return self.root / "sc" / "node.toml"

    def copy(self, root: Path) -> World:
        """Return a copy that a test may break."""
        return World(Path(shutil.copytree(self.root, root / "world")))

    def accept(self, node: str, province: str) -> list[object]:
        """Return the line by which a node accepts a province's bundle."""
        bundle = self.root / f"{province}.bundle"
        return [
            "keys", "accept", "--node", self.root / node, bundle, bundle.with_suffix(".sig"),
            "--fingerprint", compute_fingerprint(bundle), "--crl", self.root / f"{province}-ca" / "authority.crl",
        ]  # fmt: skip


def grant(provider: str = "sc", consumer: str = "cq", **changes: Any) -> GrantDocument:
    """Return a grant of one item to the other province's culture department."""
    item = next(one for one in load_items() if one.code == ITEM)
    today = datetime.now(UTC).date()
    fields: dict[str, Any] = {
        "id": f"G-{provider}-{consumer}-1",
        "consumer_province": CODES[consumer],
        "consumer_department": f"{consumer}-culture-tourism",
        "provider_province": CODES[provider],
        "provider_department": f"{provider}-{item.providers[0]}",
        "modes": item.modes,
        "legal_bases": item.legal_bases,
        "item_code": item.code,
        "item_version": item.version,
        "scenes": tuple(code for code, _ in item.scenes),
        "use_bases": tuple(code for code, _ in item.use_bases),
        "lawful_bases": tuple(LawfulBasis(basis) for basis in item.lawful_bases),
        "regions": (CODES[consumer],),
        "fields": tuple(field.name for field in item.fields),
        "purposes": (("library-loan", Label("图书馆通借通还", "loans between libraries")),),
        "valid_from": today - timedelta(days=2),
        "valid_until": today + timedelta(days=200),
        "approved_by": "授权人",
        "application_no": "SQ-1",
        "sealing_key": "",
    }
    return GrantDocument(**(fields | changes))


def put_grant(world: World, node: str, document: GrantDocument, provider: str = "sc") -> None:
    """Sign a grant and put it into a node's catalogue."""
    path = world / node / "catalogue" / "grants" / f"{document.id}.toml"
    path.write_bytes(render_grant(document))
    succeed("keys", "sign-grant", "--authority", world / f"{provider}-ca", path)


def put_list(world: World, node: str, province: str, kind: str, until: date, *more: object, version: int = 1) -> None:
    """Draft and sign a list and put it into a node's catalogue."""
    path = world / node / "catalogue" / "lists" / f"{CODES[province]}-{kind}-{version}.toml"
    options = ("--kind", kind, "--until", until.isoformat(), "--version", version, *more)
    succeed("keys", "draft-list", path, "--config", world / node, "--province", NAMES[province], *options)
    succeed("keys", "sign-list", "--authority", world / f"{province}-ca", path)


def build(root: Path) -> World:
    """Make the world by the steps that two data centres take."""
    world = World(root)
    for short, other in (("sc", "cq"), ("cq", "sc")):
        succeed("keys", "authority", "init", "--province", NAMES[short], "--practice", world / f"{short}-ca")
        port, metrics_port = (PORT, METRICS_PORT) if short == "sc" else (CQ_PORT, CQ_METRICS_PORT)
        witness_port = WITNESS_PORT if short == "sc" else CQ_WITNESS_PORT
        ports = ("--port", port, "--metrics-port", metrics_port, "--witness-port", witness_port)
        peer = f"{NAMES[other]}=localhost:{CQ_PORT if short == 'sc' else PORT}"
        dialled = ("--dialled-as", "localhost", "--platform", "sichuan")
        succeed(
            "node", "init", "--province", NAMES[short], "--practice", "--peer", peer, *ports, *dialled, world / short
        )
        keys = world / short / "keys"
        issue = ("keys", "issue", "--authority", world / f"{short}-ca", keys / "tls.csr", "--out", keys / "tls.crt")
        succeed(*issue, "--identity", node_uri(short))
        bundle = ("keys", "bundle", "--authority", world / f"{short}-ca", "--node", world / short)
        succeed(*bundle, "--out", world / f"{short}.bundle")
        (world / short / "platform.db").write_bytes(b"")
        with (world / short / "node.toml").open("a", encoding="utf-8") as file:
            file.write('\n[platform.options]\npath = "platform.db"\n')
    until = datetime.now(UTC).date() + timedelta(days=300)
    for short in NAMES:
        for province in NAMES:
            succeed(*world.accept(short, province))
        put_list(world, short, "sc", "application-list", until)
        put_list(world, short, "cq", "catalogue", until)
        put_grant(world, short, grant())
    return world
