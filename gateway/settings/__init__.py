"""The settings of a node: one frozen tree from one TOML file, checked whole before anything starts."""

from gateway.settings.faults import SettingsError, SettingsFault
from gateway.settings.tree import Settings, known_keys

__all__ = ["Settings", "SettingsError", "SettingsFault", "known_keys"]
