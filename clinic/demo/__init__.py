"""A demo unit: invented, deterministic, compact and realistic, so that a stranger can book within minutes.

Everything is told by distance from the day it is made. All people are invented; NHS numbers are from the test range.
"""
