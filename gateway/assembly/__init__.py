"""Builds a node from its settings and runs it; the only place that knows concrete classes."""
