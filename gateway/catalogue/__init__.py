"""The catalogue: which items exist, on whose lists they stand, who may ask them, and step 3 of the road.

Everything here is pure but `loader`, which reads files and checks signatures.
"""
