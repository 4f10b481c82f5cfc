"""`chuanyu audit check-bundle`: verifies an evidence bundle with the installed code, not with the program in it.

A bundle carries a verifier of its own, which comes from whoever made the bundle. Here it is not run: its SHA-256 is
compared with that of this release's, and with the published ones of all releases. A bundle whose verifier is none of
them is not proven, whatever else holds: whoever runs that program is told what its maker wished.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.cli.language import Language, spoken
from gateway.cli.screen import AsJson, describe_label, make_console, quote, write_json
from gateway.ground.item import Label

if TYPE_CHECKING:
    from gateway.audit.review.offline_verifier.verdict import Verdict

POLICY = "他处取得的策略与公钥。Policy and keys from elsewhere."
UNPUBLISHED: Final = "holds_but_for_its_verifier"
"""The verdict on a bundle that would hold, but for the program that it carries."""
_UNPUBLISHED_CODE: Final = 3
_UNPUBLISHED_SAYS: Final = Label(
    "证据包未获证明：内容按外部提供的公钥核验通过，但包内 verify.py 不是任何已公布版本的",
    "the bundle is not proven: its contents hold by the keys given, but its verify.py is of no published release",
)
PEER_POLICY = "对方的策略与公钥。Policy and keys of the other province."


def check_bundle(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="证据包：ZIP 或文件夹。The bundle, a ZIP or a folder.")],
    policy_file: Annotated[Path | None, typer.Option("--policy", help=POLICY)] = None,
    peer: Annotated[Path | None, typer.Option(help="对方的证据包。The other province's bundle.")] = None,
    peer_policy: Annotated[Path | None, typer.Option(help=PEER_POLICY)] = None,
    tsa: Annotated[
        Path | None, typer.Option(help="时间戳机构的根证书。Roots of the time-stamp authority, PEM.")
    ] = None,
    at_least: Annotated[int, typer.Option(min=0, help="已知的条目数。A size known from elsewhere.")] = 0,
    entries: Annotated[bool, typer.Option("--entries", help="列出条目。List the entries.")] = False,
    as_json: AsJson = False,
) -> None:
    """核验证据包（用本机程序，不运行包内程序）。Verify a bundle with the installed code, not with the program in it."""
    from gateway.audit.review.offline_verifier.screen import tell_entries
    from gateway.audit.review.offline_verifier.verdict import Wish, judge
    from gateway.audit.review.verifier_file import digest_verifier

    wish = Wish(file, policy_file, peer, peer_policy, tsa, at_least)
    verdict = judge(wish)
    named = describe_verifier(verdict)
    code = _UNPUBLISHED_CODE if _holds_but_for_verifier(verdict) else verdict.code
    if as_json:
        told = describe_label(named) if named is not None else None
        write_json({**_describe(verdict), "verifier_sha256": digest_verifier(), "bundled_verifier": told})
        raise typer.Exit(code)
    shown = tell_entries(wish, verdict) if entries and verdict.halves else ()
    show_verdict(verdict, named, shown)
    raise typer.Exit(code)


def _holds_but_for_verifier(verdict: Verdict) -> bool:
    """Tell whether a bundle holds by keys from elsewhere, and carries a program that was never published."""
    return verdict.code == 0 and not _is_published(verdict.verifier_sha256)


def _is_published(digest: str) -> bool:
    from gateway.audit.review.verifier_file import digest_verifier, read_releases

    return digest == digest_verifier() or digest in read_releases()


def _describe(verdict: Verdict) -> dict[str, object]:
    """Return the whole for a program; only what holds with its verifier is said to hold."""
    if not _holds_but_for_verifier(verdict):
        return verdict.describe()
    refused = {"verdict": UNPUBLISHED, "holds": False, "exit_code": _UNPUBLISHED_CODE}
    return {**verdict.describe(), **refused, "says": describe_label(_UNPUBLISHED_SAYS)}


def show_verdict(verdict: Verdict, named: Label | None, entries: Iterable[str]) -> None:
    """Show the entries, what was found, whose verifier the bundle carries, and the verdict last."""
    from gateway.audit.review.offline_verifier.screen import tell_verdict

    screen = make_console()
    for line in entries:
        screen.print(quote(line), soft_wrap=True)
    for language in ["zh", "en"] if spoken() is Language.BOTH else [str(spoken())]:
        *lines, last = tell_verdict(verdict, language)
        if _holds_but_for_verifier(verdict):
            last = "✗ " + (_UNPUBLISHED_SAYS.zh if language == "zh" else _UNPUBLISHED_SAYS.en)
        if named is not None:
            lines.append(named.zh if language == "zh" else named.en)
        for line in (*lines, last):
            screen.print(quote(line), soft_wrap=True)


def describe_verifier(verdict: Verdict) -> Label | None:
    """Return whose verifier a bundle carries; None where the bundle does not hold, and nothing is said of its files."""
    from gateway.audit.review.verifier_file import digest_verifier, read_releases

    digest = verdict.verifier_sha256
    if not digest:
        return None
    if digest == digest_verifier():
        return Label("包内 verify.py 与本版本逐字节相同", "verify.py of the bundle is byte for byte this release's")
    if digest in read_releases():
        release = read_releases()[digest]
        return Label(f"包内 verify.py 是 {release} 版的", f"verify.py of the bundle is that of release {release}")
    return Label(
        f"! 包内 verify.py 不是任何已公布版本的，勿运行（SHA-256 {digest}）",
        f"! verify.py of the bundle is of no published release, do not run it (SHA-256 {digest})",
    )
