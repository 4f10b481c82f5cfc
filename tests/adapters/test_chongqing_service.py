"""Chongqing's service behind its adapter: signed headers, one request a page, errors where the JSON is amiss."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from adapters.chongqing.records import answer
from adapters.chongqing.service import Service
from adapters.contract import AnswerInvalid, CodeUnmapped, Platform, PlatformError, PlatformUnavailable
from adapters.http import HttpSource
from adapters.http_client import HttpClient
from adapters.kinds import open_platform
from adapters.mapped import MappedPlatform
from adapters.mapping import SubjectItem
from adapters.mapping_file import MappingInvalid, read_mapping
from adapters.people.population import population
from adapters.people.samples import samples
from tests.adapters.stand_ins import (
    CREDENTIALS,
    NOW_MS,
    SEED,
    chongqing_options,
    chongqing_service,
    expectations,
    fetch,
    one,
    open_chongqing,
    real_now_ms,
)

ROOT = Path(__file__).parents[2]
MAPPING = ROOT / "adapters" / "chongqing" / "mapping.toml"
SAMPLES = samples("chongqing", SEED)
WITHOUT_CARD = {name: value for name, value in SAMPLES["CY-ID-02"].items() if name != "card_no"}


async def test_a_page_of_subjects_is_one_request(tmp_path: Path) -> None:
    """Never one a subject; numbers of two forms share it."""
    async with chongqing_service() as (service, url):
        platform = open_chongqing(url, tmp_path)
        pages = await fetch(platform, "CY-ID-02", *[SAMPLES["CY-ID-02"]] * 250, page_rows=125)
        assert [125, 125] == [len(page["card_no"]) for page in pages]
        assert 2 == service.requests
        await platform.close()


async def test_a_page_that_is_larger_than_the_service_takes_is_split(tmp_path: Path) -> None:
    """And comes back as one page, in order."""
    async with chongqing_service() as (service, url):
        platform = open_chongqing(url, tmp_path)
        unknown = {**SAMPLES["CY-ID-02"], "name": "无名氏"}
        (page,) = await fetch(platform, "CY-ID-02", *[SAMPLES["CY-ID-02"], unknown] * 350, page_rows=700)
        assert 3 == service.requests
        assert [SAMPLES["CY-ID-02"]["card_no"], None] * 350 == list(page["card_no"])
        await platform.close()


@pytest.mark.parametrize("change", [{"secret": b"another-secret-of-enough-bytes"}, {"rid": "other"}, {"sid": "s_1"}])
async def test_an_asker_who_does_not_prove_himself_gets_nothing(change: dict[str, Any]) -> None:
    """The service answers 401; the adapter is unavailable, and says so in its health."""
    async with chongqing_service() as (service, url):
        mapping = read_mapping(MAPPING)
        source = HttpSource(HttpClient(url), mapping.wire, replace(CREDENTIALS, **change), lambda: NOW_MS)
        platform = MappedPlatform(mapping, source)
        with pytest.raises(PlatformUnavailable, match="401"):
            await one(platform, "CY-ID-02", SAMPLES["CY-ID-02"])
        assert not (await platform.health()).serving
        assert 0 == service.requests
        await platform.close()


async def test_a_stale_time_gets_nothing() -> None:
    """A repeated message is refused once the window has passed."""
    async with chongqing_service() as (_, url):
        mapping = read_mapping(MAPPING)
        platform = MappedPlatform(mapping, HttpSource(HttpClient(url), mapping.wire, CREDENTIALS, lambda: 1_000))
        with pytest.raises(PlatformUnavailable, match="401"):
            await one(platform, "CY-ID-02", SAMPLES["CY-ID-02"])
        await platform.close()


def _count_from_first(request: bytes, said: bytes) -> bytes:
    lines = orjson.loads(request).get("cxlb")
    return re.sub(rb'(?<="xh":)-?\d+', lambda xh: b"%d" % (lines[0]["xh"] + int(xh[0])), said) if lines else said


@asynccontextmanager
async def _answering(tmp_path: Path, body: bytes | Callable[[bytes], bytes]) -> AsyncIterator[Platform]:
    """Run a service that answers every request with this body, its serial numbers counted from the request's first."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            request = await reader.readexactly(length)
            said = _count_from_first(request, body if isinstance(body, bytes) else body(request))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
            writer.write(b"Content-Length: %d\r\n\r\n" % len(said) + said)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    platform = open_chongqing(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", tmp_path)
    try:
        yield platform
    finally:
        await platform.close()
        server.close()


def _record() -> dict[str, Any]:
    person = population("chongqing", SEED, 20).people[12]
    return {"xh": 0, **answer("/ykt/v1/kp", person, {})[0]}


def _of(**person: object) -> dict[str, Any]:
    record = _record()
    return {**record, "ry": {**record["ry"], **person}}


def _envelope(records: object, code: object = "0000") -> bytes:
    return orjson.dumps({"fhm": code, "fhxx": "", "sj": records})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"fhm": "0000", "sj": NaN}',
        b'{"fhm": "0000", "sj": []} {}',
        b"\xff\xfe",
        _envelope(None),
        _envelope({}),
        _envelope([1]),
        _envelope([{}]),
        _envelope([{**_record(), "xh": 2}]),
        _envelope([{**_record(), "xh": -1}]),
        _envelope([{**_record(), "xh": "0"}]),
        _envelope([{**_record(), "xh": True}]),
        _envelope([{"xh": 0, "ry": _record()["ry"]}]),
        _envelope([{**_record(), "kp": []}]),
        _envelope([{**_record(), "kp": "T50095028"}]),
        _envelope([_record()] * 100),
        _envelope([_of(sfzhm="509999198001010012")]),
        _envelope([_record(), _of(sfzhm="509999198001010012")]),
        _envelope([_of(sfzhm=None)]),
        _envelope([_of(sfzhm=519999195603088649)]),
        _envelope([_of(sfzhm="")]),
        _envelope([{**_record(), "ry": {name: value for name, value in _record()["ry"].items() if name != "sfzhm"}}]),
    ],
)
async def test_an_answer_of_another_form_is_invalid(tmp_path: Path, body: bytes) -> None:
    """Strict JSON, a known line, every member that the mapping names, the number that was asked (A1)."""
    async with _answering(tmp_path, body) as platform:
        with pytest.raises(AnswerInvalid):
            await one(platform, "CY-ID-02", WITHOUT_CARD)


