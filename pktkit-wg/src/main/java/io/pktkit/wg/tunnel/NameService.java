// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import io.pktkit.device.Mailbox;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgPeer;
import io.pktkit.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Resolves the names of endpoints, one after the other in a mailbox of its own. A name that is not found is tried again
 * after 1, 2, 4, ... 64 seconds. When nobody answers it is looked up anew; of several addresses it is the next one's turn,
 * since one that answers nothing may be of a family that the peer cannot be reached over. A tunnel that is merely idle
 * loses its session, too, which says nothing about where the peer is.
 */
final class NameService implements AutoCloseable {

    private static final long SECOND = 1_000_000_000L;
    private static final int MOST_DOUBLINGS = 6;

    /** A name may have other addresses each time. */
    private static final int MOST_TURNS = 16;

    private final PortCore port;
    private final HostResolver resolver;
    private final Mailbox mailbox;
    private final PeerEvents<PeerLink> queue;

    NameService(PortCore port, HostResolver resolver) {
        this.port = port;
        this.resolver = resolver;
        this.mailbox = new Mailbox(port.timers().callbacks(), HostResolver.class);
        this.queue = new PeerEvents<>(mailbox, this::lookUp);
    }

    /** Looks the name of a peer up for the first time. */
    void resolve(PeerLink link) {
        queue.note(link, PeerEvents.RESOLVE);
    }

    /** Looks it up again, because the peer did not answer where it was. */
    void again(PeerLink link) {
        if (link.name() != null) {
            queue.note(link, PeerEvents.UNANSWERED);
        }
    }

    @Override
    public void close() {
        mailbox.close();
    }

    private void lookUp(PeerLink link, int events) {
        EndpointName name = link.name();
        WgPeer peer = link.peer();
        if (name == null || peer == null || link.isGone()) {
            return;
        }
        if ((events & PeerEvents.RESOLVE) != 0) {
            link.unanswered = false;
        } else if ((events & PeerEvents.UNANSWERED) != 0) {
            link.unanswered = true;
            link.choice++;
            long heard = peer.stats().receivedBytes();
            if (heard != link.heard) {
                link.heard = heard;
                link.tried.clear();
            }
        }
        WgEndpoint found = find(name, link.choice);
        boolean spoke = link.unanswered && peer.stats().receivedBytes() != link.heard;
        if (found == null && !spoke) {
            tryLater(link);
            return;
        }
        link.failures = 0;
        link.noRetry();
        if (found == null || spoke) {
            return; // it spoke meanwhile, and perhaps from elsewhere
        }
        if (!name.equals(link.name())) {
            return; // it was changed meanwhile, and that will be looked up, too
        }
        long now = port.nowNanos();
        WgEndpoint before = peer.endpoint();
        boolean wanted = link.takeWanted();
        boolean initiate = link.unanswered ? hasATurn(link, before, found, wanted) : wanted && !peer.hasSession(now);
        if (!found.isSameRemote(before)) {
            peer.setEndpoint(found, now);
        }
        port.deadline().update();
        if (initiate) {
            port.run(out -> port.engine().initiate(peer, port.nowNanos(), out));
        }
    }

    /**
     * Whether an address is tried though nothing waits to be sent: each once, since the peer was heard of or there was a
     * packet. An idle tunnel would otherwise never be silent again once nobody answers.
     */
    private static boolean hasATurn(PeerLink link, @Nullable WgEndpoint before, WgEndpoint found, boolean wanted) {
        if (wanted) {
            link.tried.clear();
        }
        if (before != null) {
            link.tried.add(before.address());
        }
        return link.tried.size() < MOST_TURNS && link.tried.add(found.address());
    }

    private @Nullable WgEndpoint find(EndpointName name, int choice) {
        try {
            List<IpAddress> usable = new ArrayList<>();
            for (IpAddress address : resolver.resolve(name.host())) {
                if (port.endpoint().localAddress(address.unmapped().family()) != null) {
                    usable.add(address);
                }
            }
            return usable.isEmpty()
                    ? null
                    : new WgEndpoint(usable.get(Math.floorMod(choice, usable.size())), name.port());
        } catch (Throwable failure) {
            port.failed(failure);
            return null;
        }
    }

    private void tryLater(PeerLink link) {
        long delay = SECOND << Math.min(link.failures, MOST_DOUBLINGS);
        link.failures++;
        link.retry(port.timers().schedule(delay, () -> queue.note(link, PeerEvents.RETRY)));
    }
}
