"""`chuanyu audit prove`: a proof of one entry that anybody can check without this log (C2SP tlog-proof)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway.audit.tlog.note import NoteInvalid
from gateway.audit.tlog.proofs import ProofInvalid
from gateway.audit.tlog.tlogproof import TlogProof, read_proof, verify_proof, write_proof
from gateway.audit.tlog.tree import leaf_hash
from gateway.cli.audit.log import (
    Directory,
    Index,
    Key,
    describe_altered_log,
    describe_not_yet,
    open_reader,
    read_row,
    read_verifiers,
)
from gateway.cli.files import write_file
from gateway.cli.language import word
from gateway.cli.screen import AsJson, make_console, quote, write_json
from gateway.ground.item import Label


def prove(
    directory: Directory,
    index: Index,
    out: Annotated[Path | None, typer.Option("--out", help="写入的文件。Write to a file.")] = None,
    vkey: Key = None,
    as_json: AsJson = False,
) -> None:
    """写出一个条目的证明（C2SP tlog-proof），写出前已核验。

    Write a proof of one entry (C2SP tlog-proof), verified before it is written.
    """
    keys = read_verifiers(directory, vkey)
    with open_reader(directory) as reader:
        row = read_row(reader, index)
        kept = reader.checkpoint_after(index)
        if kept is None:
            raise describe_not_yet(
                Label(f"条目 {index} 之后尚无检查点", f"no checkpoint covers the entry {index} yet"),
                Label("已保存的签名检查点", "a signed checkpoint that is kept"),
            )
        size, note = kept
        leaf = leaf_hash(row.octets) if row.octets else row.leaf_hash  # archived: its hash still stands
        try:
            octets = write_proof(TlogProof(index, reader.path(index, size), note))
            verify_proof(read_proof(octets), leaf, reader.origin, keys)  # what is handed out, not what it was made of
        except (NoteInvalid, ProofInvalid, IndexError) as error:
            raise describe_altered_log(
                f"条目 {index} 无法证明", f"the entry {index} cannot be proven: {error}"
            ) from error
        origin = reader.origin
    if out is not None:
        write_file(out, octets)
    if as_json:
        shown = {"index": index, "origin": origin, "size": size, "leaf_hash": leaf.hex()}
        write_json({**shown, "proof": octets.decode(), "out": str(out or "")})
    elif out is None:
        sys.stdout.write(octets.decode())
    else:
        make_console().print("[green]✓[/] " + word(f"已证明并写入 {quote(out)}", f"proven and written: {quote(out)}"))
