"""A detail that a room gives in English is said in Chinese, or is not shown in a Chinese run."""

from __future__ import annotations

import ast
import errno
import json
import re
import sqlite3
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from gateway.audit.storage.objects import IN_POSTGRES, IN_SQLITE, find_strange, require_nothing_strange
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.storage.schema import SCHEMA_VERSION, TABLES
from gateway.cli.details import ENGLISH, UNKNOWN, put_detail, say_in_chinese
from gateway.ground.os_errors import CHINESE
from tests.cli.test_language import CHINESE as HAN

ROOT: Final = Path(__file__).parents[2]
TOLD: Final = frozenset(
    [
        "Refusal",
        "Violation",
        "TrustError",
        "CertificateError",
        "IdentityError",
        "RevocationError",
        "AuthorityError",
        "RequestUnreadable",
        "StoreInvalid",
        "ApprovalInvalid",
        "ConsentInvalid",
        "NothingToCompare",
        "EvidenceInvalid",
        "EvidenceAltered",
        "EvidenceArchived",
        "CheckpointAwaited",
        "OpenedOther",
        "OpenedInvalid",
        "ChoiceInvalid",
        "RetentionRefused",
        "BackupInvalid",
        "ArchiveInvalid",
        "VkeyError",
        "KeyFileInvalid",
        "NoteInvalid",
        "LogUnnamed",
        "QuorumMissing",
        "ProofInvalid",
        "StatementInvalid",
        "HistoryTooLong",
        "PolicyInvalid",
        "VerificationFailed",
        "VerificationFault",
        "MaskingError",
        "EntryInvalid",
        "SignatureInvalid",
        "LayoutInvalid",
        "PlanError",
        "ItemsInvalid",
        "LogTaken",
        "OptionsInvalid",
        "fault",
        "take",
        "refuse_frame",
        "Unproven",
        "NoteUnproven",
        "Contradiction",
        "AccessRefused",
        "NothingShown",
        "Unreachable",
        "RecordRefused",
        "KeysUnusable",
        "NoteRefused",
        "PlaceInvalid",
        "_raise",
        "_receipt_refusal",
        "_misfit",
        "_refuse",
        "_invalid",
    ]
)
"""Errors and refusals whose words reach a person; the last ones make them."""


def _write(node: ast.AST) -> str:
    """Return a text of the code with a 7 for each thing that is named; nothing for what is no text."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)
    return ""


@cache
def list_details() -> tuple[str, ...]:
    """Return every detail that the code of the rooms holds, once."""
    return tuple(sorted(set(_walk_details())))


def _walk_details() -> Iterator[str]:
    for room in ("gateway", "keys", "adapters"):
        for path in (ROOT / room).rglob("*.py"):
            if "wire" not in path.parts:
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                    if isinstance(node, ast.Call):
                        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                        told = name in TOLD or (name == "add" and "faults" in ast.unparse(node.func))
                        given = [*node.args, *(word.value for word in node.keywords)] if told else []
                        yield from (text for one in given if (text := _write(one)) and " " in text)


def test_every_detail_of_the_rooms_has_its_chinese() -> None:
    """A detail that is new stands in `details.toml` too; what is named in it is a 7 here."""
    assert len(list_details()) > 300
    assert [] == [text for text in list_details() if say_in_chinese(text) is None]


KINDS: Final = sorted(
    {"table", "index", "view", "trigger", *re.findall(r"(?:SELECT|THEN|ELSE) '(\w{3,})'", IN_POSTGRES)}
)
"""What may stand in a database, by its kind: of a file, and of a server."""


def list_strange() -> list[str]:
    """Return all that is said of a thing in a database that is not as it must be."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in TABLES[SCHEMA_VERSION]:
            connection.execute(statement)
        made = connection.execute(IN_SQLITE).fetchall()
    kind, name, _ = made[0]
    changed = ([*made, ("view", "x", "")], [*made, made[0]], made[1:], [(kind, name, "other"), *made[1:]])
    return sorted(strange.detail for rows in changed if (strange := find_strange(SCHEMA_VERSION, rows, in_file=True)))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_strange_in_a_database_has_its_chinese(kind: str) -> None:
    """As the fault of a verification, and as why a node does not start."""
    assert 4 == len(list_strange())
    for detail in list_strange():
        said = put_detail(f"the {kind} other.x {detail}").zh
        assert (True, False) == (bool(HAN.search(said)), UNKNOWN in said), detail
        with pytest.raises(StoreInvalid) as refused:
            require_nothing_strange(SCHEMA_VERSION, [(kind, "other.x", "")], in_file=True)
        assert UNKNOWN not in put_detail(refused.value).zh


@pytest.mark.parametrize(
    ("en", "zh"),
    [
        ("the file is damaged: Tree 3 page 5 is no such thing. Restore the log from a backup", "文件已损坏"),
        ("the database cannot be read after the entry 5: words of another program", "条目 5 之后数据库无法读取"),
    ],
)
def test_before_the_words_of_another_program_the_fault_stands_in_chinese(en: str, zh: str) -> None:
    """These have none; where they begin it is said how they are read."""
    assert zh + UNKNOWN == put_detail(en).zh


