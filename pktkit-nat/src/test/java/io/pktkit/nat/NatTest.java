// SPDX-License-Identifier: MIT
package io.pktkit.nat;

import static io.pktkit.nat.engine.NatWorld.HOST;
import static io.pktkit.nat.engine.NatWorld.PUBLIC;
import static io.pktkit.nat.engine.NatWorld.SERVER;
import static io.pktkit.nat.engine.NatWorld.udp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.device.Attachment;
import io.pktkit.device.L3Device;
import io.pktkit.device.Offload;
import io.pktkit.link.PipeL3;
import io.pktkit.nat.engine.NatWorld;
import io.pktkit.nat.observe.NatMapping;
import io.pktkit.nat.observe.NatObserver;
import io.pktkit.nat.policy.NatConfig;
import io.pktkit.nat.policy.NatTimeouts;
import io.pktkit.nat.policy.Prefix64;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.Reassembler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The shell: devices, namespaces, timers, callbacks. */
class NatTest {

    private static final IpPrefix NETWORK = IpPrefix.parse("10.0.0.1/24");

    private final ManualTime time = new ManualTime();
    private final Nat nat = new Nat(NatConfig.builder(PUBLIC).build(), time, NETWORK);
    private final List<String> outside = new ArrayList<>();
    private final PipeL3 wan = new PipeL3(packet -> outside.add(packet.source() + " > " + packet.destination()));

    NatTest() {
        nat.outside(wan);
    }

    @AfterEach
    void close() {
        nat.close();
        wan.close();
    }

    private static Packet packet(IpAddress from, int fromPort, IpAddress to, int toPort) {
        return new Packet().wrap(udp(from, fromPort, to, toPort));
    }

    @Test
    void shouldTranslateBetweenDevices() throws IOException {
        List<String> inside = new ArrayList<>();
        PipeL3 guest = new PipeL3(packet -> inside.add(packet.source() + " > " + packet.destination()));
        nat.connect(guest);

        guest.inject(packet(HOST, 5000, SERVER, 53));
        wan.inject(packet(SERVER, 53, PUBLIC, 5000));

        assertEquals(List.of("203.0.113.1 > 198.51.100.7"), outside);
        assertEquals(List.of("198.51.100.7 > 10.0.0.2"), inside);
    }

    @Test
    void shouldGiveEachDeviceANamespace() throws IOException {
        PipeL3 first = new PipeL3(packet -> {});
        PipeL3 second = new PipeL3(packet -> {});
        NatPort firstPort = nat.connect(first);
        nat.connect(second);
        first.inject(packet(HOST, 5000, SERVER, 53));
        second.inject(packet(HOST, 5000, SERVER, 53));
        assertEquals(2, nat.mappings().list().size());

        firstPort.close();

        assertEquals(1, nat.mappings().list().size());
        second.close();
        assertEquals(0, nat.mappings().list().size(), "a device that is done takes its namespace along");
    }

    @Test
    void shouldShareANamespaceWhenAsked() throws IOException {
        int shared = nat.addNamespace();
        List<String> got = new ArrayList<>();
        PipeL3 first = new PipeL3(packet -> got.add("first"));
        PipeL3 second = new PipeL3(packet -> got.add("second"));
        nat.connect(first, shared);
        NatPort port = nat.connect(second, shared);
        first.inject(packet(HOST, 5000, SERVER, 53));
        second.inject(packet(NatWorld.OTHER_HOST, 6000, SERVER, 53));
        wan.inject(packet(SERVER, 53, PUBLIC, 6000));
        wan.inject(packet(SERVER, 53, PUBLIC, 5000));

        assertEquals(List.of("second", "first"), got);
        port.close();
        assertEquals(2, nat.mappings().list().size(), "the namespace stays");
        assertEquals(shared, nat.mappings().list().get(0).namespace());
    }

    @Test
    void shouldForgetByItsOwnTimerAndTellObservers() throws IOException {
        List<String> heard = new ArrayList<>();
        nat.observer(new NatObserver() {
            @Override
            public void created(NatMapping mapping) {
                heard.add("created");
                nat.mappings().list(); // which an observer under the lock could not do from another thread
            }

            @Override
            public void removed(NatMapping mapping) {
                heard.add("removed");
            }
        });
        PipeL3 guest = new PipeL3(packet -> {});
        nat.connect(guest);
        guest.inject(packet(HOST, 5000, SERVER, 53));
        assertEquals(List.of(), heard, "never on a packet's way");

        time.runCallbacks();
        time.advance(NatTimeouts.DEFAULT.udp().minusNanos(1));
        assertEquals(1, nat.mappings().list().size());
        time.advanceNanos(1);
        time.runCallbacks();

        assertEquals(List.of("created", "removed"), heard);
        assertEquals(0, nat.mappings().list().size());
        assertEquals(Long.MAX_VALUE, time.nextDeadlineNanos());
    }

