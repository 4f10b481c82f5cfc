"""Does a log hold? Its file, its bytes, what they say, and whether it has kept what it once showed."""
