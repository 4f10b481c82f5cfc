"""`chuanyu ask`: the question, the keys of its rows, the answer shown and opened."""
