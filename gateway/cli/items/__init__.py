"""`chuanyu items`: the application items, and what their masks leave."""
