"""`chuanyu items`: what application items exist, and what each says of every field.

It reads the items that are shipped, and with them those of a node's catalogue, or of a directory that has `items`
itself; it needs no running node and no key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.catalogue.items import CardForm
from gateway.catalogue.parties import DepartmentType
from gateway.cli.commands import make_app
from gateway.cli.help import count_cells, wrap
from gateway.cli.items.citation import cite
from gateway.cli.items.typed import describe_unknown_item, find_items, load_items_of
from gateway.cli.items.wording import describe_params, label_age_source, label_columns, label_text, list_codes
from gateway.cli.language import lines_of, say, word
from gateway.cli.names import add_code, name_all, name_of, name_over_code, name_with_code
from gateway.cli.screen import AsJson, make_console, print_under, write_json
from gateway.cli.table import show_table
from gateway.ground.evidence import LawfulBasis
from gateway.ground.item import Domain, Field, Item, Kind, Label, LegalClass, Level, Mode, SharingClass, SharingMode

if TYPE_CHECKING:
    from rich.table import Table

LONGEST_CODE: Final = 20
"""Codes up to this length are not broken; a digest is."""

WIDEST_LINE: Final = 48
"""Cells of a line beside the names of the columns of an item, on a screen of eighty."""

LONGEST_WORD: Final = 12
"""Words up to this length are not broken, so that a table fits beside its codes."""

COMMANDS: Final = {
    "list": "gateway.cli.items.app:list_items",
    "show": "gateway.cli.items.app:show_item",
    "explain": "gateway.cli.items.app:explain_item",
    "draft": "gateway.cli.items.profiles:draft_profiles",
    "check": "gateway.cli.items.profiles:check_items",
    "diff": "gateway.cli.items.profiles:compare_profiles",
}
"""The commands in the order of the help, and where each is found."""

app = make_app(
    COMMANDS, "应用事项：可以问什么，每个数据项如何脱敏。Application items: what may be asked, how each field leaves."
)

Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help="节点配置文件或其文件夹，读取其 catalogue 中的事项；或含 items 的文件夹。"
        "A node's settings file or directory, for the items of its catalogue; or a directory with items.",
    ),
]


def list_items(config: Config = None, as_json: AsJson = False) -> None:
    """列出事项：领域、名称、共享属性和提供方。List the items: domain, name, class and who provides them."""
    items = load_items_of(config)
    if as_json:
        write_json([_summarise(item) for item in items])
        return
    rows = [
        (
            item.code,
            str(item.version),
            f"{name_of(Domain, item.domain)}\n{name_of(SharingClass, item.sharing_class)}",
            "\n".join(lines_of(item.label)),
            "\n".join(name_of(DepartmentType, kind) for kind in item.providers),
        )
        for item in items
    ]
    heads = (
        word("编码", "code"),
        "v",
        word("领域、属性", "domain, class"),
        word("事项", "item"),
        word("提供方", "providers"),
    )
    make_console().print(_make_table(word("应用事项", "application items"), heads, rows))


def show_item(
    code: Annotated[str, typer.Argument(help="事项编码或名称，例如 CY-ID-02。The item's code or its name.")],
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """查看一个事项的全部栏目，以及各数据项的类别和级别。
    Show all columns of an item, with the class and the level of each field.
    """
    from gateway.catalogue.digest import digest

    found = _find_items(code, config)
    if as_json:
        write_json([_describe_item(item) for item in found])
        return
    screen = make_console()
    for item in found:
        screen.print(_tabulate_columns(item))
        print_under("  " + word("摘要", "digest"), [digest(item)])
        screen.print()
        screen.print(_tabulate_keys(item))
        screen.print(_tabulate_fields(item))
        if any(field.codes for field in item.fields):
            screen.print(_tabulate_codes(item))


def explain_item(
    code: Annotated[
        str, typer.Argument(metavar="ITEM", help="事项编码或名称，例如 CY-ID-02。The item's code or its name.")
    ],
    recipient: Annotated[
        str, typer.Option("--recipient", help="接收方：省级区划代码/部门。Who gets it: <province>/<department>.")
    ],
    scene: Annotated[str, typer.Option("--scene", help="应用场景，默认为第一个。The scene; else the first.")] = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """解释接收方得到什么：各数据项的方法、密钥期和示例，以及余下候选。
    Explain what a recipient gets: operator, epoch and example of each field, candidates left.
    """
    from gateway.cli.items.explain import describe_rest, describe_title, explain, list_heads, make_rows

    explanations = [(item, explain(item, recipient, scene)) for item in _find_items(code, config)]
    if as_json:
        write_json([one for _, one in explanations])
        return
    screen = make_console()
    for item, one in explanations:
        rows = [[cell.split("\n") for cell in row] for row in make_rows(item, one)]
        show_table(describe_title(item, one), [head.split("\n") for head in list_heads()], rows, plain=True)
        for line in describe_rest(item, one):
            screen.print("\n".join(wrap(line, screen.width)), markup=False, highlight=False)


def _find_items(typed: str, config: Path | None) -> list[Item]:
    """Return the items of a code, in letters of either case, or of a name; raises Problem where there is none."""
    items = load_items_of(config)
    found = find_items(items, typed)
    if not found:
        raise describe_unknown_item(items, typed)
    return found


def _summarise(item: Item) -> dict[str, object]:
    from gateway.catalogue.digest import digest

    return {
        "code": item.code,
        "version": item.version,
        "domain": item.domain,
        "label": asdict(item.label),
        "sharing_class": item.sharing_class,
        "providers": item.providers,
        "consumers": item.consumers,
        "digest": digest(item),
    }


def _describe_item(item: Item) -> dict[str, object]:
    from gateway.catalogue.digest import digest

    return {**asdict(item), "digest": digest(item)}


def _tabulate_columns(item: Item) -> Table:
    rows = [
        (word("领域", "domain"), name_with_code(Domain, item.domain)),
        (word("场景说明", "description"), "\n".join(lines_of(item.description))),
        (word("应用场所", "venue"), "\n".join(lines_of(item.venue))),
        (word("用卡形式", "card forms"), name_all(CardForm, item.card_forms)),
        (word("数据目录名称", "catalogue name"), say(label_text(item.catalogue_name))),
        (word("数据格式", "data format"), say(label_text(item.data_format))),
        (word("共享属性", "sharing class"), name_of(SharingClass, item.sharing_class)),
        (word("共享方式", "sharing modes"), name_all(SharingMode, (one.mode for one in item.modes))),
        (word("使用条件", "use conditions"), say(label_text(item.use_conditions)) or "-"),
        (word("数据分类分级", "grading"), say(label_text(item.grading))),
        (word("提供方", "providers"), name_all(DepartmentType, item.providers)),
        (word("需求方", "consumers"), name_all(DepartmentType, item.consumers)),
        (word("应用场景", "scenes"), _list_labelled(item.scenes)),
        (word("使用依据", "use bases"), _list_labelled(item.use_bases)),
        (word("处理依据", "lawful bases"), name_all(LawfulBasis, item.lawful_bases)),
        (
            word("法律依据", "legal bases"),
            "\n".join(line for basis in item.legal_bases for line in lines_of(cite(basis))),
        ),
        (word("每次行数", "rows of a request"), "\n".join(map(_spell_rows, item.modes))),
        (word("年龄依据", "age from"), say(label_age_source(item))),
        (
            word("最小群体校验", "gates"),
            "\n".join(f"{say(label_columns(gate.fields, item.fields))}: k = {gate.k}" for gate in item.gates) or "-",
        ),
        (word("命中即暂停服务", "quarantine"), _spell_flag(item.quarantine)),
        (word("跨省须有两地协议", "needs an agreement"), _spell_flag(item.agreement)),
    ]
    return _make_table(
        f"{item.code} v{item.version}  {say(item.label)}",
        (word("栏目", "column"), word("内容", "value")),
        rows,
    )


def _spell_rows(one: Mode) -> str:
    """Return how many rows a request of the mode has."""
    rows = f"{one.min_rows}" if one.min_rows == one.max_rows else f"{one.min_rows}-{one.max_rows}"
    return f"{name_of(SharingMode, one.mode)}: {rows}"


def _list_labelled(pairs: Iterable[tuple[str, Label]]) -> str:
    """Return labels with their codes in brackets, a line each."""
    return "\n".join(_name_whole(code, label) for code, label in pairs)


def _name_whole(code: str, label: Label) -> str:
    """Return a label with its code, which has a line of its own where both are too long for one."""
    name = say(label)
    line = add_code(name, code)
    return line if count_cells(line) <= WIDEST_LINE else f"{name}\n{line.removeprefix(name).strip()}"


def _tabulate_keys(item: Item) -> Table:
    rows = [
        (
            key.name,
            say(key.label),
            name_of(Kind, key.kind),
            _spell_flag(key.required),
            _spell_flag(key.subject),
            str(key.max_len),
        )
        for key in item.keys
    ]
    return _make_table(
        word("查询键", "keys"),
        (
            word("查询键", "key"),
            word("名称", "name"),
            word("类型", "kind"),
            word("必填", "required"),
            word("本人标识", "subject"),
            word("最大长度", "max"),
        ),
        rows,
    )


def _tabulate_fields(item: Item) -> Table:
    rows = [
        (
            "\n".join(filter(None, (say(field.label), field.name, field.hrss_code))),
            f"{name_of(Kind, field.kind)}\n{name_of(LegalClass, field.legal_class)}",
            _describe_level(field),
            "\n".join(
                [
                    name_over_code(Level, field.minor_level),
                    *describe_params(field.minor_level, dict(field.minor_params)),
                ]
            ),
        )
        for field in item.fields
    ]
    return _make_table(
        word("数据项", "fields"),
        (
            word("数据项", "field"),
            word("类型与类别", "kind, class"),
            word("级别", "level"),
            word("不满十四周岁", "under 14"),
        ),
        rows,
    )


def _tabulate_codes(item: Item) -> Table:
    rows = [(f"{say(field.label)}\n{field.name}", list_codes(field.codes)) for field in item.fields if field.codes]
    return _make_table(word("代码集", "codes"), (word("数据项", "field"), word("取值", "values")), rows)


def _make_table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(title), title_justify="left", box=box.SIMPLE_HEAD)
    shown = list(rows)
    for place, head in enumerate(heads):
        words = [one for row in shown for one in re.findall(r"[A-Za-z0-9_/.-]+", row[place])]
        widths = (min(len(one), LONGEST_WORD if one.isalpha() else LONGEST_CODE) for one in words)
        table.add_column(head, overflow="fold", min_width=max(widths, default=2))
    for row in shown:
        table.add_row(*map(escape, row))
    return table


def _describe_level(field: Field) -> str:
    return "\n".join([name_over_code(Level, field.level), *describe_params(field.level, dict(field.params))])


def _spell_flag(value: bool) -> str:
    return word("是", "yes") if value else word("否", "no")
