"""`chuanyu audit widen`: settings that withhold more, or keep entries for a shorter time, allowed by two persons.

A node does not start under such settings unless the log says that two persons allowed exactly these. So the act is
recorded while the node still runs under the former ones; the next start then brings the new ones into force.
"""

from __future__ import annotations

from typing import Any

from gateway.cli.audit.log import Directory, open_reader
from gateway.cli.audit.retain import Apply, ApprovalOption, advise_request, read_approval_text
from gateway.cli.own_log import load_node_settings, record_act
from gateway.cli.screen import AsJson, show_result
from gateway.ground.item import Label


def widen(directory: Directory, apply: Apply = False, approval: ApprovalOption = None, as_json: AsJson = False) -> None:
    """凭双人审批，准许缩短保存年限或增加不予告知场景的配置。
    Allow settings that keep entries for fewer years or withhold further scenes, as two persons allow.
    """
    from gateway.assembly.configuration import Limits, read_recorded

    settings = load_node_settings(directory)
    limits = Limits.of(settings)
    with open_reader(directory) as reader:
        recorded, origin = read_recorded(reader), reader.origin
    former = Limits.of_state(recorded.state) if recorded.state else limits
    result: dict[str, Any] = {"origin": origin, "in_force": str(former), "wanted": str(limits)}
    if not limits.widens(former):
        title = Label("未放宽任何限制，无需批准", "nothing is widened, and no approval is needed")
        show_result(result, [], title=title, as_json=as_json)
        return
    if not apply:
        steps = advise_request("widen", "--limits", f"{origin} {limits}")
        show_result(result, steps, title=Label("试运行，未作改动", "a dry run: nothing was changed"), as_json=as_json)
        return
    result["entry"] = record_act(settings, "widen", str(limits), approval=read_approval_text(approval))
    steps = [Label("重新启动节点，新设置随即生效", "restart the node: the settings come into force by that")]
    show_result(result, steps, title=Label("已获准放宽", "the limits are allowed"), as_json=as_json)
