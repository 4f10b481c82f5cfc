"""The table of attacks: one row for each that the trial of the first release made, under its number, and our own.

A row says what is done, what whoever does it must have, and how it ends: found with its place, not proven with its
reason, proven with a note that names the entries, or not covered with the code by which the verdict says so. Attacks on
what is no stored log name the test that makes them.
"""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from gateway.audit.tlog.tree import leaf_hash
from gateway.ground.item import Label
from tests.audit import attack_server, attacks
from tests.audit.attacks import INVENTED, KEPT, NOW_S, SIZE, THIEF, both, disk, fit_leaves, fit_tree, sign
from tests.audit.logs import PROVIDER, answer, database, journal, opened


class End(StrEnum):
    """How an attack ends."""

    FOUND = "found"
    UNPROVEN = "not proven"
    UNREAD = "not readable"
    NOTED = "noted"
    NOT_COVERED = "not covered"
    ELSEWHERE = "test"


class Needs(StrEnum):
    """What somebody must have."""

    FILES = "files"
    LOG_KEY = "log key"
    KEYS = "all keys"
    SERVER = "server"


@dataclass(frozen=True)
class Facts:
    """Places of one log: two entries with bodies, the last entry, the size, the last but one and the first checkpoint.

    `root` is the first entry from `a` on that has a root, `swapped` the same once `a` and `b` have changed places;
    `over` is the first kept checkpoint that covers `a`.
    """

    a: int
    b: int
    last: int
    size: int
    kept: int
    first_kept: int
    root: int
    swapped: int
    over: int

    @classmethod
    def of(cls, directory: Path) -> Facts:
        """Look into a log."""
        with disk(directory) as connection:
            a, b = (one for (one,) in connection.execute("SELECT idx FROM body WHERE idx > 3 ORDER BY idx LIMIT 2"))
            ((size,),) = connection.execute("SELECT count(*) FROM entry")
            kept = [one for (one,) in connection.execute("SELECT size FROM checkpoint ORDER BY size")]
            roots = [one for (one,) in connection.execute("SELECT idx FROM entry WHERE root IS NOT NULL ORDER BY idx")]
        after = min(one for one in roots if one > a)
        root, swapped = (a if one in roots else after for one in (a, b))
        over = min(one for one in kept if one > a)
        return cls(a, b, size - 1, size, kept[-2], kept[0], root, swapped, over)

    def fill(self, text: str) -> str:
        """Put the places into a text."""
        for name in self.__dataclass_fields__:
            text = text.replace(f"{{{name}}}", str(getattr(self, name)))
        return text


Attack = Callable[[Path, Facts], None]


@dataclass(frozen=True)
class Row:
    """One attack. `told` is the place, the reason, the note, the code, or the test.

    It is made on a node's directory where it is `real`, on the tables of a `server` by a test of its own, else on the
    small log.
    """

    number: str
    what: Label
    needs: Needs
    end: End
    told: str
    attack: Attack = lambda directory, facts: None
    real: bool = True
    server: bool = False


def sql(*statements: str) -> Attack:
    """Statements, with the places of the log in them; each is seen by a connection of its own."""
    return lambda directory, facts: attacks.script(*map(facts.fill, statements))(directory)


def plain(*steps: Callable[[Path], None]) -> Attack:
    """Steps that need no place."""
    return lambda directory, facts: both(*steps)(directory)


def edit(*more: Callable[[Path], None]) -> Attack:
    """Another department in an entry, and then more."""
    return lambda directory, facts: both(attacks.edit(facts.a), *more)(directory)


def then(*steps: Attack) -> Attack:
    """One after the other."""

    def attack(directory: Path, facts: Facts) -> None:
        for step in steps:
            step(directory, facts)

    return attack


def append(directory: Path, facts: Facts) -> None:
    """Add an act at the end, with all that needs no key: the last one once more, under another event id."""
    with disk(directory) as connection:
        ((octets, exchange, time_us),) = connection.execute(
            "SELECT octets, exchange_id, time_us FROM entry WHERE phase IN ('admin', 'release') "
            "ORDER BY idx DESC LIMIT 1"
        ).fetchall()
        octets = re.sub(rb'("event_id":"[^"]{24})[^"]{12}', rb"\g<1>00000000beef", octets)
        values = (facts.size, leaf_hash(octets), octets, exchange, time_us)
        phase = "(SELECT phase FROM entry WHERE phase IN ('admin', 'release') ORDER BY idx DESC LIMIT 1)"
        connection.execute(f"INSERT INTO entry VALUES (?, ?, ?, {phase}, ?, 0, ?, NULL)", values)  # noqa: S608 - of a test
    fit_tree(directory)


