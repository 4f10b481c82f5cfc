"""The witnesses of our log: any one peer without a policy, and with one never a quorum of none or out of reach."""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import grpc
import pytest

from gateway.assembly.quorum import Quorum, load_quorum
from gateway.assembly.trust import Trust
from gateway.audit.tlog.note import COSIGNATURE
from gateway.settings import Settings
from gateway.settings.sections import Peer
from keys.identity import Identity, Role
from keys.rotation import CertifiedKey
from keys.trust import TrustError
from keys.validity import KeyValidity
from tests.audit.cosigning import WitnessKey
from tests.audit.signing import LogKey

NODE = Identity("500000", Role.NODE, "gateway-1").uri
PEER = WitnessKey("witness.chongqing.example", COSIGNATURE, seed=3)
THIRD = WitnessKey("witness.third.example", COSIGNATURE, seed=4)
FOURTH = WitnessKey("witness.fourth.example", COSIGNATURE, seed=5)
LOG = LogKey("log.sichuan.example/1")
SETTINGS = f"""
[node]
province = "510000"
name = "gateway-1"
[platform]
kind = "sichuan"
[[peers]]
province = "500000"
target = "gateway.cq.example:7443"
node = "{NODE}"
"""
THIRD_LINE = f"witness third {THIRD.vkey} https://witness.third.example/"


def load(
    directory: Path,
    policy: str | None = None,
    peer: tuple[WitnessKey, ...] = (PEER,),
    ends: tuple[int | None, ...] = (),
) -> Quorum:
    """Load the witnesses of a node with one peer, by a policy or none; an empty one is not written."""
    terms = tuple(KeyValidity(key.vkey, last=end) for key, end in zip_longest(peer, ends))
    text = SETTINGS
    if policy:
        (directory / "policy").write_text(policy, encoding="utf-8")
    if policy is not None:
        text += '[witness]\npolicy_file = "policy"\n'
    trust = SimpleNamespace(
        witness_verifiers=lambda node: tuple(one.verifier for one in peer),
        bundles={"500000": SimpleNamespace(witnesses={NODE: terms})},
    )
    return load_quorum(
        Settings.parse(text.encode(), directory),
        cast(Trust, trust),
        cast(Callable[[Peer], Callable[[], grpc.aio.Channel]], lambda one: lambda: None),
        cast(Callable[[], CertifiedKey], lambda: None),
    )


def policy(*lines: str) -> str:
    """A policy of our log with these lines."""
    return "\n".join((f"log {LOG.vkey}", *lines, ""))


def test_a_peer_whose_bundle_names_no_witness_is_refused(tmp_path: Path) -> None:
    """The node would wait for a witness that nobody can verify; the message says what to do."""
    with pytest.raises(TrustError, match="keys bundle"):
        load(tmp_path, peer=())


REFUSED = [
    ("no policy", "found", "witness"),
    ("none", "at least one witness", policy("quorum none")),
    ("no quorum", "expected a quorum", policy(THIRD_LINE)),
    ("no address", "expected an https address, found none", policy(f"witness third {THIRD.vkey}", "quorum third")),
    (
        "without TLS",
        "expected an https address",
        policy(f"witness third {THIRD.vkey} http://witness.third.example/", "quorum third"),
    ),
    (
        "two at one address",
        "keys of one witness",
        policy(THIRD_LINE, f"witness fourth {FOURTH.vkey} https://witness.third.example/", "quorum third"),
    ),
    (
        "the name of a peer",
        "of a name that no peer bears",
        policy(f"witness x {WitnessKey(PEER.name, COSIGNATURE, seed=9).vkey} https://x.example/", "quorum x"),
    ),
]


@pytest.mark.parametrize(("what", "text"), [one[1:] for one in REFUSED], ids=[one[0] for one in REFUSED])
def test_a_policy_that_cannot_hold_is_refused(tmp_path: Path, what: str, text: str) -> None:
    """A quorum of none would let a log that nobody has seen serve exchanges."""
    with pytest.raises(TrustError, match=what):
        load(tmp_path, text)


def test_a_policy_that_is_not_there_is_not_passed_over(tmp_path: Path) -> None:
    """The peers alone are not what the settings ask for."""
    with pytest.raises(TrustError, match="policy: expected a policy of witnesses"):
        load(tmp_path, "")


def test_without_a_policy_any_one_peer_is_enough_and_nobody_else(tmp_path: Path) -> None:
    """An empty set is never enough."""
    quorum = load(tmp_path)
    assert [False, False, True] == [quorum.enough(frozenset(one)) for one in ((), {THIRD.name}, {PEER.name})]
    assert ({"500000": PEER.name}, (PEER.vkey,), 1) == (quorum.provinces, quorum.vkeys, len(quorum.ways))
    assert [(PEER.name, (PEER.verifier,))] == [(one.name, one.verifiers) for one in quorum.addresses]


def test_a_policy_names_the_witnesses_beside_the_peers_and_which_are_enough(tmp_path: Path) -> None:
    """A peer that it names keeps its own way; a third witness alone is not enough for a quorum of both."""
    lines = (f"witness peer {PEER.vkey}", THIRD_LINE, "group both all peer third", "quorum both")
    quorum = load(tmp_path, policy(*lines))
    assert [PEER.name, THIRD.name] == [one.name for one in quorum.addresses]
    assert 1 == len(quorum.ways)
    assert [False, False, False, True] == [
        quorum.enough(frozenset(one)) for one in ((), {PEER.name}, {THIRD.name}, {PEER.name, THIRD.name})
    ]
    assert (PEER.vkey, PEER.vkey, THIRD.vkey) == quorum.vkeys


def test_the_ended_keys_of_a_peer_are_known_as_such(tmp_path: Path) -> None:
    """They verify what they cosigned, and say nothing of a witness that began anew."""
    former = WitnessKey(PEER.name, COSIGNATURE, seed=8)
    (address,) = load(tmp_path, peer=(PEER, former), ends=(None, 1_700_000_000)).addresses
    assert frozenset({former.verifier.key_id}) == address.ended
    assert 2 == len(address.verifiers)
