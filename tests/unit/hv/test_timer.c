/* SPDX-License-Identifier: Apache-2.0 */
/* core/timer.c: order, stopping, moving, handlers that set their own timer; random work against a
 * plain list. */
#include <stdlib.h>

#include <arch/host.h>
#include <hv/arch.h>
#include <hv/percpu.h>
#include <hv/timer.h>

#include "unit.h"

#define N 50

static struct timer t[N];
static uint64_t fired_at[N];
static unsigned int fired_on[N], fired[N], order[N * 4], nr_fired;

static void fire(void *arg)
{
    struct timer *self = arg;
    unsigned int i = (unsigned int)(self - t);

    fired[i]++;
    fired_at[i] = arch_now_ns();
    fired_on[i] = this_cpu()->id;
    if (nr_fired < ARRAY_SIZE(order))
        order[nr_fired++] = i;
}

static void fresh(void)
{
    nr_fired = 0;
    for (unsigned int i = 0; i < N; i++) {
        timer_init(&t[i], 0, fire, &t[i]);
        fired[i] = 0;
    }
}

static void pass(uint64_t ns)
{
    host_advance(ns);
    host_settle();
}

static void in_order(void)
{
    uint64_t now = arch_now_ns();

    fresh();
    for (unsigned int i = 0; i < N; i++)
        timer_set(&t[i], now + 100 + (i * 37) % N);
    pass(99);
    CU_ASSERT_EQUAL(nr_fired, 0);
    pass(1000);
    CU_ASSERT_EQUAL(nr_fired, N);
    for (unsigned int i = 1; i < N; i++)
        CU_ASSERT(t[order[i - 1]].deadline <= t[order[i]].deadline);
}

static void stopped_and_set_again(void)
{
    uint64_t now = arch_now_ns();

    fresh();
    timer_set(&t[0], now + 10);
    timer_set(&t[1], now + 20);
    timer_set(&t[2], now + 30);
    timer_stop(&t[0]);
    timer_stop(&t[0]);
    timer_set(&t[1], now + 40);
    pass(30);
    CU_ASSERT_EQUAL(nr_fired, 1);
    CU_ASSERT_EQUAL(order[0], 2);
    pass(10);
    CU_ASSERT_EQUAL(fired[1], 1);
    CU_ASSERT_EQUAL(fired[0], 0);
    timer_set(&t[0], 1); /* long past: at once */
    host_settle();
    pass(1);
    CU_ASSERT_EQUAL(fired[0], 1);
}

static void on_other_cpus(void)
{
    uint64_t now = arch_now_ns();

    fresh();
    for (unsigned int i = 0; i < 3; i++)
        timer_init(&t[i], i, fire, &t[i]);
    for (unsigned int i = 0; i < 3; i++)
        timer_set(&t[i], now + 10);
    timer_migrate(&t[0], 2);
    timer_migrate(&t[0], 2);
    timer_migrate(&t[3], 1);
    timer_set(&t[3], now + 10);
    host_settle();
    pass(10);
    CU_ASSERT(fired[0] == 1 && fired_on[0] == 2);
    CU_ASSERT(fired[1] == 1 && fired_on[1] == 1);
    CU_ASSERT(fired[2] == 1 && fired_on[2] == 2);
    CU_ASSERT(fired[3] == 1 && fired_on[3] == 1);
}

static struct timer tick;
static unsigned int ticks;

static void again(void *arg)
{
    (void)arg;
    if (++ticks < 5)
        timer_set(&tick, tick.deadline + 100);
    else
        timer_stop(&tick); /* stopping oneself does not wait for oneself */
}

static void handler_sets_its_own(void)
{
    timer_init(&tick, 0, again, NULL);
    ticks = 0;
    timer_set(&tick, arch_now_ns() + 100);
    for (unsigned int i = 1; i <= 8; i++) {
        pass(100);
        CU_ASSERT_EQUAL(ticks, i < 5 ? i : 5);
    }
}

/* Any mixture of set, stop and move: exactly those due fire, each once. */
static void against_a_model(void)
{
    static uint64_t due[N];

    fresh();
    for (unsigned int i = 0; i < N; i++)
        due[i] = 0;
    srand(4);
    for (unsigned int round = 0; round < 20000; round++) {
        unsigned int i = (unsigned int)rand() % N;
        uint64_t now;

        switch (rand() % 5) {
        case 0:
        case 1:
            due[i] = arch_now_ns() + 1 + (uint64_t)rand() % 500;
            timer_set(&t[i], due[i]);
            break;
        case 2:
            due[i] = 0;
            timer_stop(&t[i]);
            break;
        case 3:
            timer_migrate(&t[i], (unsigned int)rand() % 3);
            break;
        default:
            host_settle();
            for (unsigned int j = 0; j < N; j++)
                fired[j] = 0;
            pass((uint64_t)rand() % 50);
            now = arch_now_ns();
            for (unsigned int j = 0; j < N; j++) {
                bool expect = due[j] && due[j] <= now;

                CU_ASSERT_EQUAL(fired[j], expect);
                if (expect)
                    due[j] = 0;
            }
        }
    }
    for (unsigned int i = 0; i < N; i++)
        timer_stop(&t[i]);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT_TEST(in_order),        UNIT_TEST(stopped_and_set_again),
        UNIT_TEST(on_other_cpus),   UNIT_TEST(handler_sets_its_own),
        UNIT_TEST(against_a_model),
    };
    const struct host_config machine = {.cpus = 3, .frames = 1024, .quiet = true};

    host_boot(&machine);
    return run_unit_tests("timer", tests, ARRAY_SIZE(tests));
}
