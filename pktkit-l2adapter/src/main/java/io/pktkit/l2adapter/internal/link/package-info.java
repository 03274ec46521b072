// SPDX-License-Identifier: MIT

/**
 * What a host tells its link of its IPv6 addresses, as engines: that it is about to use them (RFC 4862 section 5.4), and
 * which groups it listens to for their sake and for others' (RFC 3810). Time and messages in, packets and a deadline out. No
 * thread, lock or clock; {@code AddressSession} owns one of each.
 *
 * <p><b>Limits.</b> 1024 groups; more are heard but not reported. Of a query its sources are not kept: it is answered with all
 * that the group is wanted from, which is all sources.
 */
@NullMarked
package io.pktkit.l2adapter.internal.link;

import org.jspecify.annotations.NullMarked;
