// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import io.pktkit.dhcp.DhcpState;
import io.pktkit.dhcp.Lease;
import io.pktkit.time.Timers;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The states of a client and what moves it between them: messages and time in, messages and events out. Owned by one client
 * and used under its lock.
 */
public final class ClientMachine {
    private static final long SECOND = 1_000_000_000L;
    private static final long MINIMUM_EXTEND_RETRANSMIT = 60 * SECOND; // RFC 2131 section 4.4.5
    private static final long DECLINE_WAIT = 10 * SECOND; // section 3.1 (5)
    private static final long FIRST_NAK_WAIT = SECOND;
    private static final long LAST_NAK_WAIT = 64 * SECOND;
    private static final int REQUESTS_PER_OFFER = 5;
    private static final int REQUESTS_PER_REBOOT = 2; // then nobody here knows the address
    private static final int PROBE_COUNT = 3; // RFC 5227 section 1.1, as are the next three
    private static final long PROBE_INTERVAL = SECOND;
    private static final long ANNOUNCE_WAIT = 2 * SECOND;
    private static final long ANNOUNCE_INTERVAL = 2 * SECOND;

    private final long mac;
    private final byte[] clientIdentifier;
    private final int previous; // 0 for none
    private final boolean arpProbe;
    private final ClientMessages messages;
    private final ClientOutput output;
    private final ClientTransaction transaction;
    private final SecureRandom xids = new SecureRandom();

    private boolean active;
    private DhcpState state = DhcpState.INIT;
    private int secs; // of the last DISCOVER: the REQUEST must repeat it (section 3.1 (3))
    private int probes;
    private boolean confirming; // REBINDING because the link may be another one
    private int naks;
    private long timerAt = Timers.NEVER;
    private long announceAt = Timers.NEVER;
    private @Nullable Lease candidate; // offered, or granted and being probed for
    private @Nullable Lease lease;

    public ClientMachine(
            long mac,
            byte[] clientIdentifier,
            int previous,
            boolean arpProbe,
            RandomGenerator jitter,
            ClientMessages messages,
            ClientOutput output) {
        this.mac = mac;
        this.clientIdentifier = clientIdentifier;
        this.previous = previous;
        this.arpProbe = arpProbe;
        this.messages = messages;
        this.output = output;
        this.transaction = new ClientTransaction(jitter);
    }

    public void start(long now) {
        windUp();
        active = true;
        naks = 0;
        if (previous == 0) {
            discover(now);
        } else {
            reboot(now);
        }
    }

    public void stop() {
        windUp();
        active = false;
    }

    public void release() {
        Lease held = lease;
        if (held != null) {
            output.release(held, messages.release(xids.nextInt(), address(held), server(held)));
        }
        stop();
    }

    /**
     * The link may be another one: a lease that is held is to be confirmed there (RFC 2131 section 3.7), and what was asked for is asked for
     * again, when the timer is due.
     */
    public void linkUp(long now) {
        if (!active) {
            return;
        }
        if (lease != null) {
            beginExtending(DhcpState.REBINDING, true, now);
            confirming = true;
        } else if (state == DhcpState.REBOOTING) {
            beginReboot(now);
            timerAt = Timers.after(now, 0);
        } else {
            startOver(now);
        }
    }

    /** Takes an answer; false if it was of no use. */
    public boolean onMessage(DhcpMessage message, long sourceMac, long now) {
        return active && isForUs(message) && accept(message, sourceMac, now);
    }

    /** RFC 5227 section 2.1.1: somebody uses the address being probed for, or probes for it too. */
    public void onArp(int senderAddress, int targetAddress, long now) {
        Lease wanted = candidate;
        if (state != DhcpState.PROBING || wanted == null) {
            return;
        }
        int address = address(wanted);
        if (senderAddress == address || (senderAddress == 0 && targetAddress == address)) {
            startOver(Timers.after(now, DECLINE_WAIT));
            output.decline(messages.decline(xids.nextInt(), address, server(wanted)));
        }
    }

    public void onTick(long now) {
        if (active) {
            step(now);
        }
    }

    public long nextDeadlineNanos() {
        if (!active) {
            return Timers.NEVER;
        }
        long next = Timers.earlier(timerAt, announceAt);
        Lease held = lease;
        if (held != null) {
            next = Timers.earlier(next, held.expiryNanos());
            next = state == DhcpState.REBINDING ? next : Timers.earlier(next, held.rebindingNanos());
            next = state == DhcpState.BOUND ? Timers.earlier(next, held.renewalNanos()) : next;
        }
        return next;
    }

