"""The node's own keys and secrets, opened once at start."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.settings import Settings
from keys.epochs import EpochSecrets
from keys.keystore import Passphrase, load_secret, load_signing_key
from keys.rotation import Rotation
from keys.signer import Signer, Verifier


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """What only this node holds. `log` signs checkpoints and bears the log's origin as its name."""

    tls: Rotation
    frames: Signer
    log: Signer
    masking: bytes
    subjects: bytes
    epochs: EpochSecrets


def load_own_keys(settings: Settings) -> OwnKeys:
    """Open all keys.

    Raises:
        KeystoreError: one of them cannot be used; it says which, why and what to do.
        VkeyError: the log's public key file is none.
    """
    passphrase = Passphrase.read(settings.keys.passphrase_file)
    origin = Verifier.parse(settings.log_vkey_path.read_text(encoding="utf-8").strip()).name
    return OwnKeys(
        tls=Rotation(settings.tls_key_path, settings.tls_certificate_path, passphrase),
        frames=Signer(settings.identity.uri, load_signing_key(settings.signing_key_path, passphrase)),
        log=Signer(origin, load_signing_key(settings.log_key_path, passphrase)),
        masking=load_secret(settings.masking_secret_path, passphrase),
        subjects=load_secret(settings.subjects_secret_path, passphrase),
        epochs=EpochSecrets(settings.epochs_directory, passphrase),
    )
