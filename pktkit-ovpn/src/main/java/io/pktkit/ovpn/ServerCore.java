// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.datagram.FixedPath;
import io.pktkit.device.FailureLog;
import io.pktkit.ovpn.client.ClientIdentity;
import io.pktkit.ovpn.client.ClientListener;
import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.internal.session.OvpnSession;
import io.pktkit.ovpn.internal.session.SessionAction;
import io.pktkit.ovpn.internal.session.SessionConfig;
import io.pktkit.ovpn.internal.session.SessionDrop;
import io.pktkit.ovpn.internal.session.SessionEvent;
import io.pktkit.ovpn.internal.session.SessionOrigin;
import io.pktkit.ovpn.internal.wire.Bytes;
import io.pktkit.time.Timers;
import java.security.InvalidKeyException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What all parts of a server share, and what the control thread does: it gives events to sessions, and does what they want
 * done.
 */
final class ServerCore {

    private static final System.Logger LOG = System.getLogger(OvpnServer.class.getName());

    private final OvpnServerConfig config;
    private final SessionConfig udpSessions;
    private final SessionConfig tcpSessions;
    private final Timers timers;
    private final ClientTable table;
    private final ControlWorker worker = new ControlWorker(this);
    private final Doorman doorman;
    private final Admission admission;
    private final @Nullable SharedDevice sharedDevice;
    private final Map<OvpnDrop, LongAdder> drops = new EnumMap<>(OvpnDrop.class);
    private final FailureLog failures = new FailureLog(OvpnServer.class, "OpenVPN server");

    /** Connectors and the listener, in the order of what happened. */
    private final Lifecycle lifecycle;

    /** Of the control thread: what closed sessions have dropped. */
    private final Map<SessionDrop, Long> sessionDrops = new EnumMap<>(SessionDrop.class);

    private volatile boolean closed;

    ServerCore(OvpnServerConfig config, Faces faces) {
        for (OvpnDrop reason : OvpnDrop.values()) {
            drops.put(reason, new LongAdder());
        }
        this.config = config;
        this.timers = config.timers();
        this.udpSessions = config.sessions(false, faces.areTap());
        this.tcpSessions = config.sessions(true, faces.areTap());
        this.table = new ClientTable(config.limits().sessions());
        this.doorman = new Doorman(this, config, udpSessions.times().handshakeNanos());
        this.lifecycle = new Lifecycle(this::failed, timers.callbacks(), ClientListener.class);
        this.admission = new Admission(this, config, faces);
        this.sharedDevice = faces.device(this);
    }

    /** Makes what is at this end of a client's tunnel. */
    interface Faces {
        ClientFace make(ServerCore core, ClientLink link, ClientSettings settings);

        /** The device of all, made once and before the first client; null if each has its own. */
        default @Nullable SharedDevice device(ServerCore core) {
            return null;
        }

        default boolean areTap() {
            return false;
        }
    }

    OvpnServerConfig config() {
        return config;
    }

    Timers timers() {
        return timers;
    }

    @Nullable
    SharedDevice sharedDevice() {
        return sharedDevice;
    }

    ClientTable table() {
        return table;
    }

    ControlWorker worker() {
        return worker;
    }

    Lifecycle lifecycle() {
        return lifecycle;
    }

    long nowNanos() {
        return timers.nowNanos();
    }

    int unixSeconds() {
        return (int) config.clock().instant().getEpochSecond();
    }

    private LongAdder counter(OvpnDrop reason) {
        return Objects.requireNonNull(drops.get(reason));
    }

    void drop(OvpnDrop reason) {
        counter(reason).increment();
    }

    long drops(OvpnDrop reason) {
        return counter(reason).sum();
    }

    void failed(Throwable failure) {
        failures.record(failure);
    }

    long failures() {
        return failures.count();
    }

    boolean isClosed() {
        return closed;
    }

    // --- on the control thread

    /** A control packet over UDP. */
    void onControl(DatagramEndpoint endpoint, FixedPath path, byte[] bytes) {
        ClientLink link = bytes.length >= 9 ? find(path, Bytes.getLong(bytes, 1)) : null;
        if (link != null) {
            handle(link, new SessionEvent.Packet(bytes));
        } else {
            doorman.meet(endpoint, path, bytes, nowNanos());
        }
    }

