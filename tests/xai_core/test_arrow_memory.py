"""pyarrow takes its memory where it goes back to the system, unless somebody chose otherwise."""

import os
import subprocess
import sys

import pytest

PRINT = "import xai_core, pyarrow; print(pyarrow.default_memory_pool().backend_name)"


@pytest.mark.parametrize(("chosen", "expected"), [(None, "system"), ("mimalloc", "mimalloc")])
def test_the_allocator_is_chosen_before_pyarrow_is_imported(chosen, expected):
    own = {name: value for name, value in os.environ.items() if name != "ARROW_DEFAULT_MEMORY_POOL"}
    own |= {} if chosen is None else {"ARROW_DEFAULT_MEMORY_POOL": chosen}
    said = subprocess.run([sys.executable, "-c", PRINT], env=own, check=True, capture_output=True, text=True)
    assert said.stdout.strip() == expected
