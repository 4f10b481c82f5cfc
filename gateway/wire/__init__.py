"""The contract: generated messages and services."""
