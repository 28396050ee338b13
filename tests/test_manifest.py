from __future__ import annotations

import re
from pathlib import Path

import pytest

from embcmp.manifest import manifest

STATUS = Path("/proc/self/status")


@pytest.mark.skipif(not STATUS.exists(), reason="only Linux says it there")
def test_the_peak_of_memory_is_in_bytes() -> None:
    [kilobytes] = re.findall(r"^VmHWM:\s+(\d+) kB$", STATUS.read_text(), re.MULTILINE)
    assert manifest(0, {})["peak_memory_bytes"] >= 1000 * int(kilobytes)
