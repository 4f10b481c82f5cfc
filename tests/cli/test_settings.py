"""Settings: what a file may say, and how each fault is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from annotated_types import Ge, Le
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from gateway.settings import Settings, SettingsError, known_keys
from gateway.settings.sections import SECTIONS, Platform, Section
from gateway.settings.tree import MAX_FILE_BYTES
from keys.identity import Identity, Role

ROOT = Path(__file__).parents[2]
SMALL = """
[node]
province = "510000"
name = "gateway-1"
[platform]
kind = "sichuan"
"""
PEER = Identity("500000", Role.NODE, "gateway-1").uri


def _parse(text: str, directory: Path = Path("/etc/chuanyu")) -> Settings:
    return Settings.parse(text.encode(), directory)


def _faults(text: str) -> list[tuple[str, str, str]]:
    with pytest.raises(SettingsError) as caught:
        _parse(text)
    return [(fault.path, fault.found.en, fault.expected.en) for fault in caught.value.faults]


def _peer(province: str = "500000", target: str = "gateway.cq.example:7443", node: str = PEER) -> str:
    return f'[[peers]]\nprovince = "{province}"\ntarget = "{target}"\nnode = "{node}"\n'


def test_a_small_file_gets_every_default() -> None:
    """Province, name and platform are all that must be said."""
    settings = _parse(SMALL)
    assert 7443 == settings.listen.port
    assert 1.0 == settings.audit.gather_ms
    assert 4 << 20 == settings.limits.max_frame_bytes
    assert () == settings.peers


def test_the_default_address_reaches_no_other_machine() -> None:
    """A node that nobody configured to listen does not stand in the network."""
    assert "127.0.0.1" == _parse(SMALL).listen.host


def test_relative_paths_belong_to_the_files_directory(tmp_path: Path) -> None:
    """The working directory of the process does not matter."""
    file = tmp_path / "node.toml"
    file.write_text(SMALL + '[audit]\ndirectory = "/var/lib/chuanyu"\n', encoding="utf-8")
    settings = Settings.load(file)
    assert tmp_path == settings.directory
    assert tmp_path / "keys" / "tls.key" == settings.tls_key_path
    assert tmp_path / "keys" / "passphrase" == settings.keys.passphrase_file
    assert tmp_path / "trust" / "500000.crl" == settings.revocation_path("500000")
    assert Path("/var/lib/chuanyu/log.db") == settings.log_path


def test_the_identity_follows_from_province_and_name() -> None:
    """What the certificate must hold is said once."""
    assert Identity("510000", Role.NODE, "gateway-1") == _parse(SMALL).identity


def test_a_peer_is_read_whole() -> None:
    """Province, address and identity of another gateway."""
    (peer,) = _parse(SMALL + _peer()).peers
    assert ("500000", "gateway.cq.example:7443", PEER) == (peer.province, peer.target, peer.node)


def test_the_gateway_of_each_peer_is_promised_as_a_witness() -> None:
    """Under the name by which it cosigns."""
    assert () == _parse(SMALL).promised_witnesses
    other = Identity("520000", Role.NODE, "gw-2").uri
    settings = _parse(SMALL + _peer() + _peer("520000", "gz.example:7443", other))
    assert ("500000.chuanyu/witness/gateway-1", "520000.chuanyu/witness/gw-2") == settings.promised_witnesses


def test_nothing_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """One file is the whole truth."""
    for name in ("LISTEN__PORT", "CHUANYU_LISTEN__PORT", "listen__port", "LISTEN"):
        monkeypatch.setenv(name, "1")
    assert 7443 == _parse(SMALL).listen.port


def test_the_tree_is_frozen() -> None:
    """Nothing changes a setting after it was read."""
    settings = _parse(SMALL)
    for section, name in ((settings.listen, "port"), (settings, "peers")):
        with pytest.raises(ValidationError):
            setattr(section, name, 1)


@pytest.mark.parametrize("section", SECTIONS)
def test_an_unknown_key_names_its_path_and_what_is_known(section: str) -> None:
    """A misspelt setting never passes in silence."""
    text = "[[peers]]" if section == "peers" else f"[{section}]"
    faults = {path: (found, expected) for path, found, expected in _faults(f"{text}\nmisspelt = 1\n")}
    path = "peers.0.misspelt" if section == "peers" else f"{section}.misspelt"
    known = ", ".join(SECTIONS[section].model_fields)
    assert ("an unknown key", f"one of {known}") == faults[path]


@pytest.mark.parametrize(
    ("written", "host"),
    [("::1", "::1"), ("[::1]", "::1"), ("[::]", "::"), ("0:0:0:0:0:0:0:0", "::"),
     ("[2001:db8::1]", "2001:db8::1"), ("192.0.2.7", "192.0.2.7"),
     ("fe80::1%eth0", "fe80::1%eth0"), ("gateway.example", "gateway.example")],
)  # fmt: skip
def test_an_ipv6_address_may_be_written_with_brackets(written: str, host: str) -> None:
    """S1: as in a URL; every listener gets it without them."""
    assert host == _parse(SMALL + f'[listen]\nhost = "{written}"\n').listen.host


def test_an_unknown_table_names_the_known_ones() -> None:
    """The same at the top."""
    assert ("tls", "an unknown key", f"one of {', '.join(Settings.model_fields)}") in _faults(SMALL + "[tls]\n")


def test_the_value_of_an_unknown_key_is_never_shown() -> None:
    """Somebody may have written a secret there."""
    with pytest.raises(SettingsError) as caught:
        _parse(SMALL + '[keys]\npassphrase = "hunter2"\n')
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(caught.value.faults)


def test_a_wrong_option_of_an_adapter_is_never_shown() -> None:
    """An adapter's options may hold anything."""
    with pytest.raises(SettingsError) as caught:
        _parse(SMALL.replace('"sichuan"', '"sichuan"\noptions = { url = { password = "hunter2" } }'))
    assert "hunter2" not in str(caught.value)


