"""`chuanyu node check`: a sound node passes, and each thing that can be wrong is told by its name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.cli.checks.keys import judge_until
from gateway.cli.node.check import judge_node
from gateway.cli.screen import NOTHING, CheckStatus
from gateway.ground.item import Label
from gateway.settings import Settings
from tests.cli.world import World, grant, invoke, judge, put_grant, put_list, succeed

SUBJECT = Label("某物", "something")
CQ_BUNDLE, SC_BUNDLE = "the trust bundle of Chongqing (500000)", "the trust bundle of Sichuan (510000)"
CQ_REVOKED, SC_REVOKED = "the revocation list of Chongqing (500000)", "the revocation list of Sichuan (510000)"


@pytest.mark.parametrize("node", ["sc", "cq"])
def test_a_sound_node_passes(sound: World, node: str) -> None:
    """Exit code 0, and every finding is right."""
    code, found = judge("node", "check", "--config", sound / node / "node.toml")
    assert (0, {"right"}) == (code, {judgement for judgement, _ in found.values()}), found
    assert "the items of 1 grants are listed" == found["grants and the lists of both sides"][1]


@pytest.mark.parametrize("node", ["sc", "cq"])
def test_no_code_or_path_is_folded(sound: World, node: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At eighty columns each path stands whole on one line, so that it can be copied."""
    monkeypatch.setenv("COLUMNS", "80")
    lines = invoke("node", "check", "--config", sound / node / "node.toml").stdout.splitlines()
    for part in ("keys", "trust", "catalogue", "audit"):
        assert any(f"{sound / node / part} 0700" in line for line in lines), part


def test_people_read_marks_and_both_languages(world: World) -> None:
    """Marks, and what to do about what is wrong."""
    (world / "sc" / "keys" / "tls.crt").unlink()
    result = invoke("node", "check", "--config", world.config)
    assert 1 == result.exit_code
    for part in ("✓", "✗", "节点证书", "the node's certificate", "→"):
        assert part in result.stdout


def _loosen(name: str, mode: int) -> Callable[[World], None]:
    def apply(world: World) -> None:
        (world / "sc" / name).chmod(mode)

    return apply


def _remove(name: str) -> Callable[[World], None]:
    def apply(world: World) -> None:
        (world / "sc" / name).unlink()

    return apply


def _write(name: str, octets: bytes) -> Callable[[World], None]:
    def apply(world: World) -> None:
        (world / "sc" / name).write_bytes(octets)

    return apply


def _take(name: str, source: str) -> Callable[[World], None]:
    def apply(world: World) -> None:
        (world / "sc" / name).write_bytes((world / source).read_bytes())

    return apply


def _append(name: str, octets: bytes) -> Callable[[World], None]:
    def apply(world: World) -> None:
        path = world / "sc" / name
        path.write_bytes(path.read_bytes() + octets)

    return apply


def _another_node(world: World) -> None:
    succeed("node", "init", "--province", "sichuan", "--name", "gateway-2", world / "second")
    keys = world / "second" / "keys"
    issue = ("keys", "issue", "--authority", world / "sc-ca", "--out", keys / "tls.crt", keys / "tls.csr")
    succeed(*issue, "--identity", "spiffe://510000.chuanyu/node/gateway-2")
    passphrase = world / "sc" / "keys" / "passphrase"
    passphrase.write_bytes((keys / "passphrase").read_bytes())
    for name in ("tls.key", "tls.crt"):
        (world / "sc" / "keys" / name).write_bytes((keys / name).read_bytes())


def _another_log(world: World) -> None:
    text = (world / "sc" / "node.toml").read_text(encoding="utf-8")
    (world / "cq" / "audit" / "log.vkey").write_bytes((world / "sc" / "audit" / "log.vkey").read_bytes())
    (world / "sc" / "node.toml").write_text(text + f'\n[audit]\ndirectory = "{world / "cq" / "audit"}"\n', "utf-8")


