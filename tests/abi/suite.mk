# SPDX-License-Identifier: Apache-2.0
# The ABI suite needs no build of its own: it compiles its probes while it runs.
ABI_SUITES += tests/abi/check_abi.py
