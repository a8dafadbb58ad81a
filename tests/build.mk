# SPDX-License-Identifier: Apache-2.0
# Each kind of test brings its own suite.mk.
include $(wildcard tests/*/suite.mk tests/*/*/suite.mk)