def _expired_list(world: World) -> None:
    path = world / "sc" / "catalogue" / "lists" / "500000-catalogue-1.toml"
    lines = path.read_text("utf-8").splitlines()
    since = [i for i, line in enumerate(lines) if line.startswith(("effective_from", "effective_to"))]
    for at, day in zip(since, ("2025-01-01", "2025-06-30"), strict=True):
        lines[at] = f"{lines[at].partition('=')[0]}= {day}"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    succeed("keys", "sign-list", "--authority", world / "cq-ca", path)


def _no_list(world: World) -> None:
    for path in (world / "sc" / "catalogue" / "lists").glob("500000*"):
        path.unlink()


def _unknown_peer(world: World) -> None:
    config = world / "sc" / "node.toml"
    config.write_text(
        config.read_text("utf-8").replace("500000.chuanyu/node/gateway-1", "500000.chuanyu/node/x"), "utf-8"
    )


BROKEN: list[tuple[str, Callable[[World], None], str, str]] = [
    ("config writable", _loosen("node.toml", 0o666), "the settings file", "0666"),
    ("keys readable", _loosen("keys", 0o755), "the directory of keys", "0755"),
    ("trust writable", _loosen("trust", 0o777), "the directory of trust", "0777"),
    ("catalogue writable", _loosen("catalogue", 0o770), "the catalogue", "0770"),
    ("audit readable", _loosen("audit", 0o750), "the directory of the audit log", "0750"),
    ("passphrase absent", _remove("keys/passphrase"), "the passphrase of the keys", "expected a private file"),
    ("passphrase open", _loosen("keys/passphrase", 0o644), "the passphrase of the keys", "0644"),
    ("passphrase short", _write("keys/passphrase", b"short"), "the passphrase of the keys", "of 12 to"),
    ("passphrase wrong", _write("keys/passphrase", b"another passphrase"), "the passphrase of the keys", "opens none"),
    ("tls key open", _loosen("keys/tls.key", 0o640), "the TLS key", "0640"),
    ("tls key absent", _remove("keys/tls.key"), "the TLS key", "expected a private file"),
    ("tls key of another kind", _take("keys/tls.key", "sc/keys/log.key"), "the TLS key", "of the kind P-256"),
    ("signing key absent", _remove("keys/signing.key"), "the frame-signing key", "expected a private file"),
    ("log key swapped", _take("keys/log.key", "sc/keys/signing.key"), "the keys of the audit log", "of log.vkey"),
    ("second key swapped", _take("keys/log-mldsa.key", "sc/keys/witness-mldsa.key"), "the keys of the audit log", ""),
    ("state of the witness lost", _remove("audit/witness.db"), "the state of the witness", ""),
    ("witness key absent", _remove("keys/witness.key"), "the keys of the witness", "expected a private file"),
    ("keys of the witness absent", _remove("audit/witness.vkey"), "the keys of the witness", "witness.vkey"),
    ("vkey absent", _remove("keys/signing.vkey"), "the public half of the frame-signing key", "signing.vkey"),
    ("masking secret damaged", _append("keys/masking.secret", b"x"), "the secret of masking", "does not open it"),
    ("subjects secret absent", _remove("keys/subjects.secret"), "the secret of references", "expected a private file"),
    ("certificate absent", _remove("keys/tls.crt"), "the node's certificate", "expected a certificate"),
    ("certificate no PEM", _write("keys/tls.crt", b"x"), "the node's certificate", "expected a certificate"),
    ("certificate of another key", _take("keys/tls.crt", "cq/keys/tls.crt"), "the node's certificate", "another key"),
    ("certificate of another node", _another_node, "the node's certificate", "gateway-2"),
    ("authority absent", _remove("trust/authority.crt"), "the node's certificate", "authority.crt"),
    ("authority of another", _take("trust/authority.crt", "cq-ca/authority.crt"), "the node's certificate", "issue"),
    ("authority differs", _take("trust/authority.crt", "cq-ca/authority.crt"), "our own authority", "not our bundle's"),
    ("bundle absent", _remove("trust/500000.bundle"), CQ_BUNDLE, "500000.bundle"),
    ("bundle unsigned", _remove("trust/500000.sig"), CQ_BUNDLE, "500000.sig"),
    ("bundle changed", _append("trust/500000.bundle", b" "), CQ_BUNDLE, "whole trust bundle"),
    ("list absent", _remove("trust/500000.crl"), CQ_REVOKED, "No such file"),
    ("list of another", _take("trust/500000.crl", "sc-ca/authority.crl"), CQ_REVOKED, "another's"),
    ("list no PEM", _write("trust/510000.crl", b"x"), SC_REVOKED, "revocation list in PEM"),
    ("peer not in its bundle", _unknown_peer, "the node in the bundle of Chongqing (500000)", "node/x"),
    ("log absent", _remove("audit/log.db"), "the audit log", "found none"),
    ("log no database", _write("audit/log.db", b"x" * 4096), "the audit log", "audit log"),
    ("log of another", _another_log, "the audit log", "500000.chuanyu/node/gateway-1, with the key of 510000"),
    ("log vkey absent", _remove("audit/log.vkey"), "the public key of the audit log", "No such file"),
    ("grant unsigned", _remove("catalogue/grants/G-sc-cq-1.toml.sig"), "G-sc-cq-1.toml", ""),
    ("grant changed", _append("catalogue/grants/G-sc-cq-1.toml", b"# x"), "G-sc-cq-1.toml", ""),
    ("list changed", _append("catalogue/lists/510000-application-list-1.toml", b"# x"), "510000-application", ""),
    ("roster malformed", _write("catalogue/parties/applications.toml", b"x = 1"), "applications.toml", ""),
    ("roster empty", _remove("catalogue/parties/applications.toml"), "parties", "expected at least one file"),
    ("list expired", _expired_list, "the grant G-sc-cq-1", "an item list has expired"),
    ("no list of the peer", _no_list, "the lists of Chongqing (500000)", "no list"),
    ("no platform", _remove("platform.db"), "the platform's adapter", "expected a file"),
]  # fmt: skip


