"""Reads the files of the catalogue: their bytes under a bound, their TOML, the signatures beside them.

Rule: whatever is wrong with a file is a fault under its name, and nothing of that file is used.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeVar

from gateway.catalogue.schema import CatalogueFault, Faults
from keys.document import DocumentInvalid, verify_document
from keys.files import read_file
from keys.signer import Verifier

MAX_FILE: Final = 4 * 1024 * 1024
"""Bytes of one file at most: a list of ten thousand items has about 2.2 MiB."""
SIGNATURE_SUFFIX: Final = ".sig"
"""Added to a document's file name for its detached signatures; after the province's code where two provinces sign."""
_KEPT: Final = 2048
"""Files of one kind whose content is remembered."""

Made = TypeVar("Made")
Verifiers = Mapping[str, Sequence[Verifier]]
"""For each province the keys by which its lists and grants may be signed; more than one while a key turns."""


def signature_of(document: Path, province: str) -> Path:
    """Return where the signature of one of several provinces over a document stands."""
    return document.with_name(f"{document.name}.{province}{SIGNATURE_SUFFIX}")


def verify(
    path: Path, beside: Path, octets: bytes, context: str, province: str, verifiers: Verifiers, faults: Faults
) -> bool:
    """Tell whether a document bears a signature of its province, in the file beside it; a fault where it does not."""
    if not beside.is_file():
        faults.add(str(path), "", f"expected its signature in {beside.name}, found none")
        return False
    signatures = read_octets(beside, faults)
    if signatures is None:
        return False
    try:
        verify_document(context, octets, signatures, verifiers.get(province, ()))
    except (DocumentInvalid, ValueError) as error:
        faults.add(
            str(path), "", f"expected a {context} signed by {province or 'a province'}, found otherwise: {error}"
        )
        return False
    return True


def read_once(
    reader: Callable[[str, Mapping[str, object], Faults], Made],
) -> Callable[[Path, bytes], tuple[Made | None, tuple[CatalogueFault, ...]]]:
    """Return a reader that reads the same bytes at one path once a process: a reload finds nearly all unchanged.

    What is read depends on the path and the bytes alone, and is never changed.
    """

    @lru_cache(maxsize=_KEPT)
    def read(path: Path, octets: bytes) -> tuple[Made | None, tuple[CatalogueFault, ...]]:
        faults = Faults()
        data = parse_toml(path, octets, faults)
        made = None if data is None else reader(str(path), data, faults)
        return made, tuple(faults.found)

    return read


def list_files(directory: Path, faults: Faults, *, empty: bool) -> list[tuple[Path, bytes]]:
    """Return the files `*.toml` of a directory with their bytes, sorted; none is a fault unless `empty`."""
    if not directory.is_dir():
        faults.add(str(directory), "", "expected a directory, found none")
        return []
    made = []
    for path in sorted(directory.glob("*.toml")):
        octets = read_octets(path, faults)
        if octets is not None:
            made.append((path, octets))
    if not made and not empty:
        faults.add(str(directory), "", "expected at least one file *.toml, found none")
    return made


def read_octets(path: Path, faults: Faults) -> bytes | None:
    """Return the bytes of a file; None, and a fault, where it cannot be read or is beyond the bound."""
    try:
        return read_file(path, MAX_FILE)
    except OSError as error:
        faults.add(str(path), "", f"expected a file that can be read, found {error.strerror or type(error).__name__}")
        return None


def parse_toml(path: Path, octets: bytes, faults: Faults) -> Mapping[str, object] | None:
    """Return the parsed bytes; None, and a fault, where they are no TOML."""
    try:
        return tomllib.loads(octets.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        faults.add(str(path), "", f"expected TOML in UTF-8, found otherwise: {error}")
        return None
