"""`chuanyu audit prove`: a proof of one entry that anybody can check without this log (C2SP tlog-proof).

It stands under the newest checkpoint that is cosigned. Where keys of witnesses or a policy were given, one that enough
of them cosigned must cover the entry.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.note import NoteInvalid
from gateway.audit.tlog.proofs import ProofInvalid
from gateway.audit.tlog.tlogproof import TlogProof, read_proof, verify_proof, write_proof
from gateway.audit.tlog.tree import leaf_hash
from gateway.audit.verification.witnessed import CoveringCheckpoint, choose_covering
from gateway.cli.audit.log import (
    Directory,
    Index,
    Key,
    describe_altered_log,
    describe_not_yet,
    open_reader,
    read_row,
)
from gateway.cli.audit.trusted import (
    Keys,
    PolicyFile,
    WitnessKeys,
    describe_source,
    read_keys,
    require_own_keys,
    say_source,
)
from gateway.cli.details import put_detail
from gateway.cli.files import write_file
from gateway.cli.language import word
from gateway.cli.screen import AsJson, make_console, quote, write_json
from gateway.ground.item import Label


def prove(
    directory: Directory,
    index: Index,
    out: Annotated[Path | None, typer.Option("--out", help="写入的文件。Write to a file.")] = None,
    vkey: Key = None,
    witness_key: WitnessKeys = None,
    policy: PolicyFile = None,
    as_json: AsJson = False,
) -> None:
    """写出一个条目的证明（C2SP tlog-proof），写出前已核验。
    Write a proof of one entry (C2SP tlog-proof), verified before it is written.
    """
    with open_reader(directory) as reader:
        keys = read_keys(directory, reader.origin, vkey, witness_key or [], policy)
        row = read_row(reader, index)
        kept = _choose(reader, index, keys)
        size, note = kept.size, kept.note
        leaf = leaf_hash(row.octets) if row.octets else row.leaf_hash  # archived: its hash still stands
        try:
            octets = write_proof(TlogProof(index, reader.path(index, size), note))
            verify_proof(
                read_proof(octets), leaf, reader.origin, keys.log
            )  # what is handed out, not what it was made of
        except (NoteInvalid, ProofInvalid, IndexError) as error:
            raise describe_altered_log(
                f"条目 {index} 无法证明", f"the entry {index} cannot be proven: {error}"
            ) from error
        origin = reader.origin
    if out is not None:
        write_file(out, octets)
    if as_json:
        shown = {"index": index, "origin": origin, "size": size, "leaf_hash": leaf.hex()}
        seen = {"witnesses": sorted(kept.cosigned), "keys_from": describe_source(keys)}
        write_json({**shown, "proof": octets.decode(), "out": str(out or ""), **seen})
    elif out is None:
        sys.stdout.write(octets.decode())
    else:
        screen = make_console()
        screen.print("[green]✓[/] " + word(f"已证明并写入 {quote(out)}", f"proven and written: {quote(out)}"))
        names = quote(", ".join(sorted(kept.cosigned)))
        screen.print(
            word(f"见证方：{names}", f"witnesses: {names}") if names else word("无见证", "witnessed by nobody")
        )
        screen.print(say_source(keys), soft_wrap=True)


def _choose(reader: LogReader, index: int, keys: Keys) -> CoveringCheckpoint:
    """Return the checkpoint under which an entry is proven; raises Problem where none covers it."""
    try:
        kept = choose_covering(reader, index, keys.log, keys.known, keys.trusted.accept)
    except NoteInvalid as error:
        require_own_keys(reader, keys.log)
        raise describe_altered_log(
            f"条目 {index} 无法证明：{put_detail(error).zh}", f"the entry {index} cannot be proven: {error}"
        ) from error
    if kept is None:
        raise describe_not_yet(
            Label(f"条目 {index} 之后尚无检查点", f"no checkpoint covers the entry {index} yet"),
            Label("已保存的签名检查点", "a signed checkpoint that is kept"),
        )
    if keys.trusted.quorum and not kept.cosigned:
        raise describe_not_yet(
            Label(
                f"条目 {index} 尚无所给见证方足够的见证签名",
                f"the entry {index} is not cosigned by enough of those given",
            ),
            Label("已获见证签名、覆盖该条目的检查点", "a cosigned checkpoint that covers the entry"),
        )
    return kept
