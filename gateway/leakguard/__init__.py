"""Step 6 of the road: looks again at what masking built, with nothing shared with it, and stops what should not leave.

Three looks at a page, cheapest first: whether each column is one that the item lets leave, and its cells say no more
than its level allows (`columns`); whether a number of a person stands in what may hold any text (`numbers`); whether
a raw value of the record or of the question comes back in it (`known`). One hit blocks the whole page. Pure.
"""
