// SPDX-License-Identifier: MIT
package io.pktkit.dns.host;

import io.pktkit.device.Mailbox;
import io.pktkit.dns.upstream.DnsServer;
import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells the name servers that the host itself uses, and again when they change, so that names keep resolving when a laptop joins a
 * VPN. The file is looked at every few seconds on a thread of {@link Timers#callbacks()}: never on the timer thread, never on
 * the way of a packet, and without a watch, which would be lost whenever the file is replaced or led elsewhere by a link.
 *
 * <p>A file that is missing or cannot be read means that there are no servers: a host may be offline, which is a state and no fault.
 */
public final class ResolvConfWatcher implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ResolvConfWatcher.class.getName());
    private static final long RECHECK_NANOS = Duration.ofSeconds(2).toNanos();

    /** More than glibc has use for. */
    private static final int MAX_LENGTH = 64 << 10;

    private final Path file;
    private final Set<IpAddress> own;
    private final Consumer<? super ResolvConf> onChange;
    private final Timers timers;
    private final Mailbox mailbox;
    private final Alarm alarm;

    /** Touched by one task of the mailbox at a time, and by the constructor before. */
    private byte @Nullable [] seen;

    private boolean warned;

    /**
     * Reads the file and watches it from then on.
     *
     * @param file in the form of {@code resolv.conf}; need not exist
     * @param own addresses of the network that asks: a host that lists one of them was told by mistake to ask us
     * @param timers clock and threads
     * @param onChange told what the file says, now on this thread, and later on a thread of {@link Timers#callbacks()}
     */
    public ResolvConfWatcher(Path file, Set<IpAddress> own, Timers timers, Consumer<? super ResolvConf> onChange) {
        this.file = file;
        this.own = Set.copyOf(own);
        this.timers = timers;
        this.onChange = onChange;
        this.mailbox = new Mailbox(timers.callbacks(), ResolvConfWatcher.class);
        this.alarm = timers.newAlarm(this::post);
        seen = read();
        onChange.accept(withoutOwn(seen));
        arm();
    }

    private void post() {
        if (!mailbox.post(this::check)) {
            arm(); // no thread for it, which may pass; if it is closed, so is the alarm
        }
    }

    private void check() {
        try {
            byte[] now = read();
            if (!Arrays.equals(now, seen)) {
                seen = now;
                onChange.accept(withoutOwn(now));
            }
        } finally {
            arm(); // also if who is told throws
        }
    }

    private void arm() {
        alarm.arm(Timers.after(timers.nowNanos(), RECHECK_NANOS));
    }

    private byte @Nullable [] read() {
        if (!Files.isRegularFile(file)) {
            return null; // a pipe would block
        }
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(MAX_LENGTH);
        } catch (IOException e) {
            return null;
        }
    }

    /** Asking ourselves would go round in circles; it is told once until it is mended. */
    private ResolvConf withoutOwn(byte @Nullable [] octets) {
        ResolvConf conf = octets == null ? ResolvConf.NONE : ResolvConf.parse(octets);
        List<DnsServer> others = conf.servers().stream()
                .filter(server -> !own.contains(server.address().unmapped()))
                .toList();
        boolean listed = others.size() < conf.servers().size();
        if (listed && !warned) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    file + " names this network's own gateway as a name server, which is left out"
                            + (others.isEmpty() ? "; no other is left, so guests can resolve local names only" : "")
                            + ". Was it overwritten by a DHCP client in a network namespace?");
        }
        warned = listed;
        return new ResolvConf(others, conf.timeoutSeconds(), conf.attempts(), conf.rotate(), conf.useTcp());
    }

    /** Stops watching; nothing is told any more once it returned. Idempotent. */
    @Override
    public void close() {
        alarm.close();
        mailbox.close();
    }
}
