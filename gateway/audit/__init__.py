"""The audit log: an entry is durable on disk before anything leaves, and anyone with the public key can check it."""
