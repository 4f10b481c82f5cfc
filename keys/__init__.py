"""Identities, certificates, signatures and key storage. Code only: key material never lives here."""
