// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import io.pktkit.ovpn.client.ClientIdentity;
import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.client.ConnectedClient;
import io.pktkit.ovpn.internal.negotiate.PeerInfo;
import io.pktkit.ovpn.internal.session.DataPlane;
import io.pktkit.ovpn.internal.session.OvpnSession;
import io.pktkit.ovpn.internal.session.SessionEvent;
import io.pktkit.time.Alarm;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a server keeps for one session: its engine, which belongs to the control thread, the way to the client, and what is
 * at this end of the tunnel.
 */
final class ClientLink implements ConnectedClient {

    private static final ClientIdentity NOBODY = new ClientIdentity("", "", List.of(), Map.of());

    private final ServerCore core;
    private final OvpnSession session;
    private final DataPlane plane;
    private final Transport transport;
    private final Object source;
    private final int peerId;
    private final Alarm alarm;
    private final LongAdder bytesReceived = new LongAdder();
    private final LongAdder bytesSent = new LongAdder();

    private volatile ClientSettings settings = ClientSettings.builder().build();
    private volatile ClientIdentity identity = NOBODY;
    private volatile String description = "";
    private volatile @Nullable ClientFace face;
    private volatile boolean in;
    private volatile boolean leaving;
    private volatile long inSince;
    private volatile @Nullable Consumer<String> challenge;

    /** Whether a move to another address waits for the control thread; and when the last one was. */
    volatile boolean moving;

    volatile long movedAt;

    /** Whether an answer to a challenge waits for who asked. */
    final AtomicBoolean answering = new AtomicBoolean();

    /** Of the control thread: ends the question about it that is open. */
    private @Nullable Runnable dismissal;

    /** Of the control thread. */
    boolean due;

    boolean told;

    /** Whether it is plugged in, or is about to be. */
    boolean plugged;

    ClientLink(ServerCore core, OvpnSession session, Transport transport, int peerId) {
        this.core = core;
        this.session = session;
        this.plane = session.dataPlane();
        this.transport = transport;
        this.source = transport.source();
        this.peerId = peerId;
        this.movedAt = core.nowNanos();
        this.alarm = core.timers().newAlarm(() -> core.worker().due(this));
    }

    OvpnSession session() {
        return session;
    }

    DataPlane plane() {
        return plane;
    }

    Transport transport() {
        return transport;
    }

    int peerId() {
        return peerId;
    }

    Object address() {
        return transport.address();
    }

    Object source() {
        return source;
    }

    Alarm alarm() {
        return alarm;
    }

    boolean isIn() {
        return in;
    }

    /** Whether it is in and not about to go: one that is sent away stays a while to hear of it. */
    boolean isStaying() {
        return in && !leaving;
    }

    /** Whether its end is decided, and it stays a while to hear of it. */
    boolean isLeaving() {
        return leaving;
    }

    void leave() {
        leaving = true;
    }

    /** Under the lock of the table; false if it was in. */
    boolean enter() {
        boolean was = in;
        in = true;
        inSince = core.nowNanos();
        return !was;
    }

    @Nullable
    ClientFace face() {
        return face;
    }

    void face(@Nullable ClientFace its) {
        face = its;
    }

    void settings(ClientSettings its) {
        settings = its;
    }

    void identity(ClientIdentity its) {
        identity = its;
    }

    void description(String text) {
        description = text;
    }

    @Nullable
    Consumer<String> challenge() {
        return challenge;
    }

    void challenge(Consumer<String> response) {
        challenge = response;
    }

    /** A question about it is asked; one before it makes no difference any more. */
    void asked(Runnable dismiss) {
        dismissQuestion();
        dismissal = dismiss;
    }

    /** What is asked about it makes no difference any more. */
    void dismissQuestion() {
        Runnable its = dismissal;
        dismissal = null;
        if (its != null) {
            its.run();
        }
    }

    void received(int bytes) {
        bytesReceived.add(bytes);
    }

    void sent(int bytes) {
        bytesSent.add(bytes);
    }

    @Override
    public ClientIdentity identity() {
        return identity;
    }

    @Override
    public ClientSettings settings() {
        return settings;
    }

    @Override
    public String remoteAddress() {
        return transport.remoteAddress();
    }

    @Override
    public String describe() {
        return description;
    }

    @Override
    public Duration connectedFor() {
        return in ? Duration.ofNanos(core.nowNanos() - inSince) : Duration.ZERO;
    }

    @Override
    public long bytesReceived() {
        return bytesReceived.sum();
    }

    @Override
    public long bytesSent() {
        return bytesSent.sum();
    }

    @Override
    public boolean update(List<String> options) {
        ClientSettings.Builder checked = ClientSettings.builder();
        options.forEach(checked::option);
        if (!isStaying() || !PeerInfo.of(identity.peerInfo()).can(PeerInfo.PUSH_UPDATE)) {
            return false;
        }
        core.worker().post(this, new SessionEvent.Update(checked.build().options()));
        return true;
    }

    @Override
    public void disconnect(String message) {
        core.worker().post(this, new SessionEvent.Close(message));
    }

    @Override
    public String toString() {
        return identity.name() + "@" + remoteAddress();
    }
}
