"""A policy accepts a checkpoint only when its log signed it and the quorum of its witnesses cosigned it."""

from __future__ import annotations

from itertools import combinations

import pytest

from gateway.audit.tlog.note import (
    COSIGNATURE,
    SUBTREE,
    Checkpoint,
    NoteInvalid,
    checkpoint_text,
    sign_note,
)
from gateway.audit.tlog.policy import MAX_POLICY_BYTES, PolicyInvalid, QuorumMissing, read_policy
from tests.audit.cosigning import TIME_S, WitnessKey
from tests.audit.signing import LogKey

ORIGIN = "log.example"
LOG = LogKey(ORIGIN)
PEER = WitnessKey("cq.example/witness", SUBTREE, 2)
NATIONAL = WitnessKey("national.example/witness", COSIGNATURE, 3)
THIRD = WitnessKey("third.example/witness", SUBTREE, 4)
NAMES = {"peer": PEER, "national": NATIONAL, "third": THIRD}
LINES = [f"log {LOG.vkey} https://log.example/", *(f"witness {name} {key.vkey}" for name, key in NAMES.items())]
TEXT = checkpoint_text(Checkpoint(ORIGIN, 9, b"r" * 32))


def policy(*lines: str) -> str:
    """The log and the three witnesses, then these lines."""
    return "\n".join([*LINES, *lines]) + "\n"


def note(*names: str) -> bytes:
    """A checkpoint that the log signed and the witnesses of these names cosigned."""
    return sign_note(TEXT, [LOG, *(NAMES[name].at() for name in names)])


QUORUMS: dict[str, int | set[str]] = {
    "quorum none": 0,
    "quorum peer": {"peer"},
    "group q all peer national third\nquorum q": 3,
    "group q any peer national third\nquorum q": 1,
    "group q 2 peer national third\nquorum q": 2,
}


@pytest.mark.parametrize("lines", QUORUMS)
def test_every_set_of_cosigners_is_judged(lines: str) -> None:
    """Exhaustive over the eight sets of three witnesses."""
    made = read_policy(policy(lines))
    wanted = QUORUMS[lines]
    for count in range(4):
        for names in combinations(NAMES, count):
            enough = count >= wanted if isinstance(wanted, int) else wanted <= set(names)
            assert enough == made.satisfied(set(names))
            if enough:
                accepted = made.check(note(*names))
                assert (9, dict.fromkeys(names, TIME_S)) == (accepted.checkpoint.size, dict(accepted.cosigned))
            else:
                with pytest.raises(QuorumMissing):
                    made.check(note(*names))


def test_groups_may_stand_in_groups() -> None:
    """The peer, and one of the other two."""
    made = read_policy(policy("group others any national third", "group q all peer others", "quorum q"))
    assert made.satisfied({"peer", "third"})
    assert not made.satisfied({"national", "third"})
    assert not made.satisfied({"peer"})


def test_a_witness_cannot_stand_in_for_the_log() -> None:
    """All have cosigned, but the log did not sign."""
    made = read_policy(policy("group q all peer national third", "quorum q"))
    with pytest.raises(NoteInvalid, match="a log of the policy"):
        made.check(sign_note(TEXT, [key.at() for key in NAMES.values()]))


def test_a_witness_that_gives_no_time_has_not_cosigned() -> None:
    """Zero is for logs alone."""
    made = read_policy(policy("quorum peer"))
    with pytest.raises(QuorumMissing):
        made.check(sign_note(TEXT, [LOG, PEER.at(0)]))


def test_a_known_cosignature_that_fails_condemns_the_note() -> None:
    """Although the quorum does not need it."""
    made = read_policy(policy("quorum none"))
    other = checkpoint_text(Checkpoint(ORIGIN, 8, b"r" * 32))
    bad = note() + PEER.at().line(other).octets
    with pytest.raises(NoteInvalid, match="does not hold"):
        made.check(bad)


def test_comments_and_empty_lines_are_passed_over() -> None:
    """They say nothing to a machine."""
    assert "none" == read_policy("# 川渝\n\n" + policy("  # indented", "quorum none")).quorum


def test_a_policy_is_read_as_it_was_written() -> None:
    """With witnesses, and without."""
    witnesses = f"witness peer {PEER.vkey} https://cq.example/\nwitness n {NATIONAL.vkey}\n"
    made = read_policy(f"log {LOG.vkey}\n{witnesses}group quorum all peer n\nquorum quorum\n")
    assert (2, "https://cq.example/", "") == (
        made.groups["quorum"].needed,
        made.witnesses["peer"].url,
        made.witnesses["n"].url,
    )
    assert ("none", "") == ((alone := read_policy(f"log {LOG.vkey}\nquorum none\n")).quorum, alone.logs[0].url)


@pytest.mark.parametrize(
    "lines",
    [
        "",
        "quorum nobody",
        "quorum none\nquorum none",
        "quorum peer\nquorum none",
        "quorum",
        "quorum peer third",
        "group q all\nquorum q",
        "group q 0 peer\nquorum q",
        "group q 2 peer\nquorum q",
        "group q 01 peer\nquorum q",
        "group q -1 peer\nquorum q",
        "group q most peer\nquorum q",
        "group q all peer peer\nquorum q",
        "group q all later\ngroup later all peer\nquorum q",
        "group q all q\nquorum q",
        "group peer all third\nquorum peer",
        "group none all third\nquorum none",
        f"witness peer {WitnessKey('x', SUBTREE, 9).vkey}\nquorum none",
        f"witness again {PEER.vkey}\nquorum none",
        f"witness log {LOG.vkey}\nquorum none",
        f"witness ed {LogKey('x', seed=8).vkey}\nquorum none",
        f"log {LOG.vkey}\nquorum none",
        "log nothing\nquorum none",
        "log\nquorum none",
        f"log {LogKey('x', seed=8).vkey} a b\nquorum none",
        "witness peer\nquorum none",
        "policy v1\nquorum none",
        f"group q {'1' * 5_000} peer national third\nquorum q",
        f"{'#' * MAX_POLICY_BYTES}\nquorum none",
    ],
)
def test_a_text_that_is_no_policy_is_refused(lines: str) -> None:
    """Absent and second quorums, names of later lines, keys and members that stand twice, other words."""
    with pytest.raises(PolicyInvalid):
        read_policy(policy(lines))


def test_a_policy_without_a_log_is_refused() -> None:
    """An empty list trusts nobody."""
    with pytest.raises(PolicyInvalid, match="at least one log"):
        read_policy("quorum none\n")
