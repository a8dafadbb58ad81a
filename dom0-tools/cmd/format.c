/* SPDX-License-Identifier: Apache-2.0 */
/* The printf formats of xl's tables. */
#include <string.h>
#include <uuid/uuid.h>

#include "cmd/format.h"

void format_list_header(FILE *out, const struct list_columns *columns)
{
    fputs("Name                                        ID   Mem VCPUs\tState\tTime(s)", out);
    if (columns->verbose)
        fputs("   UUID                            Reason-Code\tSecurity Label", out);
    else if (columns->context)
        fputs("   Security Label", out);
    if (columns->cpupool)
        fputs("         Cpupool", out);
    fputc('\n', out);
}

void format_state(const struct dom_info *info, char state[7])
{
    static const char reasons[] = "-rscwS";
    bool ended = info->shutdown || info->dying;
    unsigned int reason = info->shutdown && !info->dying ? info->shutdown_reason : 0;

    state[0] = info->running && !ended ? 'r' : '-';
    state[1] = info->blocked && !ended ? 'b' : '-';
    state[2] = info->paused && !info->dying ? 'p' : '-';
    state[3] = info->shutdown ? 's' : '-';
    state[4] = reason < sizeof(reasons) - 1 ? reasons[reason] : '?';
    state[5] = info->dying ? 'd' : '-';
    state[6] = '\0';
}

void format_list_row(FILE *out, const struct list_columns *columns, const char *name,
                     const struct dom_info *info)
{
    char state[7], uuid[37], pool[32];

    format_state(info, state);
    fprintf(out, "%-40s %5u %5llu %5u     %s  %8.1f", name, info->domid,
            (unsigned long long)(info->pages + info->outstanding_pages) / 256, info->vcpus_online,
            state, (double)(float)info->cpu_ns / 1e9);
    if (columns->verbose) {
        uuid_unparse_lower(info->uuid, uuid);
        fprintf(out, " %s", uuid);
        if (info->shutdown)
            fprintf(out, " %8x", info->shutdown_reason);
        else
            fprintf(out, " %8s", "-");
    }
    if (columns->verbose || columns->context)
        fprintf(out, " %16s", "-");
    if (columns->cpupool) {
        snprintf(pool, sizeof(pool), "Pool-%u", info->cpupool);
        fprintf(out, "%16s", pool);
    }
    fputc('\n', out);
}

static bool has(const uint8_t *bits, unsigned int cpu)
{
    return (bits[cpu / 8] >> (cpu % 8)) & 1;
}

void format_cpus(FILE *out, const uint8_t *bits, unsigned int cpus)
{
    unsigned int count = 0;
    const char *before = "";

    for (unsigned int c = 0; c < cpus; c++)
        count += has(bits, c);
    if (count == 0 || count == cpus) {
        fputs(count ? "all" : "none", out);
        return;
    }
    for (unsigned int first = 0, last; first < cpus; first = last + 1) {
        last = first;
        if (!has(bits, first))
            continue;
        while (last + 1 < cpus && has(bits, last + 1))
            last++;
        fprintf(out, "%s%u", before, first);
        if (last > first)
            fprintf(out, "-%u", last);
        before = ",";
    }
}

void format_vcpu_header(FILE *out)
{
    fprintf(out, "%-32s %5s %5s %5s %5s %9s %s\n", "Name", "ID", "VCPU", "CPU", "State", "Time(s)",
            "Affinity (Hard / Soft)");
}

void format_vcpu_row(FILE *out, const char *name, uint32_t domid, uint32_t vcpu,
                     const struct dom_vcpu_info *info, const uint8_t *hard, const uint8_t *soft,
                     unsigned int cpus)
{
    fprintf(out, "%-32s %5u %5u", name, domid, vcpu);
    if (info->online)
        fprintf(out, "%5u %3c%c- ", info->cpu, info->running ? 'r' : '-',
                info->blocked ? 'b' : '-');
    else
        fprintf(out, "%5c %3c%cp ", '-', '-', '-');
    fprintf(out, "%9.1f  ", (double)(float)info->cpu_ns / 1e9);
    format_cpus(out, hard, cpus);
    fputs(" / ", out);
    format_cpus(out, soft, cpus);
    fputc('\n', out);
}

void format_uptime_header(FILE *out)
{
    fprintf(out, "%-33s %4s %s\n", "Name", "ID", "Uptime");
}

static void print_uptime(FILE *out, unsigned long seconds, bool with_seconds)
{
    unsigned long days = seconds / 86400;

    if (days > 0)
        fprintf(out, "%lu day%s, ", days, days > 1 ? "s" : "");
    fprintf(out, "%2lu:%02lu", seconds / 3600 % 24, seconds / 60 % 60);
    if (with_seconds)
        fprintf(out, ":%02lu", seconds % 60);
}

void format_uptime_row(FILE *out, const char *name, uint32_t domid, unsigned long seconds)
{
    fprintf(out, "%-33s %4u ", name, domid);
    print_uptime(out, seconds, true);
    fputc('\n', out);
}

void format_uptime_short(FILE *out, const char *now, const char *name, uint32_t domid,
                         unsigned long seconds)
{
    fprintf(out, " %s up ", now);
    print_uptime(out, seconds, false);
    fprintf(out, ", %s (%u)\n", name, domid);
}

void format_info(FILE *out, const char *key, const char *value)
{
    fprintf(out, "%-23s: %s\n", key, value);
}

void format_block_header(FILE *out)
{
    fprintf(out, "%-5s %-3s %-6s %-5s %-6s %-8s %-30s\n", "Vdev", "BE", "handle", "state", "evt-ch",
            "ring-ref", "BE-path");
}

void format_block_row(FILE *out, const struct block_row *row)
{
    fprintf(out, "%-5u %-3u %-6u %-5u %-6d %-8d %-30s\n", row->devid, row->backend_id, row->handle,
            row->state, row->evtchn, row->ring_ref, row->backend);
}

void format_network_header(FILE *out)
{
    fprintf(out, "%-3s %-2s %-17s %-6s %-5s %-6s %5s/%-5s %-30s\n", "Idx", "BE", "Mac Addr.",
            "handle", "state", "evt-ch", "tx-", "rx-ring-ref", "BE-path");
}

void format_network_row(FILE *out, const struct network_row *row)
{
    fprintf(out, "%-3u %-2u %s%6u %5u %6d %5d/%-11d %-30s\n", row->devid, row->backend_id, row->mac,
            row->devid, row->state, row->evtchn, row->tx_ref, row->rx_ref, row->backend);
}

void format_credit_header(FILE *out)
{
    fprintf(out, "%-33s %4s %6s %4s\n", "Name", "ID", "Weight", "Cap");
}

void format_credit_row(FILE *out, const char *name, uint32_t domid,
                       const struct dom_sched_credit *params)
{
    fprintf(out, "%-33s %4u %6u %4u\n", name, domid, params->weight, params->cap);
}
