"""Tables of commands are made by `gateway.cli.table`, which keeps every code whole at eighty columns."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
FEW_COLUMNS: Final = {
    "audit/consistency.py", "audit/reconcile.py", "audit/replay.py", "demo/show.py", "guard.py", "items/app.py",
}  # fmt: skip
"""Commands whose tables of few, short columns still make their own. The list only shrinks."""


def test_no_command_makes_a_table_of_its_own() -> None:
    """The others call `show_table`."""
    cli = ROOT / "gateway" / "cli"
    own = {
        str(path.relative_to(cli))
        for path in cli.rglob("*.py")
        if "import Table" in path.read_text(encoding="utf-8") and path.name != "table.py"
    }
    assert FEW_COLUMNS == own