    public boolean isActive() {
        return active;
    }

    public DhcpState state() {
        return state;
    }

    public @Nullable Lease lease() {
        return lease;
    }

    private boolean isForUs(DhcpMessage m) {
        if (!m.isValid() || m.op() != DhcpOptions.OP_REPLY || m.xid() != transaction.xid()) {
            return false;
        }
        if (!m.isEthernet() || m.chaddrMac() != mac) {
            return false;
        }
        // A server that echoes an identifier must echo ours (RFC 6842 section 3); older ones echo none.
        byte[] echoed = m.option(DhcpOptions.CLIENT_IDENTIFIER);
        return echoed == null || clientIdentifier.length == 0 || Arrays.equals(echoed, clientIdentifier);
    }

    /** Acts on an answer if the state wants it. Every one must name its server (RFC 2131 table 3). */
    private boolean accept(DhcpMessage message, long sourceMac, long now) {
        int type = message.messageType();
        long server = message.intOption(DhcpOptions.SERVER_IDENTIFIER);
        Lease known = lease != null ? lease : candidate;
        boolean sameServer = known != null && server == Integer.toUnsignedLong(server(known));
        int wanted = known != null ? address(known) : previous;
        return switch (state) {
            case SELECTING -> type == DhcpOptions.OFFER && select(message, sourceMac, now);
            case REQUESTING, RENEWING -> sameServer && answered(wanted, type, message, sourceMac, now);
            case REBOOTING, REBINDING ->
                DhcpPackets.isUsableHost((int) server) && answered(wanted, type, message, sourceMac, now);
            case INIT, PROBING, BOUND -> false;
        };
    }

    private boolean select(DhcpMessage message, long sourceMac, long now) {
        Lease offer = LeaseReader.read(message, sourceMac, now, 0, 0);
        if (offer == null) {
            return false;
        }
        candidate = offer;
        state = DhcpState.REQUESTING;
        transaction.beginRequests(now);
        request(offer, now);
        return true;
    }

    private boolean answered(int wanted, int type, DhcpMessage message, long sourceMac, long now) {
        if (type == DhcpOptions.NAK) {
            long wait = Math.min(FIRST_NAK_WAIT << Math.min(naks, 6), LAST_NAK_WAIT);
            naks++; // a server that refuses what it offers must not be asked in a tight loop
            startOver(Timers.after(now, wait));
            return true;
        }
        if (type != DhcpOptions.ACK) {
            return false;
        }
        Lease granted = transaction.granted(message, sourceMac, now);
        if (granted == null || address(granted) != wanted || Timers.isDue(granted.expiryNanos(), now)) {
            return false;
        }
        if (state.hasLease()) {
            extended(granted);
        } else if (arpProbe) {
            candidate = granted;
            state = DhcpState.PROBING;
            probes = 0;
            probe(granted, now);
        } else {
            bind(granted);
        }
        return true;
    }

    private void step(long now) {
        Lease held = lease;
        if (held != null && Timers.isDue(held.expiryNanos(), now)) {
            startOver(now);
        } else if (held != null && state != DhcpState.REBINDING && Timers.isDue(held.rebindingNanos(), now)) {
            // A transaction that RENEWING began goes on under its id: the answer may still be on its way.
            beginExtending(DhcpState.REBINDING, state == DhcpState.BOUND, now);
        } else if (held != null && state == DhcpState.BOUND && Timers.isDue(held.renewalNanos(), now)) {
            beginExtending(DhcpState.RENEWING, true, now);
        }
        if (Timers.isDue(announceAt, now) && lease != null) {
            announceAt = Timers.NEVER;
            output.announce(lease);
        }
        if (Timers.isDue(timerAt, now)) {
            onTimer(now);
        }
    }