def test_the_chinese_of_a_detail_holds_no_english() -> None:
    """Commands and names of files aside."""
    commands = re.compile(r"chuanyu [a-z -]+|openssl [a-z0-9 -]+|chmod [0-9 ]+|docs/\S+")
    found = {text: commands.sub("", say_in_chinese(text) or "") for text in list_details()}
    assert {} == {text: zh for text, zh in found.items() if ENGLISH.search(zh)}


def test_nothing_that_is_named_is_lost() -> None:
    """Each place of the English is a place of the Chinese."""
    table = tomllib.loads((ROOT / "gateway/cli/details.toml").read_text(encoding="utf-8"))
    assert set() == table["sentences"].keys() & table["phrases"].keys()
    for part in ("sentences", "phrases"):
        for en, zh in table[part].items():
            places = len(re.findall(r"\{#?\}", en))
            ordered = re.findall(r"\{(\d)\}", zh)
            assert places == len(ordered) + zh.count("{}"), en
            assert not ordered or list(map(str, range(places))) == sorted(ordered), en


@pytest.mark.parametrize(
    ("en", "zh"),
    [
        ("CY-ID-02: subsidy", "CY-ID-02：subsidy"),
        ("expected within 30 s, found +45.003 s", "预期 30 秒之内，实际 +45.003 秒"),
        ("CY-ID-02: expected 1 to 20 subjects, found 30", "CY-ID-02：预期 1 至 20 人，实际 30"),
        ("/k: expected a private file, found: No such file or directory", "/k：预期私有文件，实际：文件不存在"),
        (
            "CY-ID-02: key id_no: expected 18 characters with the right check character, 15 digits, or a foreigner's "
            "number in row 0, found a wrong check character",
            "CY-ID-02：查询键 id_no：第 0 行预期 18 位公民身份号码（末位校验码相符）、15 位旧号码，"
            "或外国人社会保障号码，实际校验码不符",
        ),
        (
            "expected at least 5 persons for each combination of age, sex, found fewer",
            "预期 age、sex 的每种组合至少 5 人，实际更少",
        ),
        ("expected an audit log, found none at /x. Restore the log", "预期审计日志，实际 /x 处没有。恢复日志"),
        ("Run chuanyu audit verify", "运行 chuanyu audit verify"),
        ("GRANT_MISSING", "GRANT_MISSING"),
    ],
)
def test_a_detail_is_said_in_chinese(en: str, zh: str) -> None:
    """Names and numbers stand where they belong in Chinese."""
    assert zh == say_in_chinese(en)


@pytest.mark.parametrize(
    "text", ["bank of china", "expected one of a, found strange things here", "x" * 2001, "failed to connect to all"]
)
def test_what_is_not_known_is_not_shown_in_chinese(text: str) -> None:
    """A peer of another release says what this one does not know: the reader is told how to read it."""
    assert say_in_chinese(text) is None
    assert UNKNOWN == put_detail(text).zh
    assert text == put_detail(text).en


@pytest.mark.parametrize(
    ("octets", "read", "zh"),
    [
        (b"\xff", bytes.decode, "不是 UTF-8 编码"),
        (b"{", json.loads, "不是 JSON（第 1 行第 2 列）"),
        (b"a = 1\nb = =", lambda octets: tomllib.loads(octets.decode()), "TOML 语法有误（第 2 行第 5 列）"),
    ],
)
def test_a_file_of_another_form_is_said_in_chinese(octets: bytes, read: Callable[[bytes], object], zh: str) -> None:
    """The words of the standard library are English; the place is kept."""
    with pytest.raises(ValueError, match=r".") as caught:
        read(octets)
    assert zh == put_detail(caught.value).zh


def test_an_error_of_the_system_is_named_in_chinese() -> None:
    """With its file, where it has one; an error without words is named by its kind."""
    assert f"/x：{CHINESE[errno.ENOENT]}" == put_detail(FileNotFoundError(errno.ENOENT, "No such file", "/x")).zh
    assert CHINESE[errno.EACCES] == put_detail(PermissionError(errno.EACCES, "Permission denied")).zh
    assert "TimeoutError" == put_detail(TimeoutError()).zh
    assert HAN.search(put_detail("expected a value, found none").zh)


def test_a_detail_made_to_take_long_is_read_at_once() -> None:
    """A peer chooses the text: the depth and the length of what is read are bounded."""
    assert put_detail("expected " * 40 + "x" * 100).en
    assert put_detail("; ".join(["a: b"] * 40)).en


def test_roles_of_a_refusal_have_their_official_names() -> None:
    """Those whom a person can be; another word stays as it is."""
    assert "预期角色为系统管理员（administrator），实际为应用系统（application）" == (
        put_detail("expected the role administrator, found application").zh
    )
    assert "预期角色为审计管理员（reviewer），实际为node" == put_detail("expected the role reviewer, found node").zh