    @Test
    void shouldBearHandlersThatComeBackOrThrow() throws IOException {
        PipeL3[] self = new PipeL3[1];
        List<Integer> got = new ArrayList<>();
        PipeL3 guest = new PipeL3(packet -> {
            got.add(packet.buffer().getShort(packet.transportOffset() + 2) & 0xFFFF);
            if (got.size() == 1) {
                self[0].inject(packet(HOST, 5000, SERVER, 99)); // comes back in, and uses other buffers
                got.add(packet.buffer().getShort(packet.transportOffset() + 2) & 0xFFFF);
            } else {
                throw new IllegalStateException("a poor handler");
            }
        });
        self[0] = guest;
        nat.connect(guest);
        guest.inject(packet(HOST, 5000, SERVER, 53));
        wan.inject(packet(SERVER, 53, PUBLIC, 5000));
        assertEquals(List.of(5000, 5000), got);
        wan.inject(packet(SERVER, 53, PUBLIC, 5000));
        wan.inject(packet(SERVER, 53, PUBLIC, 5000));

        assertEquals(4, got.size());
        assertEquals(2, outside.size());
    }

    @Test
    void shouldCutALoop() throws IOException {
        PipeL3[] ends = new PipeL3[1];
        int[] rounds = new int[1];
        PipeL3 guest = new PipeL3(packet -> {
            rounds[0]++;
            wanInject(packet(SERVER, 53, PUBLIC, 5000));
        });
        ends[0] = guest;
        nat.connect(guest);
        guest.inject(packet(HOST, 5000, SERVER, 53));
        wan.inject(packet(SERVER, 53, PUBLIC, 5000));

        assertTrue(rounds[0] > 0 && rounds[0] <= 16, "rounds=" + rounds[0]);
        assertEquals(1, nat.refused());
    }

    private void wanInject(Packet packet) {
        wan.inject(packet);
    }

    @Test
    void shouldRefuseWhatCannotBe() throws IOException {
        assertThrows(IllegalStateException.class, () -> nat.outside(new PipeL3(packet -> {})));
        PipeL3 guest = new PipeL3(packet -> {});
        Attachment<Packet> port = nat.connect(guest);
        assertThrows(IllegalStateException.class, () -> nat.connect(guest));
        assertThrows(IOException.class, () -> nat.connect(new PipeL3(packet -> {}), 4711));
        assertThrows(
                IllegalArgumentException.class,
                () -> new Nat(NatConfig.builder(PUBLIC).build(), time, IpPrefix.parse("203.0.113.2/24")));
        nat.close();
        nat.close();
        assertThrows(IOException.class, () -> nat.connect(new PipeL3(packet -> {})));
        assertEquals(guest, port.device());
        guest.inject(packet(HOST, 5000, SERVER, 53));
        assertEquals(List.of(), outside);
    }

    @Test
    void shouldKeepOutsideAddressesApartFromNetworksToCome() throws IOException { // RFC 4787 REQ-7
        IpAddress inside = IpAddress.parse("10.0.0.77");
        assertThrows(IllegalArgumentException.class, () -> nat.outside(List.of(inside)));
        assertEquals(List.of(PUBLIC), nat.outsideAddresses());
        IpPrefix around = IpPrefix.of(PUBLIC, 16);
        assertThrows(IllegalArgumentException.class, () -> nat.addNamespace(around));
        assertThrows(IOException.class, () -> nat.connect(new PipeL3(packet -> {}), 1), "nothing is left of it");
        int namespace = nat.connect(new PipeL3(packet -> {})).namespace();
        assertThrows(IllegalArgumentException.class, () -> nat.routes(namespace, List.of(around)));
        nat.routes(namespace, List.of(IpPrefix.parse("192.168.0.0/16")));
        IpAddress routed = IpAddress.parse("192.168.7.7");
        assertThrows(IllegalArgumentException.class, () -> nat.outside(List.of(routed)));
    }

    /** What makes its packets itself need not finish them: that is done where they leave, if at all. */
    @Test
    void shouldTakeUnfinishedPackets() throws IOException {
        Maker guest = new Maker();
        nat.connect(guest);
        assertEquals(Set.of(Offload.SEGMENTATION, Offload.CHECKSUM), guest.taken());
        Packet packet = new Packet().wrap(PacketBuilder.udp(HOST, 5000, SERVER, 53, ByteBuffer.allocate(3000)));
        guest.make(packet.dontFragment(true).checksumPending(true).segmentSize(1200));
        assertEquals(3, outside.size(), "cut for a device that does not do so itself");
    }

    /** A device that makes packets. */
    private static final class Maker extends AbstractL3Device {
        Set<Offload> taken() {
            return receiverOffloads();
        }

        void make(Packet packet) {
            deliver(packet);
        }

        @Override
        public boolean send(Packet packet) {
            return true;
        }
    }

    /** A device that lets something happen while it is attached. */
    private static final class Interrupted extends AbstractL3Device {
        private final Runnable meanwhile;

        Interrupted(Runnable meanwhile) {
            this.meanwhile = meanwhile;
        }