    private void onTimer(long now) {
        Lease wanted = candidate;
        if (state == DhcpState.INIT) {
            discover(now);
        } else if (state == DhcpState.SELECTING) {
            sendDiscover(now);
        } else if (lease != null && confirming) {
            confirm(lease, now);
        } else if (lease != null) {
            sendExtend(lease, now);
        } else if (state == DhcpState.REBOOTING && transaction.attempts() < REQUESTS_PER_REBOOT) {
            sendReboot(now, previous);
        } else if (wanted == null || (state == DhcpState.REQUESTING && transaction.attempts() >= REQUESTS_PER_OFFER)) {
            startOver(now); // to DISCOVER at once
        } else if (state == DhcpState.REQUESTING) {
            request(wanted, now);
        } else if (probes < PROBE_COUNT) {
            probe(wanted, now);
        } else {
            probed(wanted, now);
        }
    }

    private void discover(long now) {
        state = DhcpState.SELECTING;
        transaction.begin(xids.nextInt(), now);
        sendDiscover(now);
    }

    /** Asks whether the address of earlier is still good, section 3.2. Any server may tell. */
    private void reboot(long now) {
        beginReboot(now);
        sendReboot(now, previous);
    }

    private void beginReboot(long now) {
        state = DhcpState.REBOOTING;
        transaction.begin(xids.nextInt(), now);
    }

    private void sendReboot(long now, int address) {
        transaction.requestSent(now);
        output.broadcast(null, messages.reboot(transaction.xid(), transaction.secs(now), address));
        timerAt = transaction.retransmitAt(now);
    }

    private void sendDiscover(long now) {
        secs = transaction.secs(now);
        output.broadcast(null, messages.discover(transaction.xid(), secs));
        timerAt = transaction.retransmitAt(now);
    }

    private void request(Lease offer, long now) {
        transaction.requestSent(now);
        output.broadcast(null, messages.select(transaction.xid(), secs, address(offer), server(offer)));
        timerAt = transaction.retransmitAt(now);
    }

    private void probe(Lease wanted, long now) {
        probes++;
        output.probe(wanted);
        timerAt = Timers.after(now, probes < PROBE_COUNT ? PROBE_INTERVAL : ANNOUNCE_WAIT);
    }

    private void probed(Lease granted, long now) {
        if (Timers.isDue(granted.expiryNanos(), now)) {
            startOver(now);
            return;
        }
        bind(granted);
        output.announce(granted);
        announceAt = Timers.after(now, ANNOUNCE_INTERVAL);
    }

    private void bind(Lease granted) {
        naks = 0;
        candidate = null;
        lease = granted;
        state = DhcpState.BOUND;
        timerAt = Timers.NEVER;
        output.bound(granted);
    }

    private void beginExtending(DhcpState next, boolean newTransaction, long now) {
        state = next;
        confirming = false;
        if (newTransaction) {
            transaction.begin(xids.nextInt(), now);
        }
        timerAt = Timers.after(now, 0);
    }

    /** As INIT-REBOOT asks, which a server of another network refuses; if none answers the lease goes on (section 3.2 (4)). */
    private void confirm(Lease held, long now) {
        if (transaction.attempts() < REQUESTS_PER_REBOOT) {
            sendReboot(now, address(held));
        } else {
            confirming = false;
            state = DhcpState.BOUND;
            timerAt = Timers.NEVER;
        }
    }

    private void sendExtend(Lease held, long now) {
        transaction.requestSent(now);
        byte[] request = messages.extend(transaction.xid(), transaction.secs(now), address(held));
        if (state == DhcpState.RENEWING) {
            output.unicast(held, request);
        } else {
            output.broadcast(held, request);
        }
        long end = state == DhcpState.RENEWING ? held.rebindingNanos() : held.expiryNanos();
        timerAt = Timers.after(now, Math.max((end - now) / 2, MINIMUM_EXTEND_RETRANSMIT));
    }

    private void extended(Lease granted) {
        lease = granted;
        naks = 0;
        confirming = false;
        state = DhcpState.BOUND;
        timerAt = Timers.NEVER;
        output.renewed(granted);
    }

    /** Back to INIT, to DISCOVER at a time. */
    private void startOver(long at) {
        windUp();
        timerAt = at;
    }

    /** Gives up what is held and what is queued. */
    private void windUp() {
        output.supersede();
        if (lease != null) {
            output.lost(lease);
        }
        state = DhcpState.INIT;
        confirming = false;
        lease = null;
        candidate = null;
        timerAt = Timers.NEVER;
        announceAt = Timers.NEVER;
    }

    private static int address(Lease lease) {
        return lease.address().toIpv4Bits();
    }

    private static int server(Lease lease) {
        return lease.serverIdentifier().toIpv4Bits();
    }
}
