// SPDX-License-Identifier: MIT
package io.pktkit.nat.service;

import io.pktkit.iphost.HostAddresses;
import io.pktkit.iphost.IpHostConfig;
import io.pktkit.iphost.UdpPort;
import io.pktkit.iphost.socket.HostShell;
import io.pktkit.link.PipeL3;
import io.pktkit.nat.Nat;
import io.pktkit.nat.NatPort;
import io.pktkit.nat.policy.NatConfig;
import io.pktkit.time.ManualTime;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.host.HostConnection;
import io.pktkit.vtcp.host.TcpEvents;
import io.pktkit.vtcp.host.TcpHostConfig;
import io.pktkit.vtcp.host.TcpListener;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** A NAT with services and hosts on its links, in virtual time. */
@SuppressWarnings("exports") // of a module that is needed by what is tested only
public final class ServiceWorld implements AutoCloseable {

    public static final IpAddress PUBLIC = IpAddress.parse("203.0.113.1");
    public static final IpAddress GATEWAY = IpAddress.parse("10.0.0.1");
    public static final IpPrefix NETWORK = IpPrefix.parse("10.0.0.1/24");

    public final ManualTime time =
            new ManualTime(Long.MAX_VALUE - Duration.ofMinutes(7).toNanos());
    public final Nat nat = new Nat(NatConfig.builder(PUBLIC).build(), time, NETWORK);
    public final PipeL3 outside = new PipeL3();
    public final PortLeases leases;
    public final NatServices services;

    public ServiceWorld(BiFunction<ServiceWorld, PortLeases, NatService> service) {
        this(PortLeaseLimits.DEFAULT, service);
    }

    public ServiceWorld(PortLeaseLimits limits, BiFunction<ServiceWorld, PortLeases, NatService> service) {
        nat.outside(outside);
        leases = new PortLeases(nat, time, limits);
        services = NatServices.on(nat, time, List.of(service.apply(this, leases)));
    }

    /** A network of its own behind the NAT. */
    public Link link() throws IOException {
        return new Link();
    }

    /** Another network of a namespace. */
    public Link link(int namespace) throws IOException {
        return new Link(namespace);
    }

    /** A datagram comes from outside to a port of the NAT. */
    public void knock(int port) {
        ByteBuffer datagram =
                PacketBuilder.udp(IpAddress.parse("198.51.100.7"), 9, PUBLIC, port, ByteBuffer.allocate(5));
        outside.inject(new Packet().wrap(datagram));
    }

    @Override
    public void close() {
        services.close();
        leases.close();
        nat.close();
    }

    /** A namespace with its hosts. */
    public final class Link {
        public final NatPort port;
        private final PipeL3 pipe = new PipeL3(this::deliver);
        private final List<Guest> guests = new ArrayList<>();

        private Link() throws IOException {
            port = nat.connect(pipe);
        }

        private Link(int namespace) throws IOException {
            port = nat.connect(pipe, namespace);
        }

        private void deliver(Packet packet) {
            for (Guest guest : List.copyOf(guests)) {
                boolean many = packet.destination().isMulticast();
                if (many || packet.destination().equals(guest.address)) {
                    guest.shell.receive(packet);
                }
            }
        }

        public Guest guest(String address) {
            Guest guest = new Guest(this, IpAddress.parse(address));
            guests.add(guest);
            return guest;
        }
    }

    /** A host on a link. */
    public final class Guest {
        public final Link link;
        public final IpAddress address;
        public final HostShell shell;

        /** What came to UDP ports that were opened. */
        public final List<byte[]> datagrams = new ArrayList<>();

        private final HostAddresses addresses = new HostAddresses();

        private Guest(Link link, IpAddress address) {
            this.link = link;
            this.address = address;
            addresses.setPrefix(IpPrefix.of(address, 24));
            shell = new HostShell(
                    time,
                    IpHostConfig.of(TcpHostConfig.of(TcpConfig.builder().build())),
                    addresses,
                    packet -> link.pipe.inject(packet),
                    reason -> {});
        }

