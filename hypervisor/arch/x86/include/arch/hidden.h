/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Included before everything else (build.mk): all symbols bind within the image, so that addresses
 * are taken relative to rip and no global offset table is needed.
 */
#pragma once
#pragma GCC visibility push(hidden)
