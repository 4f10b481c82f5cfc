"""Gives secrets a light key derivation in every Python process of the tests, and in no other.

The scrypt of a secret costs 50 ms on purpose, and a pair of nodes opens eight secrets at each start. Python imports a
module of this name by itself when its directory stands in PYTHONPATH; `tests/conftest.py` puts it there, so the
commands and nodes that a test starts read what the test has written. The product knows nothing of it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, Final

KEYSTORE: Final = "keys.keystore"
LIGHT_N: Final = 2
"""The least cost that scrypt takes."""


def lighten(module: Any) -> None:
    """Give the module of the keystore the light cost; it must have the constant that it had when this was written."""
    if not isinstance(module._SCRYPT_N, int):
        raise TypeError(f"expected the scrypt cost of {KEYSTORE} to be a number, found: {module._SCRYPT_N!r}")
    module._SCRYPT_N = LIGHT_N


class _LightLoader(Loader):
    """Loads the module as it is, then lightens it."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        lighten(module)


class _LightFinder(MetaPathFinder):
    """Finds the keystore where it is, and puts the light loader before its own."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != KEYSTORE:
            return None
        found = PathFinder.find_spec(name, path, target)
        if found is not None and found.loader is not None:
            found.loader = _LightLoader(found.loader)
        return found


if KEYSTORE in sys.modules:
    lighten(sys.modules[KEYSTORE])
else:
    sys.meta_path.insert(0, _LightFinder())
