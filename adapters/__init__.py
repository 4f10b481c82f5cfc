"""Adapters: what stands between a gateway and the platform of its province."""
