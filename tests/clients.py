"""Clients of a province beside its portal: persons and strangers, whom the demo's world does not have."""

from __future__ import annotations

from functools import cache

from gateway.cli.demo.world import Client, DemoProvince, enrol_client
from keys.authority import Authority
from keys.identity import Identity, Role


def client_of(province: DemoProvince, role: Role, name: str) -> Client:
    """Enrol a client with the authority of a province; each call makes another key and certificate."""
    return enrol_client(province.authority, Identity(province.code, role, name))


def reviewer_of(province: DemoProvince) -> Client:
    """Return the reviewer of a province, who is enrolled when first asked for."""
    return _enrolled(province.authority, Identity(province.code, Role.REVIEWER, "reviewer-1"))


def administrator_of(province: DemoProvince) -> Client:
    """Return the administrator of a province, who is enrolled when first asked for."""
    return _enrolled(province.authority, Identity(province.code, Role.ADMINISTRATOR, "administrator-1"))


@cache
def _enrolled(authority: Authority, identity: Identity) -> Client:
    return enrol_client(authority, identity)
