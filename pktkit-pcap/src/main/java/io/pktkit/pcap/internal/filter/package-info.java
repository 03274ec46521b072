// SPDX-License-Identifier: MIT

/** The language of capture filters: words, grammar and tests. All but the parser is immutable. */
@NullMarked
package io.pktkit.pcap.internal.filter;

import org.jspecify.annotations.NullMarked;
