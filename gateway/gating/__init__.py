"""Between steps 6 and 7 of the road: cleared pages of an item with batch gates wait until the whole request passes.

Rules: nothing of the request leaves before every row of it was counted; what waits is encrypted under a key that lives
in memory alone; waiting is bounded in rows, bytes and time, and beyond a bound the request is refused. A gate only
takes values away: it looks at pages that are masked and cleared already.
"""
