"""The fault table: what `node check`, `doctor` and `node run` say of each fault of an operator (S8, A1, A4, A5).

Each row is a fault in a sound world, and what must be said of it: a part of the subject, of what was found, and of the
next step. No command ends in an exception, and none gives a next step that makes things worse.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from gateway.assembly.configuration import WideningRefused
from gateway.audit.storage import sqlite
from gateway.audit.storage.recovery import LogTaken, StoreInvalid
from gateway.cli import doctor as doctor_module
from gateway.cli import machine
from gateway.cli.checks import files, months
from gateway.cli.node import check as check_module
from gateway.cli.node.run import advise_start
from gateway.ground.item import Label
from gateway.settings import Settings
from gateway.witness import state
from keys import epochs
from tests.cli.world import CQ_PORT, METRICS_PORT, PORT, WITNESS_PORT, World, invoke, succeed
from tests.ports import free_ports

SOUND: Final = None
"""What is said where nothing is wrong."""
NO_RUN: Final = ""
"""The node starts, or its start is tried elsewhere."""


class Usage(NamedTuple):
    """The bytes of a disk."""

    total: int
    used: int
    free: int


@dataclass
class Bench:
    """A world to be broken, and what is patched and held open while it is looked at."""

    world: World
    patch: pytest.MonkeyPatch
    held: ExitStack

    @property
    def node(self) -> Path:
        """Sichuan's node."""
        return self.world / "sc"

    def edit(self, name: str, change: Callable[[str], str]) -> None:
        """Change the text of a file of the node."""
        path = self.node / name
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")

    def turn_clock(self, by: timedelta) -> None:
        """Let the commands see another time."""

        class Turned(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> Any:
                return datetime.now(tz) + by

        for module in (check_module, doctor_module):
            self.patch.setattr(module, "datetime", Turned)

    def take_port(self, port: int) -> None:
        """Listen on a port of the node, as another program."""
        other = self.held.enter_context(socket.socket())
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()

    def measure(self, offset: float) -> None:
        """Let a running node have measured how far the peer's clock is from ours."""
        text = f'chuanyu_peer_clock_offset_seconds{{province="500000"}} {offset}\n'
        self.patch.setattr("gateway.cli.checks.own_metrics.read_metrics", lambda settings, passphrase: text)

    def close_to_writing(self, *names: str) -> None:
        """Let directories of the node be mounted read-only, which root may not write either."""
        closed = {self.node / name for name in names}

        def can_write(path: Path) -> bool:
            return not closed & {path, *path.parents}

        for module in (files, months):
            self.patch.setattr(module, "can_write", can_write)

    def fill_disk(self) -> None:
        """Let the disk have no room: `df` says so, and SQLite can make none of the files that it needs."""
        self.patch.setattr(shutil, "disk_usage", lambda path: Usage(1 << 40, 1 << 40, 0))

    def stop_sqlite(self) -> None:
        """Let no database be opened on the disk, for want of room."""
        in_memory = sqlite3.connect

        def connect(address: str, **more: Any) -> Any:
            if address == ":memory:":
                return in_memory(address, **more)
            raise sqlite3.OperationalError("database or disk is full")

        self.patch.setattr(sqlite3, "connect", connect)


Said = tuple[str, str, str]
"""A part of the subject, of what was found, of the next step; each in English."""


@dataclass(frozen=True)
class Row:
    """One fault: its number in the table, how it is made, and what check, doctor and run say."""

    number: str
    name: str
    make: Callable[[Bench], Any]
    check: Said | None
    doctor: Said | None
    run: str = NO_RUN


def same(number: str, name: str, make: Callable[[Bench], Any], said: Said, run: str = NO_RUN) -> Row:
    """Return a row of which check and doctor say the same."""
    return Row(number, name, make, said, said, run)


def expire_list(bench: Bench) -> None:
    """Let the list of items end long ago, well signed."""
    path = bench.node / "catalogue" / "lists" / "500000-catalogue-1.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    for at, line in enumerate(lines):
        day = {"effective_from": "2025-01-01", "effective_to": "2025-06-30"}.get(line.partition(" =")[0])
        lines[at] = f"{line.partition('=')[0]}= {day}" if day else line
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    succeed("keys", "sign-list", "--authority", bench.world / "cq-ca", path)


def run_twice(bench: Bench) -> None:
    """Let another process write the log, without our witness: a node on a copy of this directory."""
    bench.held.callback(os.close, sqlite.take_lock(bench.node / "audit" / "log.db"))


def move_to_postgresql(bench: Bench) -> None:
    """Name a server on which nothing listens."""
    dsn = bench.node / "dsn"
    (port,) = free_ports(1)
    dsn.write_text(f"postgresql://u:secret-word@127.0.0.1:{port}/db", encoding="utf-8")
    dsn.chmod(0o600)
    bench.edit("node.toml", lambda text: text + '\n[audit]\nstore = "postgresql"\ndsn_file = "dsn"\n')


def zero_header(bench: Bench) -> None:
    """Overwrite the first bytes of the log."""
    path = bench.node / "audit" / "log.db"
    path.write_bytes(bytes(100) + path.read_bytes()[100:])


def lose_month(bench: Bench) -> None:
    """Close keys/epochs, before this month's secret was made; nor can the start make it."""
    bench.close_to_writing("keys")

    def fail(*_: object) -> None:
        raise OSError(30, "Read-only file system", str(bench.node / "keys" / "epochs"))

    bench.patch.setattr(epochs, "save_secret", fail)


def put(name: str, octets: bytes) -> Callable[[Bench], Any]:
    """Write a file of the node."""
    return lambda bench: (bench.node / name).write_bytes(octets)


def drop(name: str) -> Callable[[Bench], Any]:
    """Remove a file of the node."""
    return lambda bench: (bench.node / name).unlink()


def replace(name: str, old: str, new: str) -> Callable[[Bench], Any]:
    """Replace a text in a file of the node."""

    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return lambda bench: bench.edit(name, change)


def port(number: int) -> Callable[[Bench], Any]:
    """Take a port."""
    return lambda bench: bench.take_port(number)


def everything(*steps: Callable[[Bench], Any]) -> Callable[[Bench], Any]:
    """Make several faults at once."""
    return lambda bench: [step(bench) for step in steps]


ROSTER: Final = '[[applications]]\nuri = "spiffe://510000.chuanyu/application/portal"\n'
RESTORE: Final = "restore"
TABLE: Final = [
    same(
        "1",
        "unknown table",
        replace("node.toml", "[listen]", "[lisen]"),
        ("lisen", "an unknown key", "config.md"),
        "unknown key",
    ),
    same(
        "2",
        "port as text",
        replace("node.toml", f"\nport = {PORT}", f'\nport = "{PORT}"'),
        ("listen.port", "expected", "config.md"),
        "listen.port",
    ),
    same("3", "TOML syntax", put("node.toml", b"[node\n"), ("node.toml", "line 1", "correct it"), "line 1"),
    Row("4", "byte order mark", lambda bench: bench.edit("node.toml", lambda text: "\ufeff" + text), SOUND, SOUND),
    same(
        "5",
        "TLS key open",
        lambda bench: (bench.node / "keys/tls.key").chmod(0o644),
        ("TLS key", "0644", "chmod 600"),
        "0644",
    ),
    same(
        "6",
        "keys open",
        lambda bench: (bench.node / "keys").chmod(0o755),
        ("directory of keys", "0755", "chmod go-rwx"),
    ),
    same(
        "7",
        "signing key missing",
        drop("keys/signing.key"),
        ("frame-signing key", "No such file", "restore it from the backup"),
        "signing.key",
    ),
    same(
        "8",
        "wrong passphrase",
        put("keys/passphrase", b"another passphrase"),
        ("the passphrase of the keys", "opens none of this node's keys", "restore keys and passphrase"),
        "passphrase",
    ),
    same(
        "9",
        "another certificate",
        lambda bench: shutil.copy(bench.world / "cq/keys/tls.crt", bench.node / "keys/tls.crt"),
        ("node's certificate", "another key", "issue"),
        "another key",
    ),
    same("10", "log zeroed", zero_header, ("the audit log", "not a database", RESTORE), "not a database"),
    same("11", "log missing", drop("audit/log.db"), ("the audit log", "found none", RESTORE), "found none"),
    same(
        "12", "witness missing", drop("audit/witness.db"), ("state of the witness", "", "renew-witness"), "found none"
    ),
    same(
        "13",
        "gRPC port taken",
        port(PORT),
        (" listen.port", "not free: Address already in use", "ss -ltnp"),
        f"{PORT}",
    ),
    same(
        "14",
        "witness port taken",
        port(WITNESS_PORT),
        (" listen.witness_port", "not free: Address already in use", "change listen.witness_port"),
    ),
    same(
        "14b",
        "metrics port taken",
        port(METRICS_PORT),
        (" listen.metrics_port", "not free: Address already in use", "change listen.metrics_port"),
    ),
    same(
        "15",
        "identity of the peer wrong",
        replace("node.toml", "500000.chuanyu/node/gateway-1", "500000.chuanyu/node/x"),
        ("node in the bundle of Chongqing (500000)", "node/x", "correct the node of peers"),
        "node/x",
    ),
    Row(
        "16",
        "peer down",
        lambda bench: None,
        SOUND,
        (f"connection to Chongqing (500000) localhost:{CQ_PORT}", "nothing listens", "ask"),
    ),
    same("17", "item list expired", expire_list, ("the grant G-sc-cq-1", "has expired", "obtain")),
    same(
        "18",
        "grant edited",
        lambda bench: bench.edit("catalogue/grants/G-sc-cq-1.toml", lambda text: text + "# x\n"),
        ("G-sc-cq-1.toml", "", "sign it again"),
        "G-sc-cq-1.toml",
    ),
    same(
        "19",
        "roster misspelt",
        put("catalogue/parties/applications.toml", (ROSTER + 'departmens = ["x"]\n').encode()),
        ("applications.toml", "departmens", "correct the file"),
        "departmens",
    ),
    same(
        "20",
        "department unknown",
        put("catalogue/parties/applications.toml", (ROSTER + 'departments = ["no-such"]\n').encode()),
        ("applications.toml", "no-such", "correct the file"),
        "no-such",
    ),
    same(
        "21",
        "platform missing",
        drop("platform.db"),
        ("platform's adapter", "expected a file", "[platform.options]"),
        "expected a file",
    ),
    same(
        "22",
        "revocation list garbage",
        put("trust/500000.crl", b"x"),
        ("revocation list of Chongqing (500000)", "in PEM", "accept-list"),
        "in PEM",
    ),
    same(
        "23",
        "revocation lists ended",
        lambda bench: bench.turn_clock(timedelta(days=40)),
        ("revocation list of Chongqing (500000)", "this machine says", "accept-list"),
    ),
    Row(
        "24",
        "clock 3 s ahead",
        lambda bench: bench.measure(-3.4),
        SOUND,
        ("clock of Chongqing (500000)", "-3.400 s from ours, limit 5 s", "synchronise"),
    ),
    Row(
        "25",
        "clock 20 s ahead",
        lambda bench: bench.measure(-20),
        SOUND,
        ("clock of Chongqing (500000)", "-20.000 s from ours", "synchronise"),
    ),
    same(
        "26",
        "clock 2 h behind, certificate",
        lambda bench: bench.turn_clock(-timedelta(hours=2)),
        ("node's certificate", "valid from", "check the clock"),
    ),
    same(
        "26b",
        "clock 2 h behind, bundle",
        lambda bench: bench.turn_clock(-timedelta(hours=2)),
        ("trust bundle of Chongqing (500000)", "this machine says", "check this machine's clock first"),
    ),
    same("27", "disk full", lambda bench: bench.fill_disk(), ("free disk space", "0.0 GiB", "free or add space")),
    same(
        "28",
        "disk full before the first start",
        everything(Bench.fill_disk, Bench.stop_sqlite),
        ("the audit log", "disk is full", "need not be harmed"),
        "disk is full",
    ),
    same(
        "28b",
        "the same, of the witness",
        everything(Bench.fill_disk, Bench.stop_sqlite),
        ("state of the witness", "disk is full", "not lost: make room"),
    ),
    same(
        "29",
        "audit directory read-only",
        lambda bench: bench.close_to_writing("audit"),
        ("writing into the audit directory", "cannot be written", "ReadWritePaths"),
    ),
    same(
        "29b",
        "node's directory read-only",
        lambda bench: bench.close_to_writing(""),
        ("writing into the state directory", "cannot be written", "make it writable"),
    ),
    same(
        "30",
        "two nodes on one log",
        run_twice,
        ("process that writes the log", "another process", "stop that process first"),
        "another process writes",
    ),
    pytest.param(
        same(
            "31",
            "PostgreSQL down",
            move_to_postgresql,
            ("the audit log", "ConnectionRefusedError", "make the disk, the directory or the server usable"),
            "ConnectionRefusedError",
        ),
        marks=pytest.mark.postgres,
    ),
    same(
        "32",
        "the month's secret cannot be written",
        lose_month,
        ("secret of the month", "none, and", "ReadWritePaths"),
        "secret of the month",
    ),
]
"""The faults of a trial by a system engineer, by their numbers there, and their twins."""


@pytest.fixture(params=TABLE, ids=lambda row: f"{row.number} {row.name}")
def row(request: pytest.FixtureRequest) -> Row:
    """One fault."""
    found: Row = request.param
    return found


@pytest.fixture
def bench(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A sound world, of which the machine around it is not looked at."""
    monkeypatch.setattr(machine, "look_at_machine", list)
    with ExitStack() as held:
        yield Bench(world, monkeypatch, held)


def look(*line: object) -> list[dict[str, Any]]:
    """Run a command that judges; return its findings that are not right. It ends in no exception."""
    result = invoke(*line, "--json")
    assert isinstance(result.exception, SystemExit | type(None)), result.exception
    found = json.loads(result.stdout)["findings"]
    wrong = [one for one in found if one["judgement"] == "wrong"]
    assert bool(wrong) == bool(result.exit_code)
    assert not [one for one in found if "could not end" in one["found"]["en"]], found
    return [one for one in found if one["judgement"] != "right"]


def require(said: Said | None, found: list[dict[str, Any]]) -> None:
    """Require that a finding says it, in both languages; or that nothing is wrong, where nothing is to be said."""
    if said is None:
        assert [] == [one for one in found if one["judgement"] == "wrong"]
        return
    matching = [
        one
        for one in found
        if all(part in one[name]["en"] for part, name in zip(said, ("subject", "found", "next"), strict=True))
    ]
    assert matching, [(one["subject"]["en"], one["found"]["en"], one["next"]["en"]) for one in found]
    assert all(one[name]["zh"] for one in matching for name in ("subject", "found", "next"))


def test_a_fault_is_told_with_a_remedy_that_helps(bench: Bench, row: Row) -> None:
    """By check, by doctor, and by the start where the node does not start."""
    row.make(bench)
    config = bench.world.config
    require(row.check, look("node", "check", "--config", config))
    doctor = look("doctor", "--config", config)
    require(row.doctor if row.doctor or row.check else SOUND, [one for one in doctor if row.doctor or _ours(one)])
    if row.run:
        result = invoke("node", "run", "--config", config)
        assert (1, True) == (result.exit_code, isinstance(result.exception, SystemExit)), result.exception
        shown = " ".join(result.stderr.replace("│", " ").split())
        assert row.run.replace(" ", "") in shown.replace(" ", ""), shown
        assert "secret-word" not in shown


def _ours(finding: dict[str, Any]) -> bool:
    """Tell whether a finding is of this node itself; the peer does not run in these worlds."""
    return "connection to" not in finding["subject"]["en"]


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (LogTaken("another process writes"), "stop the node that runs"),
        (StoreInvalid("x. Do y"), "do as the message says"),
        (state.WitnessLost("x. Do y"), "do as the message says"),
        (WideningRefused(Label("放宽", "wider")), "two persons"),
        (OSError(98, "Address already in use"), "ss -ltnp"),
        (OSError(28, "No space left on device"), "make room"),
        (OSError(30, "Read-only file system"), "writable"),
        (RuntimeError("defect"), "report this message"),
    ],
)
def test_a5_the_check_is_named_only_where_it_says_something(error: Exception, part: str) -> None:
    """A start that fails although every check is good gets a next step of its own."""
    advice = advise_start(error)
    assert part in advice.en
    assert advice.zh
    assert "node check" not in advice.en


def test_a1_doctor_finds_all_that_check_finds(bench: Bench) -> None:
    """Each finding of the check stands in the diagnosis, with the same words."""
    for name in ("keys/signing.key", "audit/log.db", "audit/witness.db", "trust/500000.crl"):
        (bench.node / name).unlink()
    (bench.node / "keys" / "tls.key").chmod(0o644)
    check = look("node", "check", "--config", bench.world.config)
    doctor = look("doctor", "--config", bench.world.config)
    assert 6 <= len(check)
    assert [] == [one for one in check if one not in doctor]


def test_a_running_node_holds_its_own_ports_and_log(bench: Bench) -> None:
    """With the locks of log and witness held, taken ports and a taken log are as they should be."""
    settings = Settings.load(bench.world.config)
    for path in (settings.log_path, settings.witness_path):
        bench.held.callback(os.close, sqlite.take_lock(path))
    for number in (PORT, METRICS_PORT, WITNESS_PORT):
        bench.take_port(number)
    assert [] == look("node", "check", "--config", bench.world.config)
