"""Records an act in a node's log before it is done: the running node does so, or this command where none runs."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.audit.entries.requests import RecordAnswer, RecordRequest, RecordRequestInvalid, put, take
from gateway.audit.storage.recovery import LogTaken, StoreInvalid
from gateway.cli.connection import describe_keystore_error
from gateway.cli.details import put_detail
from gateway.cli.screen import Problem
from gateway.ground.item import Label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.ground.documents import NumberedDocument
    from gateway.settings import Settings

WAIT_SECONDS: Final = 30.0
"""How long a running node is waited for; it looks twice a second."""
LONG_SECONDS: Final = 24 * 3600.0
"""How long for what takes entries or keys out of the log, step by step."""
_PAUSE: Final = 0.1


def load_node_settings(directory: Path) -> Settings:
    """Read the settings of a node's directory, whose log can be reached with what is installed; raises Problem."""
    from gateway.cli.log_driver import require_driver
    from gateway.cli.settings_file import load_settings

    settings = load_settings(directory / "node.toml")
    require_driver(settings)
    return settings


def name_local_actor() -> str:
    """Name who runs this command: the number of the user, as the kernel has it, since no certificate is shown."""
    from gateway.assembly.acts import name_user

    return name_user(os.getuid())


def record_act(
    settings: Settings,
    action: str,
    subject: str,
    *,
    documents: Sequence[NumberedDocument] = (),
    approval: str = "",
    wait_seconds: float = WAIT_SECONDS,
    stopped: bool = False,
) -> int:
    """Record an act and return the index of its entry; what needs the log's writer is done when this returns.

    `documents` come into force by it, and are held to those that were; `approval` is the file of two persons, for an
    act that needs them. With `stopped` it is an act for a node that does
    not run, and one that runs is not asked.

    Raises:
        Problem: it was not recorded, so it must not be done.
    """
    from keys.keystore import KeystoreError

    request = RecordRequest(action, subject, tuple(map(str, documents)), approval)
    try:
        answer = asyncio.run(_record_as_writer(settings, request))
    except LogTaken as taken:
        answer = RecordAnswer(-1, str(taken)) if stopped else _ask_node(settings, request, wait_seconds)
    except KeystoreError as error:
        raise describe_keystore_error(error) from error
    except (StoreInvalid, OSError, ValueError) as error:
        answer = RecordAnswer(-1, str(error))
    if answer.index < 0:
        raise Problem(
            Label(f"未记录，因此未执行：{put_detail(answer.why).zh}", f"not recorded, and so not done: {answer.why}"),
            Label("已写入审计日志的操作", "an act that stands in the audit log"),
            Label("按原因修正后重试", "mend what it says, and try again"),
        )
    return answer.index


async def _record_as_writer(settings: Settings, request: RecordRequest) -> RecordAnswer:
    from gateway.assembly.acts import own_acts

    async with own_acts(settings) as acts:
        return await acts.do(request, name_local_actor())


def _ask_node(settings: Settings, request: RecordRequest, wait_seconds: float) -> RecordAnswer:
    try:
        place = put(settings.requests_directory, request)
    except (RecordRequestInvalid, OSError) as error:
        return RecordAnswer(-1, str(error))
    until = time.monotonic() + wait_seconds
    why = f"the running node did not answer within {wait_seconds:.0f} s"
    try:
        while time.monotonic() < until:
            answer = take(place)
            if answer is not None:
                return answer
            time.sleep(_PAUSE)
    except (RecordRequestInvalid, OSError) as error:
        why = f"the answer of the running node cannot be read: {error}"
    # A request that was given up is withdrawn, so that the node does not record later what was never done.
    place.with_suffix(".request").unlink(missing_ok=True)
    return RecordAnswer(-1, why)
