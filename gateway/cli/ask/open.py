"""Opens the sealed columns of an answer with the department's own key; it never leaves this machine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.screen import Problem
from gateway.ground.evidence import Column, Page
from gateway.ground.item import Kind, Label

if TYPE_CHECKING:
    from gateway.masking.sealed import Opener


@dataclass(frozen=True, slots=True)
class AnswerOpener:
    """Opens the answer to one question, whose cells are bound to `item` and `request_id`."""

    opener: Opener
    item: str
    request_id: str

    def open_page(self, page: Page, first: int) -> Page:
        """Return the page with its sealed columns opened; `first` is the place of its first row in the answer.

        Raises:
            Problem: a cell was sealed to another key or for another place.
        """
        return replace(page, columns=tuple(self._column(column, first) for column in page.columns))

    def _column(self, column: Column, first: int) -> Column:
        from gateway.masking.faults import MaskingError

        if column.kind is not Kind.SEALED:
            return column
        try:
            values = tuple(
                self.opener.open(cell, item=self.item, request_id=self.request_id, field=column.name, row=row)
                if isinstance(cell, bytes)
                else None
                for row, cell in enumerate(column.values, first)
            )
        except MaskingError as error:
            raise Problem(
                Label(f"数据项 {column.name} 打不开", f"the field {column.name} does not open"),
                Label("加密给这个密钥的单元格", "cells sealed to this key"),
                Label(
                    "核对 --open-with 的密钥与授权中的 sealing_key 是否一对",
                    "check that the key of --open-with and the grant's sealing_key are a pair",
                ),
            ) from error
        return replace(column, values=values)


def read_opener(key: Path) -> Opener:
    """Read a department's private key, by the passphrase in the file beside it.

    Raises:
        Problem: a file cannot be used, or holds another thing.
    """
    from gateway.cli.connection import describe_keystore_error, read_passphrase
    from gateway.masking.sealed import KEY_BYTES, Opener
    from keys.keystore import KeystoreError, load_secret

    try:
        private = load_secret(key, read_passphrase(key.with_name("passphrase")))
    except KeystoreError as error:
        raise describe_keystore_error(error, exit_code=2) from error
    if len(private) != KEY_BYTES:
        raise Problem(
            Label(f"{key}：另一种密钥", f"{key}: another kind of key"),
            Label("数据项加密私钥", "a private key for sealed fields"),
            Label("由 chuanyu keys sealing 生成", "make it with chuanyu keys sealing"),
            exit_code=2,
        )
    return Opener(private)
