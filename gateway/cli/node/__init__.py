"""`chuanyu node`: one file a command."""
