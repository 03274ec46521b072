// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.ra;

import io.pktkit.time.Timers;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Says when a router advertises (RFC 4861 section 6.2): three times in the first 32 seconds, then every 200 to 600 seconds, and
 * to each host that asks, alone, up to half a second later. Who asks without an address, and who is one too many, is answered
 * together with all others, at most every three seconds. Sans-I/O. Not for several threads.
 */
public final class RouterAdvertiser {
    private static final long MAX_INTERVAL_NANOS = Timers.toNanos(Ipv6Offer.MAX_INTERVAL);
    private static final long MIN_INTERVAL_NANOS = MAX_INTERVAL_NANOS / 3;

    // The constants of RFC 4861 section 10.
    private static final long MAX_INITIAL_INTERVAL_NANOS = Timers.toNanos(Duration.ofSeconds(16));
    private static final int MAX_INITIAL_ADVERTISEMENTS = 3;
    private static final long MIN_DELAY_NANOS = Timers.toNanos(Duration.ofSeconds(3));
    private static final long MAX_ANSWER_DELAY_NANOS = Timers.toNanos(Duration.ofMillis(500));

    /** Hosts that wait for an answer of their own. */
    private static final int MAX_ANSWERS = 32;

    private final Random random;
    private final Map<IpAddress, Long> answers = new LinkedHashMap<>();
    private int sent;
    private long multicastAt;
    private long lastMulticast;

    /**
     * Begins to advertise, at once.
     *
     * @param random for delays
     * @param nowNanos the time
     */
    public RouterAdvertiser(Random random, long nowNanos) {
        this.random = random;
        this.multicastAt = nowNanos;
        this.lastMulticast = nowNanos - MIN_DELAY_NANOS;
    }

    /**
     * Takes a solicitation.
     *
     * @param packet a whole packet, lent
     * @param nowNanos the time
     * @return whether it was one, and valid (section 6.1.1)
     */
    public boolean onSolicitation(Packet packet, long nowNanos) {
        IcmpMessage message =
                RaOptions.validMessage(packet, IcmpMessage.V6_ROUTER_SOLICITATION, RaOptions.SOLICITATION_LENGTH);
        if (message == null) {
            return false;
        }
        IpAddress source = packet.source();
        boolean nobody = source.isUnspecified();
        if (nobody && hasSourceOption(message)) {
            return false; // section 6.1.1
        }
        long at = Timers.after(nowNanos, (long) (random.nextDouble() * MAX_ANSWER_DELAY_NANOS));
        if (!nobody && source.isLinkLocal() && (answers.size() < MAX_ANSWERS || answers.containsKey(source))) {
            answers.putIfAbsent(source, at);
        } else {
            long allowed = Timers.after(lastMulticast, MIN_DELAY_NANOS);
            multicastAt = Timers.earlier(multicastAt, allowed - at > 0 ? allowed : at);
        }
        return true;
    }

    private static boolean hasSourceOption(IcmpMessage message) {
        for (int at = RaOptions.SOLICITATION_LENGTH; at < message.length(); ) {
            int option = message.offset() + at;
            if (message.buffer().get(option) == RaOptions.SOURCE_LINK_LAYER) {
                return true;
            }
            at += (message.buffer().get(option + 1) & 0xFF) * 8;
        }
        return false;
    }

    /**
     * Tells whom to advertise to now.
     *
     * @param nowNanos the time
     * @return hosts, or {@link RouterAdvertisement#ALL_NODES}
     */
    public List<IpAddress> due(long nowNanos) {
        List<IpAddress> due = new ArrayList<>(1);
        if (Timers.isDue(multicastAt, nowNanos)) {
            due.add(RouterAdvertisement.ALL_NODES);
            lastMulticast = nowNanos;
            sent = Math.min(sent + 1, MAX_INITIAL_ADVERTISEMENTS);
            long interval =
                    MIN_INTERVAL_NANOS + (long) (random.nextDouble() * (MAX_INTERVAL_NANOS - MIN_INTERVAL_NANOS));
            boolean early = sent < MAX_INITIAL_ADVERTISEMENTS;
            multicastAt = Timers.after(nowNanos, early ? Math.min(interval, MAX_INITIAL_INTERVAL_NANOS) : interval);
        }
        for (Iterator<Map.Entry<IpAddress, Long>> each = answers.entrySet().iterator(); each.hasNext(); ) {
            Map.Entry<IpAddress, Long> answer = each.next();
            if (Timers.isDue(answer.getValue(), nowNanos)) {
                each.remove();
                due.add(answer.getKey());
            }
        }
        return due;
    }

    /** {@return when {@link #due} is next worth a call} */
    public long nextDeadlineNanos() {
        long next = multicastAt;
        for (long at : answers.values()) {
            next = Timers.earlier(next, at);
        }
        return next;
    }
}