async def test_the_record_of_a_namesake_is_refused_in_every_item(tmp_path: Path) -> None:
    """A1: two persons of one name, an answer that is one late: the number is compared in each item about persons."""
    people = population("chongqing", SEED, 20).people
    asked, other = people[12], replace(people[4], name=people[12].name)
    for code, item in read_mapping(MAPPING).items.items():
        if not isinstance(item, SubjectItem):
            continue
        lines: dict[str, Any] = {}

        def late(request: bytes, place: str = item.place, lines: dict[str, Any] = lines) -> bytes:
            lines.update(orjson.loads(request)["cxlb"][0])
            return _envelope([{"xh": 0, **one} for one in answer(place, other, lines)])

        async with _answering(tmp_path, late) as platform:
            with pytest.raises(AnswerInvalid, match="the number that was asked"):
                await one(platform, code, {**SAMPLES[code], "social_security_no": asked.social_security_no})


async def test_either_form_of_a_number_may_come_back(tmp_path: Path) -> None:
    """A1: a platform that keeps the old form of 15 digits answers the new one, in either width and case of x."""
    number = WITHOUT_CARD["social_security_no"]
    for held in (number, number[:6] + number[8:17], f"  {number.lower()} "):
        async with _answering(tmp_path, _envelope([_of(sfzhm=held)])) as platform:
            assert None is not (await one(platform, "CY-ID-02", WITHOUT_CARD))["card_no"]


@pytest.mark.parametrize("code", ["9999", "519999195603088649", "何永康", None, 0, {}])
async def test_a_result_code_that_is_not_well_is_unavailable(tmp_path: Path, code: object) -> None:
    """A short number is told; nothing else of the answer is."""
    async with _answering(tmp_path, _envelope([], code)) as platform:
        with pytest.raises(PlatformUnavailable) as caught:
            await one(platform, "CY-ID-02", WITHOUT_CARD)
    assert (code == "9999") == (str(code) in str(caught.value).replace("0000", ""))


