"""What `chuanyu node check` and `chuanyu doctor` look at; one file a subject."""
