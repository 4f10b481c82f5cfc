"""A note is of the right log, signed by it and cosigned by a given witness, or it is not taken."""

from __future__ import annotations

import pytest

from gateway.audit.tlog.cosigned import NoteFault, NoteUnproven, open_cosigned, open_signed
from gateway.audit.tlog.note import COSIGNATURE, Checkpoint, NoteSigner, NoteVerifier, checkpoint_text, sign_note
from gateway.audit.tlog.tree import leaf_hash
from tests.audit.cosigning import TIME_S, WitnessKey
from tests.audit.logs import ASKER, PROVIDER, Verifying
from tests.audit.signing import LogKey

WITNESS, OTHER = (WitnessKey(f"witness.{name}.example", COSIGNATURE, at) for at, name in enumerate(("one", "two"), 3))
IMPOSTOR = WitnessKey(WITNESS.name, COSIGNATURE, 9)
THIEF = LogKey(PROVIDER.name, seed=9)
LOG = [Verifying(PROVIDER)]
TEXT = checkpoint_text(Checkpoint(PROVIDER.name, 7, leaf_hash(b"7")))
FOREIGN = checkpoint_text(Checkpoint(ASKER.name, 7, leaf_hash(b"7")))


def signed(*keys: NoteSigner, text: bytes = TEXT) -> bytes:
    """A note."""
    return sign_note(text, keys)


def fault(note: bytes, witnesses: list[NoteVerifier]) -> NoteFault:
    """What is wrong with a note."""
    with pytest.raises(NoteUnproven) as caught:
        open_cosigned(note, PROVIDER.name, LOG, witnesses)
    return caught.value.fault


def test_who_cosigned_and_when_is_said() -> None:
    """Of the witnesses given; others are passed over."""
    note = signed(PROVIDER, WITNESS.at(TIME_S), OTHER.at(TIME_S + 5))
    found = open_cosigned(note, PROVIDER.name, LOG, [WITNESS.verifier])
    assert (note, 7, {WITNESS.name: TIME_S}) == (found.note, found.checkpoint.size, found.cosigned)
    both = open_cosigned(note, PROVIDER.name, LOG, [WITNESS.verifier, OTHER.verifier])
    assert {WITNESS.name: TIME_S, OTHER.name: TIME_S + 5} == both.cosigned


@pytest.mark.parametrize(
    ("expected", "note"),
    [
        (NoteFault.NOT_COSIGNED, signed(PROVIDER)),
        (NoteFault.NOT_COSIGNED, signed(PROVIDER, WITNESS.at(0))),
        (NoteFault.UNKNOWN_WITNESS, signed(PROVIDER, OTHER.at())),
        (NoteFault.UNKNOWN_WITNESS, signed(PROVIDER, IMPOSTOR.at())),
        (NoteFault.BAD_SIGNATURE, signed(WITNESS.at())),
        (NoteFault.BAD_SIGNATURE, signed(THIEF, WITNESS.at())),
        (NoteFault.BAD_SIGNATURE, signed(THIEF)),
        (NoteFault.BAD_SIGNATURE, signed(PROVIDER, WITNESS.at()).replace(b"\n7\n", b"\n8\n")),
        (NoteFault.WRONG_ORIGIN, signed(ASKER, WITNESS.at(), text=FOREIGN)),
        (NoteFault.WRONG_ORIGIN, signed(PROVIDER, WITNESS.at(), text=FOREIGN)),
        (NoteFault.MALFORMED, b""),
        (NoteFault.MALFORMED, b"<html>not found</html>"),
        (NoteFault.MALFORMED, signed(PROVIDER, text=b"no checkpoint\n")),
    ],
)
def test_what_is_amiss_has_its_name(expected: NoteFault, note: bytes) -> None:
    """An attack, a stripped line and a witness with new keys call for unlike acts."""
    assert expected is fault(note, [WITNESS.verifier])


def test_a_forged_cosignature_condemns_the_note() -> None:
    """Though the log's own signature holds."""
    line = WITNESS.at().line(FOREIGN)
    assert NoteFault.BAD_SIGNATURE is fault(signed(PROVIDER) + line.octets, [WITNESS.verifier])


def test_without_witnesses_the_logs_signature_alone_is_asked_for() -> None:
    """Of a node's own answer, which nobody has cosigned yet."""
    assert {} == open_signed(signed(PROVIDER, WITNESS.at()), PROVIDER.name, LOG).cosigned
    with pytest.raises(NoteUnproven, match="known key"):
        open_signed(signed(WITNESS.at()), PROVIDER.name, LOG)
