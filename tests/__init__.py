"""Tests of embcmp, in folders as the package has them."""

import os

# One thread for each worker of pytest: the threads of several workers would wait for each other on
# few cores. Libraries read these when they are loaded, so that they are set before any import.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
