"""`chuanyu keys sign-list`, `sign-grant`, `draft-list`: the documents by which a province lets items be asked.

A document is read strictly before it is signed, so that none is signed which the gateway would not take.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from gateway.catalogue.lists import ListKind
from gateway.cli.connection import read_file
from gateway.cli.files import describe_error, write_file
from gateway.cli.keys.authority import AuthorityDirectory, AuthorityOffice, GivenPassphrase, open_office
from gateway.cli.provinces import read_province
from gateway.cli.screen import AsJson, Problem, show_result
from gateway.ground.item import Label

if TYPE_CHECKING:
    from gateway.catalogue.schema import Faults
    from gateway.ground.item import Item

T = TypeVar("T")
Document = Annotated[Path, typer.Argument(metavar="FILE", help="待签名的文件。The document to be signed.")]


def sign_list(
    document: Document,
    authority: AuthorityDirectory,
    passphrase_file: GivenPassphrase = None,
    as_json: AsJson = False,
) -> None:
    """签署本方证书认证机构所属省（市）的应用事项清单。Sign an application item list of the authority's province."""
    from gateway.catalogue.lists import LIST_CONTEXT, read_list

    office = open_office(authority, passphrase_file)
    octets, listed = read_document(document, read_list)
    _sign_document(office, document, octets, LIST_CONTEXT, listed.province, as_json=as_json)


def sign_grant(
    document: Document,
    authority: AuthorityDirectory,
    passphrase_file: GivenPassphrase = None,
    as_json: AsJson = False,
) -> None:
    """签署共享授权，由提供数据的一方签名。Sign a grant; the province that provides the data signs it."""
    from gateway.catalogue.grants import GRANT_CONTEXT, read_grant

    office = open_office(authority, passphrase_file)
    octets, granted = read_document(document, read_grant)
    _sign_document(office, document, octets, GRANT_CONTEXT, granted.provider_province, as_json=as_json)


def read_document(path: Path, read: Callable[[str, dict[str, Any], Faults], T]) -> tuple[bytes, T]:
    """Return a document's bytes and what it says, read as strictly as the gateway reads it.

    Raises:
        Problem: it cannot be read, or has a fault.
    """
    from gateway.catalogue.schema import CatalogueError, Faults

    octets, faults = read_file(path, Label("待签名的文件", "the document")), Faults()
    try:
        data = tomllib.loads(octets.decode())
    except (ValueError, RecursionError) as error:
        remedy = Label("改正后再签名", "correct it, then sign")
        expected = Label(f"{path} 是 UTF-8 的 TOML", f"TOML in UTF-8 in {path}")
        raise describe_error(error, expected, remedy, exit_code=2) from error
    document = read(str(path), data, faults)
    try:
        faults.settle()
    except CatalogueError as error:
        raise describe_error(
            error,
            Label("网关可以加载的文件", "a document that the gateway would take"),
            Label("改正所列各项后再签名", "correct all that is listed, then sign"),
        ) from error
    return octets, document


def _sign_document(
    office: AuthorityOffice, path: Path, octets: bytes, context: str, province: str, *, as_json: bool
) -> None:
    """Write the signature beside the document, whose province must be the authority's."""
    from gateway.catalogue.files import SIGNATURE_SUFFIX

    if province != office.province:
        raise Problem(
            Label(f"{province} 的文件", f"a document of {province}"),
            Label(f"{office.province} 的文件", f"one of {office.province}, whose authority this is"),
            Label("由该方证书认证机构签署", "have that province's authority sign it"),
            exit_code=2,
        )
    steps = [
        Label(
            "把文件和签名送达双方节点的 catalogue 文件夹",
            "bring both files to the catalogue of the nodes of both provinces",
        )
    ]
    sign_beside(office, path, path.with_name(path.name + SIGNATURE_SUFFIX), octets, context, steps, as_json=as_json)


def sign_beside(
    office: AuthorityOffice,
    path: Path,
    beside: Path,
    octets: bytes,
    context: str,
    steps: list[Label],
    *,
    as_json: bool,
) -> None:
    """Write the authority's signature into a file and show it; lines of other signers stay, our older one goes."""
    from keys.document import sign_document

    signer = office.open_signer()
    ours = f"{signer.name}+{signer.key_id.hex()} ".encode()
    lines = beside.read_bytes().splitlines(keepends=True) if beside.exists() else []
    others = b"".join(line for line in lines if not line.startswith(ours))
    write_file(beside, others + sign_document(context, octets, signer))
    result = {"document": str(path), "signature": str(beside), "by": signer.name}
    show_result(result, steps, title=Label("已签署", "signed"), as_json=as_json)


