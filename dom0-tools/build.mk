# SPDX-License-Identifier: Apache-2.0
# The dom0 side. Each folder below has a suite.mk that names its own programs and test suites.

DOM0_INC := -Idom0-tools/include -Ixenstore/include

include $(wildcard dom0-tools/*/suite.mk)
