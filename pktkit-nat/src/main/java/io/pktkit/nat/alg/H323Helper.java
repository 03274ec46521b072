// SPDX-License-Identifier: MIT
package io.pktkit.nat.alg;

import io.pktkit.nat.alg.H323Message.Address;
import io.pktkit.nat.helper.HelperFlow;
import io.pktkit.nat.helper.HelperPayload;
import io.pktkit.nat.helper.NatHelper;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * H.323, of terminals and gateways inside and of servers inside: calls (H.225.0 in Q.931 over TPKT), their media channels (H.245
 * on its own connection, tunnelled, or offered by fastStart), and registration, admission and status (RAS). The messages are
 * parsed; nothing is looked for in what is not understood. Where the inside host names itself, it is named as it is outside, and
 * back; the text never becomes longer.
 *
 * <p>Media ports are open to anybody while a channel is set up, the connection of H.245 and of T.120 to the other side of the
 * call, and where a terminal takes calls, to its gatekeeper for as long as the registration lasts. A call may open 32 ports;
 * what it names beyond is left as it is. IPv6 hosts of a NAT64 are not served: their addresses are longer than those that would
 * replace them, in a message whose parts all tell their lengths. What is signed (H.235) is translated all the same, and its
 * receiver will refuse the signature.
 */
public final class H323Helper implements NatHelper {

    /** How long media, or the connection of H.245, may take to begin. */
    public static final Duration WINDOW = Duration.ofMinutes(2);

    /** The longest registration that is kept open. */
    public static final Duration MAX_REGISTRATION = Duration.ofDays(1);

    /** Of a registration without a time to live, which lasts until it is withdrawn. */
    private static final Duration REGISTRATION = Duration.ofHours(1);

    private static final int CALL_SIGNALLING = 1720;
    private static final int RAS = 1719;

    /** RFC 1006 section 6. */
    private static final int TPKT_VERSION = 3;

    private static final int TPKT_LENGTH = 4;
    private static final int MAX_MESSAGE = 8192;
    private static final int RELEASE_COMPLETE = 0x5A;

    /** Ports of one registration; of more the first are kept open. */
    private static final int MAX_REGISTERED = 8;

    private static final int UDP_BIT = 1 << 16;

    private final Set<Integer> ports;

    /** A helper for calls to port 1720, and for gatekeepers at 1719. */
    public H323Helper() {
        this(Set.of(CALL_SIGNALLING));
    }

    /**
     * A helper for calls to other ports.
     *
     * @param ports the ports of TCP where calls are taken
     */
    public H323Helper(Set<Integer> ports) {
        this.ports = new TreeSet<>(ports);
    }

    @Override
    public String name() {
        return "h323";
    }

    @Override
    public boolean wants(HelperFlow flow) {
        int port = flow.servicePort();
        return flow.inside().isIpv4() && (flow.protocol() == IpProtocol.TCP ? ports.contains(port) : port == RAS);
    }

    /** What is known of a connection. */
    private static final class Connection {
        final H323Call call;

        /** Whether it is one of H.245, else of H.225.0. */
        final boolean control;

        /** What of a message is to be passed on, by direction. */
        int outwardRest;

        int inwardRest;

        Connection(H323Call call, boolean control) {
            this.call = call;
            this.control = control;
        }
    }

    /** Where a terminal takes calls and messages of its gatekeeper: ports, with {@link #UDP_BIT} for the latter. */
    private static final class Registration {
        final Set<Integer> ports = new TreeSet<>();
    }

    /** How the flows that a connection is the reason of begin: each with a state of its own. */
    private record Begins(H323Call call, boolean control) {}

    @Override
    public void payload(HelperFlow flow, HelperPayload payload) {
        if (flow.protocol() == IpProtocol.UDP) {
            H323Message message = H323Message.ras(payload, 0, payload.length());
            if (message != null) {
                rewrite(flow, payload, message, null);
                register(flow, payload, message);
            }
            return;
        }
        Connection connection = connection(flow);
        boolean outward = payload.isOutward();
        int rest = stream(flow, connection, payload, outward ? connection.outwardRest : connection.inwardRest);
        if (outward) {
            connection.outwardRest = rest;
        } else {
            connection.inwardRest = rest;
        }
    }

