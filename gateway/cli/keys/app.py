"""`chuanyu keys`: authorities, certificates, trust between provinces, signatures of lists, grants and agreements."""

from __future__ import annotations

from typing import Final

from gateway.cli.commands import make_app

COMMANDS: Final = {
    "authority": "gateway.cli.keys.authority:authority_app",
    "request": "gateway.cli.keys.request:request",
    "sealing": "gateway.cli.keys.sealing:sealing",
    "issue": "gateway.cli.keys.authority:issue",
    "revoke": "gateway.cli.keys.authority:revoke",
    "publish": "gateway.cli.keys.authority:publish",
    "bundle": "gateway.cli.keys.trust:bundle",
    "accept": "gateway.cli.keys.trust:accept",
    "accept-list": "gateway.cli.keys.trust:accept_list",
    "draft-list": "gateway.cli.keys.sign:draft_list",
    "sign-list": "gateway.cli.keys.sign:sign_list",
    "sign-grant": "gateway.cli.keys.sign:sign_grant",
    "draft-agreement": "gateway.cli.keys.agreement:draft_agreement",
    "sign-agreement": "gateway.cli.keys.agreement:sign_agreement",
}
"""The commands in the order of the help, and where each is found."""

app = make_app(
    COMMANDS,
    "密钥、证书、信任包，清单、授权与协议的签名。Keys, certificates, trust, signatures of lists, grants, agreements.",
)
