"""Step 4 of the road: ask the platform, under deadline and bounds, and take nothing that does not fit the item."""
