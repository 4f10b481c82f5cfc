"""`chuanyu audit export`: entries for a monitoring system, as OCSF events or syslog messages, to a file or over TLS.

An export is a copy: what it loses the log still has, and each line names the entry that proves it. `--cursor` keeps the
index of the next entry in a file, so that a timer can export what is new.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, BinaryIO, Final

import typer

from gateway.audit.entries.entry import Entry, EntryInvalid, decode
from gateway.audit.review import ocsf, syslog
from gateway.cli.audit.log import Directory, broken, open_reader, progress_bar
from gateway.cli.files import not_new
from gateway.cli.screen import AsJson, Problem, show_result
from gateway.ground.item import Label

_TARGETS: Final = "--out FILE | --as syslog --to HOST:PORT --ca FILE"
TIMEOUT: Final = 20.0
"""Seconds for which a receiver may keep us waiting."""


class Form(StrEnum):
    """What is written."""

    OCSF = "ocsf"
    SYSLOG = "syslog"


def export(
    directory: Directory,
    form: Annotated[Form, typer.Option("--as", help="格式。OCSF JSON lines, or syslog (RFC 5424).")],
    out: Annotated[Path | None, typer.Option(help="写入文件。A file; it is appended to with --cursor.")] = None,
    to: Annotated[str, typer.Option(help="syslog 接收端 host:port（TLS，RFC 5425）。A receiver over TLS.")] = "",
    ca: Annotated[
        Path | None, typer.Option(help="接收端证书机构。The authority of the receiver's certificate.")
    ] = None,
    cert: Annotated[Path | None, typer.Option(help="客户端证书链与私钥（PEM）。Our certificate and key, PEM.")] = None,
    start: Annotated[int, typer.Option(min=0, help="起始序号。The first index.")] = 0,
    cursor: Annotated[Path | None, typer.Option(help="进度文件。Keeps the next index between runs.")] = None,
    host: Annotated[str, typer.Option(help="syslog 主机名。The host name in syslog; else this machine's.")] = "",
    enterprise: Annotated[int, typer.Option(min=0, help="企业编号（PEN）。Enterprise number.")] = syslog.DOCUMENTATION,
    as_json: AsJson = False,
) -> None:
    """导出到监控系统。Export entries to a monitoring system; each line bears origin, index and leaf hash."""
    first = _read_cursor(cursor) if cursor is not None else start
    line = _line(form, host or socket.gethostname(), enterprise)
    with open_reader(directory) as reader, _target(form, out, to, ca, cert, append=cursor is not None) as write:
        size = reader.count()
        with progress_bar("导出 exporting", shown=not as_json) as progress:
            at = first
            for rows in reader.rows(first, size):
                for index, leaf, octets, *_ in rows:
                    write(line(_entry(index, octets), reader.origin, index, leaf))
                    at = index + 1
                progress(at - first, size - first)
    if cursor is not None:
        _write_cursor(cursor, at)
    result = {"entries": at - first, "next": at, "target": to or str(out)}
    show_result(result, [], title=Label("已导出", "exported"), as_json=as_json)


def _line(form: Form, host: str, enterprise: int) -> Callable[[Entry, str, int, bytes], bytes]:
    if form is Form.SYSLOG:

        def message(entry: Entry, origin: str, index: int, leaf: bytes) -> bytes:
            return syslog.frame(
                syslog.format_message(
                    entry, origin=origin, index=index, leaf_hash=leaf, host=host, enterprise=enterprise
                )
            )

        return message
    import orjson

    product = version("chuanyu-gateway")

    def event(entry: Entry, origin: str, index: int, leaf: bytes) -> bytes:
        made = ocsf.event(entry, origin=origin, index=index, leaf_hash=leaf, product_version=product)
        return orjson.dumps(made) + b"\n"

    return event


def _entry(index: int, octets: bytes) -> Entry:
    try:
        return decode(octets)
    except EntryInvalid as error:
        raise broken(f"条目 {index} 不可读", f"the entry {index} cannot be read: {error}") from error


@contextmanager
def _target(
    form: Form, out: Path | None, to: str, ca: Path | None, cert: Path | None, *, append: bool
) -> Iterator[Callable[[bytes], object]]:
    if bool(to) == (out is not None) or (to and (form is not Form.SYSLOG or ca is None)):
        raise Problem(
            Label("导出目标不明确", "no single target"),
            Label(_TARGETS, _TARGETS),
            Label("只给出一个目标", "give one target"),
            exit_code=2,
        )
    if out is not None:
        with _file(out, append=append) as file:
            yield file.write
        return
    name, _, port = to.rpartition(":")
    try:
        context = ssl.create_default_context(cafile=str(ca))
        if cert is not None:
            context.load_cert_chain(cert)
        with (
            socket.create_connection((name.strip("[]"), int(port)), timeout=TIMEOUT) as plain,
            context.wrap_socket(plain, server_hostname=name.strip("[]")) as secure,
        ):
            yield secure.sendall
            secure.unwrap()  # the receiver confirms that it has read to the end
    except (OSError, ValueError) as error:
        raise Problem(
            Label(f"{to} 未能送达：{type(error).__name__}", f"{to} was not reached: {error}"),
            Label("可达且证书可信的 syslog 接收端", "a receiver that is reached, with a certificate that is trusted"),
            Label("检查地址与证书后重试，日志不受影响", "check address and certificates, try again; the log is whole"),
            exit_code=4,
        ) from error


@contextmanager
def _file(out: Path, *, append: bool) -> Iterator[BinaryIO]:
    try:
        file = out.open("ab" if append else "xb")
    except OSError as error:
        raise not_new(out, error) from error
    with file:
        yield file


def _read_cursor(path: Path) -> int:
    if not path.exists():
        return 0
    text = path.read_text(encoding="ascii", errors="replace").strip()
    if not text.isdecimal():
        raise Problem(
            Label(f"进度文件 {path} 不可读", f"no index in {path}"),
            Label("一个序号", "one index"),
            Label("核对文件，或删除后从头导出", "check the file, or remove it and export from the start"),
            exit_code=2,
        )
    return int(text)


def _write_cursor(path: Path, index: int) -> None:
    beside = path.with_name(path.name + ".new")
    beside.write_text(f"{index}\n", encoding="ascii")
    beside.replace(path)
