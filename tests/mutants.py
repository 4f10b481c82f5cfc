"""Mutation testing of the modules that decide: do fast tests notice a promise that is weakened by one word?

`scripts/mutants` runs it. Each module of `tests/mutants.toml` is weakened at one place at a time, in a copy of the
tree, and the fast tests that are named for it run until the first one fails. A mutant that none notices has survived.

Rules:
- Which mutants are tried is drawn by a hash of what they change, not of where it stands, so that a change elsewhere
  leaves the sample as it was. Those that are equivalent are listed with their reason, and others are drawn instead.
- Each module has a floor: of so many that are tried, so many are killed. It is raised when more are, never lowered.
- A mutant that runs on is stopped by a limit of processor time, so that a busy machine judges no other.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import importlib
import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
PLAN: Final = ROOT / "tests" / "mutants.toml"
COPIED: Final = ("gateway", "keys", "adapters", "tests", "proto", "pyproject.toml")
PRELOADED: Final = ("pytest", "cryptography.x509", "orjson", "pydantic", "structlog")
"""What every test imports, no mutant changes and no plugin rewrites: loaded once, before the processes part."""
SAID: Final = "said.txt"
"""What the tests print, in the copy."""
CPU_SECONDS: Final = 20
"""Processor time beyond that of the sound module after which a mutant counts as one that runs on."""
WALL_SECONDS: Final = 120
"""Longest time of one test, for a mutant that waits for ever."""
BOUNDARIES: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
OPPOSITES: Final = {"any": "all", "all": "any", "min": "max", "max": "min"}


@dataclass(frozen=True)
class Mutant:
    """One weakening: its name, which says what it changes and not where; the number of its node, and the change."""

    name: str
    place: int
    change: Callable[[Any], None]

    def source(self, whole: str) -> str:
        """Return the changed source."""
        tree = ast.parse(whole)
        self.change(next(node for number, (_, node) in enumerate(_places(tree)) if number == self.place))
        return ast.unparse(ast.fix_missing_locations(tree))


@dataclass
class Module:
    """A line of the plan."""

    path: str
    tests: list[str]
    sample: int
    floor: int
    equivalent: dict[str, str] = field(default_factory=dict)


def mutants_of(source: str) -> dict[str, Mutant]:
    """Return every mutant of a source by its name; what is said in messages, types and docstrings is left alone."""
    found: dict[str, Mutant] = {}
    for place, (where, node) in enumerate(_places(ast.parse(source))):
        for what, change in _changes(node):
            name = f"{where}: {what}"
            while name in found:
                name += " again"
            found[name] = Mutant(name, place, change)
    return found


def _places(tree: ast.AST, where: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Yield every node that may be changed, with the function in which it stands."""
    for name, value in ast.iter_fields(tree):
        if name in ("annotation", "returns", "decorator_list", "exc", "bases", "type_comment", "msg"):
            continue  # types, and what an error says
        for node in value if isinstance(value, list) else [value]:
            if not isinstance(node, ast.AST) or isinstance(node, ast.JoinedStr):
                continue
            inner = where
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                inner = f"{where}.{node.name}".lstrip(".")
            if inner.endswith("__repr__") or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)):
                continue
            yield inner or "module", node
            yield from _places(node, inner)


def _changes(node: ast.AST) -> Iterator[tuple[str, Callable[[Any], None]]]:
    """Yield what can be done to a node, in words and as a change of an equal node."""
    text = " ".join(ast.unparse(node).split())[:90]
    if isinstance(node, ast.If | ast.While | ast.IfExp | ast.Assert):
        test = " ".join(ast.unparse(node.test).split())[:90]
        yield f"never {test}", lambda one: setattr(one, "test", ast.Constant(False))
        if not isinstance(node, ast.While):
            yield f"always {test}", lambda one: setattr(one, "test", ast.Constant(True))
    match node:
        case ast.BoolOp():
            for number, value in enumerate(node.values):
                yield f"without {ast.unparse(value)[:60]} in {text}", _dropper("values", number)
        case ast.Compare():
            other = BOUNDARIES[type(node.ops[0])]
            yield f"{other.__name__} in {text}", lambda one: one.ops.__setitem__(0, other())
        case ast.UnaryOp(op=ast.Not()):
            yield f"without not in {text}", lambda one: _become(one, one.operand)
        case ast.Raise():
            yield f"without {text}", lambda one: _become(one, ast.Pass())
        case ast.Expr(value=ast.Call() | ast.Await()):
            yield f"without {text}", lambda one: _become(one, ast.Pass())
        case ast.Set() if len(node.elts) > 1:
            for number, value in enumerate(node.elts):
                yield f"without {ast.unparse(value)[:60]} in {text}", _dropper("elts", number)
        case ast.Call(func=ast.Name(id=name)) if name in OPPOSITES:
            yield f"{OPPOSITES[name]} in {text}", lambda one: setattr(one.func, "id", OPPOSITES[one.func.id])
        case ast.Call(func=ast.Name(id="abs")):
            yield f"without abs in {text}", lambda one: _become(one, one.args[0])
        case ast.Constant(value=int(number)) if not isinstance(number, bool):
            yield f"{number} + 1", lambda one: setattr(one, "value", one.value + 1)
            yield f"{number} - 1", lambda one: setattr(one, "value", one.value - 1)


