"""The kinds of platform that a gateway can open, each from its options. The only place that knows them all.

    sichuan     path, or dsn, or dsn_file; pool, statement_seconds
    chongqing   url, sid, rid, secret_file; ca_file, pool
    remote      target, ca_file, certificate_file, key_file; server_name

Opening reads files, never the network: connections begin with the first question.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from adapters.contract import Platform
from adapters.http import HttpSource
from adapters.http_client import POOL as HTTP_POOL
from adapters.http_client import HttpClient
from adapters.mapped import MappedPlatform
from adapters.mapping_file import read_mapping
from adapters.signature import Credentials, read_secret
from adapters.sql import POOL, STATEMENT_SECONDS, Driver, SqlSource
from adapters.sqlite import SqliteDriver

Options = Mapping[str, object]
KINDS: Final = ("sichuan", "chongqing", "remote")
_HERE: Final = Path(__file__).parent


class OptionsInvalid(ValueError):
    """The options do not fit the kind: names the option, never its value."""


def open_platform(kind: str, options: Options) -> Platform:
    """Return a platform of that kind; the caller closes it.

    Raises:
        OptionsInvalid: an unknown kind; an option that is missing, unknown or of another type; a file that is not
            there or may be read by others.
    """
    try:
        match kind:
            case "sichuan":
                return _sichuan(options)
            case "chongqing":
                return _chongqing(options)
            case "remote":
                return _remote(options)
    except OptionsInvalid:
        raise
    except OSError as error:
        raise OptionsInvalid(f"{kind}: expected readable files, found {type(error).__name__}") from error
    except ValueError as error:
        raise OptionsInvalid(f"{kind}: {error}") from error
    raise OptionsInvalid(f"expected a kind out of {', '.join(KINDS)}, found another")


def _sichuan(options: Options) -> Platform:
    _only(options, set(), {"path", "dsn", "dsn_file", "pool", "statement_seconds"})
    given = [name for name in ("path", "dsn", "dsn_file") if name in options]
    if len(given) != 1:
        raise OptionsInvalid(f"sichuan: expected one of path, dsn and dsn_file, found {len(given)}")
    pool = int(_number(options, "pool", POOL))
    seconds = _number(options, "statement_seconds", STATEMENT_SECONDS)
    driver: Driver
    if given == ["path"]:
        path = Path(_text(options, "path"))
        if not path.is_file():
            raise OptionsInvalid("sichuan: path: expected a file, found none")
        driver = SqliteDriver(path, pool=pool, statement_seconds=seconds)
    else:
        driver = _postgres(_text(options, "dsn") if given == ["dsn"] else _private(options, "dsn_file"), pool, seconds)
    return MappedPlatform(read_mapping(_HERE / "sichuan" / "mapping.toml"), SqlSource(driver))


def _postgres(dsn: str, pool: int, seconds: float) -> Driver:
    try:
        from adapters.postgres import PostgresDriver
    except ImportError as error:
        raise OptionsInvalid("sichuan: expected the extra `postgres` to be installed, found it missing") from error
    return PostgresDriver(dsn, pool=pool, statement_seconds=seconds)


def _chongqing(options: Options) -> Platform:
    _only(options, {"url", "sid", "rid", "secret_file"}, {"ca_file", "pool"})
    mapping = read_mapping(_HERE / "chongqing" / "mapping.toml")
    secret = read_secret(Path(_text(options, "secret_file")))
    credentials = Credentials(_text(options, "rid"), _text(options, "sid"), secret)
    ca_file = Path(_text(options, "ca_file")) if "ca_file" in options else None
    client = HttpClient(_text(options, "url"), ca_file=ca_file, pool=int(_number(options, "pool", HTTP_POOL)))
    return MappedPlatform(mapping, HttpSource(client, mapping.wire, credentials, _now_ms))


def _remote(options: Options) -> Platform:
    _only(options, {"target", "ca_file", "certificate_file", "key_file"}, {"server_name"})
    from adapters.remote import ClientCertificates, RemotePlatform

    certificates = ClientCertificates(
        chain=Path(_text(options, "certificate_file")).read_bytes(),
        key=_private(options, "key_file").encode("ascii"),
        authorities=Path(_text(options, "ca_file")).read_bytes(),
    )
    server_name = _text(options, "server_name") if "server_name" in options else None
    return RemotePlatform(_text(options, "target"), certificates, server_name=server_name)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _only(options: Options, required: set[str], allowed: set[str]) -> None:
    missing, unknown = sorted(required - options.keys()), sorted(options.keys() - required - allowed)
    if missing or unknown:
        raise OptionsInvalid(f"options: missing {missing}, unknown {unknown}")


def _text(options: Options, name: str) -> str:
    value = options[name]
    if not isinstance(value, str | Path) or not str(value):
        raise OptionsInvalid(f"{name}: expected a text, found another type or nothing")
    return str(value)


def _number(options: Options, name: str, otherwise: float) -> float:
    value = options.get(name, otherwise)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value <= 1000:
        raise OptionsInvalid(f"{name}: expected a number from 1 to 1000, found another")
    return value


def _private(options: Options, name: str) -> str:
    path = Path(_text(options, name))
    if path.stat().st_mode & 0o077:
        raise OptionsInvalid(f"{name}: expected to be readable by its owner alone (mode 600), found others allowed")
    return path.read_text(encoding="utf-8").strip()
