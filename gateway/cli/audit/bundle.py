"""`chuanyu audit bundle`: an evidence bundle (证据包) of a range of entries, which anybody verifies offline.

The range is proven under the newest checkpoint that satisfies the policy. The newest of all is often not cosigned yet;
without `--to` the entries after the last cosigned one are left out, and their number is shown.
Without `--policy` the bundle's policy is made of the keys beside the log: its own, and those of its witnesses, any one
of whom must have cosigned. The person who verifies it compares the keys with keys from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.audit.review.bundle import (
    CheckpointAwaited,
    EvidenceAltered,
    EvidenceArchived,
    EvidenceInvalid,
    find_checkpoint,
)
from gateway.cli.audit.log import Directory, describe_altered_log, describe_not_yet, open_reader
from gateway.cli.details import put_detail
from gateway.cli.files import create_file
from gateway.cli.screen import AsJson, Problem, show_result
from gateway.ground.item import Label

if TYPE_CHECKING:
    from gateway.audit.storage.reader import LogReader
    from gateway.audit.tlog.policy import Policy


def bundle(
    directory: Directory,
    out: Annotated[Path, typer.Option(help="写入的 ZIP 文件，须不存在。The ZIP to write; it must not exist.")],
    start: Annotated[int, typer.Option("--from", min=0, help="起始序号。The first index.")] = 0,
    until: Annotated[
        int,
        typer.Option(
            "--to",
            min=0,
            help="截止序号（不含），0 为已获见证的末尾。One more than the last; 0 for the last that is cosigned.",
        ),
    ] = 0,
    policy_file: Annotated[Path | None, typer.Option("--policy", help="C2SP 策略文件。A tlog-policy.")] = None,
    as_json: AsJson = False,
) -> None:
    """导出证据包：条目、证明、检查点、见证与离线核验程序。Export evidence of a range, with its offline verifier."""
    from gateway.audit.review.bundle import Evidence, write_evidence

    text, policy = _read_policy(directory, policy_file)
    with open_reader(directory) as reader, _told(reader, policy_file):
        count = reader.count()
        _require_range(start, until, count)
        size, note = find_checkpoint(reader, policy, until or start + 1)
        end = until or size
        with create_file(out) as file:
            manifest = write_evidence(file, reader, Evidence([(start, end)], note, text, {}, {}, {}), policy)
    files = manifest["files"]
    left_out = 0 if until else count - end
    result = {
        "file": str(out),
        "origin": manifest["origin"],
        "entries": end - start,
        "size": size,
        "left_out": left_out,
        "files": len(files) if isinstance(files, dict) else 0,
    }
    steps = [
        Label(
            "交付后离线核验：unzip 后 python verify.py .，并与他处取得的公钥核对",
            "verify offline: unzip it, python verify.py . and compare the keys with keys from elsewhere",
        )
    ]
    if left_out:
        zh = f"日志末尾 {left_out} 条尚未获得见证签名，未收入；获得后可再次导出"
        en = f"the newest entries ({left_out}) are not cosigned yet and were left out; export again once they are"
        steps.append(Label(zh, en))
    show_result(result, steps, title=Label("证据包已写出", "the evidence bundle is written"), as_json=as_json)


def _read_policy(directory: Path, policy_file: Path | None) -> tuple[str, Policy]:
    from gateway.audit.tlog.policy import PolicyInvalid, read_policy

    try:
        text = policy_file.read_text(encoding="utf-8") if policy_file else make_own_policy(directory)
        return text, read_policy(text)
    except (OSError, ValueError, PolicyInvalid) as error:
        raise Problem(
            Label(f"策略不可用：{put_detail(error).zh}", f"the policy is not usable: {error}"),
            Label("C2SP tlog-policy，含日志公钥与见证方", "a C2SP tlog-policy with the keys of log and witnesses"),
            Label("改正 --policy，或省略以使用日志旁的公钥", "correct --policy, or leave it out"),
            exit_code=2,
        ) from error


def _require_range(start: int, until: int, count: int) -> None:
    """Require a range that is not empty and lies within the log; `until` may be 0, for as far as it can be proven."""
    if start < (until or count) <= count:
        return
    end = until or count
    raise Problem(
        Label(f"序号 {start} 至 {end}（不含），日志有 {count} 条", f"from {start} to before {end}, in {count} entries"),
        Label("日志之内的非空区间", "a range within the log that is not empty"),
        Label("核对 --from 与 --to", "check --from and --to"),
        exit_code=2,
    )


@contextmanager
def _told(reader: LogReader, policy_file: Path | None) -> Iterator[None]:
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
    except EvidenceAltered as error:
        raise describe_altered_log(f"证据包未能制作：{put_detail(error).zh}", str(error)) from error
    except EvidenceInvalid as error:
        if policy_file is None:  # the keys beside the log are its own: none of them signed it
            raise describe_altered_log(f"证据包未能制作：{put_detail(error).zh}", str(error)) from error
        raise Problem(
            Label(f"策略与日志不符：{put_detail(error).zh}", f"the policy is not this log's: {error}"),
            Label("列有本日志公钥的策略", "a policy that names a key of this log"),
            Label("改正 --policy，或省略以使用日志旁的公钥", "correct --policy, or leave it out"),
            exit_code=2,
        ) from error


def make_own_policy(directory: Path) -> str:
    """Return a policy of the keys beside the log: its own, and any one of its witnesses where it has some."""
    logs = _read_vkeys(directory / "audit" / "log.vkey")
    witnesses = _read_vkeys(directory / "audit" / "witnesses.vkey")
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
