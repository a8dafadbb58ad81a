/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The serial console: a 16550 at com1's or com2's address. Output waits for the transmitter (the
 * log must be complete when the host stops); input raises VIRQ_CONSOLE by way of console_input().
 */
#include <hv/arch.h>
#include <hv/cmdline.h>
#include <hv/printk.h>
#include <hv/string.h>
#include <arch/irq.h>
#include <arch/x86_cpu.h>
#include <arch/x86_setup.h>

enum { REG_DATA, REG_IER, REG_FCR, REG_LCR, REG_MCR, REG_LSR };
#define LSR_DATA_READY 1
#define LSR_TX_EMPTY   0x20
#define SPIN_LIMIT     1000000

static uint16_t base = 0x3f8;
static unsigned int irq_line = 4;
static uint32_t baud = 115200;
static bool enabled = true, present;

/* console=com1[,com2][,vga][,none]: the first serial line named is used. */
static int parse_console(const char *v)
{
    if (!v)
        return -1;
    enabled = strstr(v, "com1") || strstr(v, "com2");
    if (!strstr(v, "com1") && strstr(v, "com2")) {
        base = 0x2f8;
        irq_line = 3;
    }
    return 0;
}

/* com1=BAUD[,DPS[,PORT[,IRQ]]]: data bits, parity and stop bits stay 8n1. */
static int parse_com(const char *v)
{
    uint64_t n = 0;

    if (!v)
        return -1;
    while (*v >= '0' && *v <= '9')
        n = n * 10 + (uint64_t)(*v++ - '0');
    if (n) {
        if (115200 % n)
            return -1;
        baud = (uint32_t)n;
    }
    return *v == 0 || *v == ',' || *v == '/' ? 0 : -1;
}

HV_OPTION(console, "console", "Serial line for the log: com1 or com2; none switches it off",
          parse_console);
HV_OPTION(com1, "com1", "Speed of the first serial line, as BAUD[,8n1[,PORT[,IRQ]]]", parse_com);
HV_OPTION(com2, "com2", "Speed of the second serial line, as BAUD[,8n1[,PORT[,IRQ]]]", parse_com);

void serial_init(void)
{
    uint16_t div = (uint16_t)(115200 / baud);

    if (!enabled)
        return;
    outb(base + REG_IER, 0);
    outb(base + REG_LCR, 0x80);
    outb(base + 0, (uint8_t)div);
    outb(base + 1, (uint8_t)(div >> 8));
    outb(base + REG_LCR, 3);
    outb(base + REG_FCR, 7);
    outb(base + REG_MCR, 0x0b);
    present = inb(base + REG_LSR) != 0xff;
}

static void receive(void)
{
    while (inb(base + REG_LSR) & LSR_DATA_READY)
        console_input((char)inb(base + REG_DATA));
}

void serial_irq_init(void)
{
    if (present && irq_bind_hypervisor(irq_line, receive) == 0)
        outb(base + REG_IER, 1);
}

static void put(char c)
{
    for (unsigned int i = 0; i < SPIN_LIMIT && !(inb(base + REG_LSR) & LSR_TX_EMPTY); i++)
        cpu_relax();
    outb(base + REG_DATA, (uint8_t)c);
}

void arch_console_write(const char *text, size_t len)
{
    if (!present)
        return;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\n')
            put('\r');
        put(text[i]);
    }
}

bool serial_owns_port(unsigned int port, unsigned int bytes)
{
    return present && port + bytes > base && port < (unsigned int)base + 8;
}