    private static Connection connection(HelperFlow flow) {
        if (flow.state() instanceof Connection known) {
            return known;
        }
        Connection connection = flow.state() instanceof Begins begins
                ? new Connection(begins.call(), begins.control())
                : new Connection(new H323Call(flow), false);
        flow.state(connection);
        return connection;
    }

    /** Goes through the TPKTs of a segment; how much of the last one is to be passed on. */
    private static int stream(HelperFlow flow, Connection connection, HelperPayload payload, int restBefore) {
        int at = Math.min(restBefore, payload.length());
        if (at < restBefore) {
            return restBefore - at;
        }
        while (at < payload.length()) {
            int left = payload.length() - at;
            boolean begins = payload.at(at) == TPKT_VERSION && (left < 2 || payload.at(at + 1) == 0);
            int length = left < TPKT_LENGTH ? TPKT_LENGTH : payload.at(at + 2) << 8 | payload.at(at + 3);
            if (!begins || length < TPKT_LENGTH) {
                flow.leave(); // where the next one begins nobody can tell
                return 0;
            }
            if (length > MAX_MESSAGE) {
                int passed = Math.min(length, left);
                at += passed;
                if (passed < length) {
                    return length - passed;
                }
                continue;
            }
            if (length > left || left < TPKT_LENGTH) {
                if (!payload.hold(at)) {
                    flow.leave();
                }
                return 0;
            }
            message(flow, connection, payload, at + TPKT_LENGTH, at + length);
            at += length;
        }
        return 0;
    }

    private static void message(HelperFlow flow, Connection connection, HelperPayload payload, int from, int to) {
        H323Message message =
                connection.control ? H323Message.control(payload, from, to) : H323Message.call(payload, from, to);
        if (message != null) {
            rewrite(flow, payload, message, connection.call);
        }
        if (!connection.control && H323Message.messageType(payload, from, to) == RELEASE_COMPLETE) {
            connection.call.close(flow);
        }
    }

    private static void rewrite(HelperFlow flow, HelperPayload payload, H323Message message, @Nullable H323Call call) {
        for (Address address : message.addresses()) {
            int at = address.at();
            IpAddress named = IpAddress.ofIpv4(payload.bytes().getInt(at));
            int port = payload.at(at + 4) << 8 | payload.at(at + 5);
            if (payload.isOutward() && named.equals(flow.inside())) {
                int outside = outward(flow, address.name(), port, call);
                if (outside >= 0) {
                    write(payload, at, flow.outside(), outside);
                }
            } else if (!payload.isOutward() && named.equals(flow.outside())) {
                int inside = inward(flow, protocol(address.name()), port);
                if (inside >= 0) {
                    write(payload, at, flow.inside(), inside);
                }
            } else if (!payload.isOutward()) {
                meets(flow, address.name(), named, port, call);
            }
        }
    }

    private static void write(HelperPayload payload, int at, IpAddress address, int port) {
        int bits = address.toIpv4Bits();
        byte[] with = {
            (byte) (bits >>> 24),
            (byte) (bits >>> 16),
            (byte) (bits >>> 8),
            (byte) bits,
            (byte) (port >>> 8),
            (byte) port
        };
        payload.replace(at, at + with.length, with);
    }

    private static int protocol(String name) {
        return switch (name) {
            case "mediaChannel", "mediaControlChannel", "rasAddress", "replyAddress" -> IpProtocol.UDP;
            default -> IpProtocol.TCP;
        };
    }

