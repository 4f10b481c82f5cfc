"""The node's own keys and secrets, opened once at start."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.settings import Settings
from keys.epochs import EpochSecrets
from keys.keystore import Passphrase, load_secret, load_signing_key
from keys.rotation import Rotation
from keys.signer import Signer
from keys.signing_keys import load_log_keys, load_witness_keys


@dataclass(frozen=True, slots=True)
class NodeKeys:
    """The keys and secrets that only this node holds.

    The keys of `log` bear the log's origin as their name: the first signs receipts, both sign stored checkpoints. The
    keys of `witness` cosign for others. `tls` is the one of them that turns while the node runs.
    """

    tls: Rotation
    frames: Signer
    log: tuple[Signer, Signer]
    witness: tuple[Signer, Signer]
    masking: bytes
    subjects: bytes
    epochs: EpochSecrets


def load_node_keys(settings: Settings) -> NodeKeys:
    """Open all keys.

    Raises:
        KeystoreError: one of them cannot be used; it says which, why and what to do.
    """
    passphrase = Passphrase.read(settings.keys.passphrase_file)
    log = (settings.log_key_path, settings.log_second_key_path)
    witness = (settings.witness_key_path, settings.witness_second_key_path)
    return NodeKeys(
        tls=Rotation(settings.tls_key_path, settings.tls_certificate_path, passphrase),
        frames=Signer(settings.identity.uri, load_signing_key(settings.signing_key_path, passphrase)),
        log=load_log_keys(log, settings.log_vkey_path, passphrase),
        witness=load_witness_keys(witness, settings.witness_vkey_path, passphrase),
        masking=load_secret(settings.masking_secret_path, passphrase),
        subjects=load_secret(settings.subjects_secret_path, passphrase),
        epochs=EpochSecrets(settings.epochs_directory, passphrase),
    )
