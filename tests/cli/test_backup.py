"""A backup is consistent while the log is written; a restore continues no history that others may have seen more of."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import shutil
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest

from gateway.assembly.acts import nobody
from gateway.assembly.successor import successor_of
from gateway.audit.entries.entry import decode
from gateway.audit.entries.epochs import EpochKey, Epochs
from gateway.audit.entries.references import References, epoch_of
from gateway.audit.entries.writing import LogIdentity
from gateway.audit.journal import Journal
from gateway.audit.log import AuditLog
from gateway.audit.retention.backup import copy_log, read_backup
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.store import Store
from gateway.audit.tlog.note import Checkpoint, checkpoint_text, sign_note
from gateway.audit.tlog.tree import root_of
from gateway.audit.tlog.validity import read_log_keys
from gateway.audit.verification.verify import verify_log
from gateway.cli.main import app
from gateway.cli.own_log import load_node_settings
from keys.epochs import EpochSecrets
from keys.keystore import Passphrase, load_secret
from keys.signer import Signer
from keys.signing_keys import load_log_keys
from keys.validity import read_key_file
from tests.audit.logs import CALLER, CLEARED, answer, create, journal, opened, question
from tests.commands import CliRunner, Result
from tests.samples import NOW_US, grant
from tests.wide import budgets


def run(*arguments: object) -> Result:
    """Run a command."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})


def told(*arguments: object) -> dict[str, Any]:
    """Run a command that succeeds, and read what it says."""
    result = run(*arguments, "--json")
    assert 0 == result.exit_code, result.stdout
    read: dict[str, Any] = json.loads(result.stdout)
    return read


def keys_of(node: Path) -> tuple[Signer, Signer]:
    """The log's keys."""
    settings = load_node_settings(node)
    passphrase = Passphrase.read(settings.keys.passphrase_file)
    return load_log_keys((settings.log_key_path, settings.log_second_key_path), settings.log_vkey_path, passphrase)


async def lived(node: Path, exchanges: int, *, stopped: bool) -> None:
    """A node that served some exchanges, and stopped or was cut off."""
    settings = load_node_settings(node)
    secrets = EpochSecrets(settings.epochs_directory, Passphrase.read(settings.keys.passphrase_file))
    month = epoch_of(NOW_US)
    secret = secrets.load(month) if month in secrets.names() else secrets.make(month)
    epochs = Epochs({month: EpochKey.of(secret)})
    signer, _ = keys_of(node)
    log = await AuditLog.open(await Store.open(settings.log_path), signer, clock_us=lambda: NOW_US)
    root = load_secret(settings.subjects_secret_path, Passphrase.read(settings.keys.passphrase_file))
    book = LogIdentity(signer.name, settings.identity.uri, References(root, "510000", epochs.salt), epochs)
    desk = Journal(
        log, book, peers={}, clock_us=lambda: NOW_US, random=os.urandom, require_witnessed=nobody, persons=budgets()
    )
    await desk.record_act(action="start", subject="0.1.0")
    for number in range(exchanges):
        exchange = desk.begin_provider(question(number))
        exchange.intend(CALLER, grant())
        await exchange.release(CLEARED)
    if stopped:
        await desk.record_act(action="stop", subject="0.1.0")
    await log.close()


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node that served five exchanges and stopped."""
    node = tmp_path_factory.mktemp("node") / "sc"
    assert 0 == run("node", "init", node, "--province", "sichuan").exit_code
    asyncio.run(lived(node, 5, stopped=True))
    return node


@pytest.fixture
def node(pristine: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(pristine, tmp_path / "sc"))


def checkpoint(node: Path, size: int) -> bytes:
    """What the other province holds: a checkpoint of the log at a size."""
    with LogReader(node / "audit" / "log.db") as reader:
        root = root_of([row[0] for rows in reader.leaves(0, size) for row in rows])
    signer = keys_of(node)[0]
    return sign_note(checkpoint_text(Checkpoint(signer.name, size, root)), [signer])


def newest(node: Path, tmp_path: Path) -> Path:
    """The newest checkpoint that the other province holds, in a file."""
    path = tmp_path / "newest"
    with LogReader(node / "audit" / "log.db") as reader:
        path.write_bytes(checkpoint(node, reader.count()))
    return path


def last(node: Path) -> tuple[str, str]:
    """Action and subject of the newest entry."""
    with LogReader(node / "audit" / "log.db") as reader:
        entry = decode(reader.entry(reader.count() - 1).octets)
    return entry.text("action"), entry.text("subject")


def holds(node: Path) -> bool:
    """Whether the log holds."""
    keys = read_log_keys((node / "audit" / "log.vkey").read_text(encoding="utf-8"))
    return verify_log(node / "audit" / "log.db", keys).holds


def test_a_backup_has_what_a_node_is_and_no_secret_in_the_clear(node: Path, tmp_path: Path) -> None:
    """Log, settings, trust and catalogue; keys only on demand, and never the passphrase nor a witness's state."""
    found = told("backup", node, tmp_path / "b")
    names = set(read_backup(tmp_path / "b").files)
    assert {"audit/log.db", "audit/log.vkey", "node.toml", "catalogue/parties/applications.toml"} <= names
    assert not any(name.startswith("keys/") for name in names)
    assert ("backup", "log") == last(node)
    assert (found["size"], found["log"]) == (14, "510000.chuanyu/node/gateway-1")
    told("backup", node, tmp_path / "k", "--with-keys")
    names = set(read_backup(tmp_path / "k").files)
    assert {"keys/log.key", "keys/subjects.secret", f"keys/epochs/{epoch_of(NOW_US)}.secret"} <= names
    assert not any("passphrase" in name or "witness.db" in name or "keys/witness" in name for name in names)
    passphrase = (node / "keys" / "passphrase").read_bytes().strip()
    assert not any(passphrase in path.read_bytes() for path in (tmp_path / "k").rglob("*") if path.is_file())


