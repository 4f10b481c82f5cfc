"""`chuanyu audit bundle`: an evidence bundle (证据包) of a range of entries, which anybody verifies offline.

Without `--policy` the bundle's policy is made of the keys beside the log: its own, and those of its witnesses, any one
of whom must have cosigned. The person who verifies it compares the keys with keys from elsewhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.audit.log import Directory, describe_altered_log, open_reader
from gateway.cli.files import create_file
from gateway.cli.screen import AsJson, Problem, show_result
from gateway.ground.item import Label


def bundle(
    directory: Directory,
    out: Annotated[Path, typer.Option(help="写入的 ZIP 文件。The ZIP to write; it must not exist.")],
    start: Annotated[int, typer.Option("--from", min=0, help="起始序号。The first index.")] = 0,
    until: Annotated[
        int, typer.Option("--to", min=0, help="截止序号（不含），0 为末尾。One more than the last; 0 for the end.")
    ] = 0,
    policy_file: Annotated[Path | None, typer.Option("--policy", help="C2SP 策略文件。A tlog-policy.")] = None,
    as_json: AsJson = False,
) -> None:
    """导出证据包：条目、证明、检查点、见证与离线核验程序。Export evidence of a range, with its offline verifier."""
    from gateway.audit.review.bundle import Evidence, EvidenceInvalid, write_evidence
    from gateway.audit.tlog.policy import PolicyInvalid, read_policy

    try:
        text = policy_file.read_text(encoding="utf-8") if policy_file else make_own_policy(directory)
        policy = read_policy(text)
    except (OSError, ValueError, PolicyInvalid) as error:
        raise Problem(
            Label(f"策略不可用，详情：{error}", f"the policy is not usable: {error}"),
            Label("C2SP tlog-policy，含日志公钥与见证方", "a C2SP tlog-policy with the keys of log and witnesses"),
            Label("改正 --policy，或省略以使用日志旁的公钥", "correct --policy, or leave it out"),
            exit_code=2,
        ) from error
    with open_reader(directory) as reader:
        end = until or reader.count()
        kept = reader.checkpoint_after(end - 1) if start < end else None
        if kept is None:
            raise Problem(
                Label(f"没有覆盖 {start} 至 {end} 的检查点", f"no checkpoint covers the entries {start} to {end}"),
                Label("非空的区间，其后有已保存的检查点", "a range that is not empty, with a kept checkpoint after it"),
                Label("核对 --from 与 --to，或节点运行约一秒后重试", "check --from and --to, or try after a second"),
                exit_code=2,
            )
        evidence = Evidence([(start, end)], kept[1], text, {}, {}, {})
        try:
            with create_file(out) as file:
                manifest = write_evidence(file, reader, evidence, policy)
        except EvidenceInvalid as error:
            raise describe_altered_log(f"证据包未能制作，详情：{error}", str(error)) from error
    files = manifest["files"]
    result = {
        "file": str(out),
        "origin": manifest["origin"],
        "entries": end - start,
        "size": kept[0],
        "files": len(files) if isinstance(files, dict) else 0,
    }
    steps = [
        Label(
            "交付后离线核验：unzip 后 python verify.py .，并与他处取得的公钥核对",
            "verify offline: unzip it, python verify.py . and compare the keys with keys from elsewhere",
        )
    ]
    show_result(result, steps, title=Label("证据包已写出", "the evidence bundle is written"), as_json=as_json)


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
