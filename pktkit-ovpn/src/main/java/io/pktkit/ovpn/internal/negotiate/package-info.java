// SPDX-License-Identifier: MIT

/**
 * What both ends tell each other inside TLS: key method 2, the options string, the peer info, and what a server pushes.
 * Parsers are total; what they produce is text of strangers. No state.
 */
@NullMarked
package io.pktkit.ovpn.internal.negotiate;

import org.jspecify.annotations.NullMarked;
