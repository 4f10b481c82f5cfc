"""The settings of a node: one frozen tree from one TOML file, checked whole before anything starts."""

from gateway.settings.faults import Fault, SettingsError
from gateway.settings.tree import Settings, known_keys

__all__ = ["Fault", "Settings", "SettingsError", "known_keys"]
