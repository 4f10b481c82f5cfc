"""The keys by which a log is verified: given from elsewhere, or read from beside the log, and said which of the two.

Who owns the disk of a log owns the keys that lie on it. So only keys and policies that were given make a log witnessed;
those beside it still have to know every line of a checkpoint, and promise who cosigns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.note import NoteInvalid, NoteVerifier
from gateway.audit.tlog.policy import NONE, Policy, PolicyInvalid, read_policy
from gateway.audit.tlog.validity import make_witness_verifiers
from gateway.audit.verification.conclusion import Trusted
from gateway.audit.verification.foreign import describe_foreign, find_foreign
from gateway.audit.verification.signatures import Accept, Cosigner, accept_all
from gateway.cli.audit.log import read_key_file as read_log_key_file
from gateway.cli.audit.log import read_verifiers, read_witness_verifiers
from gateway.cli.details import put_detail
from gateway.cli.language import word
from gateway.cli.screen import Problem
from gateway.ground.item import Label
from keys.validity import read_key_file

WitnessKeys = Annotated[
    list[Path] | None,
    typer.Option(
        "--witness-key",
        help="他处取得的见证方公钥文件，可重复。A file of a witness's keys from elsewhere; may be given again.",
    ),
]
PolicyFile = Annotated[
    Path | None,
    typer.Option(
        "--policy",
        help="他处取得的 C2SP 策略文件：日志、见证方、门限。A tlog-policy from elsewhere: log, witnesses, quorum.",
    ),
]
GIVEN = Label("由外部提供", "given")
BESIDE = Label("取自日志所在文件夹", "beside the log")


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one verification.

    Attributes:
        log: those of the log, one of which must have signed each checkpoint.
        known: those of everybody else of whom a checkpoint may bear a line.
        trusted: whose cosignatures count.
        log_from, witnesses_from: where the keys came from.
    """

    log: tuple[NoteVerifier, ...]
    known: tuple[NoteVerifier, ...]
    trusted: Trusted
    log_from: Label
    witnesses_from: Label


def read_keys(
    directory: Path | None, origin: str, vkey: Path | None, witness_files: Sequence[Path], policy_file: Path | None
) -> Keys:
    """Return the keys by which the log of a node's directory is verified; without one, only those that were given.

    Raises:
        Problem: a file that was given, or that lies beside the log, has none that can be used.
    """
    beside = read_witness_verifiers(directory) if directory is not None else ()
    policy = read_policy_file(policy_file, origin) if policy_file is not None else None
    if policy is not None and vkey is None:
        log = tuple(one.verifier for one in policy.logs if one.verifier.name == origin)
        also: tuple[NoteVerifier, ...] = read_verifiers(directory, None) if directory is not None else ()
    elif directory is not None:
        log, also = read_verifiers(directory, vkey), ()
    else:
        log, also = (read_log_key_file(vkey) if vkey is not None else ()), ()
    given = tuple(key for path in witness_files for key in read_witness_key(path))
    if policy is not None:
        given = (*(one.verifier for one in policy.witnesses.values()), *given)
    known = _once((*given, *beside, *also), without=log)
    promised = {key.name for key in beside} | (_list_promised(directory) if directory is not None else set())
    outside = bool(given)
    counted = given if outside else beside
    trusted = Trusted(counted, _accept(given, policy), outside, promised, _asks_for_witness(given, policy))
    log_from = GIVEN if vkey is not None or policy is not None else BESIDE
    return Keys(log, known, trusted, log_from, GIVEN if outside else BESIDE)


def describe_source(keys: Keys) -> dict[str, str]:
    """Return where the keys of a verification came from, for JSON."""
    return {"log": keys.log_from.en, "witnesses": keys.witnesses_from.en}


def say_source(keys: Keys) -> str:
    """Return where the keys of a verification came from, in a line for a person."""
    return say_origin(keys.log_from, keys.witnesses_from)


def say_origin(log: Label, witnesses: Label) -> str:
    """Return in a line for a person where a log's keys came from, and those of its witnesses."""
    zh = f"日志公钥{log.zh}，见证方公钥{witnesses.zh}"
    return word(zh, f"keys: of the log {log.en}, of witnesses {witnesses.en}")


