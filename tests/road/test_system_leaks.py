"""The 22 ways around a guard of texts, each tried over the real road: two nodes, real gRPC, real logs.

In each a synthetic number is put where no detector of texts would look; nothing of it leaves, is logged or is counted.
"""

from __future__ import annotations

import base64
import gzip
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import grpc
import pytest
import structlog
from google.protobuf.any_pb2 import Any as Packed
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from adapters.contract import Columns, PlatformUnavailable, Question
from gateway.assembly.build import build
from gateway.border import status as statuses
from gateway.cli.demo.questions import make_question, open_channel
from gateway.cli.demo.world import BATCH_NO
from gateway.ground.evidence import MaskedPage, Page
from gateway.ground.item import Kind
from gateway.ground.refusals import Reason, Refusal
from gateway.leakguard.examine import LONGEST
from gateway.leakguard.text import scan_text
from gateway.link import answer as answering
from gateway.telemetry.logs import configure_logs
from gateway.wire.v1 import ask_pb2, exchange_pb2, exchange_pb2_grpc
from tests.fixed_platform import plausible_cell
from tests.province import ITEMS, Two, plausible

NUMBER = "509998197702020017"
"""Somebody's number; its region 509998 is assigned to nobody."""
OWN = "51999919600101003X"
"""The number that every question of these tests is about."""
REGION = {"region_code": "510104"}


async def refused(two: Two, code: str = "CY-ID-02", keys: dict[str, str] | None = None, **changes: Any) -> Refusal:
    """Ask Chongqing for Sichuan; return the refusal."""
    asked = libraries(two) if code == "CY-CU-02" else two.ask(code, keys, **changes)
    with pytest.raises(Refusal) as caught:
        await two.query(asked)
    assert NUMBER not in f"{caught.value!s}{caught.value.violations}"
    return caught.value


def libraries(two: Two) -> ask_pb2.Ask:
    """A question about nobody: the libraries of a region."""
    return make_question(ITEMS["CY-CU-02"], two.world["chongqing"], two.world["sichuan"], REGION)


def answering_with(two: Two, **cells: Any) -> None:
    """Let Sichuan's platform answer with these columns in place of plausible ones."""
    two.platforms["sichuan"].answer = lambda asked: [{**page, **cells} for page in plausible(asked)]


def masking_with(two: Two, monkeypatch: pytest.MonkeyPatch, change: Any) -> None:
    """Let Sichuan's masking give a page that `change` has changed."""
    running = two.nodes["sichuan"].node
    masking = running.in_force.rooms.masking

    class Changed:
        """Masks, and then does what it must not."""

        manifest = masking.manifest

        def mask(self, arrival: Any, grant: Any, raw: Any) -> MaskedPage:
            """Mask and change."""
            masked = masking.mask(arrival, grant, raw)
            return replace(masked, page=change(masked.page, raw.page))

    changed = replace(running.in_force.rooms, masking=Changed())  # type: ignore[arg-type]  # on purpose
    monkeypatch.setattr(running.in_force, "rooms", changed)


def files_of(two: Two) -> Iterator[tuple[Path, bytes]]:
    """Every file of both nodes that the run has written: logs, spools, archives."""
    for province in two.world.values():
        for path in province.settings.directory.rglob("*"):
            if path.is_file() and path.suffix not in (".pem", ".toml"):
                yield path, path.read_bytes()


@pytest.fixture
def lines() -> Iterator[io.BytesIO]:
    """Collect the log lines of both nodes."""
    stream = io.BytesIO()
    configure_logs(stream, level="debug", scan=scan_text)
    yield stream
    structlog.reset_defaults()


async def test_s1_an_unknown_protobuf_field_travels_nowhere(shared_two: Two) -> None:
    """Field 999 of the question holds a number: it is neither asked on nor answered nor recorded."""
    unknown = b"\xba\x3e" + bytes([len(NUMBER)]) + NUMBER.encode()
    message = ask_pb2.Ask.FromString(shared_two.ask().SerializeToString() + unknown)
    assert NUMBER.encode() in message.SerializeToString()
    try:
        response = await shared_two.query(message)
    except Refusal as refusal:
        assert Reason.REQUEST_INVALID is refusal.reason
    else:
        assert NUMBER.encode() not in response.SerializeToString()
    assert [] == [path for path, octets in files_of(shared_two) if NUMBER.encode() in octets]


