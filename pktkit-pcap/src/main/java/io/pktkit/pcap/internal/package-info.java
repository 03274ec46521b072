// SPDX-License-Identifier: MIT

/** What writing and reading share: the numbers of the formats. */
@NullMarked
package io.pktkit.pcap.internal;

import org.jspecify.annotations.NullMarked;
