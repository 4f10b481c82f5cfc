"""`chuanyu ask`: asks a gateway one question, or one for each part of a table of subjects, and shows the answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from gateway.cli.calling import ApplicationCert, Ca, Gateway, KeyFile, PassphraseFile, ServerName
from gateway.cli.language import word
from gateway.cli.screen import AsJson, Problem, make_console
from gateway.ground.evidence import Channel, LawfulBasis
from gateway.ground.item import Field

if TYPE_CHECKING:
    import grpc

    from gateway.cli.ask.question import AskDetails
    from gateway.ground.evidence import Page
    from gateway.masking.sealed import Opener
    from gateway.wire.v1 import ask_pb2, exchange_pb2


MAX_SECONDS: Final = 600.0
"""The longest deadline; a gateway allows less."""
SERVICE: Final = "/gateway.wire.v1.Exchange"

ItemCode = Annotated[
    str, typer.Argument(metavar="ITEM", help="应用事项编码，例如 CY-ID-02。The item's code, for example CY-ID-02.")
]
To = Annotated[
    str,
    typer.Option(
        help="提供方省（市）：四川（sichuan）、重庆（chongqing）或其代码。"
        "The province asked: sichuan, chongqing or its code."
    ),
]
Key = Annotated[
    list[str],
    typer.Option(
        default_factory=list,
        show_default=False,
        help="查询键：名称=值、名称=@文件，或 名称=@- 从标准输入读取；名称:类型 指定其他类型。"
        "A key: name=value, name=@FILE, or name=@- for standard input; name:kind for another kind.",
    ),
]
FieldName = Annotated[
    list[str],
    typer.Option(
        "--field",
        default_factory=list,
        show_default=False,
        help="所需数据项，可重复。A field that is needed; repeat it.",
    ),
]
Scene = Annotated[str, typer.Option(help="应用场景。The scene.")]
UseBasis = Annotated[str, typer.Option(help="使用依据。The use basis.")]
Purpose = Annotated[
    str, typer.Option(help="需要数据的用途，不含个人号码。Why the data is needed, without personal numbers.")
]
PurposeCode = Annotated[str, typer.Option(help="用途代码，以授权所列为准。The purpose's code in the grant.")]
BusinessNo = Annotated[str, typer.Option(help="业务流水号。The business number.")]
Department = Annotated[str, typer.Option(help="需求部门。The consuming department.")]
Region = Annotated[str, typer.Option(help="所在地区代码。The region's code.")]
ChannelName = Annotated[Channel, typer.Option(help="办理业务的渠道。How the business is done.")]
OperatorRef = Annotated[
    str, typer.Option(help="经办人编号，窗口必填。The operator's staff number; needed at a counter.")
]
Unit = Annotated[str, typer.Option(help="经办人单位。The operator's unit.")]
EndUserOrg = Annotated[
    str, typer.Option(help="所服务的机构的登记代码。The registered code of the body that the department serves.")
]
OnwardConsentNo = Annotated[
    str,
    typer.Option(help="提供方同意转供该机构的编号。The number of the provider's consent to supply the body."),
]
BatchNo = Annotated[
    str,
    typer.Option(help="批量交换的批次审批编号，配合 --stream。The approved batch's number, with --stream."),
]
Basis = Annotated[LawfulBasis, typer.Option(help="处理依据。The lawful basis.")]
ConsentRef = Annotated[str, typer.Option(help="同意登记编号。The register number of the consent.")]
EmergencyReason = Annotated[
    str, typer.Option(help="紧急事由，紧急情况必填。Why it is an emergency; needed where that is the basis.")
]
Version = Annotated[
    int,
    typer.Option(
        min=0, max=9999, help="事项版本，0 为本机所知的现行版本。The item's version; 0 for the one known here."
    ),
]
VKey = Annotated[
    list[str],
    typer.Option(
        "--vkey",
        default_factory=list,
        show_default=False,
        help="审计日志的公钥，可重复。A log's verifier key; repeat it.",
    ),
]
Timeout = Annotated[
    float, typer.Option(min=0.1, max=MAX_SECONDS, help="查询的时限，单位为秒。The deadline, in seconds.")
]
PageRows = Annotated[int, typer.Option(min=1, max=2000, help="使用 --stream 时每页的行数。Rows a page, with --stream.")]
Streamed = Annotated[bool, typer.Option("--stream", help="逐页取回返回结果。Take the answer page by page.")]
OpenWith = Annotated[
    Path | None,
    typer.Option(
        help="部门的数据项加密私钥，口令在同一文件夹。The department's key for sealed fields, its passphrase beside it."
    ),
]
Table = Annotated[
    Path | None, typer.Option("--file", help="查询键的 CSV 表格，每人一行。A CSV table of keys, one row a subject.")
]


@dataclass(frozen=True, slots=True)
class AskOptions:
    """The options of asking: the deadline of each question in seconds, rows a page (0 for one page), known log keys.

    `opener` opens sealed fields; without one they are shown as they came.
    """

    timeout: float
    page_rows: int
    vkeys: tuple[str, ...]
    opener: Opener | None


def ask(
    item: ItemCode,
    to: To,
    scene: Scene,
    use_basis: UseBasis,
    purpose: Purpose,
    purpose_code: PurposeCode,
    business_no: BusinessNo,
    department: Department,
    region: Region,
    gateway: Gateway,
    cert: ApplicationCert,
    key_file: KeyFile,
    ca: Ca,
    passphrase_file: PassphraseFile,
    key: Key,
    field: FieldName,
    vkey: VKey,
    channel: ChannelName = Channel.ONLINE,
    operator: OperatorRef = "",
    unit: Unit = "",
    end_user_org: EndUserOrg = "",
    onward_consent_no: OnwardConsentNo = "",
    batch_no: BatchNo = "",
    lawful_basis: Basis = LawfulBasis.STATUTORY_DUTY,
    consent_ref: ConsentRef = "",
    emergency_reason: EmergencyReason = "",
    item_version: Version = 0,
    server_name: ServerName = "",
    timeout: Timeout = 10.0,
    page_rows: PageRows = 500,
    stream: Streamed = False,
    file: Table = None,
    open_with: OpenWith = None,
    as_json: AsJson = False,
) -> None:
    """向网关发起查询，显示脱敏结果和审计回执，或者拒绝的原因。
    Ask a gateway, and show the masked answer with its receipts, or the refusal.
    """
    from gateway.cli.ask import keys as ask_keys
    from gateway.cli.ask import question as ask_question
    from gateway.cli.ask.open import read_opener
    from gateway.cli.connection import open_channel, read_credentials
    from gateway.cli.provinces import read_province

    known = ask_question.find_item(item, item_version)
    version = item_version or (known.version if known else 1)
    details = ask_question.AskDetails(
        item, version, read_province(to), department, region, scene, use_basis, purpose, business_no, channel,
        operator, unit, end_user_org, lawful_basis, consent_ref, emergency_reason, tuple(field), purpose_code,
        onward_consent_no, batch_no,
    )  # fmt: skip
    ask_question.require_fields(known, details.fields)
    keys = ask_question.list_keys(known)
    pages = ask_keys.read_table(file, keys) if file else [ask_keys.read_line(key, keys)]
    opener = read_opener(open_with) if open_with else None
    options = AskOptions(timeout, page_rows if stream else 0, tuple(vkey), opener)
    declared = {} if known is None else {one.name: one for one in known.fields}
    with open_channel(gateway, read_credentials(ca, cert, key_file, passphrase_file), server_name) as channel_:
        _ask_all(channel_, details, pages, options, declared, as_json=as_json)


def _ask_all(
    channel: grpc.Channel,
    details: AskDetails,
    pages: Sequence[Page],
    options: AskOptions,
    declared: dict[str, Field],
    *,
    as_json: bool,
) -> None:
    import grpc

    from gateway.cli.ask.show import describe_refusal, show_answers

    answers: list[dict[str, Any]] = []
    problem: Problem | None = None
    try:
        for page in _show_progress(pages):
            answers += _ask_one(channel, details, page, options)
    except grpc.RpcError as error:
        problem = describe_refusal(error)
    if answers:
        show_answers(answers, declared, problem, as_json=as_json)
    if problem is not None:
        if answers and as_json:
            raise typer.Exit(problem.exit_code)
        raise problem


def _show_progress(pages: Sequence[Page]) -> Iterator[Page]:
    """Yield the parts, under a progress bar on standard error where there are several."""
    if len(pages) == 1:
        yield pages[0]
        return
    from rich.progress import Progress

    with Progress(console=make_console(error=True)) as progress:
        task = progress.add_task(word("查询", "asking"), total=sum(page.rows for page in pages))
        for page in pages:
            yield page
            progress.advance(task, page.rows)


def _ask_one(channel: grpc.Channel, details: AskDetails, keys: Page, options: AskOptions) -> list[dict[str, Any]]:
    from gateway.border.messages import read_page
    from gateway.cli.ask.open import AnswerOpener
    from gateway.cli.ask.question import make_ask
    from gateway.cli.ask.show import describe_answer

    question = make_ask(details, keys)
    opener = (
        AnswerOpener(options.opener, question.item_code, question.request_id) if options.opener is not None else None
    )
    answers: list[dict[str, Any]] = []
    first = 0
    for number, message in _read_responses(channel, question, options):
        page = read_page(message.page)
        shown = opener.open_page(page, first) if opener is not None else page
        answers.append(describe_answer(message, shown, number, options.vkeys))
        first += page.rows
    return answers


def _read_responses(
    channel: grpc.Channel, question: ask_pb2.Ask, options: AskOptions
) -> Iterator[tuple[int, exchange_pb2.QueryResponse]]:
    """Yield the pages of an answer with their numbers."""
    from gateway.wire.v1 import exchange_pb2

    if not options.page_rows:
        query = channel.unary_unary(
            f"{SERVICE}/Query",
            request_serializer=exchange_pb2.QueryRequest.SerializeToString,
            response_deserializer=exchange_pb2.QueryResponse.FromString,
        )
        yield 0, query(exchange_pb2.QueryRequest(ask=question), timeout=options.timeout)
        return
    stream = channel.unary_stream(
        f"{SERVICE}/Stream",
        request_serializer=exchange_pb2.StreamRequest.SerializeToString,
        response_deserializer=exchange_pb2.StreamResponse.FromString,
    )
    request = exchange_pb2.StreamRequest(ask=question, page_rows=options.page_rows)
    for response in stream(request, timeout=options.timeout):
        yield response.number, response.answer
