"""`chuanyu node rotate-log` and `renew-witness`: new keys for a log and for a witness; old proofs stay valid.

Both need a stopped node, and hold the locks of the log and of the witness meanwhile.

1 `rotate-log --announce` makes the next keys; a new trust bundle brings them to every province
2 `rotate-log` lets them take over, from the size that the log has
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.connection import describe_keystore_error
from gateway.cli.files import describe_error
from gateway.cli.own_log import record_act
from gateway.cli.screen import AsJson, show_result
from gateway.cli.settings_file import load_settings
from gateway.ground.item import Label
from keys.files import read_text

if TYPE_CHECKING:
    from gateway.settings import Settings

NodeDirectory = Annotated[
    Path, typer.Argument(metavar="DIR", help="节点文件夹，节点须已停止。The stopped node's directory.")
]
_BUNDLE = Label(
    "重新制作信任包并送达川渝两地：chuanyu keys bundle",
    "make the trust bundle anew for every province: chuanyu keys bundle",
)
_STOP = Label("停止节点，按提示处理后重试", "stop the node, do as it says, and try again")


def rotate_log(
    node: NodeDirectory,
    announce: Annotated[
        bool, typer.Option("--announce", help="只生成并公布下一对密钥。Only make and announce the next keys.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """轮换审计日志的密钥；原密钥签过名的仍可核验。
    Rotate the keys of the audit log; what former keys signed still verifies.
    """
    from gateway.audit.storage.recovery import StoreInvalid
    from keys.keystore import KeystoreError

    settings = load_settings(node / "node.toml")
    record_act(settings, "announce_log_keys" if announce else "rotate_log_keys", "", stopped=True)
    try:
        size = asyncio.run(_rotate(settings, announce=announce))
    except KeystoreError as error:
        raise describe_keystore_error(error) from error
    except (StoreInvalid, ValueError, OSError) as error:
        raise describe_error(error, Label("已停止且完好的节点", "a stopped node that is whole"), _STOP) from error
    title = (
        Label("下一对密钥已公布", "the next keys are announced")
        if announce
        else Label("已轮换", "the keys are rotated")
    )
    result = {"log": settings.log_origin, "from_size": size, "keys": str(settings.log_vkey_path)}
    show_result(result, [_BUNDLE], title=title, as_json=as_json)


async def _rotate(settings: Settings, *, announce: bool) -> int:
    from gateway.audit.storage.database import place_of
    from gateway.audit.storage.store import Store
    from keys import signing_keys
    from keys.keystore import Passphrase
    from keys.suite import ED25519_SHA256
    from keys.validity import read_key_file, select_in_force

    passphrase = Passphrase.read(settings.keys.passphrase_file)
    private, public = (settings.log_key_path, settings.log_second_key_path), settings.log_vkey_path
    store = await Store.open(place_of(settings))
    try:
        size = (await store.load()).size
        origin = select_in_force(read_key_file(read_text(public)), ED25519_SHA256).name
        turn = signing_keys.announce_keys if announce else signing_keys.rotate_keys
        turn(origin, private, public, passphrase, first=size, suite=ED25519_SHA256)
    finally:
        await store.close()
    return size


def renew_witness(node: NodeDirectory, as_json: AsJson = False) -> None:
    """停用状态已丢失的见证，用新密钥重新开始。Retire a witness whose state was lost, and begin anew under new keys."""
    from gateway.witness.state import WitnessLost
    from keys.keystore import KeystoreError

    settings = load_settings(node / "node.toml")
    record_act(settings, "renew_witness", settings.witness_name, stopped=True)
    try:
        vkeys = asyncio.run(_renew(settings))
    except KeystoreError as error:
        raise describe_keystore_error(error) from error
    except (WitnessLost, ValueError, OSError) as error:
        raise describe_error(error, Label("已停止的节点", "a stopped node"), _STOP) from error
    result = {"witness": settings.witness_name, "keys": str(settings.witness_vkey_path), "new": len(vkeys)}
    show_result(result, [_BUNDLE], title=Label("见证已重新开始", "the witness has begun anew"), as_json=as_json)


async def _renew(settings: Settings) -> tuple[str, ...]:
    from gateway.witness.state import WitnessState, lock_state
    from keys.keystore import Passphrase
    from keys.signing_keys import rotate_keys
    from keys.suite import ED25519_COSIGNING

    now_s = int(time.time())
    path = settings.witness_path
    passphrase = Passphrase.read(settings.keys.passphrase_file)
    private = (settings.witness_key_path, settings.witness_second_key_path)
    with lock_state(path):
        pair = rotate_keys(
            settings.witness_name, private, settings.witness_vkey_path, passphrase, first=now_s, suite=ED25519_COSIGNING
        )
        for suffix in ("", "-wal", "-shm"):
            file = path.with_name(path.name + suffix)
            if file.exists():
                file.rename(path.with_name(f"{path.name}.retired-{now_s}{suffix}"))
        vkeys = tuple(key.verifier.vkey for key in pair)
        await WitnessState.create(path, vkeys, created_us=now_s * 1_000_000)
    return vkeys
