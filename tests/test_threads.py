from __future__ import annotations

import numpy as np
import pytest
from joblib import cpu_count
from threadpoolctl import threadpool_info

from embcmp.threads import one_thread
from tests.commands import run_code


def threads() -> list[int]:
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


def test_products_run_on_one_thread_and_on_as_many_as_before_afterwards() -> None:
    before = threads()
    assert one_thread()(threads)() == [1] * len(before)
    assert threads() == before


@pytest.mark.process("pools of threads are as large as the environment says at the start")
@pytest.mark.skipif(cpu_count() < 2, reason="a pool has no second thread on one core")
def test_the_pool_that_scipy_brings_later_is_found() -> None:
    code = """
from embcmp.threads import one_thread
from tests.test_threads import threads
one_thread()(threads)()
import scipy.linalg
print(set(one_thread()(threads)()), set(threads()))
"""
    found = run_code(code, env={"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"})
    assert found.stdout == "{1} {2}\n"


def test_what_a_function_takes_and_gives_is_handed_through() -> None:
    @one_thread()
    def product(a: np.ndarray, *, times: int) -> np.ndarray:
        """Says what it does."""
        return a * times

    assert product(np.ones(2), times=3).tolist() == [3, 3]
    assert product.__doc__ == "Says what it does."
