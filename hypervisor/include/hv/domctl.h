/* SPDX-License-Identifier: Apache-2.0 */
/* Control operations of the toolstack, between the files that implement them (domctl*.c,
 * sysctl*.c). */
#pragma once

#include <hv/cpumask.h>
#include <hv/domain.h>
#include <public/domctl.h>

/*
 * Handlers see a private copy of the argument and, where their row asks for one, a referenced
 * domain. They return 0 (or what the ABI says), -XEN_E*, or -XEN_ERESTART: to be called again,
 * nothing lost.
 */
#define DOMCTL(name, target, answer) long domctl_##name(struct domain *d, struct xen_domctl *op);
#define DOMCTL_NONE(name)
#include <hv/domctl.def>
#undef DOMCTL
#undef DOMCTL_NONE

/* Facts of a domain in the ABI's form. */
void domain_info(struct domain *d, struct xen_domctl_getdomaininfo *info);
/* The first domain whose number is `from` or above, referenced; NULL: none. */
struct domain *domain_next(domid_t from);
/* vCPU `id` of `d`, or NULL. */
struct vcpu *domain_vcpu(struct domain *d, uint32_t id);

/* Bitmaps of the ABI. Bits beyond MAX_CPUS are dropped / written as 0. 0 or -XEN_EFAULT. */
int cpumask_from_guest(struct cpumask *out, const struct xenctl_bitmap *in);
int cpumask_to_guest(const struct xenctl_bitmap *out, const struct cpumask *in);
