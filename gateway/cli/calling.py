"""A call of a service of a running node: the options of its connection, declared once, and how refusals read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar, get_type_hints

import typer

from gateway.cli.details import put_detail
from gateway.cli.refused import read_refusal, read_status
from gateway.cli.screen import Problem
from gateway.ground.item import Label

if TYPE_CHECKING:
    import grpc

SECONDS: Final = 20.0
"""The deadline of a call that reads little."""
WALK_SECONDS: Final = 600.0
"""The deadline of a call for which the node walks over its whole log."""
T = TypeVar("T")

Gateway = Annotated[str, typer.Option(help="本方网关，主机:端口。The gateway, host:port.")]
Cert = Annotated[Path, typer.Option(help="本人证书。Your certificate.")]
ApplicationCert = Annotated[Path, typer.Option(help="应用证书。The application's certificate.")]
KeyFile = Annotated[Path, typer.Option(help="加密的私钥。Its encrypted private key.")]
Ca = Annotated[Path, typer.Option(help="本方证书认证机构。The certificate of our province's authority.")]
PassphraseFile = Annotated[Path, typer.Option(help="私钥口令文件。The file with the key's passphrase.")]
ServerName = Annotated[
    str, typer.Option(help="网关证书中的名称，默认为主机名。The name in the gateway's certificate; else the host.")
]


@dataclass(frozen=True, slots=True)
class Connection:
    """The options of a call: the address of the node, the files of the caller, the name in the node's certificate."""

    gateway: Gateway
    cert: Cert
    key_file: KeyFile
    ca: Ca
    passphrase_file: PassphraseFile
    server_name: ServerName = ""


def with_connection_options(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that takes the options of `Connection` in place of its parameter `connection`.

    The options that are needed stand where `connection` stands, and the others before `--json`, the last parameter.
    """
    hints = get_type_hints(command, include_extras=True)
    given = [each.replace(annotation=hints[each.name]) for each in signature(command).parameters.values()]
    annotated = get_type_hints(Connection, include_extras=True)
    options = [
        Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=each.default, annotation=annotated[name])
        for name, each in signature(Connection).parameters.items()
    ]
    needed = [option for option in options if option.default is Parameter.empty]
    place = next(number for number, each in enumerate(given) if each.name == "connection")
    more = [option for option in options if option not in needed]
    parameters = [*given[:place], *needed, *given[place + 1 : -1], *more, given[-1]]

    @wraps(command)
    def connected(**values: Any) -> None:
        connection = Connection(**{option.name: values.pop(option.name) for option in options})
        command(connection=connection, **values)

    connected.__annotations__ = {each.name: each.annotation for each in parameters}
    vars(connected)["__signature__"] = signature(command).replace(parameters=parameters, return_annotation=None)
    return connected


def call_node(connection: Connection, call: Callable[[grpc.Channel], T]) -> T:
    """Call a service and return its answer.

    Raises:
        Problem: nobody answers (exit code 4), or the node refuses (3), cannot, or found its log altered (1).
    """
    import grpc

    from gateway.border.status import from_status
    from gateway.cli.audit.log import describe_altered_entry
    from gateway.cli.connection import open_channel, read_credentials

    credentials = read_credentials(connection.ca, connection.cert, connection.key_file, connection.passphrase_file)
    with open_channel(connection.gateway, credentials, connection.server_name) as channel:
        try:
            return call(channel)
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.DATA_LOSS:
                status = read_status(error)
                detail = str(error.details()) if status is None else from_status(status).detail
                raise describe_altered_entry(detail) from error
            raise read_refusal(error) or _describe_no_answer(connection.gateway, error) from error


def _describe_no_answer(gateway: str, error: grpc.RpcError) -> Problem:
    import grpc

    if error.code() in (grpc.StatusCode.OUT_OF_RANGE, grpc.StatusCode.FAILED_PRECONDITION):
        detail = str(error.details())
        return Problem(
            Label(f"节点不能完成：{put_detail(detail).zh}", f"the node cannot do it: {detail}"),
            Label("存在且可读的条目", "an entry that exists and can be read"),
            Label("核对序号；必要时运行 chuanyu audit verify", "check the index; if need be run chuanyu audit verify"),
        )
    return Problem(
        Label(f"{gateway} 无法连接", f"{gateway} cannot be reached"),
        Label("运行中的网关", "a running gateway"),
        Label("运行 chuanyu doctor", "run chuanyu doctor"),
        exit_code=4,
    )
