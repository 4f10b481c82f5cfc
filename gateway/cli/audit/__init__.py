"""`chuanyu audit`: one file a command."""