def read_day(text: str, option: str) -> date:
    """Return the day that an option names; raises Problem where it names none."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise describe_error(
            error,
            Label("日期 YYYY-MM-DD", "a day, YYYY-MM-DD"),
            Label(f"改正 {option}", f"correct {option}"),
            exit_code=2,
        ) from error


def require_items(codes: Iterable[str], items: Iterable[Item]) -> None:
    """Return where each code is an item's; raises Problem."""
    unknown = sorted(set(codes) - {one.code for one in items})
    if unknown:
        raise Problem(
            Label(f"没有事项 {'、'.join(unknown)}", f"no item {', '.join(unknown)}"),
            Label("现有事项", "items that exist"),
            Label("用 chuanyu items list 查看", "see chuanyu items list"),
            exit_code=2,
        )


def _describe_unprofiled(province: str, codes: list[str]) -> Problem:
    """Return the problem of items of which a province has no profile."""
    shown = codes[:8]
    return Problem(
        Label(f"没有档案：{'、'.join(shown)}", f"no profile of {', '.join(shown)}"),
        Label(f"{province} 的档案", f"profiles of {province}"),
        Label(
            f"起草档案：chuanyu items draft --config DIR --province {province}",
            f"draft them: chuanyu items draft --config DIR --province {province}",
        ),
        exit_code=2,
    )


def draft_list(
    out: Annotated[Path, typer.Argument(metavar="FILE", help="写入清单草稿。Where to write the draft.")],
    config: Annotated[
        Path,
        typer.Option(
            "--config",
            help="节点或事项目录，读取其档案和自有事项。A node or a catalogue, for its profiles and its own items.",
        ),
    ],
    province: Annotated[
        str,
        typer.Option(
            help="哪一方的清单：四川（sichuan）、重庆（chongqing）或其代码。Whose list: sichuan, chongqing or the code."
        ),
    ],
    until: Annotated[
        str,
        typer.Option(help="有效期的最后一日 YYYY-MM-DD，含当日。The last day on which it is in effect, YYYY-MM-DD."),
    ],
    kind: Annotated[ListKind, typer.Option(help="清单种类。The kind of list.")] = ListKind.APPLICATION_LIST,
    version: Annotated[int, typer.Option(min=1, max=999_999, help="清单版本。The list's version.")] = 1,
    item: Annotated[
        list[str] | None, typer.Option(help="列入的事项，可重复；默认为全部。An item on it; repeat it; else all.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """起草清单：随附和自有的事项中有该方档案的，附两个摘要，供审核和签名。
    Draft a list of the items, shipped and own, of which the province has a profile, to be judged and signed.
    """
    from gateway.catalogue.digest import digest
    from gateway.catalogue.lists import ItemList, entry_of, render_list
    from gateway.catalogue.loader import PROFILES, load_profiles
    from gateway.catalogue.schema import CatalogueError
    from gateway.cli.items.typed import choose_catalogue, load_items_of, report_catalogue

    items, code = load_items_of(config), read_province(province)
    require_items(item or (), items)
    try:
        found = load_profiles(choose_catalogue(config) / PROFILES)
    except CatalogueError as error:
        raise report_catalogue(error) from error
    profiles = {one.key: digest(one) for one in found if one.province == code}
    chosen = [one for one in items if not item or one.code in item]
    held = [one for one in chosen if (one.code, one.version) in profiles]
    if not held or (item and len(held) < len(chosen)):
        raise _describe_unprofiled(code, [one.code for one in chosen if one not in held])
    now = datetime.now(UTC).replace(microsecond=0)
    last = read_day(until, "--until")
    entries = tuple(entry_of(one, profiles[one.code, one.version], active=True) for one in held)
    made = ItemList(code, kind, version, now, now.date(), last, entries)
    write_file(out, render_list(made))
    steps = [
        Label(
            f"主管部门审定后签署：chuanyu keys sign-list --authority DIR {out}",
            f"once approved, sign it: chuanyu keys sign-list --authority DIR {out}",
        )
    ]
    result = {"list": made.name, "items": len(entries), "file": str(out)}
    show_result(result, steps, title=Label("清单草稿已写入", "the draft is written"), as_json=as_json)
