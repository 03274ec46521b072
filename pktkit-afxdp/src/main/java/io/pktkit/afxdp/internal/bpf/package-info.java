// SPDX-License-Identifier: MIT
/**
 * eBPF programs (RFC 9669): an assembler, the encoding, and a text that LLVM's assembler takes too. Pure: nothing here
 * speaks to the kernel. A subset: what a packet filter needs, all of it unsigned and of 64 bits.
 */
@NullMarked
package io.pktkit.afxdp.internal.bpf;

import org.jspecify.annotations.NullMarked;
