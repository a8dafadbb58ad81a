/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dispatcher, expanded from hypercall.def: one switch of direct, typed calls. A number without
 * a row answers -XEN_ENOSYS and is named on the console once.
 */
#include <hv/atomic.h>
#include <hv/domain.h>
#include <hv/hypercall.h>
#include <hv/percpu.h>
#include <hv/printk.h>
#include <hv/string.h>
#include <hv/vcpu.h>
#include <public/errno.h>

#define HYPERCALL(nr, name, fn, args, who, how)                                                    \
    _Static_assert((nr) == __HYPERVISOR_##name, "row " #name " has a wrong number");
#include <hv/hypercall.def>
#undef HYPERCALL

#define STUB_SIZE 32
#define NR_STUBS  (4096 / STUB_SIZE)
#define NR_NAMED  64 /* numbers whose absence is reported once each */

/* (G, U) in a row becomes fn(gva(a[0]), (unsigned int)a[1]). */
#define ARG_U(i)                            ((unsigned int)a[i])
#define ARG_L(i)                            (a[i])
#define ARG_G(i)                            (gva(a[i]))
#define CALL0(fn)                           fn()
#define CALL1(fn, t0)                       fn(ARG_##t0(0))
#define CALL2(fn, t0, t1)                   fn(ARG_##t0(0), ARG_##t1(1))
#define CALL3(fn, t0, t1, t2)               fn(ARG_##t0(0), ARG_##t1(1), ARG_##t2(2))
#define CALL4(fn, t0, t1, t2, t3)           fn(ARG_##t0(0), ARG_##t1(1), ARG_##t2(2), ARG_##t3(3))
#define PICK(_0, _1, _2, _3, _4, name, ...) name
#define CALL(fn, ...)                                                                              \
    PICK(fn __VA_OPT__(, ) __VA_ARGS__, CALL4, CALL3, CALL2, CALL1, CALL0)                         \
    (fn __VA_OPT__(, ) __VA_ARGS__)
#define CALL_ROW(...) CALL(__VA_ARGS__)
#define LIST(...)     __VA_OPT__(, ) __VA_ARGS__

enum { ANY, DOM0 };

static void report_missing(unsigned int nr)
{
    static uint64_t reported;

    if (nr < NR_NAMED && !atomic_test_and_set_bit(&reported, nr))
        log_warn("hypercall %u (domain %u) is not supported\n", nr, current_vcpu()->domain->id);
}

long hypercall_call(unsigned int nr, const uint64_t a[6])
{
    switch (nr) {
#define HYPERCALL(number, name, fn, args, who, how)                                                \
    case number:                                                                                   \
        if ((who) == DOM0 && unlikely(!current_vcpu()->domain->is_privileged))                     \
            return -XEN_EPERM;                                                                     \
        return CALL_ROW(fn LIST args);
#include <hv/hypercall.def>
#undef HYPERCALL
    default:
        report_missing(nr);
        return -XEN_ENOSYS;
    }
}

const char *hypercall_name(unsigned int nr)
{
    switch (nr) {
#define HYPERCALL(number, name, fn, args, who, how)                                                \
    case number:                                                                                   \
        return #name;
#include <hv/hypercall.def>
#undef HYPERCALL
    default:
        return NULL;
    }
}

void hypercall_entry(struct cpu_user_regs *regs)
{
    const uint64_t a[6] = {regs->rdi, regs->rsi, regs->rdx, regs->r10, regs->r8, regs->r9};
    uint64_t nr = regs->rax;

    regs->rax = nr <= ~0u ? (uint64_t)hypercall_call((unsigned int)nr, a) : (uint64_t)-XEN_ENOSYS;
}

/*
 * Stubs: save the two registers that SYSCALL destroys, load the number, enter. iret never comes
 * back: it leaves rcx, r11 and rax on the stack as the frame's first words.
 */
void hypercall_page_fill(void *page)
{
    static const uint8_t call[] = {0x51, 0x41, 0x53, 0xb8, 0,    0,    0,
                                   0,    0x0f, 0x05, 0x41, 0x5b, 0x59, 0xc3};
    static const uint8_t iret[] = {0x51, 0x41, 0x53, 0x50, 0xb8, 0, 0, 0, 0, 0x0f, 0x05};
    uint8_t *stub = page;

    memset(page, 0xcc, NR_STUBS * STUB_SIZE);
    for (uint32_t nr = 0; nr < NR_STUBS; nr++, stub += STUB_SIZE) {
        bool is_iret = nr == __HYPERVISOR_iret;

        if (is_iret)
            memcpy(stub, iret, sizeof(iret));
        else
            memcpy(stub, call, sizeof(call));
        memcpy(stub + (is_iret ? 5 : 4), &nr, sizeof(nr));
    }
}
