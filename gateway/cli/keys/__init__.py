"""`chuanyu keys`: one file a command."""