        @Override
        protected void onAttach() {
            meanwhile.run();
        }

        @Override
        public boolean send(Packet packet) {
            return true;
        }
    }

    /** Lists what a NAT tells its host, by the number of the namespace. */
    private static final class Listing implements NatLocal {
        final List<String> heard = new ArrayList<>();

        @Override
        public void opened(NatPort port) {
            heard.add("opened " + port.namespace());
        }

        @Override
        public void receive(NatPort port, Packet packet) {}

        @Override
        public void closed(NatPort port) {
            heard.add("closed " + port.namespace());
        }
    }

    @Test
    void shouldNotTellItsHostOfALinkWhoseDeviceIsClosedMeanwhile() throws IOException {
        Listing host = new Listing();
        nat.local(host);
        L3Device[] device = new L3Device[1];
        device[0] = new Interrupted(() -> device[0].close());

        nat.connect(device[0]);

        assertEquals(List.of(), host.heard);
    }

    @Test
    void shouldTellAHostThatComesMeanwhileOfALinkOnce() throws IOException {
        Listing host = new Listing();
        NatPort port = nat.connect(new Interrupted(() -> nat.local(host)));
        assertEquals(List.of("opened 1"), host.heard);
        port.close();
        port.close();
        assertEquals(List.of("opened 1", "closed 1"), host.heard);
    }

    @Test
    void shouldTellOfTheEndOfALinkWhenItsHostKnowsOfIt() throws IOException {
        List<String> heard = new ArrayList<>();
        nat.local(new NatLocal() {
            @Override
            public void opened(NatPort port) {
                port.close();
                heard.add("opened");
            }

            @Override
            public void receive(NatPort port, Packet packet) {}

            @Override
            public void closed(NatPort port) {
                heard.add("closed");
            }
        });
        nat.connect(new PipeL3(packet -> {}));
        assertEquals(List.of("opened", "closed"), heard);
    }

    @Test
    void shouldLeaveADeviceThatIsAttachedWhileItCloses() throws IOException {
        L3Device guest = new Interrupted(nat::close);
        nat.connect(guest);
        assertNull(guest.attachment());

        Nat other = new Nat(NatConfig.builder(PUBLIC).build(), time, NETWORK);
        L3Device out = new Interrupted(other::close);
        other.outside(out);
        assertNull(out.attachment());
    }

    @Test
    void shouldDetachAllLinksOfANamespaceThatEnds() throws IOException {
        Listing host = new Listing();
        nat.local(host);
        NatPort first = nat.connect(new PipeL3(packet -> {}));
        PipeL3 second = new PipeL3(packet -> {});
        nat.connect(second, first.namespace());

        first.close();

        assertNull(second.attachment());
        assertEquals(List.of("opened 1", "opened 1", "closed 1", "closed 1"), host.heard);
    }

    /** A host that leaves checksums pending and allows fragments is not told to send less. */
    @Test
    void shouldFragmentWhatCameWithItsChecksumPending() throws IOException {
        PipeL3 guest = new PipeL3(packet -> {});
        nat.connect(guest);
        Packet packet = new Packet().wrap(PacketBuilder.udp(HOST, 5000, SERVER, 53, ByteBuffer.allocate(3000)));

        guest.inject(packet.dontFragment(false).checksumPending(true));

        assertEquals(3, outside.size(), outside::toString);
    }

    @Test
    void shouldFragmentWhatIsPendingForALinkThatTakesLessThanOthers() throws IOException {
        IpPrefix six = IpPrefix.parse("2001:db8:1::1/64");
        NatConfig config =
                NatConfig.builder(PUBLIC).prefix64(Prefix64.WELL_KNOWN).build();
        Nat both = new Nat(config, time, NETWORK, six);
        Reassembler reassembler = new Reassembler();
        List<String> whole = new ArrayList<>();
        PipeL3 narrow = new PipeL3(piece -> {
            assertTrue(piece.isFragment() && piece.length() <= 1000, piece::toString);
            Packet datagram = reassembler.add(piece, time.nowNanos());
            if (datagram != null) {
                whole.add(datagram.length() + " " + datagram.verifyTransportChecksum());
            }
        });
        narrow.setMtu(1000);
        both.outside(narrow);
        PipeL3 guest = new PipeL3(packet -> {});
        both.connect(guest);
        IpAddress host = IpAddress.parse("2001:db8:1::2");
        Packet four = new Packet().wrap(PacketBuilder.udp(HOST, 5000, SERVER, 53, ByteBuffer.allocate(1100)));
        Packet of6 = new Packet()
                .wrap(PacketBuilder.udp(host, 5000, Prefix64.WELL_KNOWN.embed(SERVER), 53, ByteBuffer.allocate(1100)));

        guest.inject(four.dontFragment(false).checksumPending(true));
        guest.inject(of6.checksumPending(true));

        assertEquals(List.of("1128 VALID", "1128 VALID"), whole);
        both.close();
    }
}
