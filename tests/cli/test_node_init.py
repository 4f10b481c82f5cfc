"""`chuanyu node init`: a node is made whole or not at all, and nothing that exists is touched."""

from __future__ import annotations

import errno
import json
import stat
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
from cryptography import x509

from gateway.audit.entries.entry import Phase, decode
from gateway.audit.storage.reader import LogReader
from gateway.cli.node import init as node_init
from gateway.settings import Settings
from keys.keystore import KeystoreError, Passphrase, load_secret, load_signing_key, load_tls_key
from keys.signer import Signer
from tests.cli.world import invoke, misuse, succeed

INIT = ("node", "init", "--province", "sichuan")


@pytest.mark.parametrize(
    "line", [("--dialled-as", "主机"), ("--dialled-as", ""), ("--dialled-as", "a b"), ("--host", "主机")]
)
def test_a_host_that_no_certificate_can_name_makes_no_node(tmp_path: Path, line: tuple[str, str]) -> None:
    """It would be found when others dial the node."""
    assert 2 == invoke(*INIT, *line, tmp_path / "node").exit_code
    assert [] == list(tmp_path.iterdir())


def test_a_node_has_every_file_of_the_layout(tmp_path: Path) -> None:
    """Settings, keys, request, catalogue and log; trust comes from others."""
    succeed(*INIT, tmp_path / "node")
    found = {str(path.relative_to(tmp_path / "node")) for path in (tmp_path / "node").rglob("*") if path.is_file()}
    assert {
        "node.toml",
        *(f"keys/{name}" for name in ("passphrase", "tls.key", "tls.csr", "signing.key", "signing.vkey", "log.key")),
        *(f"keys/{name}.key" for name in ("log-mldsa", "witness", "witness-mldsa")),
        "keys/masking.secret",
        "keys/subjects.secret",
        "catalogue/parties/applications.toml",
        "audit/log.db",
        "audit/log.vkey",
        "audit/witness.db",
        "audit/witness.vkey",
    } == found - {"audit/log.db.lock"}


def test_secrets_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    """Modes 0600 and 0700, whatever the umask."""
    succeed(*INIT, tmp_path / "node")
    for path in (tmp_path / "node").rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        if path.is_dir() or path.suffix in {".key", ".secret", ".db"} or path.name == "passphrase":
            assert 0 == mode & 0o077, path


def test_keys_and_secrets_open_with_the_passphrase(tmp_path: Path) -> None:
    """They are encrypted, and their public halves stand beside them."""
    succeed(*INIT, tmp_path / "node")
    settings = Settings.load(tmp_path / "node" / "node.toml")
    passphrase = Passphrase.read(settings.keys.passphrase_file)
    load_tls_key(settings.tls_key_path, passphrase)
    signer = Signer(settings.identity.uri, load_signing_key(settings.signing_key_path, passphrase))
    assert signer.verifier.vkey == settings.signing_vkey_path.read_text("utf-8").strip()
    masking, subjects = (
        load_secret(path, passphrase) for path in (settings.masking_secret_path, settings.subjects_secret_path)
    )
    assert (32, 32) == (len(masking), len(subjects))
    assert masking != subjects
    with pytest.raises(KeystoreError):
        load_tls_key(settings.tls_key_path, Passphrase(b"another passphrase"))


def test_two_nodes_share_no_secret(tmp_path: Path) -> None:
    """Everything is made anew."""
    for name in ("one", "two"):
        succeed(*INIT, tmp_path / name)
    for name in ("passphrase", "tls.key", "signing.vkey", "masking.secret"):
        assert (tmp_path / "one" / "keys" / name).read_bytes() != (tmp_path / "two" / "keys" / name).read_bytes()


def test_the_log_begins_with_the_making_of_the_node(tmp_path: Path) -> None:
    """One entry of an administrator's act, under the node's own origin."""
    made = succeed(*INIT, "--name", "gateway-7", tmp_path / "node")
    assert "510000.chuanyu/node/gateway-7" == made["log"]
    with LogReader(tmp_path / "node" / "audit" / "log.db") as reader:
        assert (1, made["log"]) == (reader.count(), reader.origin)
        entry = decode(reader.entry(0).octets)
    assert (Phase.ADMIN, "node_init", "permit") == (entry.phase, entry.text("action"), entry.text("result"))


def test_the_request_names_the_identity_and_where_it_is_dialled(tmp_path: Path) -> None:
    """One URI, and the hosts that were given."""
    succeed(*INIT, "--dialled-as", "gateway.sc.example", "--dialled-as", "192.0.2.7", tmp_path / "node")
    request = x509.load_pem_x509_csr((tmp_path / "node" / "keys" / "tls.csr").read_bytes())
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert ["spiffe://510000.chuanyu/node/gateway-1"] == names.get_values_for_type(x509.UniformResourceIdentifier)
    assert ["gateway.sc.example"] == names.get_values_for_type(x509.DNSName)
    assert ["192.0.2.7"] == [str(address) for address in names.get_values_for_type(x509.IPAddress)]


@pytest.mark.parametrize("host", [str(IPv4Address(0)), str(IPv6Address(0))])
def test_everywhere_is_no_name_in_a_certificate(tmp_path: Path, host: str) -> None:
    """A node that listens everywhere is dialled by its machine's name."""
    made = succeed(*INIT, "--host", host, tmp_path / "node")
    assert host not in made["dialled_as"]


