"""Builds a node from its settings and runs it; the only place that knows concrete classes."""

from gateway.assembly.serve import run_node

__all__ = ["run_node"]
