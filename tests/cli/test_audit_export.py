"""`chuanyu audit search` and `export`: what a person reads, and what a monitoring system gets, over real TLS too."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.cli.audit.app import app
from gateway.cli.screen import Problem
from keys.authority import Authority
from keys.certificate import certificate_request
from keys.identity import Identity, Role
from keys.keystore import Passphrase, new_tls_key, unencrypted_pem
from tests.audit.logs import PROVIDER, five_entries
from tests.commands import CliRunner, Result


@pytest.fixture
def node(tmp_path: Path) -> Path:
    """The data directory of a node that has stopped."""
    directory = tmp_path / "data"
    asyncio.run(five_entries(directory))
    return directory


def run(*arguments: object) -> Result:
    """Run the command on a wide screen."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})


def problem(*arguments: object) -> Problem:
    """Why the command cannot be done."""
    found = run(*arguments).exception
    assert isinstance(found, Problem)
    return found


def test_what_was_refused_is_found_and_read_in_a_table(node: Path) -> None:
    """With its reason and its time in China."""
    shown = run("search", node, "--result", "deny").stdout
    for text in ("找到 1 条", "GRANT_MISSING", "refusal"):
        assert text in shown


def test_a_search_as_json_is_one_value_with_the_place_of_each_entry(node: Path) -> None:
    """Index and leaf hash, for a proof."""
    told = json.loads(run("search", node, "--phase", "release", "--json").stdout)
    assert (5, 2, False, [1, 3]) == (
        told["size"],
        told["found"],
        told["limited"],
        [entry["index"] for entry in told["entries"]],
    )
    assert all(64 == len(entry["leaf_hash"]) for entry in told["entries"])


@pytest.mark.parametrize("moment", ["yesterday", "2026-11-24T08:00:00", "20261124T08", "2026-13-01"])
def test_a_moment_that_is_none_or_has_no_offset_is_refused(node: Path, moment: str) -> None:
    """A time without an offset would be another moment at another place."""
    assert 2 == problem("search", node, "--since", moment).exit_code


def test_a_day_is_a_day_in_china(node: Path) -> None:
    """It begins at 16:00 UTC of the day before."""
    whole = json.loads(run("search", node, "--json").stdout)["entries"][0]["time_utc_us"]
    day = datetime.fromtimestamp(whole / 1e6 + 8 * 3600, UTC).strftime("%Y-%m-%d")
    assert 5 == json.loads(run("search", node, "--since", day, "--json").stdout)["found"]
    assert 5 == json.loads(run("search", node, "--since", day, "--until", day, "--json").stdout)["found"]
    before = datetime.fromtimestamp(whole / 1e6 - 16 * 3600, UTC).strftime("%Y-%m-%d")
    assert 0 == json.loads(run("search", node, "--until", before, "--json").stdout)["found"]


def test_an_export_goes_on_where_the_last_one_ended(node: Path, tmp_path: Path) -> None:
    """The cursor names the next entry; what was exported is not exported again."""
    out, cursor = tmp_path / "events.jsonl", tmp_path / "cursor"
    line = ("export", node, "--as", "ocsf", "--out", out, "--cursor", cursor, "--json")
    assert 5 == json.loads(run(*line).stdout)["entries"]
    assert 0 == json.loads(run(*line).stdout)["entries"]
    events = [json.loads(text) for text in out.read_text(encoding="utf-8").splitlines()]
    assert [0, 1, 2, 3, 4] == [event["unmapped"]["index"] for event in events]
    assert {PROVIDER.name} == {event["unmapped"]["origin"] for event in events}


def test_a_file_that_is_there_is_not_overwritten(node: Path, tmp_path: Path) -> None:
    """Without a cursor a new file is made."""
    (tmp_path / "out").write_text("kept", encoding="utf-8")
    assert 2 == problem("export", node, "--as", "ocsf", "--out", tmp_path / "out").exit_code
    assert "kept" == (tmp_path / "out").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "line",
    [
        (),
        ("--to", "localhost:6514"),
        ("--to", "localhost:6514", "--out", "x"),
    ],
)
def test_a_target_must_be_one_and_trusted(node: Path, line: tuple[str, ...]) -> None:
    """No target, two, or a receiver without an authority."""
    assert 2 == problem("export", node, "--as", "syslog", *line).exit_code


def test_a_cursor_that_is_none_is_refused(node: Path, tmp_path: Path) -> None:
    """Nothing is exported twice by a guess."""
    (tmp_path / "cursor").write_text("five", encoding="ascii")
    out = tmp_path / "out"
    assert 2 == problem("export", node, "--as", "ocsf", "--out", out, "--cursor", tmp_path / "cursor").exit_code
    assert not out.exists()


@pytest.mark.parametrize("place", ["absent/cursor", "."])
def test_a_cursor_that_cannot_be_kept_lets_nothing_leave(node: Path, tmp_path: Path, place: str) -> None:
    """What is exported under no cursor would be exported again."""
    out = tmp_path / "out"
    assert problem("export", node, "--as", "ocsf", "--out", out, "--cursor", tmp_path / place).exit_code in (1, 2)
    assert not out.exists() or b"" == out.read_bytes()


