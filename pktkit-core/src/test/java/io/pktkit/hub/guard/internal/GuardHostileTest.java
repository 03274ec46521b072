// SPDX-License-Identifier: MIT
package io.pktkit.hub.guard.internal;

import static io.pktkit.hub.guard.internal.Frames.LINK_LOCAL;
import static io.pktkit.hub.guard.internal.Frames.STATION;
import static io.pktkit.hub.guard.internal.Frames.V4;
import static io.pktkit.hub.guard.internal.Frames.V6;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.hub.HubPort;
import io.pktkit.hub.L2Hub;
import io.pktkit.hub.guard.AddressBindings;
import io.pktkit.hub.guard.GuardReason;
import io.pktkit.hub.guard.GuestProfile;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a hostile guest may send: anything. */
class GuardHostileTest {

    private static final long SEED = 20_261_129;
    private static final int FRAMES = 1_000_000;

    private static final Bound BOUND = (ipv4, high, low, station) -> station == STATION && (low & 0xFF) == 5;

    private static final byte[][] SEEDS = {
        Frames.tcp(STATION, V4),
        Frames.tcp(STATION, V6),
        Frames.discover(STATION),
        Frames.announcement(STATION, V4),
        Frames.solicitation(STATION, LINK_LOCAL, "fe80::1"),
        Frames.advertisement(STATION, V6, V6),
        Frames.dad(STATION, V6),
        Frames.raBehind(Frames.chain(16), 60),
        Frames.tagged(0x8100, 5, Frames.advertisement(STATION, V6, V6)),
        Frames.ipv6(STATION, V6, 44, Frames.fragment(17, 0, true), new byte[16]),
    };

    private final Random junk = new Random(7);
    private final byte[] room = new byte[2048];
    private final Frame alone = new Frame();
    private final Frame amidst = new Frame();
    private final Packet view = new Packet();

    @Test
    void shouldJudgeEveryTruncationByItsOwnBytes() {
        for (byte[] seed : SEEDS) {
            for (int length = 14; length <= seed.length; length++) {
                assertSameInJunk(Arrays.copyOf(seed, length), "length=" + length);
            }
        }
    }

    @Test
    void shouldJudgeAMillionDamagedFramesByTheirOwnBytes() {
        Random random = new Random(SEED);
        for (int n = 0; n < FRAMES; n++) {
            assertSameInJunk(damaged(random), "seed=" + SEED + " n=" + n);
        }
    }

    /** The verdict on a frame of its own buffer and on one amidst junk must be the same. */
    private void assertSameInJunk(byte[] bytes, String at) {
        int offset = 1 + junk.nextInt(9);
        room[offset - 1] = (byte) junk.nextInt();
        for (int i = 0; i < 64; i++) {
            room[offset + bytes.length + i] = (byte) junk.nextInt();
        }
        System.arraycopy(bytes, 0, room, offset, bytes.length);
        GuardReason own = FrameJudge.judge(alone.wrap(ByteBuffer.wrap(bytes)), view, BOUND);
        Frame inside = amidst.wrap(ByteBuffer.wrap(room), offset, bytes.length);
        assertEquals(own, FrameJudge.judge(inside, view, BOUND), at);
        if (own == GuardReason.UNBOUND) {
            assertFalse(Claim.of(inside, view).address().isMulticast(), at);
        }
    }

    /** Two honest guests and one that sends anything: they keep what they have, and the tables their bounds. */
    @Test
    void shouldKeepWhatOthersHaveWhateverAGuestSends() {
        ManualTime time = new ManualTime();
        L2Hub hub = new L2Hub(time);
        AddressBindings bindings = AddressBindings.create(time);
        Guest[] guests = new Guest[3];
        HubPort[] ports = new HubPort[3];
        for (int i = 0; i < 3; i++) {
            guests[i] = new Guest(STATION + i);
            ports[i] = hub.connect(guests[i]);
            ports[i].setGuest(GuestProfile.DEFAULT, bindings);
        }
        bindings.protect(IpAddress.parse("10.0.0.1"));
        bindings.bindLease(IpAddress.parse(V4), guests[0].macAddress());
        guests[0].inject(Frames.tcp(STATION, V4));
        guests[1].inject(Frames.tcp(STATION + 1, "10.0.0.77"));
        Random random = new Random(SEED);
        for (int n = 0; n < FRAMES; n++) {
            byte[] frame = damaged(random);
            guests[2].inject(random.nextInt(8) == 0 ? Frames.from(STATION + random.nextInt(3), frame) : frame);
            if (n % 100 == 0) {
                time.advance(Duration.ofMillis(20));
                long before = hub.stats().dropped();
                guests[0].inject(Frames.tcp(STATION, V4));
                guests[1].inject(Frames.tcp(STATION + 1, "10.0.0.77"));
                assertEquals(before, hub.stats().dropped(), "seed=" + SEED + " n=" + n);
                guests[0].inbox.clear();
                guests[1].inbox.clear();
                guests[2].inbox.clear();
            }
        }

        assertEquals(hub.stats().received(), 2 + FRAMES + 2 * (FRAMES / 100));
        assertEquals(0, hub.stats().refused());
        assertEquals(1, ports[0].macCount());
        assertEquals(1, ports[1].macCount());
        assertTrue(ports[2].macCount() <= 4);
        assertTrue(bindings.size() <= 2 + 16, "size=" + bindings.size());
        long guarded = 0;
        for (GuardReason reason : GuardReason.values()) {
            guarded += ports[2].guarded(reason);
        }
        assertEquals(ports[2].dropped(DropReason.GUARDED), guarded);
    }

    private static byte[] damaged(Random random) {
        byte[] frame = SEEDS[random.nextInt(SEEDS.length)].clone();
        for (int damage = random.nextInt(6); damage > 0; damage--) {
            frame[random.nextInt(frame.length)] = (byte) (random.nextBoolean() ? random.nextInt() : 0);
        }
        int length = random.nextInt(4) == 0 ? 14 + random.nextInt(frame.length - 13) : frame.length;
        return Arrays.copyOf(frame, length);
    }
}
