"""What `make bench` measures: each figure beside its reference, from the same run on the same machine.

Absolute numbers vary thirteenfold with the disk; only the ratio inside one run counts.
"""
