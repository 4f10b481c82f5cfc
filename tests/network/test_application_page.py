"""The page for application developers: its Python program is run as it stands, against two running gateways."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from gateway.cli.demo.parties import name_body
from gateway.cli.demo.world import ONWARD_NO, PURPOSE, Client
from gateway.ground.refusals import Reason
from keys.identity import Role
from tests.clients import client_of
from tests.province import KEY, Two

DOCS: Final = Path(__file__).parents[2] / "docs" / "how-to"
PAGE: Final = (DOCS / "ask-from-an-application.md").read_text(encoding="utf-8")
CHINESE: Final = (DOCS / "ask-from-an-application.zh-CN.md").read_text(encoding="utf-8")


def files_of(client: Client, two: Two, directory: Path, **words: str) -> dict[str, str]:
    """Write what the program reads, and return the environment that names it."""
    key = load_pem_private_key(client.key_pem, None)
    texts = {
        "KEY": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"a passphrase")),
        "PASSPHRASE": b"a passphrase\n",
        "CERTIFICATE": client.certificate_pem,
        "AUTHORITY": two.world["chongqing"].authority.certificate_pem,
        "NUMBER": KEY["social_security_no"].encode(),
        "NAME": KEY["name"].encode(),
    }
    for name, octets in texts.items():
        (directory / name).write_bytes(octets)
    target = two.world["chongqing"].target
    return {"GATEWAY": target, "PURPOSE_CODE": PURPOSE, **{name: str(directory / name) for name in texts}, **words}


async def run_example(environment: dict[str, str], directory: Path) -> tuple[int, str]:
    """Run the page's program; return its exit code and what it said."""
    (found,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    program = directory / "ask.py"
    program.write_text(found, encoding="utf-8")
    root = str(Path(__file__).parents[2])
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(program), env={**environment, "PYTHONPATH": root},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


@pytest.mark.asyncio(loop_scope="module")
async def test_the_program_of_the_page_gets_an_answer(shared_two: Two, tmp_path: Path) -> None:
    """The outcome, four columns, masked, and Sichuan's receipt; the number that was asked with is nowhere in it."""
    portal = shared_two.world["chongqing"].portal
    code, said = await run_example(
        files_of(
            portal, shared_two, tmp_path, END_USER_ORG=name_body("cq-culture-tourism"), ONWARD_CONSENT_NO=ONWARD_NO
        ),
        tmp_path,
    )
    assert 0 == code, said
    assert ["outcomes", "recognised", "reader_ref", "overdue_flag", "region_code", "receipt"] == [
        line.split()[0] for line in said.splitlines()
    ]
    assert "ROW_OUTCOME_FOUND" in said.splitlines()[0]
    assert KEY["social_security_no"] not in said


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("reason", [Reason.ROLE_NOT_ALLOWED, Reason.FREE_TEXT_LEAK])
async def test_the_program_names_the_reason_and_does_not_ask_again(
    reason: Reason, shared_two: Two, tmp_path: Path
) -> None:
    """A wrong certificate, and a number where none may stand: neither is helped by waiting."""
    world = shared_two.world["chongqing"]
    wrong = reason is Reason.ROLE_NOT_ALLOWED
    client = client_of(world, Role.ADMINISTRATOR, "administrator-2") if wrong else world.portal
    words = {} if wrong else {"PURPOSE": KEY["social_security_no"]}
    code, said = await run_example(files_of(client, shared_two, tmp_path, **words), tmp_path)
    assert 1 == code
    assert said.startswith(f"refused: {reason} "), said
    assert KEY["social_security_no"] not in said


@pytest.mark.parametrize("page", [PAGE, CHINESE], ids=["English", "Chinese"])
def test_every_reason_has_its_place_in_the_table_of_retries(page: str) -> None:
    """Each reason stands in exactly one row, so an application knows whether to wait, to correct or to stop."""
    rows = [line for line in page.splitlines() if re.match(r"\| \*\*", line)]
    assert 3 == len(rows)
    named = [name for row in rows for name in re.findall(r"`([A-Z][A-Z_]+)`", row)]
    assert sorted(map(str, Reason)) == sorted(named)


def test_the_program_waits_for_what_the_table_says() -> None:
    """The names in its code are those of the row about waiting."""
    (row,) = [line for line in PAGE.splitlines() if line.startswith("| **wait")]
    (code,) = re.findall(r"WAIT = \{(.*?)\}", PAGE, re.DOTALL)
    assert set(re.findall(r"`([A-Z][A-Z_]+)`", row)) == set(re.findall(r'"([A-Z_]+)"', code))
