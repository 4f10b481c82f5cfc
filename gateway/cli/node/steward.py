"""`chuanyu node status`, `reload` and `lift`: an administrator asks a running node, over its Steward service."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from gateway.cli.calling import SECONDS, Connection, call_node, with_connection_options
from gateway.cli.details import put_detail
from gateway.cli.names import NAMES
from gateway.cli.screen import AsJson, CheckStatus, report_doubt, report_right, show_findings, show_result
from gateway.ground.alarms import TABLE, Alarm, Severity
from gateway.ground.item import Label

_PARTS: Final = {
    "audit": Label("审计日志", "the audit log"),
    "platform": Label("平台", "the platform"),
    "exchange": Label("对外查询服务", "exchanges"),
    "peer": Label("对方网关", "the peer gateway"),
    "witness": Label("见证方", "the witness"),
    "alarm": Label("告警", "an alarm"),
    "item": Label("事项", "the item"),
}
"""The parts of a node's status, by the first word of their names."""


@with_connection_options
def status(connection: Connection, as_json: AsJson = False) -> None:
    """查看运行中节点各部分的状态，调用计入审计日志。
    Show how a running node is, part by part; the call is an audit entry.
    """
    from gateway.wire.v1 import steward_pb2, steward_pb2_grpc

    answer = call_node(
        connection,
        lambda channel: steward_pb2_grpc.StewardStub(channel).GetStatus(
            steward_pb2.GetStatusRequest(), timeout=SECONDS
        ),
    )
    found = [report_right(Label("节点", "the node"), *[f"{answer.node} {answer.version}"] * 2)]
    found.append(report_right(Label("审计条目", "audit entries"), str(answer.audit_size), str(answer.audit_size)))
    for part in answer.parts:
        # Programs know a part by the name that the node gives it.
        name, about = (Label(part.name, part.name), "") if as_json else _name_part(part.name)
        if part.serving:
            found.append(report_right(name, f"{about}正常", f"{about}serves"))
        else:
            alarm = about and part.name.startswith("alarm:")
            state = _name_alarm(part.name) if alarm else Label("未就绪", "does not serve")
            zh, _, en = part.detail.partition(" / ")
            state = Label(f"{about}{state.zh}", f"{about}{state.en}")
            found.append(report_doubt(name, state, Label(zh, en) if en else put_detail(zh)))
    show_findings(found, title=Label("节点状态", "the node"), as_json=as_json)
    if any(one.status is not CheckStatus.RIGHT for one in found):
        raise typer.Exit(1)


def _name_part(name: str) -> tuple[Label, str]:
    """Return the name of a part of a node, and what it is about, each on a line of its own."""
    kind, _, about = name.partition(":")
    label = _PARTS.get(kind)
    if label is None:
        return Label(name, name), ""
    about = about.replace(":", "\n", 1) if kind == "alarm" else about
    return label, f"{about}\n" if about else ""


def _name_alarm(name: str) -> Label:
    """Return the state of an alarm: that it is active, and how soon a person must act, where this program knows it."""
    alarm = name.split(":")[1]
    if alarm not in set(Alarm):
        return Label("持续中", "active")
    severity = NAMES[Severity][TABLE[Alarm(alarm)].severity]
    return Label(f"持续中，{severity.zh}", f"active: {severity.en}")


@with_connection_options
def reload(connection: Connection, as_json: AsJson = False) -> None:
    """重新读取事项、清单、授权、协议、名册与证书撤销列表；全部生效或全不生效。
    Read items, lists, grants, agreements, roster and revocations again; all or nothing.
    """
    from gateway.wire.v1 import steward_pb2, steward_pb2_grpc

    answer = call_node(
        connection,
        lambda channel: steward_pb2_grpc.StewardStub(channel).Reload(steward_pb2.ReloadRequest(), timeout=SECONDS),
    )
    result = {
        "active_items": list(answer.active_items),
        "grants": answer.grants,
        "agreements": answer.agreements,
    }
    steps = [
        Label(
            "新内容已生效，进行中的请求在返回下一页之前按新内容重新判断",
            "in force; a question in flight is judged by it before its next page",
        )
    ]
    show_result(result, steps, title=Label("已重新加载", "reloaded"), as_json=as_json)


@with_connection_options
def lift(
    item: Annotated[str, typer.Argument(metavar="ITEM", help="事项编码，例如 CY-ID-02。The item's code.")],
    connection: Connection,
    as_json: AsJson = False,
) -> None:
    """解除事项因防泄漏检查命中的暂停服务，调用计入审计日志。
    Put an item back into service which the leak guard took out of it; the call is an audit entry.
    """
    from gateway.wire.v1 import steward_pb2, steward_pb2_grpc

    answer = call_node(
        connection,
        lambda channel: steward_pb2_grpc.StewardStub(channel).Lift(
            steward_pb2.LiftRequest(item_code=item), timeout=SECONDS
        ),
    )
    steps = [Label("该事项可再使用；再次命中将再次暂停", "the item serves again; another hit takes it out again")]
    if not answer.lifted:
        steps = [Label("该事项未被暂停，无须处理", "the item was in service; nothing is to be done")]
    show_result({"item": item, "lifted": answer.lifted}, steps, title=Label("已解除", "lifted"), as_json=as_json)
