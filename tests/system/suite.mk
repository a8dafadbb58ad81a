# SPDX-License-Identifier: Apache-2.0
# Whole machines in QEMU; TESTS=WORD limits them.
SYSTEM_SUITES += tests/system/suite.py
export TESTS
