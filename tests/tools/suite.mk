# SPDX-License-Identifier: Apache-2.0
# The tools themselves: they judge everything else.
UNIT_SUITES += tests/tools/test_tools.py
