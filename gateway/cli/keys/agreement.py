"""`chuanyu keys draft-agreement` and `sign-agreement`: an agreement between places, which both provinces sign.

Each province's authority signs in a file of its own beside the document, so that neither waits for the other's file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.files import describe_error, write_file
from gateway.cli.keys.authority import AuthorityDirectory, GivenPassphrase, open_office
from gateway.cli.keys.sign import Document, read_day, read_document, require_items, sign_beside
from gateway.cli.provinces import name_province
from gateway.cli.screen import AsJson, Problem, show_result
from gateway.ground.item import Label

if TYPE_CHECKING:
    from gateway.catalogue.regions import Regions
    from gateway.ground.item import Item


def sign_agreement(
    document: Document,
    authority: AuthorityDirectory,
    passphrase_file: GivenPassphrase = None,
    as_json: AsJson = False,
) -> None:
    """签署两地协同协议，双方各自签名。Sign an agreement of two provinces, each of which signs in a file of its own."""
    from gateway.catalogue.agreements import AGREEMENT_CONTEXT, read_agreement
    from gateway.catalogue.files import signature_of

    office = open_office(authority, passphrase_file)
    octets, agreed = read_document(document, read_agreement)
    if office.province not in agreed.provinces:
        raise Problem(
            Label(f"{'与'.join(agreed.provinces)}的协议", f"an agreement of {' and '.join(agreed.provinces)}"),
            Label(f"{office.province} 参与的协议", f"one of {office.province}, whose authority this is"),
            Label("由协议双方的证书认证机构签署", "have the authorities of its provinces sign it"),
            exit_code=2,
        )
    other = next(province for province in agreed.provinces if province != office.province)
    named = name_province(other)
    steps = [
        Label(f"由 {named.zh} 的证书认证机构在同一文件上签署", f"have the authority of {named.en} sign the same file"),
        Label(
            "把文件和两个签名送达双方节点的 catalogue/agreements",
            "bring the file and both signatures to catalogue/agreements of the nodes of both provinces",
        ),
    ]
    beside = signature_of(document, office.province)
    sign_beside(office, document, beside, octets, AGREEMENT_CONTEXT, steps, as_json=as_json)


def draft_agreement(
    out: Annotated[Path, typer.Argument(metavar="FILE", help="写入协议草稿。Where to write the draft.")],
    name: Annotated[
        str, typer.Option("--id", help="协议标识，例如 A-SN-TN。The agreement's identifier, for example A-SN-TN.")
    ],
    number: Annotated[
        str, typer.Option("--document-no", help="双方所签协议的文号。The number of the document agreed on.")
    ],
    pair: Annotated[
        list[str],
        typer.Option(
            help="两地行政区划代码，例如 500152:510900，可重复。Codes of two regions, 500152:510900; repeat it."
        ),
    ],
    item: Annotated[list[str], typer.Option(help="协议事项，可重复。An item that is agreed on; repeat it.")],
    until: Annotated[
        str, typer.Option(help="有效期的最后一日 YYYY-MM-DD，含当日。The last day on which it holds, YYYY-MM-DD.")
    ],
    version: Annotated[int, typer.Option(min=1, max=999_999, help="协议版本。The agreement's version.")] = 1,
    as_json: AsJson = False,
) -> None:
    """起草两地协同协议，列出事项的全部数据项，删去不共享的再签署。
    Draft an agreement of two regions with all fields of its items; take out what is not agreed on, then sign.
    """
    from gateway.catalogue.agreements import AgreementDocument, CoveredItem, render_agreement
    from gateway.catalogue.loader import load_items, load_regions
    from gateway.ground.clock import china_day

    regions, items = load_regions(), load_items()
    today, last = china_day(int(datetime.now(UTC).timestamp() * 1_000_000)), read_day(until, "--until")
    require_items(item, items)
    pairs = tuple(_read_pair(one) for one in pair)
    one, other = pairs[0]
    made = AgreementDocument(
        id=name,
        version=version,
        provinces=(_province_of(one), _province_of(other)),
        parties=(_name_region(regions, one, today), _name_region(regions, other, today)),
        document_no=number,
        pairs=pairs,
        items=tuple(
            CoveredItem(known.code, known.version, tuple(field.name for field in known.fields))
            for known in items
            if known.code in item
        ),
        valid_from=today,
        valid_until=last,
    )
    octets = render_agreement(made)
    _require_whole(out, octets, items, regions)
    write_file(out, octets)
    steps = [
        Label(
            f"删去不共享的数据项，双方各自签署：chuanyu keys sign-agreement --authority DIR {out}",
            f"take out what is not shared; each side signs: chuanyu keys sign-agreement --authority DIR {out}",
        )
    ]
    result = {"agreement": f"{name}@{version}", "pairs": len(pairs), "items": len(made.items), "file": str(out)}
    show_result(result, steps, title=Label("协议草稿已写入", "the draft is written"), as_json=as_json)


def _read_pair(text: str) -> tuple[str, str]:
    one, _, other = text.partition(":")
    if not re.fullmatch(r"[1-9]\d{5}:[1-9]\d{5}", text, re.ASCII):
        raise Problem(
            Label(f"--pair {text!r}", f"--pair {text!r}"),
            Label("以冒号相连的两个六位行政区划代码", "two region codes of six digits with a colon between them"),
            Label("改正后再运行，例如 --pair 500152:510900", "correct it, for example --pair 500152:510900"),
            exit_code=2,
        )
    return one, other


def _province_of(code: str) -> str:
    return f"{code[:2]}0000"


def _name_region(regions: Regions, code: str, on: date) -> str:
    region = regions.meaning(code, on)
    return code if region is None else regions.full_name(region, on)


def _require_whole(out: Path, octets: bytes, items: Sequence[Item], regions: Regions) -> None:
    """Read the draft as strictly as the gateway would; raises Problem, and nothing is written."""
    from gateway.catalogue.agreements import read_agreement, require_known
    from gateway.catalogue.schema import CatalogueError, Faults

    faults = Faults()
    made = read_agreement(str(out), tomllib.loads(octets.decode()), faults)
    require_known(str(out), made, {(one.code, one.version): one for one in items}, regions, faults)
    try:
        faults.settle()
    except CatalogueError as error:
        raise describe_error(
            error,
            Label(
                "川渝两地各一个地区、事项含行政区划的协议",
                "regions of two provinces, and items whose records tell their region",
            ),
            Label("改正后再运行", "correct it, then run it again"),
            exit_code=2,
        ) from error
