"""An encrypted field across the border, between two real nodes: the consuming department opens it, nobody else."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from adapters.contract import AnswerPage, Question
from gateway.border.messages import read_page
from gateway.catalogue.loader import load_items
from gateway.cli.ask.open import AnswerOpener
from gateway.cli.demo.parties import find_consumer
from gateway.cli.demo.questions import make_question
from gateway.cli.demo.world import PURPOSE, DemoProvince, derive_sealing_key
from gateway.cli.screen import Problem
from gateway.ground.evidence import Column, Page
from gateway.ground.item import Kind
from gateway.masking.sealed import KEY_BYTES, Opener
from gateway.wire.v1 import ask_pb2, exchange_pb2
from keys.keystore import (
    Passphrase,
    load_secret,
    load_signing_key,
    load_tls_key,
    save_key,
    save_secret,
    write_private,
)
from tests.answers import all_found
from tests.province import KEY, Pristine, Two, make_pristine
from tests.shared import shared_provinces, unchanged

ITEMS_OF_TEST = Path(__file__).parent / "items"
ROOT = Path(__file__).parents[2]
(ITEM,) = load_items(ITEMS_OF_TEST)
SEALED = ("bank_account", "opened_on", "balance")
OTHER = {"social_security_no": "510104197005041235", "name": "李二"}
HELD: Mapping[str, tuple[Any, ...]] = {
    "bank_code": ("B001", "B002"),
    "bank_account": ("9999980000000017345", None),
    "opened_on": (date(2019, 3, 7), date(2021, 11, 30)),
    "balance": ("73519.28", "0.00"),
}
PASSPHRASE = b"a passphrase of the test"


@pytest.fixture(scope="module", name="sealing_world")
def _sealing_world(tmp_path_factory: pytest.TempPathFactory) -> Pristine:
    """A world that has registered the item of this test."""
    return make_pristine(tmp_path_factory.mktemp("sealing"), extra=(ITEMS_OF_TEST,))


@pytest_asyncio.fixture(name="running_pair", scope="module", loop_scope="module")
async def _running_pair(sealing_world: Pristine) -> AsyncIterator[Two]:
    """Both nodes of that world, running for this module."""
    async with shared_provinces(sealing_world) as running:
        yield running


@pytest_asyncio.fixture(name="both", loop_scope="module")
async def _both(running_pair: Two) -> AsyncIterator[Two]:
    """Both nodes, lent to one test; Sichuan's platform holds `HELD`."""
    async with unchanged(running_pair) as lent:
        lent.platforms["sichuan"].answer = held
        yield lent


def held(asked: Question) -> list[AnswerPage]:
    """What the platform holds of the people asked about."""
    rows = len(asked.keys["social_security_no"])
    return [
        all_found({name: list(HELD[name][start : start + asked.page_rows][: rows - start]) for name in asked.fields})
        for start in range(0, rows, asked.page_rows)
    ]


def asked_of(two: Two) -> ask_pb2.Ask:
    """Chongqing's question about both people."""
    return make_question(ITEM, two.world["chongqing"], two.world["sichuan"], KEY, more=(OTHER,))


def opening(secret: bytes, message: ask_pb2.Ask) -> AnswerOpener:
    """What a holder of a private key opens an answer with."""
    return AnswerOpener(Opener(secret), ITEM.code, message.request_id)


def values(page: Page) -> dict[str, tuple[Any, ...]]:
    """The cells by column."""
    return {column.name: column.values for column in page.columns}


def without(page: Page, name: str, cells: tuple[Any, ...]) -> Page:
    """The page with other cells in a column."""
    return Page(page.rows, tuple(Column(c.name, c.kind, cells if c.name == name else c.values) for c in page.columns))


async def answered(two: Two) -> tuple[ask_pb2.Ask, exchange_pb2.QueryResponse, Page]:
    """The question, the answer as it arrived at the application, and its page."""
    message = asked_of(two)
    response = await two.query(message)
    return message, response, read_page(response.page)


def plain() -> list[bytes]:
    """Every value that must be readable nowhere but at the platform and at the department."""
    cells = [cell for name in SEALED for cell in HELD[name] if cell not in (None, "0.00")]
    return [(cell.isoformat() if isinstance(cell, date) else str(cell)).encode() for cell in cells]


async def test_the_page_arrives_sealed_and_the_department_alone_opens_it(both: Two) -> None:
    """What leaves is a receipted page whose sealed cells have one length, null included."""
    message, response, page = await answered(both)
    octets = response.SerializeToString()
    assert [] == [value for value in plain() if value in octets]
    for name in SEALED:
        column = page.column(name)
        assert Kind.SEALED is column.kind and 1 == len({len(cell) for cell in column.values if isinstance(cell, bytes)})
        assert None not in column.values
    assert HELD["bank_code"] == page.column("bank_code").values
    opened = opening(both.world["chongqing"].sealing, message).open_page(page, 0)
    assert dict(HELD) == values(opened)


async def test_no_key_that_a_node_has_opens_it_and_no_file_of_a_node_holds_it(both: Two) -> None:
    """Every private key and secret of both nodes is tried; every file, logs included, is searched while they run."""
    message, _, page = await answered(both)
    for province in both.world.values():
        for secret in secrets_of(province):
            assert KEY_BYTES == len(secret)
            with pytest.raises(Problem, match="does not open"):
                opening(secret, message).open_page(page, 0)
        files = [file for file in province.settings.directory.rglob("*") if file.is_file()]
        forbidden = [*plain(), both.world["chongqing"].sealing]
        assert [] == [(file.name, value) for file in files for value in forbidden if value in file.read_bytes()]
        assert province.settings.log_path in files


