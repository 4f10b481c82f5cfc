"""Gives secrets a light key derivation, and the guard a compiled engine, in every Python process of the tests.

The scrypt of a secret costs 50 ms on purpose, and a pair of nodes opens eight secrets at each start. The patterns of
the guard take Hyperscan one to two seconds to compile in each process; the first one keeps them in a file. Python
imports a module of this name by itself when its directory stands in PYTHONPATH; `tests/conftest.py` puts it there, so
the commands and nodes that a test starts read what the test has written. The product knows nothing of it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:  # importing it takes a tenth of the time in which Python starts
    from importlib.abc import Loader

KEYSTORE: Final = "keys.keystore"
ENGINES: Final = "gateway.leakguard.engines"
LIGHT_N: Final = 2
"""The least cost that scrypt takes."""


def lighten(module: Any) -> None:
    """Give the module of the keystore the light cost; it must have the constant that it had when this was written."""
    if not isinstance(module._SCRYPT_N, int):
        raise TypeError(f"expected the scrypt cost of {KEYSTORE} to be a number, found: {module._SCRYPT_N!r}")
    module._SCRYPT_N = LIGHT_N


class _KeptDatabase:
    """A database of Hyperscan that is compiled once on a machine, for one list of patterns and one version."""

    def __init__(self, hyperscan: Any) -> None:
        self._hyperscan = hyperscan
        self._database: Any = None

    def compile(self, *, expressions: Sequence[bytes], elements: int, flags: int) -> None:
        """Load what was compiled before from the same; otherwise compile, and keep it for the next process."""
        import tempfile  # here, since most processes never ask for an engine
        from hashlib import sha256
        from pathlib import Path

        folder = Path(tempfile.gettempdir()) / f"chuanyu-test-engines-{os.getuid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.stat().st_uid != os.getuid():
            raise PermissionError(f"expected a directory of our own, found another's: {folder}")
        said = repr((self._hyperscan.__version__, flags, expressions))
        path = folder / sha256(said.encode()).hexdigest()
        if path.is_file():
            self._database = self._hyperscan.loadb(path.read_bytes(), mode=self._hyperscan.HS_MODE_BLOCK)
            self._database.scratch = self._hyperscan.Scratch(self._database)
            return
        self._database = self._hyperscan.Database()
        self._database.compile(expressions=expressions, elements=elements, flags=flags)
        beside = path.with_suffix(f".{os.getpid()}")
        beside.write_bytes(self._hyperscan.dumpb(self._database))
        beside.replace(path)

    def scan(self, *given: Any, **named: Any) -> None:
        """Scan as the database does."""
        self._database.scan(*given, **named)


def keep_compiled(module: Any) -> None:
    """Give the module of the guard's engines a Hyperscan whose databases are compiled once on a machine."""
    real: Callable[[str], ModuleType] = module.import_module

    def import_kept(name: str) -> Any:
        if name != "hyperscan":
            return real(name)
        hyperscan: Any = import_module(name)
        return SimpleNamespace(Database=lambda: _KeptDatabase(hyperscan), HS_FLAG_UTF8=hyperscan.HS_FLAG_UTF8)

    module.import_module = import_kept


LIGHTER: Final[dict[str, Callable[[Any], None]]] = {KEYSTORE: lighten, ENGINES: keep_compiled}
"""What is done to a module when it has been executed."""


class _LightLoader:
    """Loads the module as it is, then lightens it."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        LIGHTER[module.__name__](module)


class _LightFinder:
    """Finds these modules where they are, and puts the light loader before their own."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name not in LIGHTER:
            return None
        found = PathFinder.find_spec(name, path, target)
        if found is not None and found.loader is not None:
            found.loader = cast("Loader", _LightLoader(found.loader))
        return found


for _name in LIGHTER.keys() & sys.modules.keys():
    LIGHTER[_name](sys.modules[_name])
sys.meta_path.insert(0, _LightFinder())
