# SPDX-License-Identifier: Apache-2.0
# One non-recursive build. Every folder's build.mk appends to the lists below; `make help` tells the targets.

BUILD    := build
CC       ?= gcc
PYTHON   ?= python3
V        ?= 0
Q        := $(if $(filter 1,$(V)),,@)
say       = $(if $(filter 1,$(V)),,@printf '  %-8s %s\n' $(1) $(2))

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef \
            -Wpointer-arith -Wwrite-strings
CFLAGS_COMMON := -std=gnu11 -O2 -g -fno-strict-aliasing $(WARNINGS) -Iinclude -MMD -MP
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

# What `make` builds and what `make test` runs, in this order: fast to slow.
PROGRAMS      :=
UNIT_SUITES   :=
ABI_SUITES    :=
FUZZ_SUITES   :=
GUEST_SUITES  :=
SYSTEM_SUITES :=
# What goes into dom0: FILE=/PATH/IN/DOM0, or @TARGET=/PATH for a symbolic link.
DOM0_FILES     =

.DEFAULT_GOAL := all
.SECONDEXPANSION:
.SECONDARY:
.DELETE_ON_ERROR:

# The packages come first: what follows asks them for flags. Targets that need none are left alone.
GOALS     := $(or $(MAKECMDGOALS),all)
PREPARED  := $(filter-out help clean distclean size,$(GOALS))
ifneq ($(PREPARED),)
include $(BUILD)/packages/build.mk
endif

include $(wildcard */build.mk)

.PHONY: all clean distclean
all: $(PROGRAMS)

# The fetched kernels stay; `make distclean` removes them too.
clean:
	@if [ -d $(BUILD) ]; then find $(BUILD) -mindepth 1 -maxdepth 1 ! -name cache -exec rm -rf {} +; fi

distclean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -path $(BUILD)/cache -prune -o -name '*.d' -print 2>/dev/null)
