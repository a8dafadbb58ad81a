# SPDX-License-Identifier: Apache-2.0
# Unit tests of the hypervisor: the portable sources and the host machine, with sanitizers. The files of UNIT_HV_SRC
# are one program on one world (world.c); those with a main() of their own are programs of their own, with what
# UNIT_HV_HELP offers them.

HV_T       := $(BUILD)/tests/hv
HV_T_FLAGS  = $(filter-out -DHV_HOST,$(HV_HOST_CFLAGS)) -DHV_HOST -D_GNU_SOURCE -Itests/unit/hv

UNIT_HV_ALONE := $(shell grep -l '^int main' tests/unit/hv/test_*.c)
UNIT_HV_HELP  := $(addprefix $(HV_T)/tests/unit/hv/,mm_world.o unit.o)
UNIT_HV_SRC   := $(addprefix tests/unit/hv/,main.c world.c test_evtchn.c test_irqs.c test_grants.c test_memory.c test_control.c test_stale.c)

$(HV_T)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(HV_T_FLAGS) -c -o $@ $<

$(HV_T)/unit-hv: $(UNIT_HV_SRC:%.c=$(HV_T)/%.o) $(BUILD)/host/libhv.a
	$(call say,LD,$@)
	$(Q)$(CC) $(SANITIZE) -o $@ $^ -lcunit

$(HV_T)/unit-hv-%: $(HV_T)/tests/unit/hv/test_%.o $(UNIT_HV_HELP) $(BUILD)/host/libhv.a
	$(call say,LD,$@)
	$(Q)$(CC) $(SANITIZE) -o $@ $^ -lcunit

.PRECIOUS: $(HV_T)/tests/unit/hv/%.o

UNIT_SUITES += $(HV_T)/unit-hv $(UNIT_HV_ALONE:tests/unit/hv/test_%.c=$(HV_T)/unit-hv-%)
