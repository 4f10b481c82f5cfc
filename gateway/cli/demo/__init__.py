"""`chuanyu demo`: two provinces on one machine, what is asked of them and what is shown."""
