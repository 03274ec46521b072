// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import static io.pktkit.wg.tunnel.VirtualNet.at;
import static io.pktkit.wg.tunnel.VirtualNet.options;
import static io.pktkit.wg.tunnel.VirtualNet.packet;
import static io.pktkit.wg.tunnel.VirtualNet.record;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import io.pktkit.wg.WgIdentity;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPeerListener;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Peers that go while something else happens to them. Callbacks run at once, in the midst of the call that they come of. */
class PeerRemovalTest {

    private final VirtualNet net = new VirtualNet();
    private final List<String> told = new ArrayList<>();
    private boolean removesWhomItHearsOf;
    private final WgPort port =
            net.port(net.config().timers(new AtOnce()).listener(new Recorder()).build(), "192.0.2.1");
    private final WgDevice server = port.addDevice(net.key());
    private final WgDevice client = net.port("192.0.2.10").addDevice(net.key());

    private final class AtOnce implements Timers {
        @Override
        public long nowNanos() {
            return net.time.nowNanos();
        }

        @Override
        public Alarm newAlarm(Runnable onFire) {
            return net.time.newAlarm(onFire);
        }

        @Override
        public Executor callbacks() {
            return Runnable::run;
        }
    }

    private final class Recorder implements WgPeerListener {
        @Override
        public void handshakeCompleted(WgPeer peer) {
            told.add("handshake");
            if (removesWhomItHearsOf) {
                server.peers().remove(peer);
            }
        }

        @Override
        public void sessionLost(WgPeer peer) {
            told.add("lost");
        }

        @Override
        public void peerExpired(WgPeer peer) {
            told.add("expired");
        }

        @Override
        public void peerRemoved(WgPeer peer) {
            told.add("removed");
        }
    }

    @AfterEach
    void close() {
        net.close();
    }

    private void knock() throws IOException {
        record(server);
        record(client);
        client.peers().add(server.identity().publicKey(), options("0.0.0.0/0").endpoint(at("192.0.2.1")));
        client.send(packet("10.0.0.3", "8.8.8.8", 100));
        net.settle();
    }

    @Test
    void shouldTellThatAStrangerIsRemovedWhenItsTimeIsOver() throws IOException {
        server.peers().onRequest(request -> assertDoesNotThrow(() -> request.accept(options("10.0.0.3/32"))));
        knock();
        assertEquals(List.of("handshake"), told);

        net.run(Duration.ofMinutes(15));

        assertEquals(List.of("handshake", "lost", "expired", "removed"), told);
        assertEquals(List.of(), server.peers().all());
    }

    @Test
    void shouldTellThatAPeerIsRemovedByWhoIsToldOfIt() throws IOException {
        server.peers().add(client.identity().publicKey(), options("10.0.0.3/32"));
        removesWhomItHearsOf = true;

        knock();

        assertEquals(List.of("handshake", "removed"), told);
    }

    /** The listener is told before the link is there, and nobody hears of the peer again. */
    @Test
    void shouldForgetAPeerThatIsRemovedWhileItsLinkIsMade() {
        PortCore core = new PortCore(net.config().build(), net.endpoint("192.0.2.2"), port -> {});
        WgIdentity identity = core.engine().addIdentity(net.key());
        List<PeerLink> unplugged = new ArrayList<>();
        Face removing = new Face() {
            @Override
            public void prepare(PeerLink link) {
                identity.removePeer(Objects.requireNonNull(identity.peer(link.publicKey())));
            }

            @Override
            public void plug(PeerLink link, List<IpPrefix> allowed) {}

            @Override
            public void added(PeerLink link, List<IpPrefix> allowed) {}

            @Override
            public void unplug(PeerLink link, boolean forGood) {
                unplugged.add(link);
            }

            @Override
            public void close() {}
        };
        core.add(new WgPeers(core, identity, removing));
        WgPeer peer = identity.addPeer(client.identity().publicKey(), options("10.0.0.3/32"), core.nowNanos());

        assertNull(core.link(peer));
        net.time.runCallbacks();

        assertTrue(peer.isRemoved());
        assertNull(core.link(peer), "it is kept");
        assertEquals(1, unplugged.size());
        core.close();
        core.endpoint().close();
    }
}
