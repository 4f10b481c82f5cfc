"""`chuanyu audit bundle`: an evidence bundle (证据包) of some entries, which anybody verifies offline.

Each option names some entries, and the bundle has them all. They are proven under the newest checkpoint that satisfies
the policy. The newest of all is often not cosigned yet: what is named with an end waits for its cosignature, of what is
open to the log's end the entries after the last cosigned one are left out, and their number is shown.
Without `--policy` the bundle's policy is made of keys: those given by `--vkey` and `--witness-key`, else those beside
the log; any one of the witnesses must have cosigned. The person who verifies it needs keys from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.audit.review.bundle import (
    BodyText,
    CheckpointAwaited,
    Evidence,
    EvidenceAltered,
    EvidenceArchived,
    EvidenceInvalid,
    OpenedOther,
    PeerEvidence,
    find_checkpoint,
    write_evidence,
)
from gateway.audit.review.choice import (
    ChoiceInvalid,
    Span,
    count_entries,
    cut_spans,
    find_exchange,
    find_window,
    list_exchanges,
    merge_spans,
    parse_indexes,
)
from gateway.audit.review.opened import OpenedInvalid, read_opened
from gateway.cli.audit import window
from gateway.cli.audit.kept import list_shown, read_statements
from gateway.cli.audit.log import (
    Directory,
    Key,
    audit_directory,
    describe_altered_log,
    describe_not_yet,
    open_reader,
    read_key_file,
)
from gateway.cli.audit.trusted import BESIDE, GIVEN, PolicyFile, WitnessKeys, read_witness_key, say_origin
from gateway.cli.connection import read_file
from gateway.cli.details import put_detail
from gateway.cli.files import create_file
from gateway.cli.screen import AsJson, Problem, make_console, show_result
from gateway.ground.item import Label

if TYPE_CHECKING:
    from gateway.audit.storage.reader import LogReader
    from gateway.audit.tlog.policy import Policy

Names = Annotated[
    list[str] | None, typer.Option("--exchange", help="请求编号，可多次。An exchange; may be given again.")
]
Texts = Annotated[
    list[Path] | None,
    typer.Option("--opened", help="audit open --out 写出的文件，可重复。A body that was opened; may be given again."),
]
Histories = Annotated[
    list[Path] | None,
    typer.Option("--history", help="留存的查阅说明文件，可多次。A kept history statement; may be given again."),
]
PEER_LOG = "另一省节点文件夹：收入同次交换的条目。The other province's data directory, for its half."


def bundle(
    directory: Directory,
    out: Annotated[Path, typer.Option(help="写入的 ZIP 文件，须不存在。The ZIP to write; it must not exist.")],
    start: Annotated[int | None, typer.Option("--from", min=0, help="起始序号。The first index.")] = None,
    last: Annotated[
        int | None,
        typer.Option(
            "--to", min=0, help="截止序号（含）；省略则至已获见证的末尾。The last; else the last cosigned one."
        ),
    ] = None,
    indexes: Annotated[str, typer.Option("--entries", help="序号，如 3,9,40-52。Indexes and ranges.")] = "",
    exchanges: Names = None,
    since: window.Since = "",
    until: window.Until = "",
    opened_files: Texts = None,
    history_files: Histories = None,
    peer_log: Annotated[Path | None, typer.Option(help=PEER_LOG)] = None,
    vkey: Key = None,
    witness_key: WitnessKeys = None,
    policy_file: PolicyFile = None,
    peer_policy: Annotated[Path | None, typer.Option(help="另一省的策略文件。The other log's tlog-policy.")] = None,
    as_json: AsJson = False,
) -> None:
    """导出证据包：条目、证明、检查点、见证与离线核验程序。Export evidence of entries, with its offline verifier."""
    given = witness_key or []
    text, policy = _read_policy(directory, vkey, given, policy_file)
    outside = bool(policy_file or vkey or given)
    opened = _read_opened(opened_files or ())
    kept = read_statements(history_files or (), text)
    with ExitStack() as stack:
        reader = stack.enter_context(open_reader(directory))
        also = [*opened, *list_shown(kept)]
        named, ongoing = _choose(reader, start, last, indexes, exchanges or (), since, until, also)
        stack.enter_context(_told(reader, outside=outside))
        needed = max([*(end for _, end in named), *(one.size for one in kept)], default=0)
        size, note = find_checkpoint(reader, policy, needed or ongoing[0][0] + 1)
        spans = merge_spans([*named, *cut_spans(ongoing, size)])
        peer = _read_peer(stack, peer_log, peer_policy, reader, spans)
        stamps, history = _find_stamp(reader, policy, spans[-1][1], size)
        history |= {one.size: one.note for one in kept if one.size < size}
        statements = {f"statement-{number}": one.octets for number, one in enumerate(kept, 1)}
        evidence = Evidence(spans, note, text, history, opened, stamps, statements, peer)
        with create_file(out) as file:
            manifest = write_evidence(file, reader, evidence, policy)
            file.flush()
            _require_held(Path(file.name))
    left_out = count_entries(merge_spans([*named, *ongoing])) - count_entries(spans)
    result = _describe_made(evidence, manifest, left_out) | {"file": str(out)}
    title = Label("证据包已写出", "the evidence bundle is written")
    log_from = GIVEN if policy_file or vkey else BESIDE
    witnesses_from = GIVEN if policy_file or given else BESIDE
    if as_json:
        result["keys_from"] = {"log": log_from.en, "witnesses": witnesses_from.en}
    show_result(result, _next_steps(left_out), title=title, as_json=as_json)
    if not as_json:
        make_console().print(say_origin(log_from, witnesses_from), soft_wrap=True)


def _describe_made(evidence: Evidence, manifest: Mapping[str, object], left_out: int) -> dict[str, object]:
    files = manifest["files"]
    return {
        "file": "",
        "origin": manifest["origin"],
        "entries": count_entries(evidence.ranges),
        "size": manifest["size"],
        "left_out": left_out,
        "opened": len(evidence.opened),
        "statements": len(evidence.statements),
        "stamps": len(evidence.stamps),
        "peer_entries": count_entries(evidence.peer.ranges) if evidence.peer is not None else 0,
        "files": len(files) if isinstance(files, dict) else 0,
    }


def _next_steps(left_out: int) -> list[Label]:
    steps = [
        Label(
            "交付后核验：python3 verify.py 文件 --policy 策略（公钥取自他处），或 chuanyu audit check-bundle",
            "verify it: python3 verify.py FILE --policy POLICY (keys from elsewhere), or chuanyu audit check-bundle",
        )
    ]
    if left_out:
        zh = f"日志末尾 {left_out} 条尚未获得见证签名，未收入；获得后可再次导出"
        en = f"the newest entries ({left_out}) are not cosigned yet and were left out; export again once they are"
        steps.append(Label(zh, en))
    return steps


def _choose(
    reader: LogReader,
    start: int | None,
    last: int | None,
    indexes: str,
    exchanges: Sequence[str],
    since: str,
    until: str,
    also: Sequence[int],
) -> tuple[list[Span], list[Span]]:
    """Return the entries that are named, and those that are asked for as far as they can be proven."""
    count = reader.count()
    try:
        named = parse_indexes(indexes) if indexes else []
    except ChoiceInvalid as error:
        raise _describe_choice(error, "--entries") from error
    named += [(index, index + 1) for index in also]
    if last is not None:
        _require_range(start or 0, last, count)
        named.append((start or 0, last + 1))
    for exchange in exchanges:
        found = find_exchange(reader, exchange)
        if not found:
            raise _describe_empty(
                Label(f"没有请求编号为 {exchange!r} 的条目", f"no entry of the exchange {exchange!r}")
            )
        named += found
    ongoing: list[Span] = []
    if since or until:
        ongoing += find_window(reader, *window.read_window_us(since, until))
        if not ongoing:
            raise _describe_empty(Label("该时间段内没有条目", "no entry of that time"))
    if last is None and (start is not None or not (named or ongoing)):
        _require_range(start or 0, count - 1, count)
        ongoing.append((start or 0, count))
    for low, end in named:
        _require_range(low, end - 1, count)
    return merge_spans(named), merge_spans(ongoing)


def _read_opened(files: Sequence[Path]) -> dict[int, BodyText]:
    found: dict[int, BodyText] = {}
    for path in files:
        try:
            index, body = read_opened(read_file(path, Label("已打开的正文", "an opened body")))
        except OpenedInvalid as error:
            raise _describe_choice(error, f"--opened {path}") from error
        found[index] = body
    return found


def _read_peer(
    stack: ExitStack, peer_log: Path | None, peer_policy: Path | None, reader: LogReader, spans: Sequence[Span]
) -> PeerEvidence | None:
    """Return the other province's entries of the same exchanges, with the checkpoint that proves them."""
    if peer_log is None:
        if peer_policy is not None:
            raise _describe_empty(Label("--peer-policy 没有 --peer-log", "--peer-policy without --peer-log"))
        return None
    text, policy = _read_policy(peer_log, None, (), peer_policy)
    other = stack.enter_context(open_reader(peer_log))
    if other.origin == reader.origin:
        raise _describe_empty(Label(f"两份都是 {other.origin} 的日志", f"the log of {other.origin} twice"))
    try:
        exchanges = list_exchanges(reader, spans)
    except ChoiceInvalid as error:
        raise _describe_choice(error, "--peer-log") from error
    found = merge_spans(span for exchange in exchanges for span in find_exchange(other, exchange))
    if not found:
        raise _describe_empty(Label("对方日志没有这些交换的条目", "no entry of these exchanges in the other log"))
    with _told(other, outside=peer_policy is not None):
        _, note = find_checkpoint(other, policy, found[-1][1])
    return PeerEvidence(other, found, note, text)


