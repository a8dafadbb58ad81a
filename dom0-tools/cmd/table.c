/* SPDX-License-Identifier: Apache-2.0 */
/* The table of subcommands, in the order in which help lists them. */
#include "cmd/cmd.h"

#define HELP_LINE "-h, --help              Print this help.\n"

const struct cmd_spec cmd_table[] = {
    {"create", cmd_create, 0, -1, true, "<ConfigFile> [options] [key=value ...]",
     "Create a domain from a configuration file",
     "-c                      Connect to the console after the domain is created.\n"
     "-d                      Print debug messages.\n"
     "-e                      Do not supervise the domain in the background.\n"
     "-F                      Stay in the foreground and supervise until it ends.\n"
     "-f, --defconfig=FILE    Use this configuration file.\n"
     "-n, --dryrun            Print the resulting configuration as JSON, create nothing.\n"
     "-p                      Leave the domain paused.\n"
     "-q, --quiet             Say nothing but errors.\n" HELP_LINE},
    {"list", cmd_list, 0, 1, false, "[options] [Domain]", "List information about domains",
     "-l, --long              Print all that is known, as JSON.\n"
     "-v, --verbose           Print UUIDs and shutdown reasons as well.\n"
     "-c, --cpupool           Print the CPU pool of each domain.\n"
     "-Z, --context           Print security labels (there are none).\n" HELP_LINE},
    {"console", cmd_console, 1, 1, false, "[options] <Domain>", "Attach to a domain's console",
     "-e CHARACTER            Leave with ^CHARACTER (or the character itself) in place of ^].\n"
     "-n NUMBER               Console number; there is only 0.\n"
     "-t TYPE                 Type of console; there is only pv.\n" HELP_LINE},
    {"shutdown", cmd_shutdown, 0, 1, false, "[options] <-a|Domain>", "Ask a domain to shut down",
     "-a, --all               All domains but Domain-0.\n"
     "-w, --wait              Wait until it has shut down; twice: until it is gone.\n"
     "-F                      Accepted; a PV guest has no other way.\n" HELP_LINE},
    {"reboot", cmd_reboot, 0, 1, false, "[options] <-a|Domain>", "Ask a domain to reboot",
     "-a, --all               All domains but Domain-0.\n"
     "-w, --wait              Wait until it has shut down; twice: until it is gone.\n"
     "-F                      Accepted; a PV guest has no other way.\n" HELP_LINE},
    {"destroy", cmd_destroy, 1, 1, false, "[options] <Domain>", "End a domain at once",
     "-f                      Do not refuse domain 0.\n" HELP_LINE},
    {"pause", cmd_pause, 1, 1, false, "<Domain>", "Stop a domain from running", NULL},
    {"unpause", cmd_unpause, 1, 1, false, "<Domain>", "Let a paused domain run", NULL},
    {"info", cmd_info, 0, 1, false, "[options] [Key]",
     "Print information about the host, or the value of one key",
     "-n, --numa              Print CPU topology as well.\n" HELP_LINE},
    {"dmesg", cmd_dmesg, 0, 0, false, "[options]", "Print the hypervisor's messages",
     "-c, --clear             Clear them afterwards.\n" HELP_LINE},
    {"domid", cmd_domid, 1, 1, false, "<DomainName>", "Print the id of a domain", NULL},
    {"domname", cmd_domname, 1, 1, false, "<DomainId>", "Print the name of a domain", NULL},
    {"rename", cmd_rename, 2, 2, false, "<Domain> <NewName>", "Rename a domain", NULL},
    {"uptime", cmd_uptime, 0, -1, false, "[options] [Domain ...]",
     "Print how long domains have been running",
     "-s, --short             Without the seconds.\n" HELP_LINE},
    {"vcpu-list", cmd_vcpu_list, 0, -1, false, "[Domain ...]", "List the vcpus of domains", NULL},
    {"mem-set", cmd_mem_set, 2, 2, false, "<Domain> <MiB['b'|'k'|'m'|'g'|'t']>",
     "Set the memory that a domain is to balloon to", NULL},
    {"sched-credit", cmd_sched_credit, 0, 0, false, "[-d <Domain> [-w[=WEIGHT]|-c[=CAP]]] [-s]",
     "Get or set parameters of the credit scheduler",
     "-d, --domain=DOMAIN     Domain to get or set.\n"
     "-w, --weight=WEIGHT     Weight, 1 to 65535.\n"
     "-c, --cap=CAP           Cap in per cent of one CPU, 0: none.\n"
     "-s, --schedparam        Parameters of the CPU pool.\n"
     "-t, --tslice_ms=MS      Time slice (with -s).\n"
     "-r, --ratelimit_us=US   Rate limit (with -s).\n" HELP_LINE},
    {"block-list", cmd_block_list, 1, -1, false, "<Domain> ...", "List the disks of a domain",
     NULL},
    {"network-list", cmd_network_list, 1, -1, false, "<Domain> ...",
     "List the network interfaces of a domain", NULL},
    {"sysrq", cmd_sysrq, 2, 2, false, "<Domain> <Letter>", "Send a sysrq key to a domain", NULL},
    {"debug-keys", cmd_debug_keys, 1, 1, false, "<Keys>", "Send debug keys to the hypervisor",
     NULL},
    {"why", cmd_why, 1, 1, false, "<Domain name>", "Print how a domain of this name last ended",
     NULL},
    {"monitor", cmd_monitor, 1, 1, false, "<Domain>",
     "Supervise a domain (create starts one by itself)",
     "--ready-fd=N            Write one byte to this descriptor when it watches.\n" HELP_LINE},
    {"help", cmd_help, 0, 1, false, "[Subcommand]", "Print help", NULL},
};

const size_t cmd_table_size = sizeof(cmd_table) / sizeof(cmd_table[0]);
