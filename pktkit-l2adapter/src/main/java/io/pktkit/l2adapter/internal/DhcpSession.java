// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.dhcp.DhcpClient;
import io.pktkit.dhcp.DhcpClientConfig;
import io.pktkit.dhcp.DhcpTransport;
import io.pktkit.dhcp.Lease;
import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import io.pktkit.wire.ArpPacket;
import io.pktkit.wire.Packet;
import io.pktkit.wire.UdpDatagram;
import org.jspecify.annotations.Nullable;

/** One run of the DHCP client with its timer, from start to stop. Any thread. */
public final class DhcpSession {

    private static final int CLIENT_PORT = 68;

    private final DhcpClient client;
    private final Timers timers;
    private final Alarm alarm;

    /**
     * Makes a session that is not started.
     *
     * @param config of the client
     * @param transport what the client configures
     * @param timers the clock
     */
    public DhcpSession(DhcpClientConfig config, DhcpTransport transport, Timers timers) {
        this.client = new DhcpClient(config, transport);
        this.timers = timers;
        this.alarm = timers.newAlarm(this::onAlarm);
    }

    /** Begins to ask for an address. */
    public void start() {
        client.start(timers.nowNanos());
        rearm();
    }

    /** Ends the session, telling the server if an address is held. */
    public void release() {
        client.release();
        alarm.close();
    }

    /** Ends the session without a word. */
    public void stop() {
        client.stop();
        alarm.close();
    }

    /** {@return the lease that is held, or null} */
    public @Nullable Lease lease() {
        return client.lease();
    }

    /** Whether the packet was the client's and goes no further. */
    boolean onPacket(Packet packet, long sourceMac) {
        UdpDatagram datagram = packet.isIpv4() ? packet.udp() : null;
        if (datagram == null || datagram.destinationPort() != CLIENT_PORT) {
            return false; // before the clock is read, for this sees every packet
        }
        boolean taken = client.onPacket(packet, sourceMac, timers.nowNanos());
        if (taken) {
            rearm();
        }
        return taken;
    }

    void onArp(ArpPacket arp) {
        client.onArp(arp.senderMac(), arp.senderIpv4(), arp.targetIpv4(), timers.nowNanos());
        rearm();
    }

    private void onAlarm() {
        client.onTick(timers.nowNanos());
        rearm();
    }

    /** One at a time, so that of two threads the one that saw the older deadline cannot set it last. */
    private synchronized void rearm() {
        alarm.arm(client.nextDeadlineNanos());
    }
}
