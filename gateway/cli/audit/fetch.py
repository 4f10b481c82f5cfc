"""`chuanyu audit fetch`: what another province's witness has cosigned of a log, read over mutual TLS by a reviewer.

The note is verified by keys from elsewhere before it is written, and it never replaces one that it contradicts: then
both are kept. That a larger note holds what a smaller one showed is the witness's word here; `audit consistency` proves
it from the log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.audit.tlog.cosigned import NoteUnproven, ProvenNote, open_cosigned
from gateway.audit.verification.continuity import NothingToCompare
from gateway.cli.audit.consistency import read_stored
from gateway.cli.audit.log import Key, read_key_file
from gateway.cli.audit.trusted import GIVEN, PolicyFile, WitnessKeys, read_policy_file, read_witness_key, say_origin
from gateway.cli.calling import Cert, KeyFile, PassphraseFile
from gateway.cli.connection import describe_keystore_error, read_passphrase, read_pem
from gateway.cli.details import put_detail
from gateway.cli.files import keep_evidence, write_file
from gateway.cli.language import say, word
from gateway.cli.screen import AsJson, Problem, describe_label, make_console, quote, write_json
from gateway.cli.times import show_time
from gateway.ground.item import Label

if TYPE_CHECKING:
    from gateway.audit.tlog.note import NoteVerifier
    from gateway.witness.reading import NoteRefused, WitnessPlace
    from gateway.witness.submission import Unreachable

SECONDS: Final = 20.0
"""The longest time for an answer."""
From = Annotated[
    str, typer.Option("--from", help="见证方的见证端口或网址。The witness's port host:port, or its https address.")
]
Authority = Annotated[Path, typer.Option("--ca", help="见证方的证书认证机构。The authority of the witness's province.")]
Origin = Annotated[
    str, typer.Option("--log", help="日志名称；只有一个时可省略。The log's name, where there are several.")
]
Name = Annotated[
    str, typer.Option("--server-name", help="见证方证书中的名称。The name in its certificate; else the host.")
]


class Fetched(StrEnum):
    """What a note is beside the one that was stored before."""

    FIRST = "first"
    SAME = "same"
    NEWER = "newer"
    OLDER = "older"
    FORK = "fork"


_FINDINGS: Final = {
    Fetched.FIRST: Label("首次保存", "stored for the first time"),
    Fetched.SAME: Label("与所存相同", "the same as the one stored"),
    Fetched.NEWER: Label("新于所存，已替换", "newer than the one stored, which it replaces"),
    Fetched.OLDER: Label(
        "见证方现在出示的条目少于从前：一方已回退", "the witness shows fewer entries than before: somebody went back"
    ),
    Fetched.FORK: Label("同一数目签署了两个不同的根", "the log signed two different trees of one size"),
}
_KEEP: Final = Label(
    "保存两份检查点，川渝两地共同查明", "keep both checkpoints, and find the cause together with the other province"
)


def fetch(
    place: From,
    out: Annotated[Path, typer.Option("--out", help="保存检查点的文件。The file of the checkpoint.")],
    cert: Cert,
    key_file: KeyFile,
    ca: Authority,
    passphrase_file: PassphraseFile,
    vkey: Key = None,
    witness_key: WitnessKeys = None,
    policy: PolicyFile = None,
    log: Origin = "",
    server_name: Name = "",
    as_json: AsJson = False,
) -> None:
    """取得对方见证的检查点。Fetch what the other province's witness has cosigned of a log, verified."""
    origin, keys, witnesses = _read_keys(vkey, witness_key or [], policy, log)
    note = _fetch(_read_place(place, server_name), origin, cert, key_file, ca, passphrase_file)
    try:
        found = open_cosigned(note, origin, keys, witnesses)
    except NoteUnproven as error:
        raise Problem(
            Label(f"取得的检查点不成立：{put_detail(error).zh}", f"what came is not proven: {error}"),
            Label(
                "该日志签名、所给见证方见证的检查点", "a checkpoint that the log signed and a given witness cosigned"
            ),
            Label(
                "未写入任何文件；与对方核对见证公钥",
                "nothing was written; compare the witness's keys with that province",
            ),
        ) from error
    former = _read_former(out, origin, keys, witnesses) if out.exists() else None
    finding = compare_fetched(former, found)
    evidence = None
    if finding in (Fetched.FIRST, Fetched.NEWER):
        write_file(out, note)
    elif finding is not Fetched.SAME:
        evidence = keep_evidence(out, note, _FINDINGS[finding])
    _show(finding, found, out, evidence, as_json=as_json)
    if evidence is not None:
        raise typer.Exit(1)


