/* SPDX-License-Identifier: Apache-2.0 */
/* The trap table, dispatch to handlers, and trying code that is expected to fault. */
#include <guest/hypercall.h>
#include <guest/runtime.h>
#include <guest/trap.h>

extern const uint8_t trap_entries[], trap_soft_entry[], event_entry[], failsafe_entry[],
    syscall_entry[];

void trap_dispatch(struct trap_frame *frame);

#define TRAP_ENTRY_BYTES 16 /* distance of the stubs in head.S */
#define FLAG_MASK_EVENTS 4

uint64_t failsafe_segments[4];
struct trap_info trap_table[34];

static trap_handler_t *handlers[TRAP_NR];
static struct trap_caught *catching;
static void *catch_state[5];

trap_handler_t *trap_set_handler(unsigned int vector, trap_handler_t *handler)
{
    trap_handler_t *before = handlers[vector];

    handlers[vector] = handler;
    return before;
}

void trap_init(void)
{
    unsigned int n = 0;
    long rc;

    for (unsigned int vector = 0; vector < 32; vector++) {
        int from_user = vector == TRAP_BP || vector == TRAP_OF;

        if (vector == 2 || vector == 15) /* NMI has a callback of its own; 15 is reserved */
            continue;
        trap_table[n++] = (struct trap_info){
            .vector = (uint8_t)vector,
            .flags = FLAG_MASK_EVENTS | (from_user ? 3 : 0),
            .cs = FLAT_KERNEL_CS,
            .address = (unsigned long)trap_entries + vector * TRAP_ENTRY_BYTES,
        };
    }
    trap_table[n++] = (struct trap_info){
        .vector = TRAP_SOFT,
        .flags = FLAG_MASK_EVENTS | 3,
        .cs = FLAT_KERNEL_CS,
        .address = (unsigned long)trap_soft_entry,
    };
    rc = hypercall_set_trap_table(trap_table);
    if (rc)
        guest_panic("set_trap_table: error %ld", rc);
    rc = hypercall_set_callbacks((unsigned long)event_entry, (unsigned long)failsafe_entry,
                                 (unsigned long)syscall_entry);
    if (rc)
        guest_panic("set_callbacks: error %ld", rc);
}

static void print_frame(const struct trap_frame *f)
{
    printf("rip %016lx cs %04x rflags %08lx rsp %016lx ss %04lx\n", f->rip, f->cs, f->rflags,
           f->rsp, f->ss);
    printf("rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", f->rax, f->rbx, f->rcx, f->rdx);
    printf("rsi %016lx rdi %016lx rbp %016lx r8  %016lx\n", f->rsi, f->rdi, f->rbp, f->r8);
}

void trap_dispatch(struct trap_frame *frame)
{
    unsigned long cr2 = guest_shared ? guest_shared->vcpu_info[0].arch.cr2 : 0;

    if (frame->vector < TRAP_NR && handlers[frame->vector]) {
        handlers[frame->vector](frame);
        return;
    }
    if (catching) {
        catching->happened = 1;
        catching->frame = *frame;
        catching->cr2 = cr2;
        catching = NULL;
        if (guest_shared)
            guest_shared->vcpu_info[0].evtchn_upcall_mask = frame->saved_upcall_mask;
        __builtin_longjmp(catch_state, 1);
    }
    print_frame(frame);
    guest_panic("unexpected trap %lu, error code %#lx, cr2 %#lx", frame->vector, frame->error_code,
                cr2);
}

/* noinline, noclone: __builtin_setjmp wants a frame of its own. */
int __attribute__((noinline, noclone))
trap_catch(void (*fn)(void *arg), void *arg, struct trap_caught *caught)
{
    caught->happened = 0;
    if (__builtin_setjmp(catch_state) == 0) {
        __atomic_store_n(&catching, caught, __ATOMIC_SEQ_CST);
        fn(arg);
        __atomic_store_n(&catching, NULL, __ATOMIC_SEQ_CST);
    }
    return caught->happened;
}

struct access {
    volatile uint64_t *at;
    uint64_t value;
};

static void do_read(void *arg)
{
    struct access *access = arg;

    access->value = *access->at;
}

static void do_write(void *arg)
{
    struct access *access = arg;

    *access->at = access->value;
}

int trap_try_read(const volatile void *at, uint64_t *value, struct trap_caught *caught)
{
    struct trap_caught local;
    struct access access = {.at = (volatile uint64_t *)(uintptr_t)at};

    if (trap_catch(do_read, &access, caught ? caught : &local))
        return (int)(caught ? caught : &local)->frame.vector;
    if (value)
        *value = access.value;
    return -1;
}

int trap_try_write(volatile void *at, uint64_t value, struct trap_caught *caught)
{
    struct trap_caught local;
    struct access access = {.at = at, .value = value};

    return trap_catch(do_write, &access, caught ? caught : &local)
               ? (int)(caught ? caught : &local)->frame.vector
               : -1;
}
