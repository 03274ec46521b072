// SPDX-License-Identifier: MIT
package io.pktkit.nat.pcp;

import io.pktkit.device.Registration;
import io.pktkit.nat.service.NatHost;
import io.pktkit.nat.service.NatService;
import io.pktkit.nat.service.NatUdp;
import io.pktkit.nat.service.PortLeases;
import io.pktkit.time.Alarm;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** NAT-PMP and PCP on each link of a NAT; see the package. Immutable. */
public final class PcpService implements NatService {

    /** Of the server; RFC 6886 section 3.1, RFC 6887 section 19.2. */
    public static final int SERVER_PORT = 5351;

    /** Where hosts hear announcements. */
    public static final int CLIENT_PORT = 5350;

    private final PortLeases leases;
    private final PcpPolicy policy;

    /**
     * A server with the {@linkplain PcpPolicy#DEFAULT usual} policy.
     *
     * @param leases what hosts may have
     */
    public PcpService(PortLeases leases) {
        this(leases, PcpPolicy.DEFAULT);
    }

    /**
     * A server.
     *
     * @param leases what hosts may have
     * @param policy what it does besides
     */
    public PcpService(PortLeases leases, PcpPolicy policy) {
        this.leases = leases;
        this.policy = policy;
    }

    @Override
    public AutoCloseable start(NatHost host) throws IOException {
        return new Link(host, leases, policy);
    }

    /** The server on one link. */
    private static final class Link implements AutoCloseable {

        /** RFC 6887 section 7: no message is longer. */
        private static final int MAX_MESSAGE = 1100;

        private static final IpAddress ALL_SYSTEMS = IpAddress.parse("224.0.0.1");
        private static final int ANNOUNCEMENTS = 10;
        private static final long FIRST_PAUSE = Duration.ofMillis(250).toNanos();

        private final NatHost host;
        private final NatPmp pmp;
        private final Pcp pcp;
        private final NatUdp port;
        private final Alarm alarm;
        private final Registration watch;
        private final Registration serving;

        // Guarded by this.
        private long epochNanos;
        private int announced;

        Link(NatHost host, PortLeases leases, PcpPolicy policy) throws IOException {
            this.host = host;
            this.epochNanos = host.timers().nowNanos();
            this.pmp = new NatPmp(host.port(), leases, host.nat());
            this.pcp = new Pcp(host.port(), leases, host.nat(), policy);
            this.port = NatUdp.open(host, null, SERVER_PORT, MAX_MESSAGE + 4, this::onDatagram);
            this.alarm = host.timers().newAlarm(this::onAlarm);
            alarm.arm(epochNanos + FIRST_PAUSE);
            this.watch = host.nat().watchOutside(this::begin);
            this.serving = leases.serve(host.namespace());
        }

        /**
         * Begins a new epoch, and says so: what was mapped on an address that has gone is lost (RFC 6886 sections 3.2.1 and 3.6,
         * RFC 6887 section 8.5). Any thread.
         */
        private synchronized void begin() {
            epochNanos = host.timers().nowNanos();
            announced = 0;
            alarm.arm(epochNanos + FIRST_PAUSE);
        }

        private synchronized int epoch() {
            return (int) TimeUnit.NANOSECONDS.toSeconds(host.timers().nowNanos() - epochNanos);
        }

        private void onDatagram(NatUdp from, byte[] request, IpAddress client, int clientPort) {
            if (!host.isNeighbor(client) || clientPort == 0 || request.length < 2) {
                return;
            }
            byte @Nullable [] response = request[0] == 0
                    ? (client.isIpv4()
                            ? pmp.answer(request, client, epoch(), host.timers().nowNanos())
                            : null)
                    : pcp.answer(request, client, epoch(), host.timers().nowNanos());
            if (response != null) {
                from.send(client, clientPort, response);
            }
        }

        private void onAlarm() {
            if (host.addresses().families().contains(io.pktkit.wire.IpFamily.IPV4)) {
                port.send(ALL_SYSTEMS, CLIENT_PORT, pmp.address(epoch()));
                port.send(ALL_SYSTEMS, CLIENT_PORT, Pcp.announcement(epoch()));
            }
            synchronized (this) {
                announced++;
                if (announced < ANNOUNCEMENTS) {
                    alarm.arm(host.timers().nowNanos() + (FIRST_PAUSE << announced));
                }
            }
        }

        @Override
        public void close() {
            watch.close();
            alarm.close();
            port.close();
            serving.close();
        }
    }
}