def compare_fetched(former: ProvenNote | None, found: ProvenNote) -> Fetched:
    """Return what a note is beside the one that was stored before; both are proven and of one log."""
    if former is None:
        return Fetched.FIRST
    old, new = former.checkpoint, found.checkpoint
    if old.size == new.size:
        return Fetched.SAME if old.root == new.root else Fetched.FORK
    return Fetched.NEWER if old.size < new.size else Fetched.OLDER


def _read_keys(
    vkey: Path | None, witness_files: Sequence[Path], policy_file: Path | None, origin: str
) -> tuple[str, tuple[NoteVerifier, ...], tuple[NoteVerifier, ...]]:
    """Return the log's name, its keys and those of its witnesses, all from files that were given."""
    policy = read_policy_file(policy_file, origin) if policy_file is not None else None
    log = read_key_file(vkey) if vkey is not None else ()
    if policy is not None and vkey is None:
        log = tuple(one.verifier for one in policy.logs)
    names = sorted({key.name for key in log} if not origin else {origin} & {key.name for key in log})
    if len(names) != 1:
        raise Problem(
            Label(f"日志名称：{'、'.join(names) or '无'}", f"names of logs: {', '.join(names) or 'none'}"),
            Label("一个日志的公钥", "the keys of one log"),
            Label("用 --vkey 或 --policy 给出日志公钥，用 --log 指明日志", "give --vkey or --policy, and --log"),
            exit_code=2,
        )
    witnesses = tuple(key for path in witness_files for key in read_witness_key(path))
    if policy is not None:
        witnesses += tuple(one.verifier for one in policy.witnesses.values())
    once = {(key.name, key.key_id): key for key in witnesses}
    if not once:
        raise Problem(
            Label("没有见证方公钥", "no key of a witness"),
            Label("见证方公钥", "the keys of the witness"),
            Label("用 --witness-key 或 --policy 给出", "give --witness-key or --policy"),
            exit_code=2,
        )
    return names[0], tuple(key for key in log if key.name == names[0]), tuple(once.values())


def _read_place(text: str, server_name: str) -> WitnessPlace:
    from gateway.witness.reading import PlaceInvalid, WitnessPlace

    try:
        return WitnessPlace.parse(text, server_name)
    except PlaceInvalid as error:
        raise Problem(
            Label(f"地址“{text[:80]}”", f"the address {text[:80]!r}"),
            Label("主机:见证端口，或 https 网址", "host and witness port, or an https address"),
            Label("改正 --from，例如 gateway.example:9443", "correct --from, for example gateway.example:9443"),
            exit_code=2,
        ) from error


def _fetch(place: WitnessPlace, origin: str, cert: Path, key: Path, ca: Path, passphrase: Path) -> bytes:
    from gateway.telemetry.tls import client_context
    from gateway.witness.reading import NoteRefused, read_cosigned
    from gateway.witness.submission import Unreachable
    from keys.keystore import KeystoreError
    from keys.rotation import load_certified_key

    authority = read_pem(ca, Label("证书认证机构", "the authority's certificate"), "x509")
    try:
        pair = load_certified_key(key, cert, read_passphrase(passphrase))
    except KeystoreError as error:
        raise describe_keystore_error(error, exit_code=2) from error
    try:
        context = client_context(pair, authority.decode("ascii"))
    except (OSError, ValueError) as error:
        raise Problem(
            Label(f"{ca} 不是 PEM 证书", f"no PEM certificate in {ca}"),
            Label("见证方证书认证机构的证书", "the certificate of the authority of the witness's province"),
            Label("核对 --ca", "check --ca"),
            exit_code=2,
        ) from error
    try:
        return asyncio.run(read_cosigned(place, origin, context, SECONDS))
    except NoteRefused as error:
        raise _describe_refused(place, error) from error
    except Unreachable as error:
        raise _describe_unreachable(place, error) from error


