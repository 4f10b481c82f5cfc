"""Synthetic people: invented by a seed, never taken from anyone.

Rules: identity numbers begin with 519999 or 509999, regions that are assigned to nobody; cards are `T` and 8 digits,
accounts begin with 999998, telephones with 100; names of venues, libraries and banks end in or hold 示例.
"""
