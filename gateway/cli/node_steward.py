"""`chuanyu node status` and `chuanyu node reload`: an administrator asks a running node, over its Steward service."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from gateway.cli.screen import AsJson, Judgement, Problem, doubtful, right, show_findings, show_result
from gateway.item import Label

SECONDS: Final = 20.0

Gateway = Annotated[str, typer.Option(help="本省网关。The gateway, host:port.")]
Cert = Annotated[Path, typer.Option(help="管理员证书。The administrator's certificate.")]
KeyFile = Annotated[Path, typer.Option(help="加密的私钥。Its encrypted private key.")]
Ca = Annotated[Path, typer.Option(help="本省证书机构。The certificate of our province's authority.")]
PassphraseFile = Annotated[Path, typer.Option(help="私钥口令文件。The file with the key's passphrase.")]
ServerName = Annotated[
    str, typer.Option(help="网关证书中的名称。The name in the gateway's certificate; else the host.")
]


def _called(
    gateway: str,
    ca: Path,
    cert: Path,
    key_file: Path,
    passphrase_file: Path,
    server_name: str,
    call: Callable[[Any], Any],
) -> Any:
    """Call the Steward service and return its answer; raise Problem for a refusal."""
    import grpc
    from grpc_status import rpc_status

    from gateway.cli.connection import open_channel, read_credentials
    from gateway.refusals import TABLE
    from gateway.status import from_status
    from gateway.wire.v1 import steward_pb2_grpc

    with open_channel(gateway, read_credentials(ca, cert, key_file, passphrase_file), server_name) as channel:
        try:
            return call(steward_pb2_grpc.StewardStub(channel))
        except grpc.RpcError as error:
            status = rpc_status.from_call(error)
            if status is None:
                raise Problem(
                    Label(f"{gateway} 无法连接", f"{gateway} cannot be reached"),
                    Label("运行中的网关", "a running gateway"),
                    Label("运行 chuanyu doctor", "run chuanyu doctor"),
                    exit_code=4,
                ) from error
            refusal = from_status(status)
            sentence = TABLE[refusal.reason]
            raise Problem(
                Label(f"{sentence.zh}（{refusal.reason}）{refusal.detail}", f"{sentence.en}: {refusal.detail}"),
                Label("网关接受的请求", "a call that the gateway accepts"),
                Label(sentence.next_zh, sentence.next_en),
                exit_code=3,
            ) from error


def status(
    gateway: Gateway,
    cert: Cert,
    key_file: KeyFile,
    ca: Ca,
    passphrase_file: PassphraseFile,
    server_name: ServerName = "",
    as_json: AsJson = False,
) -> None:
    """运行中的节点状态。Show how a running node is, part by part; the call is an audit entry."""
    from gateway.wire.v1 import steward_pb2

    answer = _called(
        gateway, ca, cert, key_file, passphrase_file, server_name,
        lambda stub: stub.GetStatus(steward_pb2.GetStatusRequest(), timeout=SECONDS),
    )  # fmt: skip
    found = [right(Label("节点", "the node"), answer.node, f"{answer.node} {answer.version}")]
    found.append(right(Label("审计条目", "audit entries"), str(answer.audit_size), str(answer.audit_size)))
    for part in answer.parts:
        name = Label(part.name, part.name)
        if part.serving:
            found.append(right(name, "正常", "serves"))
        else:
            zh, _, en = part.detail.partition(" / ")
            found.append(doubtful(name, Label("未就绪", "does not serve"), Label(zh, en or zh)))
    show_findings(found, title=Label("节点状态", "the node"), as_json=as_json)
    if any(one.judgement is not Judgement.RIGHT for one in found):
        raise typer.Exit(1)


def reload(
    gateway: Gateway,
    cert: Cert,
    key_file: KeyFile,
    ca: Ca,
    passphrase_file: PassphraseFile,
    server_name: ServerName = "",
    as_json: AsJson = False,
) -> None:
    """重新读取清单、授权、名册与吊销列表。Read items, lists, grants, roster and revocations again; all or nothing."""
    from gateway.wire.v1 import steward_pb2

    answer = _called(
        gateway, ca, cert, key_file, passphrase_file, server_name,
        lambda stub: stub.Reload(steward_pb2.ReloadRequest(), timeout=SECONDS),
    )  # fmt: skip
    result = {"active_items": list(answer.active_items), "grants": answer.grants}
    steps = [Label("新内容已生效，进行中的提问按原内容完成", "in force; questions in flight end under what they met")]
    show_result(result, steps, title=Label("已重新加载", "reloaded"), as_json=as_json)
