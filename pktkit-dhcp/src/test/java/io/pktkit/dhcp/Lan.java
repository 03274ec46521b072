// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import io.pktkit.device.Attachment;
import io.pktkit.device.Receiver;
import io.pktkit.time.Alarm;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** A server and clients on one Ethernet, in virtual time. Not for use by several threads. */
final class Lan implements AutoCloseable {
    static final IpPrefix SERVER = IpPrefix.parse("10.0.2.2/24");
    static final IpAddress ROUTER = IpAddress.parse("10.0.2.1");

    final ManualTime time = new ManualTime();
    final List<String> events = new ArrayList<>();
    final List<Host> hosts = new ArrayList<>();
    final DhcpServer server;
    boolean serverReachable = true;
    int framesFromServer;

    Lan(UnaryOperator<DhcpServerConfigBuilder> settings) {
        DhcpServerConfigBuilder builder =
                DhcpServerConfig.builder(SERVER).router(ROUTER).pathObserver(this::onLease);
        server = new DhcpServer(settings.apply(builder).build(), time);
        listen();
    }

    /** Delivers what the server sends to the hosts. */
    void listen() {
        listen(this::fromServer);
    }

    static Lan withDefaults() {
        return new Lan(builder -> builder);
    }

    Host host(int number) {
        return host(DhcpClientConfig.builder(mac(number)).arpProbe(false).build(), mac(number));
    }

    Host host(DhcpClientConfig config, MacAddress mac) {
        Host host = new Host(config, mac);
        hosts.add(host);
        return host;
    }

    static MacAddress mac(int number) {
        return MacAddress.of(0x0200_0000_0000L + number);
    }

    @Override
    public void close() {
        hosts.forEach(host -> host.client.stop());
        server.close();
    }

    private void onLease(ServerLease lease, LeaseEvent event) {
        String hostname = lease.hostname();
        events.add(event + " " + lease.address() + (hostname == null ? "" : " " + hostname));
    }

    private void fromServer(Frame frame) {
        framesFromServer++;
        for (Host host : List.copyOf(hosts)) {
            if (frame.isBroadcast() || frame.destinationMac() == host.mac.toLong()) {
                Packet packet = frame.packet();
                host.client.onPacket(packet, frame.sourceMac(), time.nowNanos());
                host.schedule();
            }
        }
    }

    /** One client with a clock, and a record of what it was told. */
    final class Host implements DhcpTransport {
        final MacAddress mac;
        final DhcpClient client;
        final List<String> log = new ArrayList<>();
        private final Alarm alarm;

        Host(DhcpClientConfig config, MacAddress mac) {
            this.mac = mac;
            client = new DhcpClient(config, this);
            alarm = time.newAlarm(this::onAlarm);
        }

        void start() {
            client.start(time.nowNanos());
            schedule();
        }

        void schedule() {
            alarm.arm(client.nextDeadlineNanos());
        }

        private void onAlarm() {
            client.onTick(time.nowNanos());
            schedule();
        }

        @Override
        public void sendBroadcast(Packet packet) {
            transmit(packet, MacAddress.BROADCAST);
        }

        @Override
        public void sendUnicast(Packet packet, MacAddress serverMac) {
            transmit(packet, serverMac);
        }

        @Override
        public void onBound(Lease lease) {
            log.add("bound " + lease.prefix());
        }

        @Override
        public void onRenewed(Lease lease) {
            log.add("renewed " + lease.prefix());
        }

        @Override
        public void onLost(Lease lease) {
            log.add("lost " + lease.prefix());
        }

        @Override
        public void sendProbe(IpAddress address) {
            log.add("probe " + address);
        }

        @Override
        public void sendAnnouncement(IpAddress address) {
            log.add("announce " + address);
        }

        private void transmit(Packet packet, MacAddress target) {
            int start = packet.offset() - Frame.HEADER_LENGTH;
            packet.buffer().putShort(start + 12, (short) EtherType.IPV4);
            Frame frame = new Frame()
                    .wrap(packet.buffer(), start, Frame.HEADER_LENGTH + packet.length())
                    .destinationMac(target.toLong())
                    .sourceMac(mac.toLong());
            if (serverReachable) {
                server.send(frame);
            }
        }
    }

    /** Takes the place of who listens to the server. */
    void listen(Receiver<Frame> receiver) {
        Attachment<Frame> present = server.attachment();
        if (present != null) {
            present.close();
        }
        server.attach(receiver);
    }
}