async def test_s2_an_any_of_an_unregistered_type_is_passed_over(
    shared_two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A peer packs a number into a detail that nobody knows: the application gets a fresh status without it."""
    packed = Packed(type_url="type.googleapis.com/unknown.Person", value=NUMBER.encode())
    to_status = statuses.to_status

    def status(refusal: Refusal, **where: Any) -> Any:
        made = to_status(refusal, **where)
        made.details.append(packed)
        return made

    monkeypatch.setattr(answering, "to_status", status)
    shared_two.platforms["sichuan"].answer = raising(PlatformUnavailable("down"))
    found = await status_of(shared_two)
    assert NUMBER.encode() not in found


async def test_s3_a_bytes_field_that_holds_a_number_is_no_answer(shared_two: Two) -> None:
    """A string column takes strings alone."""
    answering_with(shared_two, card_form=[NUMBER.encode()])
    assert Reason.PLATFORM_ANSWER_INVALID is (await refused(shared_two)).reason


@pytest.mark.parametrize("told", [{NUMBER: "both"}, {"both": {NUMBER: 1}}])
async def test_s4_the_key_of_a_map_is_no_answer(shared_two: Two, told: dict[str, Any]) -> None:
    """Neither a cell that is a map, nor a column whose name is a number."""
    answering_with(shared_two, card_form=[told])
    assert Reason.PLATFORM_ANSWER_INVALID is (await refused(shared_two)).reason
    answering_with(shared_two, **{NUMBER: ["both"]})
    assert Reason.PLATFORM_ANSWER_INVALID is (await refused(shared_two)).reason


@pytest.mark.parametrize("kind", [Kind.STRING, Kind.SEALED, Kind.INTEGER])
async def test_s5_another_arm_of_the_column_is_blocked(
    shared_two: Two, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    """A masked column that comes as another type than its level gives."""
    values: dict[Kind, str | bytes | int] = {
        Kind.STRING: NUMBER,
        Kind.SEALED: NUMBER.encode(),
        Kind.INTEGER: int(NUMBER),
    }

    def change(page: Page, raw: Page) -> Page:
        first, *rest = page.columns
        return replace(page, columns=(replace(first, kind=kind, values=(values[kind],)), *rest))

    masking_with(shared_two, monkeypatch, change)
    assert Reason.LEAK_BLOCKED is (await refused(shared_two)).reason


async def test_s6_values_nested_beyond_any_depth_are_no_answer(shared_two: Two) -> None:
    """A cell is a scalar; a thousand lists around a number are not looked into but refused."""
    nested: Any = NUMBER
    for _ in range(1_000):
        nested = [nested]
    answering_with(shared_two, card_form=[nested])
    assert Reason.PLATFORM_ANSWER_INVALID is (await refused(shared_two)).reason


def raising(error: Exception) -> Any:
    """A platform that fails."""

    def answer(asked: Question) -> list[Columns]:
        raise error

    return answer


async def status_of(two: Two, metadata: tuple[tuple[str, str], ...] = ()) -> bytes:
    """Ask as an application; return all bytes of the status and of the metadata around it."""
    asker = two.world["chongqing"]
    async with open_channel(asker, asker.portal) as opened:
        call = exchange_pb2_grpc.ExchangeStub(opened).Query(
            exchange_pb2.QueryRequest(ask=two.ask()), timeout=10, metadata=metadata
        )
        told = [repr(await call.initial_metadata())]
        try:
            told.append(repr(await call))
        except grpc.aio.AioRpcError as error:
            told += [str(error.details()), repr(error)]
        told.append(repr(await call.trailing_metadata()))
        return "\n".join(told).encode()


@pytest.mark.parametrize("error", [PlatformUnavailable(f"no {NUMBER}"), KeyError(NUMBER), ValueError(NUMBER)])
async def test_s7_status_details_and_trailers_say_nothing(shared_two: Two, error: Exception) -> None:
    """Message, every detail and all trailing metadata."""
    shared_two.platforms["sichuan"].answer = raising(error)
    found = await status_of(shared_two)
    assert b"PLATFORM" in found
    assert NUMBER.encode() not in found
    assert base64.b64encode(NUMBER.encode())[:-4] not in found


@pytest.mark.parametrize(
    "error", [PlatformUnavailable(f"no {NUMBER}"), KeyError(NUMBER), ExceptionGroup(NUMBER, [ValueError(NUMBER)])]
)
async def test_s8_no_exception_shows_a_value_in_the_log(two: Two, lines: io.BytesIO, error: Exception) -> None:
    """Exceptions are told by type and place."""
    two.platforms["sichuan"].answer = raising(error)
    await refused(two)
    assert b"exchange" in lines.getvalue()
    assert NUMBER.encode() not in lines.getvalue()


async def test_s9_no_audit_record_holds_a_raw_value(shared_two: Two) -> None:
    """Of releases and of refusals alike, in any file of either node."""
    await shared_two.query(shared_two.ask())
    answering_with(shared_two, region_code=[NUMBER])
    await refused(shared_two)
    for number in (OWN, NUMBER):
        assert [] == [path for path, octets in files_of(shared_two) if number.encode() in octets]


async def test_s10_no_metric_has_a_value_for_a_label(shared_two: Two) -> None:
    """Items, parties and columns are registered names; what a stranger chooses is counted as other."""
    answering_with(shared_two, region_code=[NUMBER])
    await refused(shared_two)
    for code in (f"CY-{NUMBER[:8]}", "CY-50999819"):
        message = shared_two.ask()
        message.item_code = code
        with pytest.raises(Refusal):
            await shared_two.query(message)
    for running in shared_two.nodes.values():
        exposed = generate_latest(running.metrics.registry).decode()
        labels = {
            (sample.name, *sample.labels.items())
            for family in text_string_to_metric_families(exposed)
            for sample in family.samples
        }
        assert labels
        assert set() == {label for label in labels if "509998" in str(label)}
        assert NUMBER not in exposed


async def test_s11_trace_context_carries_nothing_but_itself(two: Two, lines: io.BytesIO) -> None:
    """Baggage and trace state end at the door; spans have a name and no attribute."""
    headers = (("baggage", f"id={NUMBER}"), ("tracestate", f"cq={NUMBER}"), ("traceparent", f"00-{NUMBER}-{NUMBER}-01"))
    assert NUMBER.encode() not in await status_of(two, headers)
    assert NUMBER.encode() not in lines.getvalue()
    assert [] == [path for path, octets in files_of(two) if NUMBER.encode() in octets]


async def test_s12_no_header_is_echoed(shared_two: Two) -> None:
    """What an application sends in a header of its own comes back in none."""
    found = await status_of(shared_two, (("x-id-no", NUMBER), ("x-request-id", NUMBER)))
    assert NUMBER.encode() not in found


ACCOUNT = {"bank_account": "9999981234567890"}


BATCH: Final = 20


def of_many(two: Two) -> ask_pb2.Ask:
    """A question about twenty people at once."""
    message = two.ask("CY-FD-01", ACCOUNT, batch_no=BATCH_NO)
    message.keys.rows = BATCH
    for column in message.keys.columns:
        column.strings.values.extend(column.strings.values[:1] * (BATCH - 1))
    return message


def split_over(two: Two, first: str, second: str) -> None:
    """Let the platform write two texts into two neighbouring rows."""

    def answer(asked: Question) -> list[Columns]:
        made = {name: [plausible_cell(ITEMS["CY-FD-01"].field(name))] * BATCH for name in asked.fields}
        made["bank_code"] = [first, second, *["95533"] * (BATCH - 2)]
        size = asked.page_rows
        return [{name: list(values[at : at + size]) for name, values in made.items()} for at in range(0, BATCH, size)]

    two.platforms["sichuan"].answer = answer


async def streamed(two: Two, message: ask_pb2.Ask, rows: int = 1) -> list[exchange_pb2.StreamResponse]:
    """Ask for pages of so many rows."""
    asker = two.world["chongqing"]
    async with open_channel(asker, asker.portal) as opened:
        stub: Any = exchange_pb2_grpc.ExchangeStub(opened)
        request = exchange_pb2.StreamRequest(ask=message, page_rows=rows)
        try:
            return [page async for page in stub.Stream(request, timeout=10)]
        except grpc.aio.AioRpcError as error:
            raise statuses.from_rpc_error(error) from error


async def test_s13_a_number_split_across_two_stream_messages_is_blocked(shared_two: Two) -> None:
    """Each half shares eight characters with the number that was asked for, so that neither page leaves."""
    split_over(shared_two, "95566", "95588")
    assert BATCH == len(await streamed(shared_two, of_many(shared_two)))
    split_over(shared_two, OWN[:10], OWN[10:])
    with pytest.raises(Refusal) as caught:
        await streamed(shared_two, of_many(shared_two))
    assert Reason.LEAK_BLOCKED is caught.value.reason


@pytest.mark.parametrize("at", [4, 6, 9, 12])
async def test_s14_a_number_split_across_two_records_is_blocked(shared_two: Two, at: int) -> None:
    """Its parts fit the field's shape; among other words they do not, and are no answer at all."""
    for first, second, reason in (
        (OWN[:at], OWN[at:], Reason.LEAK_BLOCKED),
        (f"前 {OWN[:at]}", f"{OWN[at:]} 后", Reason.PLATFORM_ANSWER_INVALID),
    ):
        split_over(shared_two, first, second)
        with pytest.raises(Refusal) as caught:
            await streamed(shared_two, of_many(shared_two), BATCH)
        assert reason is caught.value.reason


@pytest.mark.parametrize("number", [OWN, NUMBER])
async def test_s15_compressed_text_is_unfolded(shared_two: Two, number: str) -> None:
    """Base 64 of gzip, in a column that may hold any text."""
    answering_with(shared_two, library_name=[base64.b64encode(gzip.compress(f"持证人 {number}".encode())).decode()] * 3)
    assert Reason.LEAK_BLOCKED is (await refused(shared_two, "CY-CU-02")).reason


async def test_s16_bytes_in_another_charset_tell_nothing(shared_two: Two) -> None:
    """Bytes of GB 18030 are no answer; read as Latin text they are read again as what they are."""
    octets = f"证号{NUMBER}".encode("gb18030")
    answering_with(shared_two, library_name=[octets] * 3)
    assert Reason.PLATFORM_ANSWER_INVALID is (await refused(shared_two, "CY-CU-02")).reason
    answering_with(shared_two, library_name=[octets.decode("latin-1")] * 3)
    assert Reason.LEAK_BLOCKED is (await refused(shared_two, "CY-CU-02")).reason
    answering_with(shared_two, library_name=["图书馆\ud800"] * 3)
    found = (await refused(shared_two, "CY-CU-02")).reason
    assert found in (Reason.LEAK_BLOCKED, Reason.PLATFORM_ANSWER_INVALID, Reason.INTERNAL)


@pytest.mark.parametrize("size", [LONGEST - 100, LONGEST + 1, 3 * LONGEST])
async def test_s17_a_number_behind_a_long_text_is_blocked(shared_two: Two, size: int) -> None:
    """What is too long to be read does not leave, and what is read is read to its end."""
    answering_with(shared_two, library_name=["馆" * size + NUMBER, "乙", "丙"])
    found = (await refused(shared_two, "CY-CU-02")).reason
    assert found in (Reason.LEAK_BLOCKED, Reason.ANSWER_TOO_LARGE, Reason.PLATFORM_ANSWER_INVALID)


@pytest.mark.parametrize("number", [13800138000, int(NUMBER), -13800138000])
async def test_s18_an_integer_that_is_a_telephone_is_blocked(shared_two: Two, number: int) -> None:
    """A count of months with eleven digits."""
    answering_with(shared_two, insured_months=[number])
    found = await refused(shared_two, "CY-SS-02", {"transfer_no": "ZY-2026-0001"})
    assert found.reason in (Reason.LEAK_BLOCKED, Reason.PLATFORM_ANSWER_INVALID)


async def test_s19_a_reload_between_mask_and_guard_changes_nothing(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question keeps the rooms that it met, and a guard of another item clears nothing."""
    running = two.nodes["sichuan"]

    def reload(page: Page, raw: Page) -> Page:
        running.node.in_force = build(
            running.foundation, running.trust, running.node.in_force.rooms.catalogue, running.metrics
        )
        return page

    masking_with(two, monkeypatch, reload)
    rooms = running.node.in_force.rooms
    response = await two.query(two.ask())
    assert rooms is not running.node.in_force.rooms
    assert OWN.encode() not in response.SerializeToString()


async def test_s20_nobody_gets_an_answer_that_was_made_for_another(shared_two: Two) -> None:
    """Nothing is cached: the platform is asked each time, and a request id that was answered gives nothing again."""
    message = shared_two.ask()
    first = await shared_two.query(message)
    with pytest.raises(Refusal) as caught:
        await shared_two.query(message)
    assert Reason.REQUEST_REPLAYED is caught.value.reason
    second = await shared_two.query(shared_two.ask())
    assert 2 == len(shared_two.platforms["sichuan"].asked)
    assert first.receipt.index != second.receipt.index


async def test_s21_fields_that_the_platform_swapped_are_blocked(shared_two: Two) -> None:
    """A column that comes under another's name is in no form and no code of it."""
    for name in ("card_form", "ss_app_status", "region_code"):
        answering_with(shared_two, **{name: [OWN]})
        found = (await refused(shared_two)).reason
        assert found in (Reason.LEAK_BLOCKED, Reason.PLATFORM_ANSWER_INVALID, Reason.PLATFORM_CODE_UNMAPPED)


async def test_s22_what_is_absent_stays_absent(shared_two: Two) -> None:
    """A column that is missing is refused, and a null without a reason; one with it becomes no default and no value."""
    shared_two.platforms["sichuan"].answer = lambda asked: [
        {name: cells for name, cells in page.items() if name != "region_code"} for page in plausible(asked)
    ]
    assert Reason.PLATFORM_ANSWER_INVALID is (await refused(shared_two)).reason
    answering_with(shared_two, region_code=[None], card_no=[None])
    assert Reason.PLATFORM_ANSWER_INVALID is (await refused(shared_two)).reason
    answering_with(shared_two, bank_code=[None])
    page = (await shared_two.query(shared_two.ask("CY-FD-01", ACCOUNT))).page
    (column,) = [column for column in page.columns if "bank_code" == column.name]
    assert [""] == list(column.strings.values) or not column.strings.values
    assert column.nulls
