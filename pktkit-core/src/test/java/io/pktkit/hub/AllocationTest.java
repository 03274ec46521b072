// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DeviceStats;
import io.pktkit.device.DropReason;
import io.pktkit.device.Outbox;
import io.pktkit.hub.guard.AddressBindings;
import io.pktkit.hub.guard.GuardReason;
import io.pktkit.hub.guard.GuestProfile;
import io.pktkit.link.PipeL2;
import io.pktkit.link.PipeL3;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** What forwarding allocates, by the JVM's own account of this thread. */
class AllocationTest {

    private static final int ROUNDS = 20_000;

    /**
     * What measuring itself, the compiler or a counter's first contention may cost; one object for each packet would be
     * sixteen times that.
     */
    private static final long SLACK_BYTES = ROUNDS;

    private final ManualTime time = new ManualTime();

    @Test
    void shouldAllocateNothingForKnownUnicast() throws ReflectiveOperationException {
        L2Hub hub = new L2Hub(time);
        PipeL2 a = new PipeL2(MacAddress.ZERO);
        Probe b = new Probe(received -> assertEquals(60, received.length()));
        hub.connect(b);
        b.inject(frame(0xFFFF_FFFF_FFFFL, Station.mac(2)));
        hub.connect(a);
        Frame frame = frame(Station.mac(2), Station.mac(1));

        assertAllocatesNothing(() -> a.inject(frame));

        assertTrue(hub.stats().forwarded() > ROUNDS);
    }

    @Test
    void shouldAllocateNothingForFloodsWithTags() throws ReflectiveOperationException {
        L2Hub hub = new L2Hub(time);
        PipeL2 a = new PipeL2(MacAddress.ZERO);
        hub.connect(a).setMode(PortMode.access(10));
        for (int i = 0; i < 4; i++) {
            Probe probe = new Probe(received -> assertTrue(received.isValid()));
            hub.connect(probe).setMode(i % 2 == 0 ? PortMode.access(10) : PortMode.trunk(VlanSet.of(10)));
        }
        Frame frame = frame(0xFFFF_FFFF_FFFFL, Station.mac(1));

        assertAllocatesNothing(() -> a.inject(frame));

        assertTrue(hub.stats().broadcasts() > ROUNDS);
    }

    @Test
    void shouldAllocateNothingForGuestsThatConformAndForGuestsThatDoNot() throws ReflectiveOperationException {
        L2Hub hub = new L2Hub(time);
        AddressBindings bindings = AddressBindings.create(time);
        PipeL2 a = new PipeL2(MacAddress.ZERO);
        HubPort guest = hub.connect(a);
        guest.setGuest(GuestProfile.DEFAULT, bindings);
        guest.clearFloodLimit();
        hub.connect(new Probe(received -> {})).setSecurity(PortSecurity.only(MacAddress.of(Station.mac(2))));
        Frame[] frames = new Frame[4];
        ByteBuffer[] packets = {
            RouterNode.packet("10.0.0.1", "10.0.1.7", 64).buffer(),
            RouterNode.packet("2001:db8::1", "2001:db8:1::7", 64).buffer(),
            RouterNode.packet("127.0.0.1", "10.0.1.7", 64).buffer(),
        };
        for (int i = 0; i < packets.length; i++) {
            frames[i] = new Frame()
                    .wrap(FrameBuilder.frame(
                            MacAddress.of(Station.mac(2)),
                            MacAddress.of(Station.mac(1)),
                            i == 1 ? EtherType.IPV6 : EtherType.IPV4,
                            packets[i]));
        }
        frames[3] = new Frame()
                .wrap(FrameBuilder.arp(
                        MacAddress.of(Station.mac(2)),
                        2,
                        MacAddress.of(Station.mac(1)),
                        IpAddress.parse("10.0.0.1"),
                        MacAddress.ZERO,
                        IpAddress.parse("10.0.0.2")));

        assertAllocatesNothing(() -> {
            for (Frame frame : frames) {
                a.inject(frame);
            }
        });

        assertEquals(6 * ROUNDS, hub.stats().forwarded());
        assertEquals(2 * ROUNDS, guest.guarded(GuardReason.MARTIAN));
    }

    @Test
    void shouldAllocateNothingForRouting() throws ReflectiveOperationException {
        L3Hub hub = new L3Hub(time);
        PipeL3 a = new PipeL3(IpPrefix.parse("10.0.0.1/24"), IpPrefix.parse("2001:db8::1/64"));
        PipeL3 b = new PipeL3(
                packet -> assertEquals(63, packet.hopLimit()),
                IpPrefix.parse("10.0.1.1/24"),
                IpPrefix.parse("2001:db8:1::1/64"));
        hub.connect(a).setReversePathCheck(true);
        hub.connect(b);
        Packet v4 = RouterNode.packet("10.0.0.1", "10.0.1.7", 64);
        Packet v6 = RouterNode.packet("2001:db8::1", "2001:db8:1::7", 64);

        assertAllocatesNothing(() -> {
            a.inject(v4);
            a.inject(v6);
        });

        assertTrue(hub.stats().forwarded() > ROUNDS);
    }

    @Test
    void shouldAllocateNothingForCounting() throws ReflectiveOperationException {
        DeviceStats stats = new DeviceStats();

        assertAllocatesNothing(() -> {
            stats.sent(60);
            stats.received(60);
            stats.receiveDropped(DropReason.VLAN);
            stats.error();
        });

        assertEquals(2 * ROUNDS, stats.snapshot().sentPackets());
    }

    @Test
    void shouldAllocateNothingForAnOutboxInUse() throws ReflectiveOperationException {
        Outbox outbox = new Outbox();
        long[] bytes = new long[1];
        io.pktkit.device.Receiver<Packet> handler = packet -> bytes[0] += packet.length();

        assertAllocatesNothing(() -> {
            for (int i = 0; i < 3; i++) {
                ByteBuffer buffer = outbox.reserve(100);
                outbox.commit(buffer, Outbox.HEADROOM - 20, 120);
            }
            outbox.drainPackets(handler);
        });

        assertTrue(bytes[0] > 360L * ROUNDS);
    }

    private static void assertAllocatesNothing(Runnable task) throws ReflectiveOperationException {
        for (int i = 0; i < ROUNDS; i++) {
            task.run();
        }
        long before = allocated();
        for (int i = 0; i < ROUNDS; i++) {
            task.run();
        }
        long bytes = allocated() - before;
        assertTrue(bytes < SLACK_BYTES, bytes + " bytes in " + ROUNDS + " rounds");
    }

    /** By reflection, because the module under test does not require the management modules. */
    private static long allocated() throws ReflectiveOperationException {
        Object bean = Class.forName("java.lang.management.ManagementFactory")
                .getMethod("getThreadMXBean")
                .invoke(null);
        Method method =
                Class.forName("com.sun.management.ThreadMXBean").getMethod("getThreadAllocatedBytes", long.class);
        return (long) method.invoke(bean, Thread.currentThread().getId());
    }

    private static Frame frame(long destination, long source) {
        return new Frame()
                .wrap(ByteBuffer.allocate(60))
                .destinationMac(destination)
                .sourceMac(source);
    }
}
