"""Where a fault of a log is: each kind of place that a verification names has its Chinese."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from gateway.audit.storage.objects import IN_POSTGRES
from gateway.cli.audit.verdict import _PLACES

ROOT: Final = Path(__file__).parents[2] / "gateway"


def test_every_kind_of_place_has_its_chinese() -> None:
    """Those that are raised by name, and the kinds of what stands in a database; nothing else is listed."""
    code = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "audit").rglob("*.py")))
    raised = set(re.findall(r'(?:VerificationFailed|VerificationFault)\(\s*f?"([a-z]+)', code))
    stored = set(re.findall(r"(?:SELECT|THEN|ELSE) '([a-z]+)'", IN_POSTGRES))
    assert {"entry", "checkpoint", "tile"} <= raised
    assert {"table", "trigger", "view"} <= stored
    assert set() == (raised | stored) - _PLACES.keys()
    assert [] == [kind for kind, said in _PLACES.items() if not re.match("[\u4e00-\u9fff]+|第", said)]
