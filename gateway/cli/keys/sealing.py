"""`chuanyu keys sealing`: the key pair to which a department's fields are encrypted."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.connection import make_passphrase
from gateway.cli.files import create_directory, write_file
from gateway.cli.screen import AsJson, show_result
from gateway.ground.item import Label


def sealing(
    place: Annotated[
        Path, typer.Argument(metavar="DIR", help="存放密钥的文件夹，须不存在或为空。Where the key goes, new or empty.")
    ],
    as_json: AsJson = False,
) -> None:
    """生成部门的数据项加密密钥对。Make the key pair to which a department's fields are encrypted."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    from keys.keystore import save_secret

    place = place.absolute()
    with create_directory(place) as beside:
        passphrase = make_passphrase(beside / "passphrase", given=False)
        private = X25519PrivateKey.generate()
        public = b64encode(private.public_key().public_bytes_raw()).decode()
        save_secret(beside / "sealing.key", private.private_bytes_raw(), passphrase)
        write_file(beside / "sealing.pub", f"{public}\n".encode())
    key = place / "sealing.key"
    steps = [
        Label(
            f'把公钥交给数据提供方，写入授权文件：sealing_key = "{public}"',
            f'give the public key to the provider, for the grant: sealing_key = "{public}"',
        ),
        Label(
            f"打开加密的数据项：chuanyu ask … --open-with {key}", f"open sealed fields: chuanyu ask … --open-with {key}"
        ),
        Label(
            "另存一份私钥：丢失后已收到的加密的数据项无法打开",
            "keep a copy of the private key: without it, sealed fields that were received cannot be opened",
        ),
    ]
    title = Label("数据项加密密钥对已生成", "the key pair for sealed fields is made")
    show_result({"sealing_key": public, "directory": str(place)}, steps, title=title, as_json=as_json)
