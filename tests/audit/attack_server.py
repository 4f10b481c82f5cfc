"""Attacks on the tables of a log that lies in PostgreSQL, by its administrator, who needs no key.

A row: number, what it is in Chinese and in English, how it ends, what is told, and the statements, in which `~column~`
stands for the column with one byte changed. The log is the small
one of `attacks`: entries 4 and 6 have bodies, 299 is the last, and checkpoints of 6, 260 and 300 entries are kept.
"""

from __future__ import annotations

from typing import Final

FOUND, UNPROVEN, NOT_COVERED = "found", "not proven", "not covered"
ROWS: Final[tuple[tuple[str, str, str, str, str, str], ...]] = (
    ("G1", "条目字节", "an entry's bytes", FOUND, "entry 4",
     "UPDATE entry SET octets = ~octets~ WHERE idx = 4"),
    ("G2", "条目字节及叶散列", "an entry and its leaf hash", FOUND, "entry 4",
     "UPDATE entry SET octets = ~octets~ WHERE idx = 4;"
     r"UPDATE entry SET leaf_hash = sha256('\x00'::bytea || octets) WHERE idx = 4"),
    ("G3", "叶散列", "a leaf hash alone", FOUND, "entry 4",
     "UPDATE entry SET leaf_hash = ~leaf_hash~ WHERE idx = 4"),
    ("G4", "交换两条目的字节", "the bytes of two entries swapped", FOUND, "entry 4",
     "UPDATE entry SET octets = o.octets FROM entry o WHERE entry.idx IN (4, 6) AND o.idx = 10 - entry.idx"),
    ("G5", "删除中间一行", "a middle row deleted", FOUND, "entry 4", "DELETE FROM entry WHERE idx = 4"),
    ("G6", "删除末行", "the last row deleted", FOUND, "checkpoint 300", "DELETE FROM entry WHERE idx = 299"),
    ("G7", "条目时间列", "an entry's time column", FOUND, "entry 4", "UPDATE entry SET time_us = 1 WHERE idx = 4"),
    ("G8", "条目阶段列", "an entry's phase column", FOUND, "entry 4",
     "UPDATE entry SET phase = 'admin' WHERE idx = 4"),
    ("G9", "条目交换号列", "an entry's exchange column", FOUND, "entry 4",
     "UPDATE entry SET exchange_id = 'x' WHERE idx = 4"),
    ("G10", "根", "a root", FOUND, "entry 299", "UPDATE entry SET root = ~root~ WHERE idx = 299"),
    ("G11", "瓦片", "a tile", FOUND, "tile 0/0", "UPDATE tile SET hashes = ~hashes~"),
    ("G12", "删除瓦片", "a tile deleted", FOUND, "tile 0/0", "DELETE FROM tile"),
    ("G13", "密文", "a body", FOUND, "body 4", "UPDATE body SET octets = ~octets~ WHERE idx = 4"),
    ("G14", "删除密文", "a body deleted", FOUND, "body 4", "DELETE FROM body WHERE idx = 4"),
    ("G15", "被包裹的密钥", "a wrapped key", FOUND, "wrap 4",
     "UPDATE wrap SET key = ~key~ WHERE idx = 4"),
    ("G16", "换成另一条目的密钥", "the wrapped key of another entry", FOUND, "wrap 4",
     "UPDATE wrap SET key = o.key FROM wrap o WHERE wrap.idx = 4 AND o.idx = 6"),
    ("G17", "检查点乱码", "a checkpoint garbled", FOUND, "checkpoint 260",
     r"UPDATE checkpoint SET note = '\x00' WHERE size = 260"),
    ("G18", "检查点条目数不符", "a checkpoint under another size", FOUND, "checkpoint 299",
     "UPDATE checkpoint SET size = 299 WHERE size = 300"),
    ("G19", "删除最新检查点", "the newest checkpoint deleted", UNPROVEN, "unsigned",
     "DELETE FROM checkpoint WHERE size = 300"),
    ("G20", "删除全部检查点", "all checkpoints deleted", UNPROVEN, "no_checkpoint", "DELETE FROM checkpoint"),
    ("G21", "封存页多出", "a sealed page added", FOUND, "pairs 1/", r"INSERT INTO pair_page VALUES (1, -1, 9, '\x00')"),
    ("G22", "日志名", "the log's name", FOUND, "checkpoint 6", "UPDATE log SET origin = 'log.other/1'"),
    ("G23", "触发器", "a trigger", FOUND, "function quiet",
     "CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
     "CREATE TRIGGER up BEFORE INSERT ON checkpoint FOR EACH ROW EXECUTE FUNCTION quiet()"),
    ("G24", "改写规则", "a rule that rewrites statements", FOUND, "rule gone",
     "CREATE RULE gone AS ON DELETE TO wrap DO INSTEAD NOTHING"),
    ("G25", "行级权限", "rows hidden by a policy", FOUND, "policy seen",
     "CREATE POLICY seen ON entry USING (idx <> 4); ALTER TABLE entry ENABLE ROW LEVEL SECURITY"),
    ("G26", "只启用行级权限", "row security alone", FOUND, "table entry",
     "ALTER TABLE entry ENABLE ROW LEVEL SECURITY"),
    ("G27", "继承表中的条目", "an entry in a table that inherits", FOUND, "heir more",
     "CREATE TABLE more () INHERITS (entry); INSERT INTO more SELECT 300, leaf_hash, octets, phase, exchange_id, page,"
     "time_us, root FROM entry WHERE idx = 299"),
    ("G28", "视图代替表", "a view in place of a table", FOUND, "index kept_pkey",
     "ALTER TABLE stamp RENAME TO kept; ALTER INDEX stamp_pkey RENAME TO kept_pkey;"
     "CREATE VIEW stamp AS SELECT * FROM kept"),
    ("G29", "外来表", "a foreign table", FOUND, "table more", "CREATE TABLE more (number BIGINT)"),
    ("G30", "外来索引", "a foreign index", FOUND, "index more", "CREATE INDEX more ON entry (page)"),
    ("G31", "部分索引", "an index over a part of a table", FOUND, "index entry_by_time",
     "DROP INDEX entry_by_time; CREATE INDEX entry_by_time ON entry (time_us) WHERE idx <> 4"),
    ("G32", "删除索引", "an index dropped", FOUND, "index entry_by_exchange", "DROP INDEX entry_by_exchange"),
    ("G33", "删除主键", "a primary key dropped", FOUND, "index entry_pkey",
     "ALTER TABLE entry DROP CONSTRAINT entry_pkey"),
    ("G34", "列默认值", "a column with a default", FOUND, "table entry",
     "ALTER TABLE entry ALTER COLUMN page SET DEFAULT 7"),
    ("G35", "不写日志的表", "a table that no crash outlasts", FOUND, "table checkpoint",
     "ALTER TABLE checkpoint SET UNLOGGED"),
    ("G36", "截去尾部至已存检查点", "the end cut off at a kept checkpoint", NOT_COVERED, "newest_entries_cut",
     "DELETE FROM entry WHERE idx >= 260; DELETE FROM body WHERE idx >= 260; DELETE FROM wrap WHERE idx >= 260;"
     "DELETE FROM checkpoint WHERE size > 260"),
    ("G37", "删除较早检查点", "an older checkpoint deleted", NOT_COVERED, "older_checkpoints_removed",
     "DELETE FROM checkpoint WHERE size = 6"),
    ("G38", "中间根置空", "a root nulled", NOT_COVERED, "intermediate_roots_nulled",
     "UPDATE entry SET root = NULL WHERE idx < 299"),
    ("G39", "建立时间", "when the log was made", NOT_COVERED, "stamps_and_unused_rows",
     "UPDATE log SET created_us = 1"),
    ("G40", "授予所有人全部权限", "all rights granted to everybody", NOT_COVERED, "rights_on_a_server",
     "GRANT ALL ON entry, body, wrap, checkpoint, tile, log TO PUBLIC"),
    ("G41", "更换表的所有者", "a table given to another owner", NOT_COVERED, "rights_on_a_server",
     "ALTER TABLE entry OWNER TO pg_database_owner"),
    ("G42", "复制标识", "the replica identity of a table", NOT_COVERED, "rights_on_a_server",
     "ALTER TABLE entry REPLICA IDENTITY FULL"),
    ("G43", "停用索引", "an index that the catalogue switches off", FOUND, "index entry_by_exchange",
     "UPDATE pg_index SET indisready = false WHERE indexrelid = 'entry_by_exchange'::regclass"),
    ("G44", "列的排序规则", "a column that compares otherwise", FOUND, "table entry",
     'DROP INDEX entry_by_exchange; ALTER TABLE entry ALTER exchange_id TYPE text COLLATE "C";'
     "CREATE INDEX entry_by_exchange ON entry (exchange_id)"),
    ("G45", "外来运算符", "a foreign operator", FOUND, "object operator",
     "CREATE OPERATOR = (LEFTARG = bytea, RIGHTARG = bytea, FUNCTION = byteaeq)"),
    ("G46", "外来类型", "a foreign type", FOUND, "object type", "CREATE DOMAIN more AS bigint"),
)  # fmt: skip
"""Number, words, end, what is told, statements."""