def _dropper(attribute: str, number: int) -> Callable[[Any], None]:
    def drop(one: Any) -> None:
        del getattr(one, attribute)[number]
        if isinstance(one, ast.BoolOp) and len(one.values) == 1:
            _become(one, one.values[0])

    return drop


def _become(node: Any, other: ast.AST) -> None:
    node.__class__ = other.__class__
    node.__dict__ = dict(other.__dict__)


def draw(module: Module, source: str) -> list[Mutant]:
    """Return the sample of a module: those whose names have the least hashes, without the equivalent ones."""
    found = [mutant for name, mutant in mutants_of(source).items() if name not in module.equivalent]
    return sorted(found, key=lambda one: hashlib.sha256(one.name.encode()).digest())[: module.sample]


def copy_tree(place: Path) -> None:
    """Copy what tests need, compiled so that a changed source is seen whatever its time and size."""
    ignored = shutil.ignore_patterns("__pycache__", ".hypothesis")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, place / name, ignore=ignored)
        else:
            shutil.copy(source, place / name)
    compile_all = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "checked-hash"]
    subprocess.run([*compile_all, "gateway", "keys", "adapters"], cwd=place, check=True)


def run_tests(place: Path, tests: Sequence[str], cpu_seconds: int) -> tuple[int, float]:
    """Run tests in a process of their own until one fails; return the exit code and the processor time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    child = os.fork()
    if not child:
        _be_tests(place, tests, cpu_seconds)
    _, status = os.waitpid(child, 0)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return os.waitstatus_to_exitcode(status), spent


def _be_tests(place: Path, tests: Sequence[str], cpu_seconds: int) -> None:
    """Become the tests and never return. A mutant may harm whatever it reaches, so that nothing is shared but reads."""
    code = 3
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 5))
        os.chdir(place)
        sys.path.insert(0, str(place))
        sys.dont_write_bytecode = True
        said = os.open(place / SAID, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        for descriptor in (0, 1, 2):
            os.dup2(said, descriptor)
        pytest = importlib.import_module("pytest")
        quiet = ["-x", "-q", "-p", "no:cacheprovider", "--timeout", str(WALL_SECONDS), "--hypothesis-profile", "fast"]
        chosen = "not torture and not kills and not long and not postgres"
        code = int(pytest.main([*quiet, "-m", chosen, "--hypothesis-seed", "0", *tests]))
    finally:
        os._exit(code)


def _work(module: Module, tree: Path) -> tuple[Module, list[str], int, float]:
    """Try the sample of one module in its own copy of the tree; return the survivors, how many were tried, the time."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutants-") as directory:
        place = Path(directory) / "tree"
        shutil.copytree(tree, place)
        target = place / module.path
        source = target.read_text(encoding="utf-8")
        code, spent = run_tests(place, module.tests, 600)
        if code:
            said = (place / SAID).read_text(encoding="utf-8", errors="replace")[-2_000:]
            raise RuntimeError(f"{module.path}: its tests fail without a mutant (exit code {code})\n{said}")
        survivors = []
        sample = draw(module, source)
        for mutant in sample:
            target.write_text(mutant.source(source), encoding="utf-8")
            code, _ = run_tests(place, module.tests, CPU_SECONDS + int(3 * spent))
            if not code:
                survivors.append(mutant.name)
        return module, survivors, len(sample), time.monotonic() - began


def read_plan(path: Path = PLAN) -> list[Module]:
    """Read the plan; an equivalent that no module has any more is a fault, as is a floor beyond the sample."""
    modules = [Module(**table) for table in tomllib.loads(path.read_text(encoding="utf-8"))["module"]]
    for module in modules:
        names = mutants_of((ROOT / module.path).read_text(encoding="utf-8"))
        gone = module.equivalent.keys() - names.keys()
        if gone or not 0 <= module.floor <= module.sample:
            raise ValueError(f"{module.path}: expected equivalents that there are and a floor, found {sorted(gone)}")
    return modules


def main() -> int:
    """Run the samples, say what survived, and fail below a floor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", help="modules of the plan, by a part of their path; all without one")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    modules = [one for one in read_plan() if not chosen.paths or any(part in one.path for part in chosen.paths)]
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() not in (ROOT, ROOT / "tests")]
    for name in PRELOADED:
        importlib.import_module(name)
    failed, tried, killed = [], 0, 0
    context = multiprocessing.get_context("fork")
    with (
        tempfile.TemporaryDirectory(prefix="mutants-") as tree,
        context.Pool(min(chosen.workers, max(len(modules), 1)), maxtasksperchild=1) as pool,
    ):
        copy_tree(Path(tree))
        for module, survivors, sample, seconds in pool.imap_unordered(partial(_work, tree=Path(tree)), modules):
            good = sample - len(survivors)
            tried, killed = tried + sample, killed + good
            note = "" if good == module.floor else f"; raise its floor of {module.floor}"
            if good < module.floor:
                failed.append(module.path)
                note = f", below its floor of {module.floor}"
            print(f"{module.path}: {good} of {sample} killed in {seconds:.0f} s{note}", flush=True)
            for name in survivors:
                print(f"  survived: {name}", flush=True)
    print(f"{killed} of {tried} killed")
    if failed:
        print("below the floor: " + ", ".join(failed), file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
