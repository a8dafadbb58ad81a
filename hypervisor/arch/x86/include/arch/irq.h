/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hardware interrupts. An irq number below arch_nr_gsis() is a GSI; above: MSI. Each irq in use has
 * a vector and one owner: the hypervisor or one domain's pirq.
 */
#pragma once

#include <hv/lock.h>
#include <hv/types.h>

struct domain;

/* Vectors, highest priority last. Device vectors are handed out from VECTOR_DEVICE_FIRST up. */
#define VECTOR_DEVICE_FIRST 0x31
#define VECTOR_DEVICE_LAST  0xdf
#define VECTOR_PIC_FIRST    0x20 /* masked legacy PIC's spurious ones */
#define VECTOR_TIMER        0xf8
#define VECTOR_KICK         0xfa
#define VECTOR_FLUSH        0xfb
#define VECTOR_SPURIOUS     0xff

#define MAX_IRQS 512

struct irq_desc;

struct irq_chip {
    const char *name;
    void (*mask)(struct irq_desc *d);
    void (*unmask)(struct irq_desc *d);
    bool level_needs_eoi;
};

struct irq_desc {
    const struct irq_chip *chip; /* NULL: not in use */
    uint8_t vector;              /* 0: none */
    bool level, active_low, masked;
    bool in_flight;        /* level: masked until the guest's EOI */
    void (*handler)(void); /* the hypervisor's own */
    struct domain *owner;  /* or a domain's pirq */
    unsigned int pirq;
    /* GSI */
    unsigned int ioapic, pin;
    /* MSI */
    struct msi_entry *msi;
};

extern struct irq_desc irq_table[MAX_IRQS];
/* Who takes an irq, gives it a vector, or lets either go; held by callers of irq_alloc() and below.
 */
extern struct spinlock irq_lock;

void irq_dispatch(unsigned int vector);
/* Give an irq its vector; 0 or -XEN_ENOSPC. */
int irq_assign_vector(int irq);
void irq_release_vector(int irq);
/* Bind a GSI to the hypervisor itself. 0 or negative. */
int irq_bind_hypervisor(unsigned int gsi, void (*handler)(void));
/* A free irq number above the GSIs, or -XEN_ENOSPC. */
int irq_alloc(void);
void irq_free(int irq);
void serial_irq_init(void);
bool serial_owns_port(unsigned int port, unsigned int bytes);

/* ioapic.c */
void ioapic_init(void);
int ioapic_setup_gsi(unsigned int gsi, bool level, bool active_low);
bool ioapic_owns_frame(uint64_t frame);
unsigned int ioapic_nr_gsis(void);
