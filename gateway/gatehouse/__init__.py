"""Step 2 of the road: who asks, over what connection, how fresh, and not twice."""