async def test_a_log_is_copied_whole_while_it_is_written(tmp_path: Path) -> None:
    """Each copy is a log that holds, of a commit's end; the writer is not held up, nor its log carried over."""
    path = await create(tmp_path / "live")
    async with opened(path) as log:
        desk = journal(log)

        grown = asyncio.Event()

        async def write() -> None:
            for number in range(200):
                await answer(desk, number)
                if number % 6 == 5 or number == 199:
                    grown.set()

        task = asyncio.create_task(write())
        copies: list[Path] = []
        while not task.done():
            target = tmp_path / f"{len(copies)}.db"
            grown.clear()
            await asyncio.to_thread(copy_log, path, target)
            copies.append(target)
            await grown.wait()  # each copy is verified below: no two of nearly one size
        await task
    keys = read_log_keys(path.with_name("log.vkey").read_text(encoding="utf-8"))
    assert copies
    for copy in copies:
        verdict = verify_log(copy, keys)
        assert verdict.holds, verdict.faults
    assert verify_log(path, keys).size == 400


def test_a_stopped_node_is_restored_and_its_log_goes_on(node: Path, tmp_path: Path) -> None:
    """When others have seen no more; the restore is an entry."""
    told("backup", node, tmp_path / "b", "--with-keys")
    found = told(
        "restore", tmp_path / "b", tmp_path / "new", "--newest", newest(node, tmp_path),
        "--passphrase-file", node / "keys" / "passphrase",
    )  # fmt: skip
    assert (False, 14) == (found["older"], found["restored"])
    assert "restore" == last(tmp_path / "new")[0]
    assert holds(tmp_path / "new")
    assert {0o700} == {stat.S_IMODE((tmp_path / "new" / "keys" / one).stat().st_mode) for one in (".", "epochs")}
    told("node", "renew-witness", tmp_path / "new")
    assert "renew_witness" == last(tmp_path / "new")[0]


