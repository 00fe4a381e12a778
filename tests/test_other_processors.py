"""What the pages say of a model is so whatever processor it runs on.

CTranslate2 and oneDNN choose their arithmetic by the processor, and so does PyTorch: sums are rounded in another order,
and where two texts are nearly equally likely, the other one may win. The tests marked `kernels` quote what models say.
Here each runs again with the arithmetic of other processors; ``make processors`` does so for every test of a model.
"""

import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
# CT2_VERBOSE makes CTranslate2 write what it chose.
PROCESSORS = {
    "no vector instructions": {"CT2_FORCE_CPU_ISA": "GENERIC", "CT2_USE_MKL": "0", "ATEN_CPU_CAPABILITY": "default"},
    "AVX2, without instructions for 8 bits": {
        "CT2_FORCE_CPU_ISA": "AVX2",
        "CT2_USE_MKL": "0",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "ATEN_CPU_CAPABILITY": "avx2",
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("processor", PROCESSORS)
def test_what_pages_say_of_models_is_so_on(processor):
    chosen = PROCESSORS[processor]
    if chosen["CT2_FORCE_CPU_ISA"] != "GENERIC" and platform.machine() not in ("x86_64", "AMD64"):
        pytest.skip("this processor has no AVX2")
    files = [str(p) for p in sorted(TESTS.rglob("test_*.py")) if "@pytest.mark.kernels" in p.read_text("utf-8")]
    files.remove(__file__)
    command = [sys.executable, "-m", "pytest", "-s", "-p", "no:cacheprovider", "-m", "kernels", *files]
    done = subprocess.run(
        command, cwd=TESTS.parent, env=os.environ | chosen | {"CT2_VERBOSE": "1"}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    isa = set(re.findall(r"Selected ISA: (\w+)", done.stdout + done.stderr))
    assert isa == {chosen["CT2_FORCE_CPU_ISA"]}, "CTranslate2 did as it was told"
