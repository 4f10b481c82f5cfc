"""The monitor's settings are read strictly, and every fault is named with its place and the next step."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.monitor.settings import MonitorSettings
from gateway.settings import SettingsError

GOOD = """
[watch]
directory = "records"

[[logs]]
keys = "sc-log.vkey"
node = "gateway.sc.example:7443"
authority = "sc-authority.crt"
certificate = "tls.crt"
key = "tls.key"
passphrase_file = "passphrase"

[[logs.witnesses]]
keys = "cq-witness.vkey"
address = "gateway.cq.example:9443"
authority = "cq-authority.crt"
"""


def load(directory: Path, text: str) -> MonitorSettings:
    """Read a text as settings."""
    path = directory / "watch.toml"
    path.write_text(text, encoding="utf-8")
    return MonitorSettings.load(path)


def test_a_file_is_read_and_its_paths_belong_beside_it(tmp_path: Path) -> None:
    """Alarms come within a minute by default."""
    found = load(tmp_path, GOOD)
    (log,) = found.logs
    assert (tmp_path / "records", tmp_path / "sc-log.vkey") == (found.watch.directory, log.keys)
    assert "gateway.cq.example:9443" == str(log.witnesses[0].place)
    assert 60 >= found.watch.silence_seconds + found.watch.every_seconds
    assert 60 >= found.watch.lag_seconds + found.watch.every_seconds


@pytest.mark.parametrize(
    ("place", "old", "new"),
    [
        ("watch.directory", 'directory = "records"', ""),
        ("watch.every_second", "[watch]", "[watch]\nevery_second = 5"),
        ("watch.every_seconds", "[watch]", "[watch]\nevery_seconds = 31"),
        ("watch.every_seconds", "[watch]", "[watch]\nevery_seconds = 0"),
        ("watch.silence_seconds", "[watch]", '[watch]\nsilence_seconds = "45"'),
        ("watch.lag_seconds", "[watch]", "[watch]\nlag_seconds = 4"),
        ("logs.0.node", "gateway.sc.example:7443", "https://gateway.sc.example"),
        ("logs.0.keys", 'keys = "sc-log.vkey"', 'keys = ""'),
        ("logs.0.passphrase_file", 'passphrase_file = "passphrase"', ""),
        ("logs.0.witnesses", GOOD[GOOD.index("[[logs.witnesses]]") :], ""),
        ("logs.0.witnesses.0.address", "gateway.cq.example:9443", "http://gateway.cq.example"),
        ("logs.0.witnesses.0.trust", "[[logs.witnesses]]", "[[logs.witnesses]]\ntrust = true"),
        ("logs", GOOD[GOOD.index("[[logs]]") :], ""),
    ],
)
def test_every_fault_is_named_with_its_place(tmp_path: Path, place: str, old: str, new: str) -> None:
    """In both languages, with the next step."""
    assert old in GOOD
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, GOOD.replace(old, new, 1))
    faults = {fault.path: fault for fault in caught.value.faults}
    assert place in faults
    assert all(label.zh and label.en for label in (faults[place].found, faults[place].expected, faults[place].remedy))


def test_a_log_stands_once(tmp_path: Path) -> None:
    """Two records of one log would contradict each other."""
    with pytest.raises(SettingsError, match="each log once"):
        load(tmp_path, GOOD + GOOD[GOOD.index("[[logs]]") :])


@pytest.mark.parametrize("text", ["[watch", "\udcff", "watch = 1"])
def test_what_is_no_toml_is_named(tmp_path: Path, text: str) -> None:
    """With the file."""
    path = tmp_path / "watch.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(SettingsError):
        MonitorSettings.load(path)
    with pytest.raises(SettingsError, match=r"absent\.toml"):
        MonitorSettings.load(tmp_path / "absent.toml")