def _changed(**card: object) -> bytes:
    record = _record()
    return _envelope([{**record, "kp": {**record["kp"], **card}}])


@pytest.mark.parametrize("code", ["99", "active", 1, True, ["41"]])
async def test_an_unmapped_local_code_stops_the_page(tmp_path: Path, code: object) -> None:
    """Named by its field."""
    async with _answering(tmp_path, _changed(sbyyzt=code)) as platform:
        with pytest.raises(CodeUnmapped) as caught:
            await one(platform, "CY-ID-02", WITHOUT_CARD)
    assert "ss_app_status" == caught.value.field


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kh": _record()["kp"]["kpsbm"]}, "card_no"),
        ({"kh": 50095028}, "card_no"),
        ({"fkrq": "2020-01-01"}, "issue_date"),
        ({"fkrq": 1.5e12}, "issue_date"),
        ({"fkdqh": 500101}, "region_code"),
        ({"fkdqh": "5001"}, "region_code"),
    ],
)
async def test_data_of_another_form_stops_the_page(tmp_path: Path, change: dict[str, object], field: str) -> None:
    """Wrong types, wrong shapes, the card's identifier in place of its number."""
    async with _answering(tmp_path, _changed(**change)) as platform:
        with pytest.raises(AnswerInvalid, match=f"field {field}:"):
            await one(platform, "CY-ID-02", WITHOUT_CARD)


async def test_a_directory_that_does_not_move_on_is_refused(tmp_path: Path) -> None:
    """Else the question would never end."""
    record = {"gdm": "L1", "gmc": "示例", "fwxm": "", "kfsj": "", "dqh": "500101"}
    async with _answering(tmp_path, _envelope([record])) as platform:
        with pytest.raises(AnswerInvalid, match="order"):
            await fetch(platform, "CY-CU-02", {"region_code": "500000"}, page_rows=1)


async def test_a_directory_that_gives_more_than_asked_is_refused(tmp_path: Path) -> None:
    """The bound is the gateway's."""
    record = {"gdm": "L1", "gmc": "示例", "fwxm": "", "kfsj": "", "dqh": "500101"}
    async with _answering(tmp_path, _envelope([record, {**record, "gdm": "L2"}])) as platform:
        with pytest.raises(AnswerInvalid, match="at most 1"):
            await fetch(platform, "CY-CU-02", {"region_code": "500000"}, page_rows=1)


async def test_the_service_is_asked_for_no_more_than_the_keys(tmp_path: Path) -> None:
    """Names and cards are compared here; the number and the parameter alone are sent."""
    heard: list[Any] = []

    def hear(request: bytes) -> bytes:
        heard.append(orjson.loads(request))
        return _envelope([])

    async with _answering(tmp_path, hear) as platform:
        await one(platform, "CY-SS-03", SAMPLES["CY-SS-03"])
    number = SAMPLES["CY-SS-03"]["social_security_no"]
    first = heard[0]["cxlb"][0]["xh"]
    assert {
        "cxlb": [
            {"xh": first, "sfzhm": number, "xzlx": "QYYL"},
            {"xh": first + 1, "sfzhm": number[:6] + number[8:17], "xzlx": "QYYL"},
        ]
    } == heard[0]


async def test_the_answer_of_another_request_is_refused_whoever_it_is_about(tmp_path: Path) -> None:
    """A1: a proxy that gives one person the answer about another insurance type is found out by the serial numbers."""
    keys = SAMPLES["CY-SS-05"]
    place = read_mapping(MAPPING).items["CY-SS-05"].place
    people = {person.social_security_no: person for person in population("chongqing", SEED, 20).people}
    said: list[bytes] = []

    def stale(request: bytes) -> bytes:
        lines = [line for line in orjson.loads(request)["cxlb"] if line["sfzhm"] in people]
        records = [{"xh": line["xh"], **one} for line in lines for one in answer(place, people[line["sfzhm"]], line)]
        said.append(_envelope(records).replace(b'"xh":', b'"xh": '))  # the blank keeps them from being counted anew
        return said[0]

    async with _answering(tmp_path, stale) as platform:
        await one(platform, "CY-SS-05", keys)
        assert "310" != keys["insurance_type"]
        with pytest.raises(AnswerInvalid, match="serial number"):
            await one(platform, "CY-SS-05", {**keys, "insurance_type": "310"})