def _list_promised(directory: Path) -> set[str]:
    """Return the names of the witnesses that the node's settings promise; none where only its log is at hand."""
    if not (directory / "node.toml").is_file():
        return set()
    from gateway.cli.settings_file import load_settings

    try:
        return set(load_settings(directory / "node.toml").promised_witnesses)
    except Problem:  # settings of another release or machine: what lies beside the log still promises
        return set()


def require_own_keys(reader: LogReader, keys: Sequence[NoteVerifier]) -> None:
    """Raise Problem where other keys than these signed all checkpoints of a log: nothing is proven then."""
    if found := find_foreign(reader, keys):
        detail = describe_foreign(found, keys)
        raise Problem(
            Label(put_detail(detail).zh, detail),
            Label("此日志的公钥", "a key of this log"),
            Label(
                "核对 --vkey 或 --policy；公钥确属此日志的，运行 chuanyu audit verify",
                "check --vkey or --policy; if the key is this log's, run chuanyu audit verify",
            ),
            exit_code=2,
        )


def read_policy_file(path: Path, origin: str) -> Policy:
    """Return a policy that came from elsewhere; raises Problem where it is none, or has no key of the log named."""
    try:
        policy = read_policy(path.read_text(encoding="utf-8"))
        if origin and not any(one.verifier.name == origin for one in policy.logs):
            raise PolicyInvalid(f"expected a key of the log {origin}, found none")
    except (OSError, ValueError, PolicyInvalid) as error:
        raise Problem(
            Label(f"策略不可用：{path}，{error}", f"the policy is not usable: {path}, {error}"),
            Label("C2SP tlog-policy，含此日志的公钥", "a C2SP tlog-policy with the keys of this log"),
            Label("改正 --policy，或省略", "correct --policy, or leave it out"),
            exit_code=2,
        ) from error
    return policy


def read_witness_key(path: Path) -> tuple[NoteVerifier, ...]:
    """Return the keys of a witness in a file that came from elsewhere; raises Problem for no such file."""
    try:
        return make_witness_verifiers(read_key_file(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, NoteInvalid) as error:
        raise Problem(
            Label(
                f"见证方公钥不可用：{path}，{put_detail(error).zh}",
                f"the keys of a witness are not usable: {path}, {error}",
            ),
            Label("C2SP vkey，一行一个", "C2SP vkeys, one a line"),
            Label(
                "从见证方处取得其 audit/witness.vkey，用 --witness-key 指定",
                "get the file audit/witness.vkey from the witness, give it as --witness-key",
            ),
            exit_code=2,
        ) from error


def _accept(given: Sequence[NoteVerifier], policy: Policy | None) -> Accept:
    """Return whose cosignatures are enough: those of the policy, any key that was given, or any that is known."""
    if policy is not None and policy.quorum != NONE:
        names = {(one.verifier.name, one.verifier.key_id): name for name, one in policy.witnesses.items()}
        return _accept_known({key: key[0] for key in names}, lambda found: policy.satisfied({names[k] for k in found}))
    if given:
        return _accept_known({(key.name, key.key_id): key.name for key in given}, bool)
    return accept_all


def _accept_known(known: Mapping[Cosigner, str], enough: Callable[[Set[Cosigner]], Any]) -> Accept:
    def accept(cosigned: Mapping[Cosigner, int]) -> Mapping[str, int]:
        counted = {key: time_s for key, time_s in cosigned.items() if key in known}
        return accept_all(counted) if enough(counted.keys()) else {}

    return accept


def _asks_for_witness(given: Sequence[NoteVerifier], policy: Policy | None) -> bool:
    return policy.quorum != NONE if policy is not None else bool(given)


def _once(keys: Sequence[NoteVerifier], *, without: Sequence[NoteVerifier]) -> tuple[NoteVerifier, ...]:
    """Return each key once, the first of its name and id."""
    taken = {(key.name, key.key_id) for key in without}
    found = {(key.name, key.key_id): key for key in reversed(keys)}
    return tuple(key for name, key in found.items() if name not in taken)
