"""The independent monitor: follows logs from their nodes and from their witnesses, and remembers what they showed.

It runs beside no node and believes nobody: what a node says is held to what it said before and to what witnesses
cosigned, by keys from elsewhere. `settings` names what is followed, `record` is what is remembered of one log on disk,
`sources` ask nodes and witnesses, `follower` judges, `watch` runs all of them side by side.
"""