    private @Nullable ClientLink find(Object address, long remoteSessionId) {
        for (ClientLink link : table.at(address)) {
            if (link.session().remoteSessionId() == remoteSessionId) {
                return link;
            }
        }
        return null;
    }

    /** A control packet over TCP. */
    void onControl(Transport connection, byte[] bytes) {
        List<ClientLink> links = table.at(connection.address());
        if (!links.isEmpty()) {
            handle(links.get(0), new SessionEvent.Packet(bytes));
        } else if (!doorman.meet(connection, bytes, nowNanos())) {
            connection.close();
        }
    }

    /** Makes a session if there is room for one, and gives it its first packet. */
    boolean admit(Transport transport, IntFunction<SessionOrigin> origin, byte[] first, long nowNanos) {
        OvpnLimits limits = config.limits();
        boolean room = (table.at(transport.address()).size() < 2 || dropOldestOutside(transport.address()))
                && table.ofSource(transport.source()) < limits.perSource()
                && ((table.size() < limits.sessions() && table.outside() < limits.outside())
                        || dropOldestOutside(null));
        int peerId = room ? table.freePeerId() : -1;
        if (peerId < 0 || closed) {
            drop(OvpnDrop.NO_ROOM);
            return false;
        }
        OvpnSession session;
        try {
            session = new OvpnSession(
                    transport instanceof UdpTransport ? udpSessions : tcpSessions, origin.apply(peerId), nowNanos);
        } catch (InvalidKeyException e) {
            failed(e);
            return false;
        }
        ClientLink link = new ClientLink(this, session, transport, peerId);
        transport.attach(link);
        table.add(link);
        handle(link, new SessionEvent.Packet(first));
        return true;
    }

    /**
     * A full house makes room by those who have proved least; the oldest of them are the likeliest to be nobody. Who is in
     * stays.
     *
     * @param address of those at this address alone; null for all
     */
    private boolean dropOldestOutside(@Nullable Object address) {
        ClientLink oldest = table.leastProven(address);
        if (oldest == null) {
            return false;
        }
        handle(oldest, new SessionEvent.End());
        return true;
    }

    /** Gives an event to a session and does what it wants. */
    void handle(ClientLink link, SessionEvent event) {
        OvpnSession session = link.session();
        if (session.isClosed()) {
            return;
        }
        List<SessionAction> actions;
        try {
            actions = session.handle(event, nowNanos());
        } catch (RuntimeException | Error failure) {
            // A defect of ours must not leave a session behind that nothing ends any more.
            failed(failure);
            actions = session.abandon();
        }
        for (SessionAction action : actions) {
            try {
                perform(link, action);
            } catch (RuntimeException | Error failure) {
                // What comes behind it is done all the same: a session that has ended has to be taken off.
                failed(failure);
            }
        }
        if (session.isEnding()) {
            // It stays to hear why, and gives back now what others may have.
            link.leave();
            unplug(link);
        }
        if (!session.isClosed()) {
            link.alarm().arm(session.nextDeadlineNanos());
        }
    }

    private void perform(ClientLink link, SessionAction action) {
        if (action instanceof SessionAction.Send send) {
            link.transport().send(send.packet());
        } else if (action instanceof SessionAction.Authenticate question) {
            admission.ask(link, question);
        } else if (action instanceof SessionAction.Connected) {
            connected(link);
        } else if (action instanceof SessionAction.ChallengeResponse response) {
            Consumer<String> challenge = link.challenge();
            // One at a time: who answers without end keeps nobody else from coming in.
            if (challenge != null && link.answering.compareAndSet(false, true)) {
                boolean taken = lifecycle.begin(() -> {
                    link.answering.set(false);
                    challenge.accept(response.text());
                });
                if (!taken) {
                    link.answering.set(false);
                }
            }
        } else if (action instanceof SessionAction.Closed end) {
            closed(link, end);
        }
    }