def test_all_faults_are_told_at_once() -> None:
    """One run shows everything that is wrong."""
    paths = {path for path, _, _ in _faults('[listen]\nport = 0\n[limits]\npage_rows = "many"\n')}
    assert {"node", "platform", "listen.port", "limits.page_rows"} == paths


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('[listen]\nport = "7443"', "listen.port"),
        ("[listen]\nport = true", "listen.port"),
        ("[listen]\nport = 7443.0", "listen.port"),
        ("[listen]\nport = 9464", "listen"),
        ('[listen]\nhost = ""', "listen.host"),
        ('[listen]\nhost = "127.0.0.1:7443"', "listen.host"),
        ('[listen]\nhost = "[::1]:7443"', "listen.host"),
        ('[listen]\nhost = "[::1"', "listen.host"),
        ('[listen]\nhost = "::1]"', "listen.host"),
        ('[listen]\nhost = "[127.0.0.1]"', "listen.host"),
        ('[listen]\nhost = "[localhost]"', "listen.host"),
        ('[listen]\nhost = "[]"', "listen.host"),
        ('[listen]\nhost = ":::"', "listen.host"),
        ("[keys]\ndirectory = 3", "keys.directory"),
        ('[keys]\npassphrase_file = ""', "keys.passphrase_file"),
        ("[audit]\ngather_ms = nan", "audit.gather_ms"),
        ("[audit]\ngather_ms = inf", "audit.gather_ms"),
        ("[limits]\npage_rows = 1000\nmax_page_rows = 999", "limits"),
        ("[limits]\nfreshness_seconds = 2\nclock_offset_seconds = 3", "limits"),
        ('[telemetry]\nlog_level = "silent"', "telemetry.log_level"),
        ('[telemetry]\notlp_endpoint = "collector:4317"', "telemetry.otlp_endpoint"),
        ('[telemetry]\notlp_endpoint = "https://user:secret@collector"', "telemetry.otlp_endpoint"),
        ("peers = 3", "peers"),
        (_peer(target="gateway"), "peers.0.target"),
        (_peer(target="gateway:port"), "peers.0.target"),
        (_peer(province="50"), "peers.0.province"),
        (_peer(node="spiffe://somewhere"), "peers.0.node"),
        (_peer(node=Identity("500000", Role.APPLICATION, "portal").uri), "peers.0.node"),
        (_peer(node=Identity("530000", Role.NODE, "gateway-1").uri), "peers.0"),
    ],
)
def test_what_breaks_a_rule_is_told_where_it_stands(text: str, path: str) -> None:
    """Wrong types, wrong forms and values that do not fit each other."""
    top, below = (text, "") if text.startswith("peers") else ("", text)
    assert [path] == [where for where, _, _ in _faults(f"{top}\n{SMALL}\n{below}\n")]


