// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal.link;

import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The listener's part of Multicast Listener Discovery version 2 (RFC 3810), which speaks version 1 for as long as a querier of that
 * is about (section 8.2.1). Switches that snoop learn from it who wants which group, solicited-node groups among them. Owned by one
 * thread or lock.
 *
 * <p>A host of version 1 that hears another's report may keep its own back; this one does not, for a switch wants to hear from each.
 */
public final class MulticastListener {
    /** Groups that are reported. */
    public static final int MAX_GROUPS = 1024;

    private static final long MILLI = 1_000_000L;

    /** Robustness Variable, section 9.1. */
    private static final int ROBUSTNESS = 2;

    /** Unsolicited Report Interval, section 9.11. */
    private static final long UNSOLICITED_MILLIS = 1_000;

    /** Older Version Querier Present Timeout, section 9.12, by the default intervals. */
    private static final long OLDER_QUERIER_NANOS = 260_000 * MILLI;

    /** ff02::1, which everybody listens to and nobody reports (section 6). */
    private static final IpAddress ALL_NODES = IpAddress.ofIpv6(0xFF02L << 48, 1);

    private static final IpAddress NOBODY = IpAddress.ofIpv6(0, 0);

    private static final class Group {
        int changes;
        boolean leaving;
        long responseAt = Timers.NEVER;
    }

    private final RandomGenerator random;
    private final Map<IpAddress, Group> groups = new LinkedHashMap<>();
    private int robustness = ROBUSTNESS;
    private long changesAt = Timers.NEVER;
    private long generalAt = Timers.NEVER;
    private long olderQuerierUntil;
    private boolean olderQuerier;
    private boolean running;

    /**
     * A listener to nothing on a link that is down.
     *
     * @param random spreads the answers
     */
    public MulticastListener(RandomGenerator random) {
        this.random = random;
    }

    /**
     * The link is up, perhaps another one than before: all groups are told of anew.
     *
     * @param nowNanos the time
     */
    public void start(long nowNanos) {
        stop();
        running = true;
        groups.values().removeIf(group -> group.leaving);
        groups.values().forEach(group -> group.changes = robustness);
        changesAt = groups.isEmpty() ? Timers.NEVER : nowNanos;
    }

    /** The link is down. */
    public void stop() {
        running = false;
        olderQuerier = false;
        robustness = ROBUSTNESS;
        changesAt = Timers.NEVER;
        generalAt = Timers.NEVER;
        groups.values().forEach(group -> group.responseAt = Timers.NEVER);
    }

    /**
     * Says which groups the host listens to. Those that nobody reports are left out: all nodes, and what does not leave the host.
     *
     * @param wanted all of them
     * @param nowNanos the time
     */
    public void set(Collection<IpAddress> wanted, long nowNanos) {
        for (Map.Entry<IpAddress, Group> each : groups.entrySet()) {
            Group group = each.getValue();
            if (!group.leaving && !wanted.contains(each.getKey())) {
                group.leaving = true;
                group.responseAt = Timers.NEVER; // who does not listen any more has nothing to answer
                change(group, nowNanos);
            }
        }
        for (IpAddress address : wanted) {
            Group group = groups.get(address);
            if (group == null ? groups.size() < MAX_GROUPS && isReported(address) : group.leaving) {
                group = groups.computeIfAbsent(address, added -> new Group());
                group.leaving = false;
                change(group, nowNanos);
            }
        }
        if (!running) {
            groups.values().removeIf(group -> group.leaving);
        }
    }

    private static boolean isReported(IpAddress group) {
        return group.isIpv6() && group.isMulticast() && ((group.high() >>> 48) & 0xF) >= 2 && !group.equals(ALL_NODES);
    }

    private void change(Group group, long nowNanos) {
        group.changes = robustness;
        if (running) {
            changesAt = nowNanos;
        }
    }

    /**
     * Whether a packet need be given to {@link #onPacket}.
     *
     * @param packet any
     * @return whether it says that it is a query
     */
    public static boolean mayBeQuery(Packet packet) {
        return MldMessage.isQuery(packet);
    }

