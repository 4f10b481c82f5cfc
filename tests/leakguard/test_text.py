"""Claims about texts of questions, statuses and log lines: numbers are found wrapped or not, and nothing else is."""

from __future__ import annotations

import base64

import pytest
from google.rpc import error_details_pb2

from gateway.border.status import to_status
from gateway.ground.refusals import Reason, Refusal, Violation
from gateway.leakguard.guards import LeakGuard
from gateway.leakguard.text import scan_text, withheld
from tests.samples import ask

NUMBER = "509998197702020017"


@pytest.mark.parametrize(
    "text",
    [
        f"no such person: {NUMBER}",
        f"KeyError('{NUMBER}')",
        "".join(f"%{octet:02x}" for octet in NUMBER.encode()),
        "".join(f"\\u{octet:04x}" for octet in NUMBER.encode()),
        "".join(f"&#{octet};" for octet in NUMBER.encode()),
        f"token {base64.b64encode(NUMBER.encode()).decode()}",
        f"data:;base64,{base64.urlsafe_b64encode(NUMBER.encode('utf-16')).decode()}",
    ],
)
def test_a_number_is_found_wrapped_or_not(text: str) -> None:
    """And told by its detector in place of the text."""
    assert ("identity_number",) == scan_text(text)
    assert "withheld: identity_number" == withheld(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "expected each of region_code once, found another column",
        "spiffe://510000.chuanyu/node/gateway-1",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "key AAAAC3NzaC1lZDI1NTE5AAAAIJ8n8S8yO2vR4f0q",
        "/opt/chuanyu/.venv/lib/python3.11/site-packages/grpc/aio/_server.py:120",
        "took 12.5 ms at 2026-11-24T10:30:00.123456Z",
    ],
)
def test_what_machines_say_is_told(text: str) -> None:
    """Identities, digests, keys, paths and times."""
    assert () == scan_text(text)
    assert text == withheld(text)


def test_no_text_of_a_status_holds_a_number() -> None:
    """Message, detail and violations, whoever wrote them."""
    status = to_status(Refusal(Reason.INTERNAL, f"row of {NUMBER}", violations=(Violation(NUMBER, f"found {NUMBER}"),)))
    assert NUMBER.encode() not in status.SerializeToString()
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    assert "withheld: identity_number" == info.metadata["detail"]


@pytest.mark.parametrize(
    "purpose",
    ["为王一（5 1 9 9 9 9 1 9 6 0）核验", "核验 " + base64.b64encode("王一".encode() * 3).decode(), "为 王·一 办理"],
)
def test_a_purpose_that_tells_a_key_in_any_dress_is_refused(purpose: str) -> None:
    """The asker's own guard reads the purpose closely where it is not plain."""
    with pytest.raises(Refusal) as caught:
        LeakGuard(()).inspect_free_text(ask(purpose=purpose))
    assert ["purpose"] == [each.field for each in caught.value.violations]