def _find_stamp(reader: LogReader, policy: Policy, end: int, size: int) -> tuple[dict[int, bytes], dict[int, bytes]]:
    """Return the earliest time stamp that covers the entries, and its checkpoint where that is an older one."""
    from gateway.audit.tlog.note import NoteInvalid
    from gateway.audit.tlog.policy import QuorumMissing

    for stamped, _, token in reader.stamps():
        kept = reader.checkpoints_up(stamped - 1, 1) if end <= stamped <= size else []
        if not kept or kept[0][0] != stamped:
            continue
        if stamped == size:
            return {stamped: token}, {}
        try:
            policy.check(kept[0][2])
        except QuorumMissing:  # the newer checkpoint has the cosignatures; this one needs only the log's
            pass
        except NoteInvalid:  # of a former key, which the policy does not name
            continue
        return {stamped: token}, {stamped: kept[0][2]}
    return {}, {}


def _require_held(path: Path) -> None:
    """Require that the bundle that was written holds, by the verifier that its reader will run."""
    from gateway.audit.review.offline_verifier.verdict import Wish, judge

    why = judge(Wish(path)).why
    if why is not None:
        raise describe_altered_log(f"写出的证据包核验不通过：{why.zh}", f"the bundle that was written fails: {why.en}")


def _read_policy(
    directory: Path, vkey: Path | None, witness_files: Sequence[Path], policy_file: Path | None
) -> tuple[str, Policy]:
    from gateway.audit.tlog.policy import PolicyInvalid, read_policy

    if policy_file and (vkey or witness_files):
        raise Problem(
            Label("--policy 与 --vkey 或 --witness-key 同时给出", "--policy together with --vkey or --witness-key"),
            Label("其中一种：策略中已有全部公钥", "one of the two: a policy holds all keys"),
            Label("只保留 --policy，或只给公钥", "keep --policy alone, or give the keys alone"),
            exit_code=2,
        )
    try:
        if policy_file:
            text = policy_file.read_text(encoding="utf-8")
        else:
            text = make_own_policy(directory, vkey, witness_files)
        return text, read_policy(text)
    except (OSError, ValueError, PolicyInvalid) as error:
        raise Problem(
            Label(f"策略不可用：{put_detail(error).zh}", f"the policy is not usable: {error}"),
            Label("C2SP tlog-policy，含日志公钥与见证方", "a C2SP tlog-policy with the keys of log and witnesses"),
            Label("改正 --policy，或省略以使用日志旁的公钥", "correct --policy, or leave it out"),
            exit_code=2,
        ) from error