def secrets_of(province: DemoProvince) -> list[bytes]:
    """What a node has of its own, 32 bytes each: roots of masks and references, private keys of TLS and signing."""
    settings = province.settings
    passphrase = Passphrase.read(settings.keys.passphrase_file)
    keys = [load_signing_key(path, passphrase) for path in (settings.signing_key_path, settings.log_key_path)]
    tls = load_tls_key(settings.tls_key_path, passphrase).private_numbers().private_value
    return [
        load_secret(settings.masking_secret_path, passphrase)[:KEY_BYTES],
        load_secret(settings.subjects_secret_path, passphrase)[:KEY_BYTES],
        *(key.private_bytes_raw() for key in keys),
        tls.to_bytes(KEY_BYTES, "big"),
    ]


async def test_another_departments_key_opens_nothing(both: Two) -> None:
    """Sichuan's departments have a key of their own; it is not the one that the grant names."""
    message, _, page = await answered(both)
    sichuan, chongqing = both.world["sichuan"], both.world["chongqing"]
    assert derive_sealing_key(sichuan) != derive_sealing_key(chongqing)
    with pytest.raises(Problem, match="does not open"):
        opening(sichuan.sealing, message).open_page(page, 0)


@pytest.mark.parametrize("at", [0, 40, 79, 80, -17, -1])
async def test_an_altered_cell_does_not_open(both: Two, at: int) -> None:
    """One bit of the encapsulated key, of the sealed page key, of the text or of its tag."""
    message, _, page = await answered(both)
    first, *rest = page.column("bank_account").values
    assert isinstance(first, bytes)
    octets = bytearray(first)
    octets[at] ^= 1
    with pytest.raises(Problem, match="bank_account does not open"):
        opening(both.world["chongqing"].sealing, message).open_page(
            without(page, "bank_account", (bytes(octets), *rest)), 0
        )


async def test_a_cell_moved_to_another_row_field_or_answer_does_not_open(both: Two) -> None:
    """Rows swapped, a column under another name, the same people asked again."""
    message, _, page = await answered(both)
    again, _, second = await answered(both)
    secret = both.world["chongqing"].sealing
    cells = page.column("bank_account").values
    moved = (
        (message, without(page, "bank_account", cells[::-1]), 0),
        (message, without(page, "balance", cells), 0),
        (message, page, 1),
        (again, page, 0),
        (message, second, 0),
    )
    for asked, found, first in moved:
        with pytest.raises(Problem, match="does not open"):
            opening(secret, asked).open_page(found, first)
    assert dict(HELD) == values(opening(secret, again).open_page(second, 0))


def write_files(asker: DemoProvince, place: Path, sealing: bytes | None) -> None:
    """Write what the department's machine has: the application's key and certificate, and a key for sealed fields."""
    place.mkdir()
    passphrase = Passphrase(PASSPHRASE)
    write_private(place / "passphrase", PASSPHRASE)
    write_private(place / "portal.pem", asker.portal.certificate_pem)
    key = load_pem_private_key(asker.portal.key_pem, None)
    assert isinstance(key, EllipticCurvePrivateKey)
    save_key(place / "portal.key", key, passphrase)
    if sealing is not None:
        save_secret(place / "sealing.key", sealing, passphrase)


async def asked_by_command(two: Two, place: Path, sealing: bytes | None) -> tuple[int, dict[str, Any]]:
    """Ask with `chuanyu ask` in a process of its own, as the department does; return its exit code and its JSON."""
    asker, provider = two.world["chongqing"], two.world["sichuan"]
    write_files(asker, place, sealing)
    opened = [] if sealing is None else ["--open-with", str(place / "sealing.key")]
    keys = [word for name, value in KEY.items() for word in ("--key", f"{name}={value}")]
    fields = [word for name in HELD for word in ("--field", name)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.cli", "ask", ITEM.code, "--to", provider.name, "--scene", ITEM.scenes[0][0],
        "--use-basis", ITEM.use_bases[0][0], "--purpose", "补贴发放", "--purpose-code", PURPOSE,
        "--business-no", "YW-1", "--department", find_consumer(ITEM, asker.code), "--region", asker.code,
        "--gateway", asker.target,
        "--ca", str(asker.settings.authority_path), "--cert", str(place / "portal.pem"),
        "--key-file", str(place / "portal.key"), "--passphrase-file", str(place / "passphrase"),
        *keys, *fields, *opened, "--json",
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    async with asyncio.timeout(60):
        told, _ = await process.communicate()
    found: dict[str, Any] = json.loads(told)
    return process.returncode or 0, found


async def test_chuanyu_ask_opens_with_the_departments_key_and_with_no_other(both: Two, tmp_path: Path) -> None:
    """With the key the values; with another department's an error and no value; without one sealed cells."""
    chongqing, sichuan = both.world["chongqing"], both.world["sichuan"]
    code, told = await asked_by_command(both, tmp_path / "right", chongqing.sealing)
    assert 0 == code, told
    text = json.dumps(told)
    assert [] == [value for value in (HELD["bank_account"][0], "2019-03-07", "73519.28") if value not in text]
    for place, sealing, expected in (("wrong", sichuan.sealing, 1), ("none", None, 0)):
        code, told = await asked_by_command(both, tmp_path / place, sealing)
        assert expected == code, told
        assert [] == [value for value in plain() if value.decode() in json.dumps(told)]
    assert [] == [value for value in plain() if value in chongqing.settings.log_path.read_bytes()]