def _describe_refused(place: WitnessPlace, error: NoteRefused) -> Problem:
    expected = Label("该日志的见证检查点", "the cosigned checkpoint of that log")
    if error.status == 404:
        return Problem(
            Label(f"{place} 没有见证过该日志", f"{place} has cosigned nothing of that log"),
            expected,
            Label("核对日志名称与地址；见证后重试", "check the log's name and the address, and try again"),
            exit_code=5,
        )
    return Problem(
        Label(f"{place} 拒绝：{quote(error)}", f"{place} refuses: {error}"),
        expected,
        Label(
            "用日志所属省（市）的审计管理员证书；过于频繁时稍后重试",
            "show a reviewer's certificate of the log's own province; try later where it was too often",
        ),
        exit_code=3,
    )


def _describe_unreachable(place: WitnessPlace, error: Unreachable) -> Problem:
    from gateway.cli.checks.handshake import explain_failure

    cause = error.__cause__
    failure = explain_failure(cause) if isinstance(cause, OSError) else None
    found = failure.found if failure is not None else put_detail(error)
    return Problem(
        Label(f"{place}：{found.zh}", f"{place}: {found.en}"),
        Label("运行中的见证方", "a running witness"),
        Label("核对地址、--ca 与证书", "check the address, --ca and the certificate"),
        exit_code=4,
    )


def _read_former(out: Path, origin: str, keys: Sequence[NoteVerifier], witnesses: Sequence[NoteVerifier]) -> ProvenNote:
    try:
        return open_cosigned(read_stored(out), origin, keys, witnesses)
    except (NoteUnproven, NothingToCompare) as error:
        raise Problem(
            Label(f"{out}：{put_detail(error).zh}", f"{out}: {error}"),
            Label("以前取得的、同一日志的检查点", "a checkpoint of the same log that was fetched before"),
            Label("换一个文件名；原文件保持不变", "give another name; the file is left as it is"),
            exit_code=2,
        ) from error


def _show(finding: Fetched, found: ProvenNote, out: Path, evidence: Path | None, *, as_json: bool) -> None:
    checkpoint = found.checkpoint
    if as_json:
        shown = {
            "finding": finding,
            "holds": evidence is None,
            "origin": checkpoint.origin,
            "size": checkpoint.size,
            "root": checkpoint.root.hex(),
            "cosigned": dict(found.cosigned),
            "stored": str(out),
            "keys_from": {"log": GIVEN.en, "witnesses": GIVEN.en},
        }
        more = {} if evidence is None else {"evidence": str(evidence), "next": describe_label(_KEEP)}
        write_json(shown | more)
        return
    screen = make_console()
    mark = "[green]✓[/] " if evidence is None else "[red]✗[/] "
    screen.print(mark + say(_FINDINGS[finding]), soft_wrap=True)
    screen.print(f"  {quote(checkpoint.origin)}  {checkpoint.size:,}\n  {checkpoint.root.hex()}", soft_wrap=True)
    for name, time_s in sorted(found.cosigned.items()):
        at = show_time(datetime.fromtimestamp(time_s, UTC))
        screen.print("  " + word(f"见证方：{quote(name)}，{at}", f"witness: {quote(name)}, {at}"), soft_wrap=True)
    screen.print("  " + say_origin(GIVEN, GIVEN), soft_wrap=True)
    if evidence is not None:
        screen.print(word(f"证据：{quote(out)} 与 {quote(evidence)}", f"evidence: {quote(out)} + {quote(evidence)}"))
        screen.print(say(_KEEP), soft_wrap=True)
    else:
        step = word(
            f"与日志比对：chuanyu audit consistency DIR --stored {quote(out)}",
            f"compare the log with it: chuanyu audit consistency DIR --stored {quote(out)}",
        )
        screen.print(step, soft_wrap=True)
