/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of virtual disks and their numbers in the guest's device tree, as the block interface
 * defines them (Xen's xen-vbd-interface(7)): xvda = 51712, sda = 2048, hda = 768.
 */
#pragma once

/*
 * Number of "xvda", "xvdb1", "sda2", "hdc", "d3p1", or of a number itself ("51712", "0xca00").
 * -1: no such name, or its disk or partition is out of the scheme's range.
 */
int dev_vdev_number(const char *name);