    private void connected(ClientLink link) {
        table.came(link);
        doorman.giveBack(link.transport());
        link.description(link.session().describe());
        replaceOthers(link);
        link.told = true;
        lifecycle.end(() -> config.listener().connected(link));
        LOG.log(System.Logger.Level.INFO, "{0} connected: {1}", link, link.describe());
    }

    /** Whether there are as many clients in, or on their way through the door, as there may be. On the control thread. */
    boolean isFull() {
        return table.all().stream().filter(link -> link.plugged).count()
                >= config.limits().clients();
    }

    /**
     * A client that may come in, and is from where another is or has its name, takes its place: before it is plugged in, so
     * that it has its address again.
     */
    void replaceOthers(ClientLink link) {
        for (ClientLink other : table.all()) {
            boolean sameAddress = other.address().equals(link.address());
            boolean sameName = !config.allowsSameNames()
                    && other.isIn()
                    && !link.identity().name().isEmpty()
                    && other.identity().name().equals(link.identity().name());
            if (other != link && (sameAddress || sameName)) {
                handle(other, new SessionEvent.Close(sameAddress ? "" : "RESTART"));
            }
        }
    }

    /** No packet comes or goes any more, and its addresses are free, in the order of what happened. */
    private void unplug(ClientLink link) {
        link.face(null);
        if (link.plugged) {
            link.plugged = false;
            lifecycle.end(() -> admission.unplug(link));
        }
    }

    private void closed(ClientLink link, SessionAction.Closed end) {
        link.alarm().close();
        link.dismissQuestion();
        table.remove(link);
        if (!link.isIn() && link.identity().certificate() != null) {
            doorman.giveBack(link.transport());
        }
        link.transport().close();
        link.session().drops().forEach((reason, n) -> sessionDrops.merge(reason, n, Long::sum));
        String reason = end.cause() + (end.detail().isEmpty() ? "" : ": " + end.detail());
        unplug(link);
        if (link.told) {
            lifecycle.end(() -> config.listener().disconnected(link, reason));
        }
        LOG.log(link.told ? System.Logger.Level.INFO : System.Logger.Level.DEBUG, "{0} closed: {1}", link, reason);
    }

    /**
     * A client's data came from another address, or says so: whoever is there stays, on its way in, too, unless that is the
     * same client.
     */
    void onFloat(ClientLink link, UdpTransport transport, FixedPath to) {
        link.moving = false;
        if (link.session().isClosed() || transport.path().equals(to)) {
            return;
        }
        List<ClientLink> there = table.at(to);
        for (ClientLink other : there) {
            if (!other.isIn() || !isSameClient(other.identity(), link.identity())) {
                drop(OvpnDrop.FLOAT_REFUSED);
                return;
            }
        }
        there.forEach(other -> handle(other, new SessionEvent.Close("")));
        FixedPath before = transport.path();
        transport.move(to);
        table.move(link, before, to);
        link.movedAt = nowNanos();
        LOG.log(System.Logger.Level.INFO, "{0} floated from {1}", link, before);
    }

    /** By certificate and user; who has neither is like nobody. */
    private static boolean isSameClient(ClientIdentity one, ClientIdentity other) {
        return !one.name().isEmpty()
                && one.username().equals(other.username())
                && Objects.equals(one.certificate(), other.certificate());
    }

    Map<SessionDrop, Long> sessionDrops() {
        Map<SessionDrop, Long> all = new EnumMap<>(sessionDrops);
        for (ClientLink link : table.all()) {
            link.session().drops().forEach((reason, n) -> all.merge(reason, n, Long::sum));
        }
        return all;
    }

    /** When nothing arrives any more: ends all sessions and what belongs to them. */
    void close() {
        closed = true;
        worker.close();
        lifecycle.close();
        for (ClientLink link : table.all()) {
            try {
                closeNow(link);
            } catch (Throwable failure) {
                failed(failure);
            }
        }
        admission.close();
    }

    private void closeNow(ClientLink link) {
        link.alarm().close();
        link.dismissQuestion();
        table.remove(link);
        link.transport().close();
        try {
            link.session().handle(new SessionEvent.End(), nowNanos());
        } finally {
            admission.unplug(link);
            if (link.told) {
                config.listener().disconnected(link, "the server is closed");
            }
        }
    }
}
