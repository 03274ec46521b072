// SPDX-License-Identifier: MIT
/**
 * The core against others: header fields against scapy; fragments, hubs and batched datagrams against the Linux kernel.
 * Each test makes its network namespaces and interfaces, and closes them. Random input comes from a seed that every
 * failure names; {@code -Dpktkit.seed=N} repeats a run.
 */
@NullMarked
package io.pktkit.interop.core;

import org.jspecify.annotations.NullMarked;
