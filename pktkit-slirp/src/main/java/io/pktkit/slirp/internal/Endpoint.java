// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.wire.IpAddress;

/** An address and port; hashes with a secret, because {@link IpAddress} does. */
record Endpoint(IpAddress address, int port) {}
