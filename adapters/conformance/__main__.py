"""Runs the suite against an adapter behind the gRPC `Platform` service.

    python -m adapters.conformance --target HOST:PORT --ca F --certificate F --key F --items DIR --samples FILE.json

`--items` is the directory of the items' TOML files, `--samples` a JSON object of item code to a key row that the
platform knows (synthetic people). Prints one JSON line a finding; ends with 0 where there is none, else with 1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from adapters.conformance.expectations import read_items
from adapters.conformance.suite import Finding, run
from adapters.kinds import open_platform


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m adapters.conformance", description="Check an adapter.")
    for name in ("target", "ca", "certificate", "key", "items", "samples"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--server-name", help="the name in the server's certificate, if it is not the host")
    chosen = parser.parse_args(arguments)
    options = {
        "target": chosen.target,
        "ca_file": chosen.ca,
        "certificate_file": chosen.certificate,
        "key_file": chosen.key,
    }
    if chosen.server_name is not None:
        options["server_name"] = chosen.server_name
    try:
        samples = json.loads(Path(chosen.samples).read_text(encoding="utf-8"))
        expectations = read_items(Path(chosen.items), samples)
    except (ValueError, OSError) as error:
        parser.error(str(error))

    async def check() -> list[Finding]:
        platform = open_platform("remote", options)
        try:
            return await run(platform, expectations)
        finally:
            await platform.close()

    try:
        findings = asyncio.run(check())
    except ValueError as error:
        parser.error(str(error))
    for finding in findings:
        print(json.dumps(asdict(finding), ensure_ascii=False))
    return 1 if findings else 0


if __name__ == "__main__":
    raise SystemExit(main())