        /** Opens a UDP port that keeps what comes. */
        public UdpPort udp(int number, @Nullable IpAddress group) throws IOException {
            if (group != null) {
                addresses.join(group);
            }
            UdpPort[] opened = new UdpPort[1];
            shell.enter();
            try {
                opened[0] = shell.host().udp().open(null, number, () -> {
                    UdpPort port = opened[0];
                    while (port != null && port.queue().nextLength() >= 0) {
                        ByteBuffer payload = ByteBuffer.allocate(port.queue().nextLength());
                        port.queue().poll(payload);
                        datagrams.add(payload.array());
                    }
                });
            } finally {
                shell.leave();
            }
            return opened[0];
        }

        public void send(UdpPort from, IpAddress to, int toPort, byte[] payload) throws IOException {
            shell.enter();
            try {
                from.send(to, toPort, ByteBuffer.wrap(payload), time.nowNanos());
            } finally {
                shell.leave();
            }
        }

        /** The texts of what came. */
        public List<String> texts() {
            return datagrams.stream()
                    .map(each -> new String(each, StandardCharsets.UTF_8))
                    .toList();
        }

        /** Opens a connection to the NAT. */
        public Stream dial(int port) throws IOException {
            Stream stream = new Stream(this);
            shell.enter();
            try {
                stream.connection =
                        shell.host().tcp().connect(null, address, 0, GATEWAY, port, stream, time.nowNanos());
            } finally {
                shell.leave();
            }
            return stream;
        }

        /** Takes connections on a port; each is answered with a text as soon as it says something, and closed. */
        public List<Stream> listen(int port, String answer) throws IOException {
            List<Stream> accepted = new ArrayList<>();
            TcpListener[] listener = new TcpListener[1];
            shell.enter();
            try {
                listener[0] = shell.host().tcp().listen(null, null, port, TcpListener.Options.DEFAULT, () -> {
                    TcpListener from = listener[0];
                    HostConnection next = from == null ? null : from.accept();
                    if (next != null) {
                        Stream stream = new Stream(this);
                        stream.connection = next;
                        stream.answer = answer;
                        accepted.add(stream);
                        next.setEvents(stream);
                        stream.onReadable(next, time.nowNanos());
                    }
                });
            } finally {
                shell.leave();
            }
            return accepted;
        }
    }

    /** One end of a TCP connection. */
    public final class Stream implements TcpEvents {
        private final Guest guest;
        private final ByteArrayOutputStream received = new ByteArrayOutputStream();
        private @Nullable HostConnection connection;
        private @Nullable String answer;
        private boolean ended;

        private Stream(Guest guest) {
            this.guest = guest;
        }

        public void send(byte[] bytes) {
            ByteBuffer rest = ByteBuffer.wrap(bytes);
            for (int i = 0; rest.hasRemaining() && i < 1000 && !ended; i++) {
                guest.shell.enter();
                try {
                    HostConnection open = connection;
                    if (open == null || open.write(rest, time.nowNanos()) < 0) {
                        return;
                    }
                } finally {
                    guest.shell.leave();
                }
                time.advance(Duration.ofMillis(1));
            }
            time.advance(Duration.ofMillis(1));
        }

        public void send(String text) {
            send(text.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public void onReadable(HostConnection open, long now) {
            ByteBuffer some = ByteBuffer.allocate(65536);
            int read = open.read(some, now);
            while (read > 0) {
                received.write(some.array(), 0, some.position());
                some.clear();
                read = open.read(some, now);
            }
            if (answer != null && received.size() > 0) {
                open.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.US_ASCII)), now);
                answer = null;
            }
            ended |= read < 0;
        }

        @Override
        public void onClosed(HostConnection open, long now) {
            ended = true;
        }

        /** Ends this side of it. */
        public void close() {
            guest.shell.enter();
            try {
                Objects.requireNonNull(connection).release(time.nowNanos());
            } finally {
                guest.shell.leave();
            }
        }

        /** Whether the far side has ended it. */
        public boolean isEnded() {
            return ended;
        }

        public String text() {
            return received.toString(StandardCharsets.UTF_8);
        }
    }
}