    /** The outside port of one that the host names, which is opened to whom it is named for; -1 to leave it. */
    private static int outward(HelperFlow flow, String name, int port, @Nullable H323Call call) {
        int protocol = protocol(name);
        int known = port == 0
                ? 0
                : protocol == flow.protocol() && port == flow.insidePort()
                        ? flow.outsidePort()
                        : flow.outsidePort(protocol, port);
        switch (name) {
            case "mediaChannel", "mediaControlChannel" -> {
                return call == null || port == 0 ? known : call.openMedia(flow, port, WINDOW);
            }
            case "h245Address" -> {
                int opened = call == null ? -1 : call.openTcp(flow, port, WINDOW);
                if (opened > 0 && call != null) {
                    flow.follow(IpProtocol.TCP, port, new Begins(call, true), WINDOW);
                }
                return opened > 0 ? opened : known;
            }
            case "separateStack" -> {
                return call == null || port == 0 ? known : call.openTcp(flow, port, WINDOW);
            }
            case "callSignalAddress", "alternativeAddress" -> {
                int opened = port == 0 ? -1 : flow.open(IpProtocol.TCP, port, flow.remote(), 0, WINDOW);
                if (opened > 0) {
                    flow.follow(IpProtocol.TCP, port, null, WINDOW);
                }
                return opened > 0 ? opened : known;
            }
            case "rasAddress", "replyAddress" -> {
                int opened = port == 0 ? -1 : flow.open(IpProtocol.UDP, port, flow.remote(), 0, WINDOW);
                if (opened > 0) {
                    flow.follow(IpProtocol.UDP, port, null, WINDOW);
                }
                return opened > 0 ? opened : known;
            }
            default -> {
                return known >= 0 ? known : port; // nobody connects there: whence it calls
            }
        }
    }

    /** The inside port of one of the host that the other side names; -1 if it is another host's. */
    private static int inward(HelperFlow flow, int protocol, int port) {
        if (port == 0) {
            return 0;
        }
        return protocol == flow.protocol() && port == flow.outsidePort()
                ? flow.insidePort()
                : flow.insidePort(protocol, port);
    }

    /** What a terminal registers is kept open as long as its gatekeeper says (H.225.0 sections 7.9 and 7.10). */
    private static void register(HelperFlow flow, HelperPayload payload, H323Message message) {
        Registration registration = flow.state() instanceof Registration known ? known : new Registration();
        flow.state(registration);
        boolean outward = payload.isOutward();
        String kind = message.kind();
        if (outward && kind.equals("registrationRequest")) {
            for (Address address : message.addresses()) {
                int at = address.at();
                int protocol = protocol(address.name());
                boolean ours =
                        flow.outside().equals(IpAddress.ofIpv4(payload.bytes().getInt(at)));
                int port = ours ? inward(flow, protocol, payload.at(at + 4) << 8 | payload.at(at + 5)) : -1;
                if (port > 0 && registration.ports.size() < MAX_REGISTERED) {
                    registration.ports.add(protocol == IpProtocol.UDP ? UDP_BIT | port : port);
                }
            }
        } else if (!outward && kind.equals("registrationConfirm")) {
            long seconds = message.timeToLive();
            Duration lasts =
                    seconds == 0 ? REGISTRATION : Duration.ofSeconds(Math.min(seconds, MAX_REGISTRATION.toSeconds()));
            for (int each : registration.ports) {
                int protocol = (each & UDP_BIT) != 0 ? IpProtocol.UDP : IpProtocol.TCP;
                flow.open(protocol, each & 0xFFFF, flow.remote(), 0, lasts);
                flow.follow(protocol, each & 0xFFFF, null, lasts);
            }
        } else if (kind.equals("unregistrationRequest")) {
            for (int each : registration.ports) {
                flow.close((each & UDP_BIT) != 0 ? IpProtocol.UDP : IpProtocol.TCP, each & 0xFFFF);
            }
            registration.ports.clear();
        }
    }

    /** Where the inside host is going to connect to. */
    private static void meets(HelperFlow flow, String name, IpAddress remote, int port, @Nullable H323Call call) {
        if (port == 0 || remote.isUnspecified()) {
            return;
        }
        switch (name) {
            case "h245Address" -> {
                if (call != null) {
                    flow.follow(IpProtocol.TCP, remote, port, new Begins(call, true), WINDOW);
                }
            }
            case "destCallSignalAddress", "callSignalAddress", "alternativeAddress" ->
                flow.follow(IpProtocol.TCP, remote, port, null, call == null ? MAX_REGISTRATION : WINDOW);
            case "rasAddress" -> flow.follow(IpProtocol.UDP, remote, port, null, MAX_REGISTRATION);
            default -> {}
        }
    }
}