def write_more(directory: Path, facts: Facts) -> None:
    """Write an exchange that never was, as the node does, with its key."""

    async def write() -> None:
        async with opened(database(directory)) as log:
            await answer(journal(log), 900)

    asyncio.run(write())


def garble(offset_of: bytes) -> Attack:
    """Change one raw byte of the file where these bytes stand."""

    def attack(directory: Path, facts: Facts) -> None:
        path = database(directory)
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        octets = bytearray(path.read_bytes())
        octets[octets.index(offset_of)] ^= 1
        path.write_bytes(octets)

    return attack


def truncate(directory: Path, facts: Facts) -> None:
    """Cut the file."""
    with sqlite3.connect(database(directory)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    os.truncate(database(directory), database(directory).stat().st_size // 2)


def leave_in_wal(directory: Path) -> Path:
    """Write one more exchange, cosigned, into the write-ahead file alone, as a node leaves it that is killed."""

    async def write() -> None:
        async with opened(database(directory)) as log:
            await answer(journal(log), 900)
            await attacks.cosign(log)

    path, beside = database(directory), database(directory).with_name("log.db-wal")
    with closing(sqlite3.connect(path)) as held:  # while it looks at what was, nothing moves to the database
        held.execute("BEGIN")
        held.execute("SELECT count(*) FROM entry").fetchone()
        asyncio.run(write())
        left = {one: one.read_bytes() for one in (path, beside)}
    for one, octets in left.items():
        one.write_bytes(octets)
    path.with_name("log.db-shm").unlink(missing_ok=True)
    return beside


def wal(change: Callable[[bytes], bytes] | None) -> Attack:
    """Change the write-ahead file, which holds the newest exchange, or take it away."""

    def attack(directory: Path, facts: Facts) -> None:
        path = leave_in_wal(directory)
        path.unlink() if change is None else path.write_bytes(change(path.read_bytes()))

    return attack


def drop_commits(octets: bytes, count: int) -> bytes:
    """Return a write-ahead file without its last commits; the frame that ends a commit bears the database's size."""
    frame = FRAME_HEADER + int.from_bytes(octets[8:12])
    starts = range(WAL_HEADER, len(octets), frame)
    ends = [start + frame for start in starts if int.from_bytes(octets[start + 4 : start + 8])]
    return octets[: ends[-count - 1]]


def flip(octets: bytes) -> bytes:
    """Change a bit of the first frame."""
    at = WAL_HEADER + FRAME_HEADER + 100
    return octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :]


def index_of_a_part(name: str, columns: str) -> Attack:
    """Make an index anew without some rows, under its old text."""
    old = f"CREATE INDEX {name} ON entry ({columns})"
    return sql(
        f"DROP INDEX {name}; {old} WHERE idx < {{a}} OR idx > {{b}}",
        f"PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = '{old}' WHERE name = '{name}'",  # noqa: S608 - of a test
    )


def row(
    number: str, zh: str, en: str, end: End, told: str, attack: Attack | None = None, *,
    needs: Needs = Needs.FILES, real: bool = True,
) -> Row:  # fmt: skip
    """A row; on the small log where `real` is false."""
    return Row(number, Label(zh, en), needs, end, told, attack or (lambda directory, facts: None), real)


F, U, N, C, T = End.FOUND, End.UNPROVEN, End.NOTED, End.NOT_COVERED, End.ELSEWHERE
CUT = "newest_entries_cut"
WAL_HEADER, FRAME_HEADER = 32, 24
FLIP = "CAST(substr({0}, 1, 8) || x'ff' || substr({0}, 10) AS BLOB)"
REMOVED = plain(attacks.remove_last_exchange)
TABLE = "tests/audit/test_attack_table.py::test_an_act_that_needs_two_persons_and_names_no_approval_is_not_proven"
NODES = "tests/network/test_attacked_nodes.py"
FORGE = "tests/audit/test_bundle_attacks.py"
ARCHIVE = "tests/cli/test_audit_archive.py"
SEALED = "tests/audit/test_sealed.py"
PAIRS = f"{SEALED}::test_stored_pairs_that_are_not_those_of_the_entries_are_found"
SEALS = {
    "FALSE": f"{SEALED}::test_a_seal_that_does_not_say_the_truth_is_found_by_whoever_verifies",
    "CHANGED": PAIRS,
    "TOO_MUCH": f"{SEALED}::test_stored_pairs_of_no_segment_are_found",
}
BITS = "tests/audit/test_every_bit.py"
GATE = "tests/gatehouse/test_gate.py"
MADE = "test_whoever_makes_the_bundle_proves_nothing_else"
ATTACKS = "tests/audit/test_attacks.py"
EARLY = "test_an_act_that_the_witnessed_time_does_not_allow_is_not_proven"
RESTORED = "test_a_month_whose_time_is_over_may_be_destroyed_and_a_restore_is_told"

TRIAL = (
    row("1", "改动条目字节", "an entry's bytes", F, "entry {a}", edit()),
    row("2", "改动条目字节及叶散列", "an entry and its leaf hash", F, "entry {root}", edit(fit_leaves)),
    row("3", "改动条目、根、瓦片", "an entry, roots, tiles", F, "checkpoint {over}", edit(fit_tree)),
    row(
        "4",
        "交换两条目的字节",
        "the bytes of two entries swapped",
        F,
        "entry {a}",
        sql(
            "CREATE TEMP TABLE t AS SELECT idx, octets FROM entry; UPDATE entry SET octets = "
            "(SELECT octets FROM t WHERE t.idx = {a} + {b} - entry.idx) WHERE idx IN ({a}, {b})"
        ),
    ),
    row(
        "5",
        "交换两条目的整行",
        "the rows of two entries swapped",
        F,
        "entry {swapped}",
        sql(
            "UPDATE entry SET idx = -9 WHERE idx = {a}; UPDATE entry SET idx = {a} WHERE idx = {b}; "
            "UPDATE entry SET idx = {b} WHERE idx = -9"
        ),
    ),
    row("6", "删除末行", "the last row deleted", F, "checkpoint {size}", sql("DELETE FROM entry WHERE idx = {last}")),
    row("7", "删除中间一行", "a middle row deleted", F, "entry {a}", sql("DELETE FROM entry WHERE idx = {a}")),
    row(
        "8",
        "截去尾部至已存检查点",
        "the end cut off at a kept checkpoint",
        C,
        "newest_entries_cut",
        sql(
            "DELETE FROM entry WHERE idx >= {kept}; DELETE FROM body WHERE idx >= {kept}; DELETE FROM wrap WHERE "
            "idx >= {kept}; DELETE FROM checkpoint WHERE size > {kept}"
        ),
    ),
    row(
        "9",
        "删除末次交换，以窃得密钥重签",
        "the last exchange removed, signed anew",
        U,
        "witness_missing",
        then(REMOVED, plain(sign(PROVIDER))),
        needs=Needs.LOG_KEY,
        real=False,
    ),
    row(
        "10",
        "同上，并编造见证方公钥",
        "the same, and an invented witness",
        U,
        "quorum_missing",
        then(REMOVED, plain(sign(PROVIDER, INVENTED.at(NOW_S)), attacks.put("witnesses.vkey", f"{INVENTED.vkey}\n"))),
        needs=Needs.LOG_KEY,
        real=False,
    ),
    row(
        "11",
        "以窃得密钥追加伪造交换",
        "a false exchange appended and signed",
        N,
        "by_key_alone",
        write_more,
        needs=Needs.KEYS,
        real=False,
    ),
    row(
        "12",
        "改动密文",
        "a body",
        F,
        "body {a}",
        sql(f"UPDATE body SET octets = {FLIP.format('octets')} WHERE idx = {{a}}"),  # noqa: S608 - of a test
    ),
    row(
        "13",
        "改动被包裹的密钥",
        "a wrapped key",
        F,
        "wrap {a}",
        sql(f"UPDATE wrap SET key = {FLIP.format('key')} WHERE idx = {{a}}"),  # noqa: S608 - of a test
    ),
    row("14", "删除被包裹的密钥", "a wrapped key deleted", F, "wrap {a}", sql("DELETE FROM wrap WHERE idx = {a}")),
    row("15", "改动其月份", "its month", F, "wrap {a}", sql("UPDATE wrap SET epoch = '2020-01' WHERE idx = {a}")),
    row(
        "16",
        "换成另一条目的密钥",
        "the wrapped key of another entry",
        F,
        "wrap {a}",
        sql("UPDATE wrap SET key = (SELECT key FROM wrap WHERE idx = {b}) WHERE idx = {a}"),
    ),
    row("17", "删去封存页中的一对", "a sealed pair removed", T, f"{PAIRS}[a pair gone]"),
    row(
        "18", "封存页多出", "a sealed page added", F, "pairs 1/", sql("INSERT INTO pair_page VALUES (1, -1, 9, x'00')")
    ),
    row("19", "封存页移至另一段", "sealed pages of another segment", T, f"{PAIRS}[a page of another segment]"),
    row("20", "一段的封存页全部删除", "all sealed pages of a segment removed", T, f"{PAIRS}[a run's page gone]"),
    row(
        "21",
        "删除封存表",
        "the table of pairs dropped",
        F,
        "index sqlite_autoindex_pair_page_1",
        sql("DROP TABLE pair_page"),
    ),
    row(
        "22",
        "删去全部见证签名",
        "every cosignature stripped",
        U,
        "witness_missing",
        plain(attacks.change_notes(attacks.without_cosignatures)),
        real=False,
    ),
    row(
        "23",
        "改动见证签名一位",
        "a bit of a cosignature",
        F,
        "checkpoint 260",
        plain(
            attacks.change_notes(
                lambda note: note[:-4] + (b"AAA\n" if note[-4:] != b"AAA\n" else b"BBB\n"), "size = 260"
            )
        ),
        real=False,
    ),
    row(
        "24",
        "换成另一检查点的见证签名",
        "the note of another checkpoint",
        F,
        "checkpoint {kept}",
        sql("UPDATE checkpoint SET note = (SELECT note FROM checkpoint WHERE size = {first_kept}) WHERE size = {kept}"),
    ),
    row(
        "25",
        "见证签名改名",
        "a cosignature renamed",
        F,
        "checkpoint 260",
        plain(attacks.change_notes(attacks.renamed, "size = 260")),
        real=False,
    ),
    row(
        "26",
        "替换旁边的见证方公钥，外部公钥已给",
        "witnesses.vkey replaced by an invented one",
        N,
        "",
        plain(attacks.put("witnesses.vkey", f"{INVENTED.vkey}\n")),
        real=False,
    ),
    row(
        "27",
        "删除旁边的日志公钥",
        "log.vkey deleted, the key given",
        N,
        "",
        plain(attacks.put("log.vkey", "")),
        real=False,
    ),
    row(
        "28",
        "全部以新密钥重签",
        "all signed anew by other keys",
        U,
        "other_key",
        plain(sign(THIEF), attacks.put("log.vkey", f"{THIEF.vkey}\n")),
        real=False,
    ),
    row(
        "29",
        "删除较早检查点",
        "an older checkpoint deleted",
        C,
        "older_checkpoints_removed",
        sql("DELETE FROM checkpoint WHERE size = {first_kept}"),
    ),
    row(
        "30",
        "删除最新检查点",
        "the newest checkpoint deleted",
        U,
        "unsigned",
        sql("DELETE FROM checkpoint WHERE size = {size}"),
    ),
    row("31", "删除全部检查点", "all checkpoints deleted", U, "no_checkpoint", sql("DELETE FROM checkpoint")),
    row(
        "32",
        "检查点时间列",
        "a checkpoint's time column",
        F,
        "checkpoint {kept}",
        sql("UPDATE checkpoint SET time_us = time_us + 1000000 WHERE size = {kept}"),
    ),
    row(
        "33",
        "条目时间列",
        "an entry's time column",
        F,
        "entry {a}",
        sql("UPDATE entry SET time_us = 1 WHERE idx = {a}"),
    ),
    row(
        "34",
        "条目阶段列",
        "an entry's phase column",
        F,
        "entry {a}",
        sql("UPDATE entry SET phase = 'admin' WHERE idx = {a}"),
    ),
    row(
        "35",
        "条目交换号列",
        "an entry's exchange column",
        F,
        "entry {a}",
        sql("UPDATE entry SET exchange_id = 'x' WHERE idx = {a}"),
    ),
    row(
        "36",
        "中间根置空",
        "a root nulled",
        C,
        "intermediate_roots_nulled",
        sql("UPDATE entry SET root = NULL WHERE idx < {last}"),
    ),
    row(
        "37",
        "改动根",
        "a root altered",
        F,
        "entry {last}",
        sql("UPDATE entry SET root = zeroblob(32) WHERE idx = {last}"),
    ),
    row("38", "改动瓦片", "a tile altered", F, "tile 0/0", sql("UPDATE tile SET hashes = zeroblob(8192)"), real=False),
    row("39", "删除瓦片", "a tile deleted", F, "tile 0/0", sql("DELETE FROM tile"), real=False),
    row("40", "多出瓦片", "a tile added", F, "tiles", sql("INSERT INTO tile VALUES (0, 7, zeroblob(8192))")),
    row("41", "日志名", "the log's name", F, "checkpoint {first_kept}", sql("UPDATE log SET origin = 'log.other/1'")),
    row(
        "42",
        "日志的建立时间",
        "when the log was made",
        T,
        f"{BITS}::test_every_column_of_the_schema_is_covered_or_said_not_to_be",
    ),
    row(
        "43",
        "开头置空，如已归档",
        "a blank beginning, as if archived",
        F,
        "entry 0",
        sql(
            "UPDATE entry SET octets = x'' WHERE idx < {b}; DELETE FROM body WHERE idx < {b}; "
            "DELETE FROM wrap WHERE idx < {b}"
        ),
    ),
    row("44", "一条目置空", "one entry blanked", F, "entry {a}", sql("UPDATE entry SET octets = x'' WHERE idx = {a}")),
    row(
        "45",
        "时间索引缺一段",
        "the index of times without a span",
        F,
        "index entry_by_time",
        index_of_a_part("entry_by_time", "time_us"),
    ),
    row(
        "46",
        "交换索引缺一段",
        "the index of exchanges without a span",
        F,
        "index entry_by_exchange",
        sql("DROP INDEX entry_by_exchange; CREATE INDEX entry_by_exchange ON entry (exchange_id) WHERE idx < {a}"),
    ),
    row("47", "截短数据库文件", "log.db truncated", End.UNREAD, "log.db", truncate),
    row("48", "改动文件的一个字节", "a raw byte of log.db", F, "", garble(b'"consumer_department":"')),
    row(
        "49", "改动核验记录", "verified.json", N, "", plain(attacks.put("verified.json", '{"time_s": 9e9, "size": 9}'))
    ),
    row("50", "改动副本", "twin.db altered", T, "tests/audit/test_sm3_mirror.py::test_a_change_in_the_twin_is_named"),
    row(
        "51",
        "删除副本",
        "twin.db deleted",
        T,
        "tests/audit/test_sm3_mirror.py::test_a_twin_that_was_deleted_is_made_anew",
    ),
    row(
        "52",
        "删除见证状态",
        "witness.db deleted",
        T,
        "tests/network/test_witness.py::test_a_witness_that_lost_its_state_does_not_start",
    ),
    row(
        "53",
        "删除旁边的见证方公钥",
        "witnesses.vkey deleted, the key given",
        N,
        "",
        plain(attacks.put("witnesses.vkey", "")),
        real=False,
    ),
    row(
        "54",
        "触发器",
        "a trigger",
        F,
        "trigger spy",
        sql("CREATE TRIGGER spy AFTER INSERT ON entry BEGIN SELECT 1; END"),
    ),
    row("55", "外来表", "a foreign table", F, "table spy", sql("CREATE TABLE spy (a)")),
    row(
        "57",
        "改动条目并删除全部检查点",
        "an entry, all checkpoints deleted",
        U,
        "no_checkpoint",
        then(edit(fit_tree), sql("DELETE FROM checkpoint")),
    ),
    row(
        "58",
        "改动尾部并删除其检查点",
        "the tail edited, its checkpoint deleted",
        U,
        "unsigned",
        lambda d, f: both(attacks.edit(SIZE - 2), fit_tree, attacks.forget(SIZE))(d),
        real=False,
    ),
    row(
        "59",
        "删除末次交换及其检查点",
        "the last exchange and its checkpoint removed",
        U,
        "unsigned",
        then(REMOVED, plain(attacks.forget(SIZE))),
        real=False,
    ),
    row("61", "负序号条目", "an entry of a negative index", F, "entry -1", plain(attacks.copy_row(-1))),
    row("62", "远序号条目", "an entry far behind the end", F, "entry {size}", plain(attacks.copy_row(9999))),
    row(
        "66",
        "换成另一日志的文件",
        "the file of another log",
        F,
        "checkpoint 6",
        lambda d, f: attacks.run("UPDATE log SET origin = 'log.chongqing.example/1'")(d),
        real=False,
    ),
    row("W1", "预写文件清空", "the write-ahead file emptied", C, CUT, wal(lambda octets: b""), real=False),
    row(
        "W2",
        "预写文件截短",
        "the write-ahead file cut before the last checkpoint",
        U,
        "unsigned",
        wal(lambda octets: drop_commits(octets, 2)),
        real=False,
    ),
    row("W3", "预写文件乱码", "the write-ahead file garbled", C, CUT, wal(lambda o: b"\xff" * len(o)), real=False),
    row("W4", "预写文件删除", "the write-ahead file deleted", C, CUT, wal(None), real=False),
    row(
        "P1",
        "归档列",
        "columns of an archive",
        T,
        "tests/audit/test_retention.py::test_a_look_up_column_that_is_not_the_entrys_is_refused",
    ),
    *(
        row(f"E{n}", zh, en, T, f"{FORGE}::{test}")
        for n, zh, en, test in (
            (1, "证据包：条目", "bundle: an entry", f"{MADE}[E1 entry]"),
            (2, "证据包：交换", "bundle: entries swapped", f"{MADE}[E2 swap]"),
            (3, "证据包：区间", "bundle: the range", f"{MADE}[E3 range]"),
            (4, "证据包：多余文件", "bundle: a stray file", f"{MADE}[E4 stray file]"),
            (5, "证据包：无见证签名", "bundle: no cosignature", f"{MADE}[E5 no cosignature]"),
            (6, "证据包：伪造密文原文", "bundle: a false opened body", f"{MADE}[E6 body]"),
            (7, "证据包：清单、时间戳", "bundle: manifest, stamps", f"{MADE}[E7 stamp of another]"),
            (8, "证据包：弱化策略", "bundle: weakened policy", "test_a_forgers_bundle_never_reads_like_a_good_one"),
        )
    ),
    row(
        "O1",
        "目录回退",
        "the directory rolled back",
        T,
        "tests/network/test_witness.py::test_a_rolled_back_log_is_refused",
    ),
    row(
        "O2",
        "两份副本同时服务",
        "two copies serve",
        T,
        "tests/network/test_witness.py::test_two_roots_for_one_size_are_a_fork_with_evidence",
    ),
    row(
        "O3",
        "时钟拨快一天",
        "the clock a day ahead",
        T,
        f"{GATE}::test_a_peers_clock_is_held_to_the_limit_on_both_sides",
    ),
    row(
        "O4",
        "运行中改动条目",
        "an entry edited while the node runs",
        T,
        "tests/audit/test_scrub.py::test_what_rots_on_the_disk_is_found_and_named",
    ),
    row(
        "R1",
        "无密钥改写整个日志",
        "the whole log rewritten without a key",
        U,
        "no_checkpoint",
        then(edit(fit_tree), sql("DELETE FROM checkpoint")),
    ),
    row(
        "R2",
        "置空后称已全",
        "blanked entries and a history",
        T,
        "tests/audit/test_completeness.py::test_blanked_entries_that_no_run_of_retention_covers_are_refused",
    ),
    row(
        "R3", "提前销毁", "destroyed early", T, "tests/audit/test_early.py::test_what_was_not_old_enough_went_too_early"
    ),
    row(
        "R4",
        "以他人名义记录",
        "an act under another's name",
        T,
        "tests/cli/test_own_log.py::test_the_actor_is_the_user_that_the_kernel_knows",
    ),
    row(
        "R5",
        "编造见证方",
        "an invented witness",
        U,
        "quorum_missing",
        then(REMOVED, plain(sign(PROVIDER, INVENTED.at(NOW_S)), attacks.put("witnesses.vkey", f"{INVENTED.vkey}\n"))),
        needs=Needs.LOG_KEY,
        real=False,
    ),
    row("R6", "仅改索引", "an index alone", F, "index entry_by_time", index_of_a_part("entry_by_time", "time_us")),
    row(
        "R6a",
        "改动字节而叶散列不变，再检索",
        "bytes under a genuine leaf hash, then searched",
        T,
        "tests/audit/test_shown.py::test_no_way_shows_it",
    ),
    row(
        "R12",
        "改动归档",
        "an archive altered",
        T,
        f"{ARCHIVE}::test_an_archive_and_its_digest_file_that_were_changed_together_are_found_by_the_act",
    ),
)

_AT: tuple[tuple[str, str, str, str], ...] = (
    ("叶散列", "a leaf hash alone", "entry {a}", "UPDATE entry SET leaf_hash = zeroblob(32) WHERE idx = {a}"),
    ("页号列", "an entry's page column", "entry {a}", "UPDATE entry SET page = 7 WHERE idx = {a}"),
    ("删除密文", "a body deleted", "body {a}", "DELETE FROM body WHERE idx = {a}"),
    ("密文置空", "a body emptied", "body {a}", "UPDATE body SET octets = x'' WHERE idx = {a}"),
    (
        "密文截短",
        "a body cut short",
        "body {a}",
        "UPDATE body SET octets = substr(octets, 1, length(octets) - 1) WHERE idx = {a}",
    ),
    (
        "他条密文",
        "the body of another entry",
        "body {a}",
        "UPDATE body SET octets = (SELECT octets FROM body WHERE idx = {b}) WHERE idx = {a}",
    ),
    (
        "密文与密钥同换",
        "body and key of another entry",
        "body {a}",
        "UPDATE body SET octets = (SELECT octets FROM body WHERE idx = {b}) WHERE idx = {a}; "
        "UPDATE wrap SET key = (SELECT key FROM wrap WHERE idx = {b}) WHERE idx = {a}",
    ),
    ("末尾之后的密文", "a body beyond the end", "body 99999", "INSERT INTO body VALUES (99999, x'00')"),
    ("开头之前的密文", "a body before the first entry", "body -4", "INSERT INTO body VALUES (-4, x'00')"),
    (
        "无密文条目旁的密文",
        "a body beside an entry without one",
        "body {last}",
        "INSERT INTO body VALUES ({last}, x'00')",
    ),
    (
        "末尾之后的密钥",
        "a wrapped key beyond the end",
        "wrap 99999",
        "INSERT INTO wrap VALUES (99999, '2026-11', zeroblob(40))",
    ),
    (
        "多余的密钥",
        "a wrapped key too much",
        "wrap {last}",
        "INSERT INTO wrap VALUES ({last}, '2026-11', zeroblob(40))",
    ),
    ("删除密文表", "the table of bodies dropped", "table body", "DROP TABLE body"),
    (
        "删除封存目录表",
        "the directories of pairs dropped",
        "index sqlite_autoindex_pair_directory_1",
        "DROP TABLE pair_directory",
    ),
    ("视图", "a view", "view seen", "CREATE VIEW seen AS SELECT * FROM entry"),
    ("外来索引", "a foreign index", "index more", "CREATE INDEX more ON entry (page)"),
    (
        "更新触发器",
        "a trigger on updates",
        "trigger up",
        "CREATE TRIGGER up AFTER UPDATE ON checkpoint BEGIN SELECT 1; END",
    ),
    (
        "交换索引缺一段，以真实定义",
        "the index of exchanges by its own text",
        "index entry_by_exchange",
        "DROP INDEX entry_by_exchange; CREATE INDEX entry_by_exchange ON entry (exchange_id, page) WHERE idx > {b}",
    ),
    ("删除时间索引", "the index of times dropped", "index entry_by_time", "DROP INDEX entry_by_time"),
    ("无此类的封存页", "sealed pages of no kind", "pairs 7/", "INSERT INTO pair_page VALUES (7, 0, 0, x'00')"),
    ("负起点的封存页", "sealed pages before the log", "pairs 0/-4/0", "INSERT INTO pair_page VALUES (0, -4, 0, x'00')"),
    (
        "末尾之后的检查点",
        "a checkpoint beyond the end",
        "checkpoint 99999",
        "INSERT INTO checkpoint SELECT 99999, time_us, note FROM checkpoint WHERE size = {kept}",
    ),
    (
        "检查点乱码",
        "a checkpoint garbled",
        "checkpoint {kept}",
        "UPDATE checkpoint SET note = x'00' WHERE size = {kept}",
    ),
    (
        "检查点移至另一大小",
        "a checkpoint under another size",
        "checkpoint {last}",
        "DELETE FROM checkpoint WHERE size = {last}; UPDATE checkpoint SET size = {last} WHERE size = {size}",
    ),
    ("末条无根", "the last entry without a root", "entry {last}", "UPDATE entry SET root = NULL WHERE idx = {last}"),
    (
        "条目字节加空格",
        "a space more in an entry",
        "entry {a}",
        "UPDATE entry SET octets = CAST(octets || x'20' AS BLOB) WHERE idx = {a}",
    ),
    ("开头置空而密文尚在", "a blank beginning, its bodies left", "", "UPDATE entry SET octets = x'' WHERE idx <= {a}"),
    (
        "条目翻倍",
        "an entry stored twice",
        "entry {size}",
        "INSERT INTO entry SELECT {size} + 5, leaf_hash, octets, phase, exchange_id, page, time_us, root FROM entry "
        "WHERE idx = {a}",
    ),
)


def _lies() -> tuple[Row, ...]:
    """Seals that lie and were signed, stored pairs: `test_sealed` makes each of them, by these names."""
    from tests.audit.test_sealed import CHANGED, FALSE, TOO_MUCH

    chinese = {"FALSE": "不实的封存记录", "CHANGED": "改动封存页", "TOO_MUCH": "多余的封存页"}
    tables: dict[str, Iterable[str]] = {"FALSE": FALSE, "CHANGED": CHANGED, "TOO_MUCH": TOO_MUCH}
    made = [(kind, one) for kind, table in tables.items() for one in table]
    keys = {"FALSE": Needs.KEYS}
    return tuple(
        row(
            f"S{number}",
            f"{chinese[kind]}（{number}）",
            f"seals: {one}",
            T,
            f"{SEALS[kind]}[{one}]",
            needs=keys.get(kind, Needs.FILES),
        )
        for number, (kind, one) in enumerate(made, 1)
    )


OWN = (
    *(row(f"N{number}", zh, en, F, place, sql(text)) for number, (zh, en, place, text) in enumerate(_AT, 1)),
    row("N29", "预写文件改动一位", "a bit of the write-ahead file", C, CUT, wal(flip), real=False),
    row(
        "N30",
        "预写文件只剩文件头",
        "the write-ahead file cut after its header",
        C,
        CUT,
        wal(lambda octets: octets[:WAL_HEADER]),
        real=False,
    ),
    row("N40", "无密钥追加尾部", "a tail appended without a key", U, "unsigned", append),
    row(
        "N41",
        "追加尾部，再启动节点",
        "a tail appended, then the node is started",
        T,
        f"{NODES}::test_a_start_names_the_tail_that_somebody_appended",
    ),
    row(
        "N42",
        "追加尾部，再对停止的节点记录",
        "a tail appended, then an act on the stopped node",
        T,
        f"{NODES}::test_a_command_on_a_stopped_node_signs_nothing_and_leaves_the_tail_to_the_start",
    ),
    row(
        "N43",
        "删去一个见证签名",
        "a single cosignature stripped",
        C,
        "single_cosignatures_stripped",
        plain(attacks.change_notes(attacks.without_cosignatures, f"size = {KEPT[1]}")),
        real=False,
    ),
    row("N44", "无批准的归档", "a retain act without an approval", T, f"{TABLE}[retain]", needs=Needs.KEYS),
    row("N45", "无批准的销毁", "a shred act without an approval", T, f"{TABLE}[shred]", needs=Needs.KEYS),
    row("N46", "无批准的打开", "an opening without an approval", T, f"{TABLE}[open_body]", needs=Needs.KEYS),
    row("N47", "时间相隔数年", "entries years apart", T, f"{ATTACKS}::{EARLY}", needs=Needs.KEYS),
    row("N48", "恢复操作", "a restore act", T, f"{ATTACKS}::{RESTORED}", needs=Needs.KEYS),
    row(
        "N49",
        "归档的年幼条目改大年龄",
        "young entries that left, made old in their time column",
        T,
        f"{ATTACKS}::test_an_archived_rows_time_column_hides_no_early_retention",
        needs=Needs.KEYS,
    ),
    row(
        "N50",
        "触发器，只核验区间",
        "a trigger, and a range is verified",
        T,
        f"{ATTACKS}::test_what_is_not_of_the_schema_is_found_by_the_verification_of_a_range",
    ),
    row(
        "N51",
        "见证方逐字节应答",
        "a witness that answers byte by byte",
        T,
        "tests/witness/test_reach.py::test_an_answer_that_drips_is_no_answer",
    ),
    *_lies(),
    row(
        "G47",
        "PostgreSQL：节点运行时的规则或触发器",
        "PostgreSQL: a rule or a trigger while the node runs",
        T,
        "tests/audit/test_under_attack.py::test_what_meddles_with_writing_while_the_log_is_open_stops_it",
        needs=Needs.SERVER,
    ),
    row(
        "G48",
        "PostgreSQL：规则阻止销毁密钥",
        "PostgreSQL: a rule that keeps keys from being destroyed",
        T,
        "tests/audit/test_under_attack.py::test_a_destruction_that_a_rule_keeps_from_happening_is_not_reported",
        needs=Needs.SERVER,
    ),
)
SERVER = tuple(
    Row(number, Label(f"PostgreSQL：{zh}", f"PostgreSQL: {en}"), Needs.SERVER, End(end), told, real=False, server=True)
    for number, zh, en, end, told, _ in attack_server.ROWS
)
ROWS = (*TRIAL, *OWN, *SERVER)
