"""When a log was last verified as a whole: a small note beside it, for the alarm that rings when that is long ago.

It proves nothing: whoever may write there may write it. It only reminds.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from pathlib import Path

from keys.files import read_file


def note_verified(path: Path, size: int) -> None:
    """Note that the log holds up to `size`, now; where the directory cannot be written nothing is noted."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    with suppress(OSError):
        beside.write_text(json.dumps({"time_s": int(time.time()), "size": size}) + "\n", encoding="utf-8")
        beside.replace(path)


def last_verified(path: Path) -> float | None:
    """Return when the log was last verified as a whole, in seconds since 1970; None where that is not noted."""
    try:
        return float(json.loads(read_file(path))["time_s"])
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
