"""The checks of `chuanyu node check` and `chuanyu doctor`; one file a subject."""
