"""The gateway node: two roads, the rooms along them, and what serves them."""
