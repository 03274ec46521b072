// SPDX-License-Identifier: MIT
/** XDP programs on veth pairs in network namespaces, as iproute2 and bpftool see them. */
@NullMarked
package io.pktkit.interop.afxdp;

import org.jspecify.annotations.NullMarked;