@pytest.mark.parametrize("region", ["510101", "50010", "", None, 500101])
async def test_the_directory_of_another_region_is_refused(tmp_path: Path, region: object) -> None:
    """A1: an answer that is one late, whichever fields are asked for; the right row beside it does not help."""
    record = {"gdm": "L1", "gmc": "示例", "fwxm": "", "kfsj": "", "dqh": "500101"}
    async with _answering(tmp_path, _envelope([record, {**record, "gdm": "L2", "dqh": region}])) as platform:
        for fields in (("library_code",), None):
            with pytest.raises(AnswerInvalid, match="records of the region that was asked"):
                await fetch(platform, "CY-CU-02", {"region_code": "500101"}, fields=fields)


async def test_the_deadline_ends_the_question(tmp_path: Path) -> None:
    """A service that says nothing is unavailable."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while await reader.read(1024):
                pass
        writer.close()
        gone.set()

    gone = asyncio.Event()
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    platform = open_chongqing(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", tmp_path)
    with pytest.raises(PlatformUnavailable, match="before the deadline"):
        await fetch(platform, "CY-ID-02", SAMPLES["CY-ID-02"], seconds=0.05)
    await platform.close()
    await gone.wait()
    server.close()


@pytest.mark.parametrize(
    ("path", "request_body", "status"),
    [
        ("/ykt/v1/kp", b"{}", "400"),
        ("/ykt/v1/kp", b"no json", "400"),
        ("/ykt/v1/kp", b'{"cxlb": [1]}', "400"),
        ("/ykt/v1/kp", orjson.dumps({"cxlb": [{"xh": 0, "sfzhm": "1"}] * 1001}), "400"),
        ("/ykt/v1/ml/cg", b'{"xzqh": 5}', "400"),
        ("/ykt/v1/none", b"{}", "404"),
    ],
)
async def test_the_stand_in_refuses_what_it_does_not_know(path: str, request_body: bytes, status: str) -> None:
    """As a real service would."""
    async with chongqing_service() as (_, url):
        client = HttpClient(url)
        with pytest.raises(PlatformError, match=status):
            await client.post(path, request_body, CREDENTIALS.headers(real_now_ms()))
        await client.close()


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "platform.example"])  # noqa: S104 - the refusal is tested
async def test_the_stand_in_listens_to_this_machine_alone(host: str) -> None:
    """It is full of answers and meant for trials."""
    service = Service(population("chongqing", SEED, 20), CREDENTIALS, lambda: NOW_MS)
    with pytest.raises(ValueError, match="loopback"):
        await service.start(host, 0)


@pytest.mark.parametrize("wire", [{}, {"list": "a"}, {"most": 0}, {"most": "x"}])
def test_an_envelope_without_its_names_is_refused(wire: dict[str, str | int]) -> None:
    """A mapping of a service must say how it speaks."""
    full = dict(read_mapping(MAPPING).wire)
    with pytest.raises(MappingInvalid):
        HttpSource(
            HttpClient("http://127.0.0.1:1"), {**full, **wire} if "most" in wire else wire, CREDENTIALS, lambda: 0
        )


async def test_the_platform_is_run_by_a_command(tmp_path: Path) -> None:
    """It makes the secret, tells its port on one line, answers, and ends on SIGTERM."""
    command = ("-m", "adapters.chongqing.platform", "--port", "0", "--seed", str(SEED), "--persons", "25")
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, "--secret-file", str(tmp_path / "made"), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            told = json.loads(await process.stdout.readline())
        options = {
            **chongqing_options(f"http://127.0.0.1:{told['listening']}", tmp_path),
            "secret_file": str(tmp_path / "made"),
        }
        platform = open_platform("chongqing", options)
        item = next(item for item in expectations("chongqing") if item.code == "CY-ID-01")
        known = {name: str(value) for name, value in item.known.items()}
        assert (await one(platform, "CY-ID-01", known))["matched"]
        assert (await platform.health()).serving
        await platform.close()
    finally:
        os.kill(process.pid, signal.SIGTERM)
        async with asyncio.timeout(10):
            assert 0 == await process.wait()
