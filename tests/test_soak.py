"""The short form of benchmarks.soak: some visitors, odd files, killed processes, a full disk, and no error."""

from __future__ import annotations

import pytest

from benchmarks.soak import soak


@pytest.mark.slow
def test_visitors_and_misfortune_leave_no_error():
    tally, rows = soak(minutes=0.2, visitors=3, rest=0, fault_every_s=4)
    assert not tally.errors
    assert min(len(times) for times in tally.times.values()) >= 5, "some pages were opened and used"
    assert [memory > 0 for _, memory, _, _ in rows] == [True] * len(rows)
