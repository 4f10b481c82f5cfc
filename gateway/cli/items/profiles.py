"""`chuanyu items draft`, `check`, `diff`: the profiles by which a province says what it alone can say of an item.

Rules: a draft never goes over a file that is there. `check` judges the files of a node, or of a catalogue alone; a
synthetic profile is good only beside a node whose trust bundles are all of places of practice. `diff` shows every
column in which two profiles of one item differ, under the four subjects in which the two regulations differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from gateway.cli.details import put_detail
from gateway.cli.files import write_file
from gateway.cli.items.typed import choose_catalogue, load_items_of, report_catalogue
from gateway.cli.language import say, word
from gateway.cli.names import name_of
from gateway.cli.provinces import name_province, read_province
from gateway.cli.screen import (
    AsJson,
    CheckFinding,
    Problem,
    describe_label,
    report_doubt,
    report_right,
    report_wrong,
    show_findings,
    show_result,
    write_json,
)
from gateway.ground.item import Item, Label

if TYPE_CHECKING:
    from gateway.catalogue.parties import Parties
    from gateway.catalogue.profiles import Area, Profile

COLUMNS: Final[Mapping[str, Label]] = {
    "provider_department": Label("提供部门", "providing department"),
    "provider_unit": Label("提供单位", "provider unit"),
    "responsible_office": Label("负责处室", "responsible office"),
    "approved_by": Label("审核同意", "approved by"),
    "catalogue_code": Label("目录编码", "catalogue code"),
    "registration_no": Label("平台登记编号", "registration no."),
    "pia_no": Label("个人信息保护影响评估编号", "impact assessment no."),
    "secrecy_review_no": Label("保密风险评估编号", "secrecy assessment no."),
    "update_frequency": Label("数据更新频率", "update frequency"),
    "use_conditions": Label("使用条件", "use conditions"),
    "subsidy_codes": Label("补贴项目编码", "subsidy codes"),
    "paying_department": Label("资金发放部门", "paying department"),
    "paying_rule": Label("代发规则", "paying rule"),
    "penalty_basis": Label("处罚依据", "penalty basis"),
}
"""The columns of a profile in words."""
LAWS: Final[Mapping[str, Label]] = {
    "duties": Label("四川第4条，重庆草案第4、5、6条", "Sichuan art. 4, Chongqing's draft arts. 4, 5, 6"),
    "lists": Label("四川草案第18条，重庆草案第15、19条", "Sichuan's draft art. 18, Chongqing's arts. 15, 19"),
    "funds": Label("四川草案第11条，重庆草案第13条", "Sichuan's draft art. 11, Chongqing's art. 13"),
    "penalties": Label("四川草案第23条，重庆无", "Sichuan's draft art. 23, Chongqing has none"),
    "other": Label("各省（市）自行规定", "each province's own"),
}
"""Where each area stands in the two regulations; what is known from the drafts alone says so."""

Catalogue = Annotated[
    Path,
    typer.Option(
        "--config",
        help="节点配置文件或文件夹，或事项目录。A node's settings file or directory, or a catalogue.",
    ),
]


def draft_profiles(
    config: Catalogue,
    province: Annotated[list[str], typer.Option("--province", help="哪一方的档案，可重复。Whose profiles; repeat it.")],
    item: Annotated[
        list[str] | None, typer.Option("--item", help="哪个事项，可重复；默认为全部。Which item; repeat it; else all.")
    ] = None,
    practice: Annotated[bool, typer.Option("--practice", help="练习档案。Made-up profiles for practice.")] = False,
    as_json: AsJson = False,
) -> None:
    """起草省级档案：省（市）才能说明的栏目留空，填写后方可加载。
    Draft profiles: what a province alone can say is left empty, and loads once it is filled in.
    """
    from gateway.catalogue.drafts import draft_profile, name_file, practice_profile
    from gateway.catalogue.loader import PROFILES, load_parties
    from gateway.catalogue.profiles import render_profile
    from gateway.cli.keys.sign import require_items

    items, parties = load_items_of(config), load_parties()
    require_items(item or (), items)
    place = choose_catalogue(config) / PROFILES
    made: list[str] = []
    for code in [read_province(one) for one in province]:
        for one in items:
            path = place / code / name_file(one.code, one.version)
            if (item and one.code not in item) or path.exists():
                continue
            synthetic = practice_profile(one, code, parties) if practice else None
            if practice and synthetic is None:
                continue
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_file(path, render_profile(synthetic) if synthetic else draft_profile(one, code, parties))
            made.append(str(path))
    steps = [
        Label(
            "由提供部门填写后检查：chuanyu items check --config",
            "have the provider fill them in, then look: chuanyu items check --config",
        )
    ]
    result = {"directory": str(place), "files": len(made)}
    show_result(
        result, [] if practice else steps, title=Label("档案草稿已写入", "the drafts are written"), as_json=as_json
    )


def check_items(config: Catalogue, as_json: AsJson = False) -> None:
    """检查事项和省级档案：摘要、提供部门、练习档案、空栏目。
    Judge items and profiles: digests, providers, made-up profiles, columns left empty.
    """
    title = Label("事项与档案检查", "the check of items and profiles")
    if not show_findings(list(_judge(config)), title=title, as_json=as_json):
        raise typer.Exit(1)


def _judge(config: Path) -> Iterator[CheckFinding]:
    from gateway.catalogue.drafts import DEMO
    from gateway.catalogue.loader import PACKAGED, PROFILES, load_parties, load_profiles
    from gateway.catalogue.modes import is_served
    from gateway.catalogue.profiles import MAY_BE_EMPTY, judge_profile
    from gateway.catalogue.schema import CatalogueError, Faults

    items = {(one.code, one.version): one for one in load_items_of(config)}
    place = choose_catalogue(config)
    own = place / "parties"
    try:
        profiles = load_profiles(place / PROFILES)
        parties = load_parties((PACKAGED / "parties", own) if own.is_dir() else (PACKAGED / "parties",))
    except CatalogueError as error:
        raise report_catalogue(error) from error
    practice = _is_practice(config)
    remedy = Label("改正档案，再由主管部门重新签署清单", "correct the profile, then have the list signed again")
    for one in profiles:
        faults = Faults()
        judge_profile(one.code, one, items.get(one.key), parties, faults, practice=practice)
        subject = Label(f"{one.code} v{one.version} {name_province(one.province).zh}", _name(one))
        for fault in faults.found:
            shown = f"{fault.path}: {fault.message}"
            yield report_wrong(subject, Label(put_detail(shown).zh, shown), remedy)
        empty = [COLUMNS[name] for name in MAY_BE_EMPTY if not getattr(one, name)]
        if empty:
            found = Label(
                f"未填：{'、'.join(label.zh for label in empty)}", f"empty: {', '.join(label.en for label in empty)}"
            )
            yield report_doubt(subject, found, Label("填写，或确认没有", "fill it in, or confirm that there is none"))
    yield from _judge_absent(items, profiles)
    unserved = sorted({one.code for one in items.values() if not any(map(is_served, one.modes))})
    if unserved:
        found = Label(
            f"已登记而本网关尚不办理：{'、'.join(unserved)}", f"registered and not served yet: {', '.join(unserved)}"
        )
        yield report_right(Label("推送与案件", "pushing and cases"), found.zh, found.en)
    made_up = sum(one.synthetic for one in profiles)
    if practice and made_up:
        text = Label(f"{made_up} 份 {DEMO} 档案", f"{made_up} profiles say {DEMO}")
        yield report_doubt(
            Label("练习场所", "a place of practice"), text, Label("不得用于实际业务", "not for real use")
        )
    yield report_right(
        Label("事项与档案", "items and profiles"),
        f"事项 {len(items)}、档案 {len(profiles)}",
        f"{len(items)} items, {len(profiles)} profiles",
    )


def _judge_absent(items: Mapping[tuple[str, int], Item], profiles: Sequence[Profile]) -> Iterator[CheckFinding]:
    """Yield the items that no province has a profile of, so that they are not in force, and those of one alone."""
    held: dict[tuple[str, int], set[str]] = {}
    for one in profiles:
        held.setdefault(one.key, set()).add(one.province)
    absent = [code for code, version in items if (code, version) not in held]
    if absent:
        yield report_doubt(
            Label("没有档案的事项", "items without a profile"),
            Label(f"不加载：{'、'.join(absent)}", f"not in force: {', '.join(absent)}"),
            Label("用 chuanyu items draft 起草档案", "draft profiles with chuanyu items draft"),
        )


def _name(one: Profile) -> str:
    return f"{one.code} v{one.version} {name_province(one.province).en}"


def _is_practice(config: Path) -> bool:
    """Tell whether a node's trust bundles, its own and its peers', are all of places of practice."""
    from gateway.cli.checks.trust import read_trust
    from gateway.settings import Settings, SettingsError
    from keys.trust import TrustError, is_practice

    file = config / "node.toml" if config.is_dir() else config
    try:
        settings = Settings.load(file)
        provinces = (settings.node.province, *(peer.province for peer in settings.peers))
        now = datetime.now(UTC)
        return all(is_practice(read_trust(settings, one, now).list_verifier.name) for one in provinces)
    except (SettingsError, TrustError):
        return False


def compare_profiles(
    first: Annotated[
        str, typer.Argument(metavar="FIRST", help="省（市），或事项目录文件夹。A province, or a catalogue's directory.")
    ],
    second: Annotated[
        str, typer.Argument(metavar="SECOND", help="另一省（市），或另一文件夹。Another province or directory.")
    ],
    item: Annotated[
        list[str] | None, typer.Option("--item", help="哪个事项，可重复；默认为全部。Which item; repeat it; else all.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """比较双方的档案：职责、清单、资金、处罚，以及其余不同的栏目。
    Compare two provinces' profiles: duties, lists, funds, penalties, and whatever else differs.
    """
    from gateway.catalogue.loader import load_parties
    from gateway.catalogue.profiles import AREAS, Area

    parties = load_parties()
    ours, theirs = (_profiles_of(one, parties) for one in (first, second))
    shared = sorted({*ours} & {*theirs})
    if item:
        shared = [key for key in shared if key[0] in item]
    rows = [
        (area, name, key, _spell(getattr(ours[key], name)), _spell(getattr(theirs[key], name)))
        for area in Area
        for name, of in AREAS.items()
        if of is area
        for key in shared
        if getattr(ours[key], name) != getattr(theirs[key], name)
    ]
    alone = {"first": sorted({*ours} - {*theirs}), "second": sorted({*theirs} - {*ours})}
    kinds = [_list_kinds(held, parties) for held in (ours, theirs)]
    if as_json:
        write_json(_describe(rows, kinds, alone, shared))
        return
    _show((first, second), rows, kinds, alone)


Row = tuple["Area", str, tuple[str, int], str, str]
"""A column in which two profiles of an item differ: its area, its name, the item, and what each says."""


def _profiles_of(place: str, parties: Parties) -> dict[tuple[str, int], Profile]:
    """Return the profiles of a directory, or those that practice makes up for a province; raises Problem."""
    from gateway.catalogue.drafts import practice_profiles
    from gateway.catalogue.loader import PROFILES, load_profiles
    from gateway.catalogue.schema import CatalogueError
    from keys.identity import is_province

    directory = Path(place)
    if not directory.is_dir():
        return {one.key: one for one in practice_profiles(load_items_of(None), [read_province(place)], parties)}
    inner = choose_catalogue(directory) / PROFILES
    whole = directory.resolve() if is_province(directory.resolve().name) else None
    try:
        found = load_profiles(whole.parent if whole else inner)
    except CatalogueError as error:
        raise report_catalogue(error) from error
    found = tuple(one for one in found if whole is None or one.province == whole.name)
    provinces = {one.province for one in found}
    if len(provinces) != 1:
        names = ", ".join(sorted(provinces)) or "-"
        raise Problem(
            Label(f"{place} 有 {names} 的档案", f"{place} has profiles of {names}"),
            Label("一方的档案", "profiles of one province"),
            Label("指定 profile 下该方的文件夹", "name the province's directory below profile"),
            exit_code=2,
        )
    return {one.key: one for one in found}


def _list_kinds(held: Mapping[tuple[str, int], Profile], parties: Parties) -> list[str]:
    """Return the kinds of list that the province of these profiles keeps."""
    from gateway.catalogue.lists import ListKind

    province = next((one.province for one in held.values()), "")
    return [str(kind) for kind in ListKind if parties.keeps(province, kind)]


def _spell(value: object) -> str:
    return "、".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _describe(
    rows: Sequence[Row], kinds: Sequence[list[str]], alone: Mapping[str, Any], shared: Sequence[tuple[str, int]]
) -> dict[str, Any]:
    return {
        "items": len(shared),
        "list_kinds": {"first": kinds[0], "second": kinds[1]},
        "areas": {name: describe_label(label) for name, label in LAWS.items()},
        "differences": [
            {
                "area": str(area),
                "column": name,
                "label": describe_label(COLUMNS[name]),
                "item": key[0],
                "version": key[1],
                "first": first,
                "second": second,
            }
            for area, name, key, first, second in rows
        ],
        "alone": {side: [f"{code} v{version}" for code, version in keys] for side, keys in alone.items()},
    }


def _show(
    places: tuple[str, str], rows: Sequence[Row], kinds: Sequence[list[str]], alone: Mapping[str, Sequence[Any]]
) -> None:
    from gateway.catalogue.lists import ListKind
    from gateway.catalogue.profiles import Area
    from gateway.cli.table import show_table

    for area in Area:
        told: list[list[list[str]]] = [
            [[say(COLUMNS[name]), f"{key[0]} v{key[1]}"], [first or "-"], [second or "-"]]
            for of, name, key, first, second in rows
            if of is area
        ]
        if area is Area.LISTS and kinds[0] != kinds[1]:
            named = [[name_of(ListKind, ListKind(kind)) for kind in side] for side in kinds]
            told.insert(0, [[word("清单种类", "kinds of list")], *named])
        title = f"{name_of(Area, area)} · {say(LAWS[area])}"
        heads = [[word("栏目、事项", "column, item")], [places[0]], [places[1]]]
        if told:
            show_table(title, heads, told, plain=True)
    for side, place in zip(("first", "second"), places, strict=True):
        if alone[side]:
            typer.echo(word(f"仅 {place} 有：", f"{place} alone has: ") + ", ".join(code for code, _ in alone[side]))