def test_keys_that_were_backed_up_apart_are_given_apart(node: Path, tmp_path: Path) -> None:
    """Without them nothing is restored."""
    told("backup", node, tmp_path / "b")
    shown = newest(node, tmp_path)
    assert 0 != run("restore", tmp_path / "b", tmp_path / "new", "--newest", shown).exit_code
    assert not (tmp_path / "new").exists()
    told("restore", tmp_path / "b", tmp_path / "new", "--newest", shown, "--keys", node / "keys")
    assert holds(tmp_path / "new")


def older_ways(node: Path, tmp_path: Path, way: str) -> list[object]:
    """A backup of an older state, and what is known of the newer one."""
    if way == "cut off":
        asyncio.run(lived(node, 1, stopped=False))
    told("backup", node, tmp_path / "b", "--with-keys")
    shown = newest(node, tmp_path)
    if way == "others have seen more":
        asyncio.run(lived(node, 2, stopped=True))
        shown = newest(node, tmp_path)
    options: list[object] = ["--passphrase-file", node / "keys" / "passphrase"]
    return options if way == "nothing is known" else [*options, "--newest", shown]


@pytest.mark.parametrize("way", ["cut off", "others have seen more", "nothing is known"])
def test_an_older_state_is_refused_unless_declared_and_then_a_successor_begins(
    node: Path, tmp_path: Path, way: str
) -> None:
    """The former log is kept as it was and signs nothing more; the new one says which it follows, and why."""
    options = older_ways(node, tmp_path, way)
    refused = run("restore", tmp_path / "b", tmp_path / "new", *options)
    assert 0 != refused.exit_code
    assert "declare-older" in refused.stderr
    assert not (tmp_path / "new").exists()
    found = told("restore", tmp_path / "b", tmp_path / "new", *options, "--declare-older", "disk lost on Tuesday")
    origin = "510000.chuanyu/node/gateway-1"
    assert (True, f"{origin}/2", origin) == (found["older"], found["log"], found["former"])
    new = tmp_path / "new"
    action, subject = last(new)
    backup = read_backup(tmp_path / "b")
    assert ("restore", f"{origin} size:{backup.size} root:{backup.root} reason:disk lost on Tuesday") == (
        action,
        subject,
    )
    assert holds(new)
    assert holds(new / "former" / "1")
    former = (tmp_path / "b" / "audit" / "log.db").read_bytes()
    assert former == (new / "former" / "1" / "audit" / "log.db").read_bytes()
    assert keys_of(new)[0].verifier.public_key != keys_of(node)[0].verifier.public_key
    assert 0 == run("audit", "verify", new / "former" / "1").exit_code
    told("node", "renew-witness", new)
    assert 4 == len(read_key_file((new / "audit" / "witness.vkey").read_text("utf-8")))


def test_a_checkpoint_that_does_not_belong_to_the_log_stops_the_restore(node: Path, tmp_path: Path) -> None:
    """Forked: neither history is chosen by us."""
    told("backup", node, tmp_path / "b", "--with-keys")
    signer = keys_of(node)[0]
    fork = tmp_path / "fork"
    for size, root, name in ((5, b"x" * 32, signer.name), (5, b"x" * 32, "other.example/log")):
        key = signer if name == signer.name else Signer(name, signer.private_key)
        fork.write_bytes(sign_note(checkpoint_text(Checkpoint(name, size, root)), [key]))
        result = run(
            "restore", tmp_path / "b", tmp_path / "new", "--newest", fork, "--keys", node / "keys",
            "--declare-older", "a reason",
        )  # fmt: skip
        assert 0 != result.exit_code
        assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("reason", ["x", "x" * 201, "card 5199991960", "line\nfeed", ""])
def test_a_reason_is_a_short_text_without_a_number(node: Path, tmp_path: Path, reason: str) -> None:
    """It stands in an entry."""
    told("backup", node, tmp_path / "b", "--with-keys")
    result = run("restore", tmp_path / "b", tmp_path / "new", "--declare-older", reason, "--keys", node / "keys")
    assert 0 != result.exit_code