@pytest.mark.parametrize(
    ("province", "platform"), [("sichuan", "sichuan"), ("重庆", "chongqing"), ("530000", "remote")]
)
def test_the_platform_follows_the_province(tmp_path: Path, province: str, platform: str) -> None:
    """A third province brings an adapter of its own, over the wire."""
    succeed("node", "init", "--province", province, tmp_path / "node")
    assert platform == Settings.load(tmp_path / "node" / "node.toml").platform.kind


def test_peers_are_written_with_their_identity(tmp_path: Path) -> None:
    """A name may be given; else it is the usual one."""
    peers = ("--peer", "chongqing=cq.example:7443", "--peer", "530000=[2001:db8::1]:7443=gateway-2")
    succeed(*INIT, *peers, tmp_path / "node")
    found = Settings.load(tmp_path / "node" / "node.toml").peers
    assert ["spiffe://500000.chuanyu/node/gateway-1", "spiffe://530000.chuanyu/node/gateway-2"] == [
        p.node for p in found
    ]
    assert ["cq.example:7443", "[2001:db8::1]:7443"] == [p.target for p in found]


def test_a_passphrase_of_ones_own_is_used_and_not_copied(tmp_path: Path) -> None:
    """It need not lie beside the keys."""
    own = tmp_path / "secret"
    own.write_bytes(b"a passphrase of our own\n")
    own.chmod(0o600)
    succeed(*INIT, "--passphrase-file", own, tmp_path / "node")
    settings = Settings.load(tmp_path / "node" / "node.toml")
    assert own == settings.keys.passphrase_file
    assert not (tmp_path / "node" / "keys" / "passphrase").exists()
    load_tls_key(settings.tls_key_path, Passphrase(b"a passphrase of our own"))


def test_an_empty_directory_is_taken(tmp_path: Path) -> None:
    """For example a mounted one's child."""
    (tmp_path / "node").mkdir()
    succeed(*INIT, tmp_path / "node")


@pytest.mark.parametrize("what", ["file", "hidden", "link", "itself"])
def test_what_exists_is_never_touched(tmp_path: Path, what: str) -> None:
    """A directory that holds anything, a link and a file are refused."""
    place = tmp_path / "node"
    match what:
        case "file" | "hidden":
            place.mkdir()
            (place / (".hidden" if what == "hidden" else "file")).write_bytes(b"mine")
        case "link":
            (tmp_path / "elsewhere").mkdir()
            place.symlink_to(tmp_path / "elsewhere")
        case _:
            place.write_bytes(b"mine")
    before = sorted(tmp_path.rglob("*"))
    assert "a directory that is new or empty" in misuse(*INIT, place)
    assert before == sorted(tmp_path.rglob("*"))


@pytest.mark.parametrize(
    ("more", "part"),
    [
        (("--province", "Sichuan province"), "sichuan, chongqing or"),
        (("--province", "51000"), "six-digit code"),
        (("--peer", "chongqing"), "PROVINCE=HOST:PORT"),
        (("--peer", "chongqing=host"), "peers.0.target"),
        (("--peer", "sichuan=host:1"), "510000 twice"),
        (("--peer", "chongqing=host:1=Gateway"), "peers.0.node"),
        (("--peer", "chongqing=host:1", "--peer", "chongqing=other:1"), "500000 twice"),
        (("--name", "Gateway"), "node.name"),
        (("--port", "9464"), "ports that differ"),
        (("--host", ""), "listen.host"),
        (("--platform", "mainframe"), "one of sichuan, chongqing, remote"),
        (("--passphrase-file", "/nonexistent"), "/nonexistent"),
    ],
)
def test_a_node_that_could_not_run_is_not_made(tmp_path: Path, more: tuple[str, ...], part: str) -> None:
    """The settings are judged before anything is written, and nothing is left behind."""
    assert part in misuse(*INIT, tmp_path / "node", *more)
    assert [] == list(tmp_path.iterdir())


def test_a_crash_in_the_middle_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last step fails; no half node stays under the name or beside it."""

    async def fail(*_: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(node_init, "_begin_log", fail)
    result = invoke(*INIT, tmp_path / "node")
    assert isinstance(result.exception, RuntimeError)
    assert [] == list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """The parent is a file."""
    (tmp_path / "file").write_bytes(b"")
    assert "a place that can be written" in misuse(*INIT, tmp_path / "file" / "node")


def test_people_read_the_next_steps_in_both_languages(tmp_path: Path) -> None:
    """In order: platform, certificate, trust, catalogue, check, run."""
    shown = invoke(*INIT, tmp_path / "node").stdout
    steps = [shown.index(part) for part in ("platform.options", "keys issue", "keys accept", "node check", "node run")]
    assert sorted(steps) == steps
    assert "处理建议 next" in shown
    passphrase = (tmp_path / "node" / "keys" / "passphrase").read_text("utf-8").strip()
    assert passphrase not in shown


def test_the_json_has_nothing_else_on_standard_output(tmp_path: Path) -> None:
    """A program can read it."""
    result = invoke(*INIT, tmp_path / "node", "--json")
    assert {"node", "directory", "log", "dialled_as", "next"} == set(json.loads(result.stdout))


@pytest.mark.parametrize("part", ["_begin_log", "_begin_witness", "make_passphrase"])
def test_a_full_disk_leaves_nothing_half_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    """S8: whatever is written last, the directory and those made above it are gone, and a second one works."""

    def fill(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(node_init, part, fill)
        result = invoke(*INIT, tmp_path / "above" / "node", "--json")
    error = json.loads(result.stdout)["error"]
    assert (1, True) == (result.exit_code, "No space left" in error["found"]["en"])
    assert "the disk is full: make room" in error["next"]["en"]
    assert [] == list(tmp_path.iterdir())
    succeed(*INIT, tmp_path / "above" / "node")