def _require_range(first: int, last: int, count: int) -> None:
    """Require a range, both ends included, that lies within the log."""
    if first <= last < count:
        return
    raise Problem(
        Label(f"序号 {first} 至 {last}，日志有 {count} 条", f"the entries {first} to {last}, in a log of {count}"),
        Label("日志之内的非空区间", "a range within the log that is not empty"),
        Label("核对 --from、--to 与 --entries", "check --from, --to and --entries"),
        exit_code=2,
    )


def _describe_choice(error: ChoiceInvalid | OpenedInvalid, option: str) -> Problem:
    return Problem(
        Label(f"{option}：{put_detail(error).zh}", f"{option}: {error}"),
        Label("可以作出的选择", "a choice of entries that can be made"),
        Label(f"改正 {option}", f"correct {option}"),
        exit_code=2,
    )


def _describe_empty(found: Label) -> Problem:
    return Problem(
        found,
        Label("至少一个条目", "at least one entry"),
        Label("用 chuanyu audit search 查找后重新指定", "look for them with chuanyu audit search, and name them again"),
        exit_code=2,
    )


@contextmanager
def _told(reader: LogReader, *, outside: bool) -> Iterator[None]:
    """Turn evidence that cannot be made into a problem: only what contradicts itself is said to have been altered."""
    try:
        yield
    except CheckpointAwaited as error:
        raise describe_not_yet(
            Label(f"尚未获得见证签名：{put_detail(error).zh}", f"not cosigned yet: {error}"),
            Label("覆盖该区间、已获见证签名的检查点", "a cosigned checkpoint that covers the range"),
        ) from error
    except EvidenceArchived as error:
        raise Problem(
            Label("区间内有条目已归档", str(error)),
            Label("仍在日志中的条目", "entries whose bytes are in the log"),
            Label(
                f"用 --from {reader.pruned()} 从未归档处起导出", f"begin where they are kept: --from {reader.pruned()}"
            ),
            exit_code=2,
        ) from error
    except OpenedOther as error:
        raise Problem(
            Label(put_detail(error).zh, str(error)),
            Label("本日志条目打开的正文", "a body that was opened from this log"),
            Label("重新运行 chuanyu audit open --out", "run chuanyu audit open --out again"),
            exit_code=2,
        ) from error
    except EvidenceAltered as error:
        raise describe_altered_log(f"证据包未能制作：{put_detail(error).zh}", str(error)) from error
    except EvidenceInvalid as error:
        if not outside:  # the keys beside the log are its own: none of them signed it
            raise describe_altered_log(f"证据包未能制作：{put_detail(error).zh}", str(error)) from error
        raise Problem(
            Label(f"策略与日志不符：{put_detail(error).zh}", f"the policy is not this log's: {error}"),
            Label("列有本日志公钥的策略", "a policy that names a key of this log"),
            Label("改正 --policy，或省略以使用日志旁的公钥", "correct --policy, or leave it out"),
            exit_code=2,
        ) from error


def make_own_policy(directory: Path, vkey: Path | None = None, witness_files: Sequence[Path] = ()) -> str:
    """Return a policy of the keys that were given, else of those beside the log: its own, and any one of its witnesses.

    Raises:
        Problem: a file that was given holds no keys.
    """
    if vkey is not None:
        read_key_file(vkey)
    for path in witness_files:
        read_witness_key(path)
    logs = _read_vkeys(vkey or audit_directory(directory) / "log.vkey")
    files = witness_files or [audit_directory(directory) / "witnesses.vkey"]
    witnesses = list(dict.fromkeys(one for path in files for one in _read_vkeys(path)))
    lines = [f"log {vkey}" for vkey in logs]
    lines += [f"witness w{number} {vkey}" for number, vkey in enumerate(witnesses)]
    if witnesses:
        lines.append("group q any " + " ".join(f"w{number}" for number in range(len(witnesses))))
    lines.append("quorum q" if witnesses else "quorum none")
    return "\n".join(lines) + "\n"


def _read_vkeys(path: Path) -> list[str]:
    """Return the C2SP vkeys of a file, one a line, without what else stands on the line."""
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return list(dict.fromkeys(line.split()[0] for line in lines if line.strip() and not line.startswith("#")))
