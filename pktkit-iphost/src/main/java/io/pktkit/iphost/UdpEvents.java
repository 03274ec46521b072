// SPDX-License-Identifier: MIT
package io.pktkit.iphost;

/** What happens to a {@link UdpPort}. Called inside a call on the host, under the owner's lock; does nothing slow and never waits. */
@FunctionalInterface
public interface UdpEvents {
    /** A datagram waits, an error is due, or the port was closed with its host. */
    void onChange();
}
