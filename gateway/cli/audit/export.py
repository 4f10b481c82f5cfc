"""`chuanyu audit export`: entries for a monitoring system, as OCSF events or syslog messages, to a file or over TLS.

An export is a copy: the log still has what the copy loses, and each line names the entry that proves it. `--cursor`
keeps the index of the next entry in a file, so that a timer can export what is new.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, BinaryIO, Final

import typer

from gateway.audit.entries.entry import Entry
from gateway.audit.review import ocsf, syslog
from gateway.audit.review.shown import decode_shown
from gateway.audit.review.whole import WholeLog
from gateway.cli.audit.log import Directory, show_progress
from gateway.cli.audit.whole import NOT_WHOLE, ArchivesDirectory, describe_missing, open_whole, show_missing
from gateway.cli.choices import ExportFormat
from gateway.cli.connection import read_file
from gateway.cli.files import describe_unmade_file, write_file
from gateway.cli.language import word
from gateway.cli.screen import AsJson, Problem, show_result
from gateway.ground.item import Label

_TARGETS: Final = "--out FILE | --as syslog --to HOST:PORT --ca FILE"
TIMEOUT: Final = 20.0
"""Seconds for which a receiver may keep us waiting."""


def export(
    directory: Directory,
    form: Annotated[
        ExportFormat,
        typer.Option(
            "--as", help="格式：OCSF（每行一个 JSON）或 syslog（RFC 5424）。OCSF JSON lines, or syslog (RFC 5424)."
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(help="写入的文件，使用 --cursor 时追加。A file; it is appended to with --cursor.")
    ] = None,
    to: Annotated[
        str, typer.Option(help="经 TLS 发送到的 syslog 接收端，主机:端口（RFC 5425）。A receiver over TLS.")
    ] = "",
    ca: Annotated[
        Path | None, typer.Option(help="接收端证书认证机构。The authority of the receiver's certificate.")
    ] = None,
    cert: Annotated[Path | None, typer.Option(help="客户端证书链与私钥（PEM）。Our certificate and key, PEM.")] = None,
    start: Annotated[int, typer.Option(min=0, help="起始序号。The first index.")] = 0,
    cursor: Annotated[
        Path | None, typer.Option(help="记录下次导出起始序号的文件。Keeps the next index between runs.")
    ] = None,
    archives: ArchivesDirectory = None,
    host: Annotated[
        str, typer.Option(help="syslog 报文中的主机名，默认为本机。The host name in syslog; else this machine's.")
    ] = "",
    enterprise: Annotated[int, typer.Option(min=0, help="企业编号（PEN）。Enterprise number.")] = syslog.DOCUMENTATION,
    as_json: AsJson = False,
) -> None:
    """把条目导出到监测系统，每行带日志名称、序号和叶哈希。
    Export entries to a monitoring system; each line bears origin, index and leaf hash.
    """
    first = _read_cursor(cursor) if cursor is not None else start
    line = _choose_format(form, host or socket.gethostname(), enterprise, lines=out is not None)
    with (
        open_whole(directory, archives) as log,
        _open_target(form, out, to, ca, cert, append=cursor is not None) as write,
    ):
        _require_start(first, log.size)
        if cursor is not None:  # before anything leaves: what is exported under no cursor would be exported twice
            _require_no_gap(log, first)
            write_file(cursor, f"{first}\n".encode())
        with show_progress(word("导出", "exporting"), shown=not as_json) as progress:
            at, written = first, 0
            for rows in log.rows(first, log.size):
                for index, leaf, octets in rows:
                    write(line(decode_shown(index, octets), log.origin, index, leaf))
                    at, written = index + 1, written + 1
                progress(at - first, log.size - first)
    if cursor is not None:
        write_file(cursor, f"{at}\n".encode())
    result: dict[str, object] = {"entries": written, "next_index": at, "target": to or str(out)}
    if as_json:
        result |= describe_missing(log)
    show_result(result, [], title=Label("已导出", "exported"), as_json=as_json)
    if log.missing:
        if not as_json:
            show_missing(log)
        raise typer.Exit(NOT_WHOLE)


def _require_no_gap(log: WholeLog, start: int) -> None:
    """Require that a cursor passes over no entry: it would never be exported.

    Raises:
        Problem: entries from the start on lie in an archive that is not at hand.
    """
    for first, last in log.gaps(start, log.size)[:1]:
        raise Problem(
            Label(
                f"条目 {first}-{last} 已归档，其归档不在手边", f"the entries {first}-{last} lie in no archive at hand"
            ),
            Label("全部条目，进度文件不越过未导出的条目", "every entry: a cursor passes over none"),
            Label(
                f"用 --archives 指定归档，或将 --cursor 文件改为 {last + 1}",
                f"give the archives with --archives, or write {last + 1} to the --cursor file",
            ),
            exit_code=2,
        )


def _require_start(first: int, size: int) -> None:
    """Require a start that the log has reached; a cursor beyond its end means that the log became shorter.

    Raises:
        Problem: the log has fewer entries.
    """
    if first > size:
        raise Problem(
            Label(f"从 {first} 起，日志只有 {size} 条", f"a start at {first}, in a log of {size} entries"),
            Label(f"0 至 {size}", f"an index from 0 to {size}"),
            Label(
                "核对序号；日志变短即有缺失，运行 chuanyu audit verify",
                "check the index; a log that became shorter has lost entries: run chuanyu audit verify",
            ),
            exit_code=2,
        )


def _choose_format(
    form: ExportFormat, host: str, enterprise: int, *, lines: bool
) -> Callable[[Entry, str, int, bytes], bytes]:
    if form is ExportFormat.SYSLOG:
        _require_host(host)

        def message(entry: Entry, origin: str, index: int, leaf: bytes) -> bytes:
            made = syslog.format_message(
                entry, origin=origin, index=index, leaf_hash=leaf, host=host, enterprise=enterprise
            )
            return made + b"\n" if lines else syslog.frame(made)

        return message
    import orjson

    product = version("chuanyu-gateway")

    def event(entry: Entry, origin: str, index: int, leaf: bytes) -> bytes:
        made = ocsf.event(entry, origin=origin, index=index, leaf_hash=leaf, product_version=product)
        return orjson.dumps(made) + b"\n"

    return event


def _require_host(host: str) -> None:
    """Require a host name as syslog can bear it (RFC 5424 section 6).

    Raises:
        Problem: it is empty, too long, or has other characters.
    """
    if not 1 <= len(host) <= syslog.MAX_HOST or not all("!" <= sign <= "~" for sign in host):
        raise Problem(
            Label(f"主机名“{host[:80]}”", f"the host name {host[:80]!r}"),
            Label("1 至 255 个可打印 ASCII 字符", f"1 to {syslog.MAX_HOST} printable characters of ASCII"),
            Label("用 --host 给出", "give another with --host"),
            exit_code=2,
        )


@contextmanager
def _open_target(
    form: ExportFormat, out: Path | None, to: str, ca: Path | None, cert: Path | None, *, append: bool
) -> Iterator[Callable[[bytes], object]]:
    if bool(to) == (out is not None) or (to and (form is not ExportFormat.SYSLOG or ca is None)):
        raise Problem(
            Label("导出目标不明确", "no single target"),
            Label(_TARGETS, _TARGETS),
            Label("只给出一个目标", "give one target"),
            exit_code=2,
        )
    if out is not None:
        with _open_file(out, append=append) as file:
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
def _open_file(out: Path, *, append: bool) -> Iterator[BinaryIO]:
    try:
        file = out.open("ab" if append else "xb")
    except OSError as error:
        raise describe_unmade_file(out, error) from error
    with file:
        yield file


def _read_cursor(path: Path) -> int:
    if not path.exists():
        return 0
    text = read_file(path, Label("进度文件", "the cursor")).decode("ascii", "replace").strip()
    if not text.isdecimal():
        raise Problem(
            Label(f"进度文件 {path} 不可读", f"no index in {path}"),
            Label("一个序号", "one index"),
            Label("核对文件，或删除后从头导出", "check the file, or remove it and export from the start"),
            exit_code=2,
        )
    return int(text)