@pytest.mark.parametrize("province", ["510000", "500000"])
def test_each_province_stands_once(province: str) -> None:
    """Two gateways of one province, or a peer in our own, would make it unsure who answers."""
    node = Identity(province, Role.NODE, "other").uri
    ((path, found, _),) = _faults(SMALL + _peer() + _peer(province=province, node=node))
    assert ("node.toml", f"{province} twice") == (path, found)


def _bounded() -> Iterator[tuple[str, str, float, float]]:
    for section, model in SECTIONS.items():
        for key, field in model.model_fields.items():
            low = [mark.ge for mark in field.metadata if isinstance(mark, Ge)]
            high = [mark.le for mark in field.metadata if isinstance(mark, Le)]
            if low and high:
                yield section, key, float(str(low[0])), float(str(high[0]))


BOUNDED = list(_bounded())


def test_every_number_has_bounds() -> None:
    """No number is so small or so great that it turns a check off."""
    numbers = {
        (section, key)
        for section, model in SECTIONS.items()
        for key, field in model.model_fields.items()
        if field.annotation in (int, float)
    }
    assert numbers == {(section, key) for section, key, _, _ in BOUNDED}


@pytest.mark.parametrize(("section", "key", "low", "high"), BOUNDED, ids=[f"{b[0]}.{b[1]}" for b in BOUNDED])
def test_a_number_beyond_its_bounds_is_refused(section: str, key: str, low: float, high: float) -> None:
    """Below the least and above the greatest, and the fault says the bound."""
    for value, bound in ((low - 1, f"at least {low:g}"), (high + 1, f"at most {high:g}")):
        shown = int(value) if value == int(value) else value
        faults = _faults(f"{SMALL}[{section}]\n{key} = {shown}\n")
        assert [(f"{section}.{key}", bound)] == [(path, expected) for path, _, expected in faults]


def test_no_setting_is_a_switch() -> None:
    """No setting turns a check off: there is no boolean among them."""
    switches = [
        f"{section}.{key}"
        for section, model in SECTIONS.items()
        for key, field in model.model_fields.items()
        if field.annotation is bool and model is not Platform
    ]
    assert [] == switches


@pytest.mark.parametrize("octets", [b"\xff\xfe", b"[node", b"= 3", b"node = 1\nnode = 2"])
def test_what_is_no_toml_is_one_fault(octets: bytes) -> None:
    """Bytes that are no TOML are told as such."""
    with pytest.raises(SettingsError) as caught:
        Settings.parse(octets, Path("/"))
    assert ["node.toml"] == [fault.path for fault in caught.value.faults]


def test_a_file_that_is_absent_or_too_long_is_one_fault(tmp_path: Path) -> None:
    """A settings file is read whole or not at all."""
    long = tmp_path / "long.toml"
    long.write_bytes(b"#" * (MAX_FILE_BYTES + 1))
    for path in (tmp_path / "absent.toml", tmp_path, long):
        with pytest.raises(SettingsError) as caught:
            Settings.load(path)
        assert [str(path)] == [fault.path for fault in caught.value.faults]