def spoil(backup: Path, how: str) -> None:
    """Change a backup."""
    if how == "log":
        with sqlite3.connect(backup / "audit" / "log.db") as connection:
            connection.execute("UPDATE entry SET octets = x'31' WHERE idx = 3")
        connection.close()
    elif how == "file":
        (backup / "node.toml").write_bytes((backup / "node.toml").read_bytes() + b"\n")
    elif how == "more":
        (backup / "trust" / "more").parent.mkdir(exist_ok=True)
        (backup / "trust" / "more").write_bytes(b"x")
    elif how == "less":
        (backup / "audit" / "log.vkey").unlink()
    elif how == "link":
        (backup / "node.toml").unlink()
        (backup / "node.toml").symlink_to("/etc/hostname")
    elif how == "manifest":
        (backup / "manifest.json").unlink()
    elif how == "escape":
        text = (backup / "manifest.json").read_text(encoding="utf-8")
        (backup / "manifest.json").write_text(text.replace('"node.toml"', '"trust/../../x"'), encoding="utf-8")


@pytest.mark.parametrize("how", ["log", "file", "more", "less", "link", "manifest", "escape"])
def test_a_backup_that_was_changed_is_not_restored(node: Path, tmp_path: Path, how: str) -> None:
    """Nothing of it is put in place."""
    told("backup", node, tmp_path / "b", "--with-keys")
    shown = newest(node, tmp_path)
    spoil(tmp_path / "b", how)
    result = run(
        "restore", tmp_path / "b", tmp_path / "new", "--newest", shown,
        "--passphrase-file", node / "keys" / "passphrase",
    )  # fmt: skip
    assert 0 != result.exit_code
    assert not (tmp_path / "new").exists()


def test_a_backup_never_overwrites(node: Path, tmp_path: Path) -> None:
    """Nor does a restore."""
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "x").write_bytes(b"x")
    assert 0 != run("backup", node, tmp_path / "b").exit_code
    told("backup", node, tmp_path / "c", "--with-keys")
    assert 0 != run("restore", tmp_path / "c", node, "--newest", newest(node, tmp_path)).exit_code


@pytest.mark.parametrize(
    ("origin", "expected"),
    [("a.chuanyu/node/g", "a.chuanyu/node/g/2"), ("a.chuanyu/node/g/2", "a.chuanyu/node/g/3"), ("x/9", "x/10")],
)
def test_a_successor_has_the_next_number(origin: str, expected: str) -> None:
    """So that the order of the logs is told by their names."""
    assert expected == successor_of(origin)


@pytest.mark.parametrize(
    ("option", "given", "found"),
    [
        ("--newest", None, "nowhere: No such file or directory"),
        ("--passphrase-file", None, "nowhere: expected a private file"),
        ("--passphrase-file", b"another passphrase", "keys/log.key: the passphrase does not open it"),
        ("--passphrase-file", b"short", "expected a passphrase of 12 to"),
    ],
)
def test_a_file_that_is_given_wrongly_is_told_by_its_own_name(
    node: Path, tmp_path: Path, option: str, given: bytes | None, found: str
) -> None:
    """With the option that mends it; nothing is left, and no directory that vanishes is named."""
    told("backup", node, tmp_path / "b", "--with-keys")
    path = tmp_path / "nowhere"
    if given is not None:
        path.write_bytes(given)
        path.chmod(0o600)
    options = {"--newest": newest(node, tmp_path), "--passphrase-file": node / "keys" / "passphrase", option: path}
    result = run("restore", tmp_path / "b", tmp_path / "new", *itertools.chain(*options.items()), "--json")
    error = json.loads(result.stdout)["error"]
    assert (1 if given == b"another passphrase" else 2) == result.exit_code
    assert found in error["found"]["en"]
    assert ".new." not in result.stdout
    assert not (tmp_path / "new").exists()


