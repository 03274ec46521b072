// SPDX-License-Identifier: MIT

/** What the host brings: its sockets as a transport, and the name servers that its {@code resolv.conf} lists. */
@NullMarked
package io.pktkit.dns.host;

import org.jspecify.annotations.NullMarked;