def test_every_fault_has_both_languages_and_a_remedy() -> None:
    """A person reads what was found, what was expected and what to do, in Chinese and in English."""
    with pytest.raises(SettingsError) as caught:
        _parse('[listen]\nport = 0\nbad = 1\n[limits]\npage_rows = "x"\n' + _peer(target="x"))
    for fault in caught.value.faults:
        for label in (fault.found, fault.expected, fault.remedy):
            assert label.zh
            assert label.en


WORDS: Final = {
    "config.md": ("default", "none, it must be given", "bounds", " to ", "{}: {}"),
    "config.zh-CN.md": ("默认值", "无，必填", "取值", "—", "{}：{}"),
}
"""How the page of each language says a default, that there is none, and bounds."""


def _pages(page: str) -> dict[str, str]:
    text = (ROOT / "docs" / "reference" / page).read_text(encoding="utf-8")
    parts = re.split(r"^### `(.+)`$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _settings() -> Iterator[tuple[str, FieldInfo]]:
    for section, model in SECTIONS.items():
        for key, field in model.model_fields.items():
            yield f"{section}.{key}", field


@pytest.mark.parametrize("language", WORDS)
def test_the_reference_has_every_setting_and_no_other(language: str) -> None:
    """The page of each language says what each setting means, in the order of the other."""
    assert {path for path, _ in _settings()} == set(_pages(language))
    assert list(_pages("config.md")) == list(_pages(language))


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize(("path", "field"), list(_settings()), ids=[path for path, _ in _settings()])
def test_the_reference_says_the_default_and_the_bounds(path: str, field: FieldInfo, language: str) -> None:
    """What the reference says of a number is what the program holds."""
    page = _pages(language)[path]
    said, none, bounds, to, form = WORDS[language]
    if field.is_required():
        assert "- " + form.format(said, none) in page
    elif not field.default_factory:
        default: Any = field.default
        shown = f'"{default}"' if isinstance(default, str | Path) else list(default) if default == () else default
        assert "- " + form.format(said, f"`{shown}`") in page
    for section, key, low, high in BOUNDED:
        if path == f"{section}.{key}":
            held = "- " + form.format(bounds, f"{low:g}{to}{high:.10g}")
            assert held in page.replace(f"{high:.1f}", f"{high:g}")


@pytest.mark.parametrize("language", WORDS)
def test_the_references_example_is_a_valid_file(language: str) -> None:
    """What a reader copies works."""
    text = (ROOT / "docs" / "reference" / language).read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", text, flags=re.DOTALL)
    assert "510000" == _parse(example).node.province


def test_known_keys_follow_the_path() -> None:
    """What is known is told of the table where the fault stands."""
    assert tuple(Settings.model_fields) == known_keys(())
    assert ("province", "target", "node") == known_keys(("peers", 0))


def test_every_table_is_closed_and_strict() -> None:
    """No table of the file takes what it does not know, or converts what it is given."""
    models: list[type[BaseModel]] = [Settings, *SECTIONS.values()]
    assert all(issubclass(model, Section) for model in models)
    assert {("forbid", True, True)} == {
        (m.model_config.get("extra"), m.model_config.get("strict"), m.model_config.get("frozen")) for m in models
    }


@pytest.mark.parametrize(
    "name",
    [
        "consents_directory",
        "evidence_directory",
        "log_path",
        "requests_directory",
        "verified_path",
        "waiting_acts_path",
        "witness_path",
    ],
)
def test_what_a_running_node_writes_lies_with_its_log(name: str) -> None:
    """Where the settings may be read only: a service's state has a directory of its own."""
    settings = _parse(SMALL + '[audit]\ndirectory = "/var/lib/chuanyu/audit"\n')
    assert Path("/var/lib/chuanyu/audit") in getattr(settings, name).parents
