// SPDX-License-Identifier: MIT
package io.pktkit.nat.service;

import io.pktkit.nat.observe.NatMapping;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A forward that an inside host has asked for, as it was at one time.
 *
 * @param namespace the number of the namespace
 * @param client whose it is, and where it leads to
 * @param protocol TCP or UDP
 * @param outsidePort 1 to 65535
 * @param clientPort 1 to 65535
 * @param from the only remote that may come in; null for any
 * @param enabled whether it leads anywhere; one that does not keeps the port
 * @param description what the client calls it, at most {@link PortLeases#MAX_DESCRIPTION} bytes
 * @param secret what the client must know to change it (RFC 6887 section 11.3); empty for none
 * @param expiresNanos when it is over; {@link Timers#NEVER} if never
 * @param mapping the NAT's mapping; null if not enabled
 */
public record PortLease(
        int namespace,
        IpAddress client,
        int protocol,
        int outsidePort,
        int clientPort,
        @Nullable IpAddress from,
        boolean enabled,
        String description,
        String secret,
        long expiresNanos,
        @Nullable NatMapping mapping) {

    private static final long HALF_SECOND = 500_000_000;

    /**
     * Tells how long it has yet.
     *
     * @param nowNanos the time
     * @return seconds, at least 1 while it lives, since 0 means for ever in UPnP; 0 if it has no end
     */
    public long remainingSeconds(long nowNanos) {
        return expiresNanos == Timers.NEVER
                ? 0
                : Math.max(1, TimeUnit.NANOSECONDS.toSeconds(expiresNanos - nowNanos + HALF_SECOND));
    }

    boolean isOver(long nowNanos) {
        return expiresNanos != Timers.NEVER && nowNanos - expiresNanos >= 0;
    }

    /** Whether somebody may change it: only whose it is, who also knows the secret. */
    boolean isOf(int itsNamespace, IpAddress itsClient, String shown) {
        return namespace == itsNamespace
                && client.equals(itsClient)
                && MessageDigest.isEqual(
                        secret.getBytes(StandardCharsets.UTF_8), shown.getBytes(StandardCharsets.UTF_8));
    }

    boolean leadsTo(int port, @Nullable IpAddress fromWhom) {
        return clientPort == port && Objects.equals(from, fromWhom);
    }

    /** What is kept of a description: no more bytes than may be, and no half of a character. */
    static String cut(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int length = bytes.length;
        if (length > PortLeases.MAX_DESCRIPTION) {
            length = PortLeases.MAX_DESCRIPTION;
            while (length > 0 && (bytes[length] & 0xC0) == 0x80) {
                length--;
            }
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /** Never shown: what it holds is the client's secret. */
    @Override
    public String toString() {
        return "PortLease[namespace=" + namespace + ", " + protocol + " " + outsidePort + " to " + client + ":"
                + clientPort + "]";
    }
}
