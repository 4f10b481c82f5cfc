"""`chuanyu keys`: authorities, certificates, trust between provinces, signatures of lists and grants."""

from __future__ import annotations

import typer

from gateway.cli.keys.authority import authority_app, issue, publish, revoke
from gateway.cli.keys.request import request
from gateway.cli.keys.sealing import sealing
from gateway.cli.keys.sign import draft_list, sign_grant, sign_list
from gateway.cli.keys.trust import accept, accept_list, bundle

app = typer.Typer(
    no_args_is_help=True,
    help="密钥、证书、信任包、清单与授权的签名。Keys, certificates, trust bundles, signatures of lists and grants.",
)
app.add_typer(authority_app, name="authority")
app.command("request")(request)
app.command("sealing")(sealing)
app.command("issue")(issue)
app.command("revoke")(revoke)
app.command("publish")(publish)
app.command("bundle")(bundle)
app.command("accept")(accept)
app.command("accept-list")(accept_list)
app.command("draft-list")(draft_list)
app.command("sign-list")(sign_list)
app.command("sign-grant")(sign_grant)
