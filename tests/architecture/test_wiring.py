"""What is declared is used: a reason that nobody raises, a metric that nobody counts, a setting that nobody reads.

Each check looks at the text of the product alone. It cannot tell whether a use is right: the tests of the rooms do.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from hashlib import sha256
from inspect import isfunction
from pathlib import Path
from typing import Final, get_args

import pytest

from adapters.kinds import KINDS
from gateway.audit.entries.entry import FIELDS
from gateway.ground.refusals import Reason
from gateway.settings.sections import SECTIONS, Platform
from gateway.telemetry.metrics import Metrics
from tests.architecture.sources import tree_of

ROOT: Final = Path(__file__).parents[2]
OWNERS: Final = {"peers": "peer", "time_stamp": "section"}
"""Names under which the code holds a section, where they are not the section's own."""
CONFIG: Final = {"config.md": r"^- bounds: (.+)$", "config.zh-CN.md": r"^- 取值：(.+)$"}
"""The page of each language on settings, and how it begins the bounds of one."""


_LEFT_OUT: Final = re.compile(r'"""[\s\S]*?"""|(?m:#.*$)')


@cache
def words_of() -> dict[str, frozenset[str]]:
    """Return, for each file, every attribute (alone and behind its owner), keyword and text that it names.

    Docstrings and comments are left out. The text is read by a pattern, since a tree of each file takes ten seconds.
    """
    found = {}
    for path in (path for top in ("gateway", "adapters", "keys") for path in (ROOT / top).rglob("*.py")):
        if "wire" in path.parts:
            continue
        text = _LEFT_OUT.sub("", path.read_text(encoding="utf-8"))
        names = set()
        for owner, attribute in re.findall(r"(\w*)\)?\.(?=(\w+))", text):
            names |= {attribute, f"{owner}.{attribute}"}
        names |= set(re.findall(r"\b(\w+)=(?!=)", text)) | set(re.findall(r'"(\w+)"', text))
        found[str(path.relative_to(ROOT))] = frozenset(names)
    return found


def words(but: str, within: str = "") -> frozenset[str]:
    """Return what the product names within a folder, outside the file `but`, in which the name itself is declared."""
    return frozenset().union(*(names for file, names in words_of().items() if file != but and file.startswith(within)))


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_raised_somewhere(reason: Reason) -> None:
    """A reason that no room names is a promise that nothing keeps."""
    assert reason.name in words("gateway/ground/refusals.py"), f"no room raises {reason.name}"


@pytest.mark.parametrize("method", [name for name, one in vars(Metrics).items() if isfunction(one) and name[0] != "_"])
def test_every_metric_is_counted_somewhere(method: str) -> None:
    """A metric that nothing counts reads as zero, which says that all is well."""
    assert method in words("gateway/telemetry/metrics.py"), f"nothing calls Metrics.{method}"


@pytest.mark.parametrize(
    "setting", sorted({f"{section}.{key}" for section, model in SECTIONS.items() for key in model.model_fields})
)
def test_every_setting_is_read_somewhere(setting: str) -> None:
    """A setting that nothing reads is accepted and does nothing. A key of several sections is read beside its own."""
    section, _, key = setting.partition(".")
    shared = sum(key in model.model_fields for model in SECTIONS.values()) > 1
    named = f"{OWNERS.get(section, section)}.{key}" if shared else key
    assert named in words("gateway/settings/sections.py"), f"nothing reads {setting}"


@pytest.mark.parametrize("page", CONFIG)
def test_every_kind_of_platform_can_be_configured_and_is_described(page: str) -> None:
    """The kinds that open, those that a settings file may name, and those of each page are the same."""
    assert KINDS == get_args(Platform.model_fields["kind"].annotation)
    text = (ROOT / "docs/reference" / page).read_text(encoding="utf-8")
    (bounds,) = re.findall(CONFIG[page], text.split("### `platform.kind`")[1].split("###")[0], re.MULTILINE)
    assert list(KINDS) == re.findall(r"`(\w+)`", bounds)


@pytest.mark.parametrize("field", sorted(FIELDS[3] | FIELDS[4]))
def test_every_field_of_an_entry_is_written_somewhere(field: str) -> None:
    """A field that no code writes is never there for a reviewer."""
    assert field in words("gateway/audit/entries/entry.py", "gateway/audit/"), f"nothing writes {field}"


def test_every_metric_is_declared_once_and_counted_by_a_method() -> None:
    """A method that counts what is not declared fails when it is called, which may be long after the start."""
    tree = tree_of(ROOT / "gateway/telemetry/metrics.py")
    counted = {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "_of"
        if isinstance(node.args[0], ast.Constant)
    }
    assert counted == set(Metrics()._metrics)


def test_the_fields_of_version_1_are_those_that_were_released() -> None:
    """A field that is new belongs to the newest version alone, or an old log could hold what it never did."""
    octets = "\n".join(sorted(FIELDS[1])).encode()
    assert (49, "a47df6a557037e45") == (len(FIELDS[1]), sha256(octets).hexdigest()[:16])