    /**
     * Takes a packet that may be a query.
     *
     * @param packet any
     * @param nowNanos the time
     * @return whether it was one, and moved a deadline
     */
    public boolean onPacket(Packet packet, long nowNanos) {
        MldMessage.Query query = running ? MldMessage.parse(packet) : null;
        if (query == null) {
            return false;
        }
        if (query.version() == 1) {
            if (!isOlderQuerier(nowNanos)) {
                changesAt = Timers.NEVER; // section 8.2.1: what was to be said in version 2 is not
                generalAt = Timers.NEVER;
                groups.values().removeIf(group -> group.leaving);
                groups.values().forEach(group -> group.changes = 0);
            }
            olderQuerier = true;
            olderQuerierUntil = Timers.after(nowNanos, OLDER_QUERIER_NANOS);
        } else if (query.robustness() > 0) {
            robustness = query.robustness();
        }
        long at = Timers.after(nowNanos, delayNanos(query.responseMillis()));
        boolean generalIsSooner = generalAt != Timers.NEVER && generalAt - at <= 0;
        if (generalIsSooner) {
            return false; // section 6.2, rule 1
        }
        if (isOlderQuerier(nowNanos)) {
            groups.forEach((address, group) -> {
                if (!group.leaving && (query.group() == null || query.group().equals(address))) {
                    long each = Timers.after(nowNanos, delayNanos(query.responseMillis()));
                    group.responseAt = Timers.earlier(group.responseAt, each);
                }
            });
        } else if (query.group() == null) {
            generalAt = at;
        } else {
            Group group = groups.get(query.group());
            if (group != null && !group.leaving) {
                group.responseAt = Timers.earlier(group.responseAt, at);
            }
        }
        return true;
    }

    private boolean isOlderQuerier(long nowNanos) {
        olderQuerier = olderQuerier && nowNanos - olderQuerierUntil < 0;
        return olderQuerier;
    }

    private long delayNanos(long mostMillis) {
        return random.nextLong(mostMillis * MILLI + 1);
    }

    /**
     * Runs what is due.
     *
     * @param source the link-local address of the host, or null while it has none that may be used
     * @param nowNanos the time
     * @return the packets to send
     */
    public List<ByteBuffer> onTick(@Nullable IpAddress source, long nowNanos) {
        List<ByteBuffer> packets = new ArrayList<>(0);
        if (!running) {
            return packets;
        }
        IpAddress from = source == null ? NOBODY : source; // RFC 3810 section 5.2.13
        boolean older = isOlderQuerier(nowNanos);
        List<MldMessage.Entry> entries = new ArrayList<>(0);
        if (Timers.isDue(changesAt, nowNanos)) {
            sayChanges(older, from, entries, packets, nowNanos);
        }
        boolean general = Timers.isDue(generalAt, nowNanos);
        if (general) {
            generalAt = Timers.NEVER;
        }
        groups.forEach((address, group) -> {
            if (!group.leaving && (general || Timers.isDue(group.responseAt, nowNanos))) {
                group.responseAt = Timers.NEVER;
                if (older) {
                    packets.add(MldMessage.version1(from, MldMessage.V1_REPORT, address));
                } else {
                    entries.add(new MldMessage.Entry(MldMessage.MODE_IS_EXCLUDE, address));
                }
            }
        });
        for (int i = 0; i < entries.size(); i += MldMessage.MAX_RECORDS) {
            List<MldMessage.Entry> some = entries.subList(i, Math.min(i + MldMessage.MAX_RECORDS, entries.size()));
            packets.add(MldMessage.report(from, some, some.size()));
        }
        return packets;
    }

    private void sayChanges(
            boolean older, IpAddress from, List<MldMessage.Entry> entries, List<ByteBuffer> packets, long nowNanos) {
        boolean more = false;
        Iterator<Map.Entry<IpAddress, Group>> each = groups.entrySet().iterator();
        while (each.hasNext()) {
            Map.Entry<IpAddress, Group> next = each.next();
            Group group = next.getValue();
            if (group.changes == 0) {
                continue;
            }
            group.changes--;
            if (older) {
                int type = group.leaving ? MldMessage.V1_DONE : MldMessage.V1_REPORT;
                packets.add(MldMessage.version1(from, type, next.getKey()));
            } else {
                int type = group.leaving ? MldMessage.CHANGE_TO_INCLUDE : MldMessage.CHANGE_TO_EXCLUDE;
                entries.add(new MldMessage.Entry(type, next.getKey()));
            }
            if (group.leaving && (older || group.changes == 0)) {
                each.remove(); // of version 1 one farewell is enough
            } else {
                more |= group.changes > 0;
            }
        }
        changesAt = more ? Timers.after(nowNanos, delayNanos(UNSOLICITED_MILLIS)) : Timers.NEVER;
    }

    /** {@return when {@link #onTick} is next due, or {@link Timers#NEVER}} */
    public long nextDeadlineNanos() {
        long next = Timers.earlier(changesAt, generalAt);
        for (Group group : groups.values()) {
            next = Timers.earlier(next, group.responseAt);
        }
        return next;
    }

    /** {@return groups that are reported, or about to be left} */
    public int size() {
        return groups.size();
    }
}
