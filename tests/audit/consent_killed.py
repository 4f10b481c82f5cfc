"""Does one thing at a desk of consents, in a process that is killed, by SIGKILL, right after its Nth durable step.

A line of standard input is a JSON list: the steps, what is done, the directory, and where the log lies. It is answered
by the status that the system gave of that process. What was acknowledged stands in the file `acknowledged`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch

from gateway.assembly.lawful import read_consents
from gateway.audit.entries.acts import ActDetails
from gateway.audit.log import AuditLog
from gateway.audit.storage.database import LogPlace, PostgresPlace
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.store import Store
from gateway.lawful.consents import Consents, HeldConsent
from gateway.lawful.files import ConsentFiles
from gateway.serving import consents as module
from gateway.serving.consents import ConsentDesk
from keys.consent import SignedConsent
from keys.identity import Identity
from tests.audit.killed_after import run_forked
from tests.audit.logs import PROVIDER, journal
from tests.lawful.consents import NONCE, record
from tests.samples import NOW_US

APPLICATION: Final = "spiffe://500000.chuanyu/application/portal"
NODE: Final = "spiffe://500000.chuanyu/node/gateway-1"
KEY: Final = ("500000", "cq-hrss", "TY-1")
OCTETS: Final = SignedConsent(record(), APPLICATION, b"signature").octets()


def start(place: LogPlace, directory: Path) -> list[HeldConsent]:
    """What a start takes up, from the files and the log."""
    with LogReader(place) as reader:
        return read_consents(reader, ConsentFiles(directory / "consents"))


async def act(place: LogPlace, directory: Path, doing: str) -> None:
    """Start a desk, have it do one thing, and note that it was acknowledged."""
    # The signature is not what is looked at here.
    with patch.object(module, "verify", lambda of, judge: judge(of.certificate_pem)):
        await _act(place, directory, doing)


async def _act(place: LogPlace, directory: Path, doing: str) -> None:
    log = await AuditLog.open(await Store.open(place), PROVIDER, clock_us=lambda: NOW_US)
    of = journal(log)

    async def record_act(action: str, subject: str, actor: str, documents: object, details: ActDetails) -> int:
        return (await of.record_act(action=action, subject=subject, actor=actor, details=details.fields())).index

    async def tell(held: HeldConsent) -> bool:
        return True

    trusted: Any = SimpleNamespace(
        judge=lambda pem: SimpleNamespace(identity=Identity.parse(pem)),
        parties=SimpleNamespace(may_act=lambda uri, department: True, belongs=lambda department, province: True),
    )
    acts: Any = SimpleNamespace(record=record_act)
    desk = ConsentDesk(
        "510000" if doing.startswith("take") else "500000",
        Consents(start(place, directory)),
        ConsentFiles(directory / "consents"),
        acts,
        trusted,
        clock_us=lambda: NOW_US,
        require_serving=lambda: None,
        tell=tell,
    )
    match doing:
        case "register":
            await desk.register(OCTETS, NONCE, APPLICATION)
        case "withdraw":
            await desk.withdraw(KEY, APPLICATION)
        case "take" | "take withdrawn":
            await desk.take(OCTETS, NONCE, doing == "take withdrawn", NODE, "500000")
    (directory / "acknowledged").write_text(doing, encoding="utf-8")
    await log.close()


def place_from(words: list[str]) -> LogPlace:
    """Where a log lies, from the words of a line."""
    return Path(words[0]) if len(words) == 1 else PostgresPlace(Path(words[0]), words[1])


def words_of(place: LogPlace) -> list[str]:
    """Write where a log lies as the words of a line."""
    return [str(place.dsn_file), place.schema] if isinstance(place, PostgresPlace) else [str(place)]


def main() -> None:
    """Answer each line."""
    import asyncpg  # noqa: F401  # so that each forked process has it

    def run(words: list[str]) -> None:
        asyncio.run(act(place_from(words[2:]), Path(words[1]), words[0]))
        sys.exit(0)

    for line in sys.stdin:
        steps, *words = json.loads(line)
        os.write(1, b"%d\n" % run_forked(run, steps, words))


if __name__ == "__main__":
    main()