@pytest.mark.parametrize(("apply", "subject", "part"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN])
def test_what_is_wrong_is_told_by_its_name(
    world: World, apply: Callable[[World], None], subject: str, part: str
) -> None:
    """Exit code 1; the finding names what is wrong, and says what was found."""
    apply(world)
    code, found = judge("node", "check", "--config", world.config)
    assert 1 == code
    wrong = {name: text for name, (judgement, text) in found.items() if judgement == "wrong"}
    matching = [text for name, text in wrong.items() if subject in name]
    assert matching, wrong
    assert any(part in text for text in matching), matching


def test_one_broken_part_does_not_hide_another(world: World) -> None:
    """A person repairs everything in one go."""
    for name in ("keys/tls.crt", "trust/500000.crl", "audit/log.db", "platform.db"):
        (world / "sc" / name).unlink()
    _, found = judge("node", "check", "--config", world.config)
    wrong = {name for name, (judgement, _) in found.items() if judgement == "wrong"}
    assert {
        "the node's certificate", CQ_REVOKED, "the audit log", "the platform's adapter",
    } <= wrong  # fmt: skip


def test_a_fault_of_the_settings_is_a_finding(world: World) -> None:
    """Each with its path."""
    with world.config.open("a", encoding="utf-8") as file:
        file.write("\n[limits]\npage_rows = 0\nunknown = 1\n")
    code, found = judge("node", "check", "--config", world.config)
    assert (1, {"the setting limits.page_rows", "the setting limits.unknown"}) == (code, set(found))


def test_a_settings_file_that_is_absent_is_a_finding(tmp_path: Path) -> None:
    """The first thing that can be wrong."""
    code, found = judge("node", "check", "--config", tmp_path / "node.toml")
    assert (1, 1) == (code, len(found))


def test_a_grant_out_of_its_dates_is_a_doubt(world: World) -> None:
    """The node can run; the grant refuses."""
    today = datetime.now(UTC).date()
    expired = grant(id="G-old", valid_from=today - timedelta(days=9), valid_until=today - timedelta(days=3))
    put_grant(world, "sc", expired)
    code, found = judge("node", "check", "--config", world.config)
    assert (0, "doubtful") == (code, found["the grant G-old"][0])