@pytest.fixture
def apart(node: Path, tmp_path: Path) -> Path:
    """The same node as a service has it: its settings in one directory, the log with its keys in another."""
    state = tmp_path / "var" / "audit"
    state.parent.mkdir()
    (node / "audit").rename(state)
    with (node / "node.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[audit]\ndirectory = "{state}"\n')
    return node


@pytest.mark.parametrize(
    "line",
    [
        ["verify"], ["show", "3"], ["prove", "3"], ["retain"], ["stats"], ["search"], ["twin"],
        ["bundle", "--from", "0", "--out", "bundle.zip"],
    ],
    ids=lambda line: line[0],
)  # fmt: skip
def test_each_command_finds_log_and_keys_wherever_they_lie(
    pristine: Path, apart: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: list[str]
) -> None:
    """What it says of a log elsewhere is what it says of one in the node's directory."""
    seen = []
    for number, place in enumerate((pristine, apart)):
        (tmp_path / str(number)).mkdir()
        monkeypatch.chdir(tmp_path / str(number))
        result = run("audit", line[0], place, *line[1:])
        text = re.sub(r"[\s│╭╮╰╯─]", "", f"{result.output}{result.exception}")
        seen.append((result.exit_code, re.sub(r"/[\w/.-]*/", "", text)))
    assert seen[0] == seen[1]


def test_a_log_elsewhere_is_backed_up_and_restored_to_its_place(apart: Path, tmp_path: Path) -> None:
    """By the same two commands; both directories are there again, as node.toml has them."""
    state = tmp_path / "var" / "audit"
    told("backup", apart, tmp_path / "b", "--with-keys")
    for reads in ("verify", "search", "stats"):
        assert 0 == run("audit", reads, tmp_path / "b").exit_code
    signer = keys_of(apart)[0]
    with LogReader(state / "log.db") as reader:
        size, root = reader.count(), root_of([row[0] for rows in reader.leaves(0, reader.count()) for row in rows])
    known = tmp_path / "newest"
    known.write_bytes(sign_note(checkpoint_text(Checkpoint(signer.name, size, root)), [signer]))
    line = ("restore", tmp_path / "b", apart, "--newest", known, "--passphrase-file", tmp_path / "passphrase")
    shutil.copy(apart / "keys" / "passphrase", tmp_path / "passphrase")
    shutil.rmtree(apart)
    refused = run(*line, "--json")
    assert (2, True) == (refused.exit_code, f"{state} is there and is not empty" in refused.output)
    assert not apart.exists()
    shutil.rmtree(state)
    told(*line)
    assert not (apart / "audit").exists()
    assert size + 1 == json.loads(run("audit", "verify", apart, "--json").stdout)["size"]
    assert {"log.db", "log.vkey"} <= {path.name for path in state.iterdir()}
    assert [] == [path for path in state.parent.iterdir() if path != state]


def test_a_backup_is_verified_as_it_lies_and_not_the_log_that_its_settings_name(apart: Path, tmp_path: Path) -> None:
    """A copy whose bytes were changed does not hold, however good the log is that its `node.toml` names."""
    told("backup", apart, tmp_path / "b")
    log = tmp_path / "b" / "audit" / "log.db"
    octets = log.read_bytes()
    at = octets.rindex(b'"phase":"release"') + len(b'"phase":"')
    log.write_bytes(octets[:at] + b"R" + octets[at + 1 :])
    assert 1 == run("audit", "verify", tmp_path / "b").exit_code
    assert 1 != run("audit", "verify", apart).exit_code


def test_an_older_log_elsewhere_has_a_successor_there(apart: Path, tmp_path: Path) -> None:
    """The former log is kept with the settings; what is declared older never goes on."""
    shutil.copy(apart / "keys" / "passphrase", tmp_path / "passphrase")
    told("backup", apart, tmp_path / "b", "--with-keys")
    shutil.rmtree(apart)
    shutil.rmtree(tmp_path / "var")
    options = ("--passphrase-file", tmp_path / "passphrase", "--declare-older", "disk lost on Tuesday")
    found = told("restore", tmp_path / "b", apart, *options)
    assert "510000.chuanyu/node/gateway-1/2" == found["log"]
    assert 2 == json.loads(run("audit", "verify", apart, "--json").stdout)["size"]
    told("node", "renew-witness", apart)
