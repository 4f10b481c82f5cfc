"""Step 5 of the road: builds a new page from the grant, each column by the operator that the item declares.

Rules: nothing is copied by default; an operator gives a safe value or fails, and a failure refuses the whole page; a
plan is compiled once for each item, recipient, scene and epoch, and is never changed. Pure: the day is an argument.
Shares no code and no setting with `leakguard`, which looks again.
"""