def test_an_item_on_one_side_only_is_a_doubt(world: World) -> None:
    """The node can run; what the other side has not listed is refused."""
    for path in (world / "sc" / "catalogue" / "lists").glob("500000*"):
        path.unlink()
    put_list(world, "sc", "cq", "catalogue", datetime.now(UTC).date() + timedelta(days=9), "--item", "CY-ID-01")
    code, found = judge("node", "check", "--config", world.config)
    judgement, text = found["the grant G-sc-cq-1"]
    assert (0, "doubtful") == (code, judgement)
    assert "not on the lists of both provinces" in text


def test_a_node_without_grants_is_a_doubt(world: World) -> None:
    """An empty list refuses everybody, which a person should know."""
    for path in (world / "sc" / "catalogue" / "grants").iterdir():
        path.unlink()
    code, found = judge("node", "check", "--config", world.config)
    assert (0, "doubtful") == (code, found["grants"][0])


def test_a_log_of_an_earlier_release_is_told_with_the_command_that_migrates_it(world: World) -> None:
    """Before the node is started in vain."""
    import sqlite3

    connection = sqlite3.connect(world / "sc" / "audit" / "log.db")
    connection.execute("PRAGMA user_version = 2")
    connection.close()
    _, found = judge("node", "check", "--config", world.config)
    assert ("wrong", "of version 2; this release writes version 4") == found["the audit log"]
    told = json.loads(invoke("node", "check", "--config", world.config, "--json").stdout)["findings"]
    (next_step,) = (one["next"] for one in told if one["subject"]["en"] == "the audit log")
    assert all("chuanyu audit migrate DIR" in next_step[language] for language in ("zh", "en"))


def test_a_log_that_was_cut_is_told(world: World) -> None:
    """A checkpoint that says more than the log holds."""
    import sqlite3

    path = world / "sc" / "audit" / "log.db"
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM entry")
    connection.commit()
    connection.close()
    _, found = judge("node", "check", "--config", world.config)
    assert ("wrong", "1 entries signed, 0 in the log") == found["the newest kept checkpoint"]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (10, {}),
        (
            340,
            {
                "the node's certificate": CheckStatus.DOUBTFUL,
                SC_REVOKED: CheckStatus.WRONG,
            },
        ),
        (
            400,
            {"the node's certificate": CheckStatus.WRONG, CQ_BUNDLE: CheckStatus.WRONG},
        ),
        (
            -400,
            {"the node's certificate": CheckStatus.WRONG, SC_BUNDLE: CheckStatus.WRONG},
        ),
    ],
)
def test_time_is_judged_at_the_moment_given(sound: World, days: int, expected: dict[str, CheckStatus]) -> None:
    """What ends soon is a doubt, what has ended or not begun is wrong."""
    now = datetime.now(UTC) + timedelta(days=days)
    found = {f.subject.en: f.status for f in judge_node(sound.config, Settings.load(sound.config), now)}
    assert expected == {subject: found[subject] for subject in expected}


def test_an_end_is_told_before_it_comes() -> None:
    """Right, then a doubt, then wrong."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    judged = [judge_until(SUBJECT, now + timedelta(days=days), now, NOTHING).status for days in (31, 29, -1)]
    assert [CheckStatus.RIGHT, CheckStatus.DOUBTFUL, CheckStatus.WRONG] == judged


def test_no_finding_shows_a_secret(world: World) -> None:
    """Neither the passphrase nor a key stands in what is printed."""
    secrets = [(world / "sc" / "keys" / "passphrase").read_text("utf-8").strip()]
    (world / "sc" / "keys" / "tls.crt").unlink()
    shown = invoke("node", "check", "--config", world.config, "--json").output
    assert all(secret not in shown for secret in secrets)
    assert not re.search(r"PRIVATE KEY", shown)