@pytest.mark.parametrize("more", [("--start", 6), ("--start", 10**30)])
def test_a_start_beyond_the_log_is_refused(node: Path, tmp_path: Path, more: tuple[object, ...]) -> None:
    """The log's own size is no fault: nothing is new."""
    line = ("export", node, "--as", "ocsf", "--out", tmp_path / "out")
    assert (2, "an index from 0 to 5") == ((found := problem(*line, *more)).exit_code, found.expected.en)
    (tmp_path / "out").unlink()
    assert 0 == run(*line, "--start", 5).exit_code


def test_a_cursor_beyond_the_log_tells_of_a_loss(node: Path, tmp_path: Path) -> None:
    """A log that became shorter must not read as one without news."""
    cursor = tmp_path / "cursor"
    cursor.write_text("6\n", encoding="ascii")
    found = problem("export", node, "--as", "ocsf", "--out", tmp_path / "out", "--cursor", cursor)
    assert (2, True) == (found.exit_code, "lost entries" in found.remedy.en)
    assert "6\n" == cursor.read_text(encoding="ascii")


def test_a_file_of_syslog_has_one_message_a_line(node: Path, tmp_path: Path) -> None:
    """Without octet counts, so that a reader of lines (rsyslog, Filebeat) takes it."""
    out = tmp_path / "out"
    assert 0 == run("export", node, "--as", "syslog", "--out", out, "--host", "gw-1").exit_code
    octets = out.read_bytes()
    lines = octets.splitlines(keepends=True)
    assert (5, True) == (octets.count(b"\n"), octets.endswith(b"\n"))
    assert [0, 1, 2, 3, 4] == [json.loads(line.partition(b"\xef\xbb\xbf")[2])["index"] for line in lines]
    assert all(line.startswith(b"<1") for line in lines)


@pytest.mark.parametrize("host", ["主机", "a b", "a\n", "a" * 256])
def test_a_host_that_syslog_cannot_bear_is_refused(node: Path, tmp_path: Path, host: str) -> None:
    """Before a file is made."""
    out = tmp_path / "out"
    assert 2 == problem("export", node, "--as", "syslog", "--out", out, "--host", host).exit_code
    assert not out.exists()


class Receiver:
    """A syslog receiver over TLS on this machine; keeps what one sender wrote."""

    def __init__(self, place: Path) -> None:
        word = Passphrase(b"a passphrase for tests")
        authority = Authority.create("510000", word, place / "authority", now=datetime.now(UTC))
        identity, key = Identity("510000", Role.NODE, "siem"), new_tls_key()
        pem = authority.issue(certificate_request(key, identity, ["localhost"]), identity, now=datetime.now(UTC))
        self.ca = place / "ca.pem"
        self.ca.write_bytes(authority.certificate_pem)
        pair = place / "pair.pem"
        pair.write_bytes(pem + unencrypted_pem(key))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair)
        self._context = context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.octets = b""
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        plain, _ = self._socket.accept()
        try:
            with self._context.wrap_socket(plain, server_side=True) as secure:
                while got := secure.recv(65536):
                    self.octets += got
                secure.unwrap()
        except OSError:
            plain.close()

    def end(self) -> None:
        """Wait until the sender has gone."""
        self._thread.join(timeout=20)
        self._socket.close()


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    """A receiver that trusts anybody, and whom our sender must trust."""
    (tmp_path / "receiver").mkdir()
    made = Receiver(tmp_path / "receiver")
    yield made
    made.end()


def test_a_receiver_over_tls_gets_every_entry_in_its_frame(node: Path, receiver: Receiver) -> None:
    """Frames follow one another; each has its length."""
    line = ("export", node, "--as", "syslog", "--to", f"localhost:{receiver.port}", "--ca", receiver.ca, "--json")
    assert 5 == json.loads(run(*line).stdout)["entries"]
    receiver.end()
    rest, indexes = receiver.octets, []
    while rest:
        length, _, rest = rest.partition(b" ")
        message, rest = rest[: int(length)], rest[int(length) :]
        indexes.append(json.loads(message.partition(b"\xef\xbb\xbf")[2])["index"])
    assert [0, 1, 2, 3, 4] == indexes


def test_a_receiver_that_is_not_trusted_gets_nothing(node: Path, receiver: Receiver, tmp_path: Path) -> None:
    """Its certificate is of another authority."""
    (tmp_path / "other").mkdir()
    other = Authority.create("510000", Passphrase(b"a passphrase for tests"), tmp_path / "o", now=datetime.now(UTC))
    ca = tmp_path / "other.pem"
    ca.write_bytes(other.certificate_pem)
    assert 4 == problem("export", node, "--as", "syslog", "--to", f"localhost:{receiver.port}", "--ca", ca).exit_code
    assert b"" == receiver.octets
