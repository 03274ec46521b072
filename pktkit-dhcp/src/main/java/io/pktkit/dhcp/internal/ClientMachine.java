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

    private final long mac;
    private final byte[] clientIdentifier;
    private final int previous; // 0 for none
    private final boolean arpProbe;
    private final ClientMessages messages;
    private final ClientOutput output;
    private final ClientTransaction transaction;
    private final AddressCheck check;
    private final SecureRandom xids = new SecureRandom();

    private boolean active;
    private DhcpState state = DhcpState.INIT;
    private int secs; // of the last DISCOVER: the REQUEST must repeat it (section 3.1 (3))
    private boolean confirming; // REBINDING because the link may be another one
    private int naks;
    private long timerAt = Timers.NEVER;
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
        this.check = new AddressCheck(output);
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
     * The link may be another one: a lease that is held is to be confirmed there (RFC 2131 section 3.7), and its address checked if it is
     * kept; what was asked for is asked for again, when the timer is due.
     */
    public void linkUp(long now) {
        if (!active) {
            return;
        }
        if (lease != null) {
            beginExtending(DhcpState.REBINDING, true, now);
            confirming = true;
            check.stop(); // of the link before
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

    /** Hears an ARP message of another station. An address that is probed for is given up if that has it, also if it is held. */
    public void onArp(int senderAddress, int targetAddress, long now) {
        Lease wanted = lease != null ? lease : candidate;
        if (wanted != null && check.isConflict(senderAddress, targetAddress)) {
            startOver(Timers.after(now, DECLINE_WAIT));
            output.decline(messages.decline(xids.nextInt(), address(wanted), server(wanted)));
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
        long next = Timers.earlier(timerAt, check.nextDeadlineNanos());
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

    /** Whether an address is probed for, so that {@link #onArp} wants to hear. */
    public boolean isProbing() {
        return check.isProbing();
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
            extended(granted, now);
        } else if (arpProbe) {
            candidate = granted;
            state = DhcpState.PROBING;
            timerAt = Timers.NEVER;
            check.probe(granted, now);
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
        Lease free = check.onTick(now);
        if (free != null) {
            checked(free, now);
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
        } else {
            request(wanted, now);
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

    /** Nobody has the address: one that was granted is taken, one that is held already is kept. */
    private void checked(Lease free, long now) {
        if (lease == null && Timers.isDue(free.expiryNanos(), now)) {
            startOver(now);
            return;
        }
        if (lease == null) {
            bind(free);
        }
        check.announce(free, now);
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
            keep(held, now);
        }
    }

    /**
     * Holds a lease. On a link that may be another one somebody else may have the address, which no server needs to know of: so it is checked
     * as a new one is (RFC 5227 section 2.1), but in use meanwhile, as without the change of links. What is only extended is not.
     */
    private void keep(Lease held, long now) {
        lease = held;
        state = DhcpState.BOUND;
        timerAt = Timers.NEVER;
        if (confirming && arpProbe) {
            check.probe(held, now);
        }
        confirming = false;
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

    private void extended(Lease granted, long now) {
        naks = 0;
        output.renewed(granted);
        keep(granted, now);
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
        check.stop();
    }

    private static int address(Lease lease) {
        return lease.address().toIpv4Bits();
    }

    private static int server(Lease lease) {
        return lease.serverIdentifier().toIpv4Bits();
    }
}
