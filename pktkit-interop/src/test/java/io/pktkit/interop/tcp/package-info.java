// SPDX-License-Identifier: MIT
/**
 * Our TCP, UDP and ICMP against those of the Linux kernel. Each test has a network namespace, in which a Python script is
 * the peer, and a TUN device whose other end is a virtual client in this process. Streams are pseudo-random by a seed that
 * every failure names, and compared by their SHA-256; {@code -Dpktkit.seed=N} repeats a run.
 */
@NullMarked
package io.pktkit.interop.tcp;

import org.jspecify.annotations.NullMarked;
