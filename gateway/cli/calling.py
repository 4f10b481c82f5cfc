"""A call of a service of a running node, for a person with a certificate: connection options, and how refusals read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from gateway.cli.screen import Problem
from gateway.ground.item import Label

if TYPE_CHECKING:
    import grpc

SECONDS: Final = 20.0
"""The deadline of a call that reads little."""
T = TypeVar("T")

Gateway = Annotated[str, typer.Option(help="本省网关。The gateway, host:port.")]
Cert = Annotated[Path, typer.Option(help="本人证书。Your certificate.")]
KeyFile = Annotated[Path, typer.Option(help="加密的私钥。Its encrypted private key.")]
Ca = Annotated[Path, typer.Option(help="本省证书机构。The certificate of our province's authority.")]
PassphraseFile = Annotated[Path, typer.Option(help="私钥口令文件。The file with the key's passphrase.")]
ServerName = Annotated[
    str, typer.Option(help="网关证书中的名称。The name in the gateway's certificate; else the host.")
]


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a node listens, and who calls it."""

    gateway: str
    ca: Path
    cert: Path
    key_file: Path
    passphrase_file: Path
    server_name: str


def called(connection: Connection, call: Callable[[grpc.Channel], T]) -> T:
    """Call a service and return its answer.

    Raises:
        Problem: nobody answers (exit code 4), or the node refuses (3) or cannot (1).
    """
    import grpc
    from grpc_status import rpc_status

    from gateway.border.status import from_status
    from gateway.cli.connection import open_channel, read_credentials
    from gateway.ground.refusals import TABLE

    credentials = read_credentials(connection.ca, connection.cert, connection.key_file, connection.passphrase_file)
    with open_channel(connection.gateway, credentials, connection.server_name) as channel:
        try:
            return call(channel)
        except grpc.RpcError as error:
            status = rpc_status.from_call(error)
            if status is None:
                raise _unanswered(connection.gateway, error) from error
            refusal = from_status(status)
            sentence = TABLE[refusal.reason]
            raise Problem(
                Label(f"{sentence.zh}（{refusal.reason}）{refusal.detail}", f"{sentence.en}: {refusal.detail}"),
                Label("网关接受的请求", "a call that the gateway accepts"),
                Label(sentence.next_zh, sentence.next_en),
                exit_code=3,
            ) from error


def _unanswered(gateway: str, error: grpc.RpcError) -> Problem:
    import grpc

    if error.code() in (grpc.StatusCode.OUT_OF_RANGE, grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.DATA_LOSS):
        said = str(error.details())
        return Problem(
            Label(f"节点不能完成：{said}", f"the node cannot do it: {said}"),
            Label("存在且可读的条目", "an entry that exists and can be read"),
            Label("核对序号；必要时运行 chuanyu audit verify", "check the index; if need be run chuanyu audit verify"),
        )
    return Problem(
        Label(f"{gateway} 无法连接", f"{gateway} cannot be reached"),
        Label("运行中的网关", "a running gateway"),
        Label("运行 chuanyu doctor", "run chuanyu doctor"),
        exit_code=4,
    )
