// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.wrap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.ovpn.Vectors;
import io.pktkit.ovpn.internal.wire.ControlPacket;
import io.pktkit.ovpn.internal.wire.Opcode;
import io.pktkit.ovpn.key.StaticKey;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ControlWrapTest {

    private static final StaticKey KEY = Vectors.staticKey();

    /** The wrap of the server and of the client, and what a client of OpenVPN sent. */
    static Stream<Arguments> wraps() {
        return Stream.of(
                Arguments.of("plain", new PlainWrap(), new PlainWrap(), Vectors.PLAIN),
                Arguments.of("tls-auth SHA1", auth("HmacSHA1", 0, 1), auth("HmacSHA1", 1, 0), Vectors.AUTH_SHA1),
                Arguments.of(
                        "tls-auth SHA256 without direction",
                        auth("HmacSHA256", 0, 0),
                        auth("HmacSHA256", 0, 0),
                        Vectors.AUTH_SHA256_BOTH_WAYS),
                Arguments.of(
                        "tls-auth SHA512", auth("HmacSHA512", 0, 1), auth("HmacSHA512", 1, 0), Vectors.AUTH_SHA512),
                Arguments.of("tls-crypt", TlsCryptWrap.server(KEY), TlsCryptWrap.client(KEY), Vectors.CRYPT));
    }

    private static ControlWrap auth(String hmac, int send, int receive) {
        return TlsAuthWrap.create(KEY, hmac, send, receive);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wraps")
    void shouldOpenThePacketOfARealClient(String name, ControlWrap server, ControlWrap client, byte[] sent) {
        ControlWrap.Unwrapped unwrapped = server.unwrap(sent);
        assertNotNull(unwrapped);
        ControlPacket packet = ControlPacket.parse(sent, unwrapped.body());
        assertNotNull(packet);
        assertEquals(Opcode.CONTROL_HARD_RESET_CLIENT_V2, packet.opcode());
        assertEquals(0, packet.packetId());
        if (unwrapped.hasId()) {
            assertEquals(1, unwrapped.id());
            assertTrue(unwrapped.time() - Vectors.TIME <= 1, "time " + unwrapped.time());
        }
        // Nothing of it is random, so our client would have sent the very bytes.
        assertArrayEquals(sent, client.wrap(packet, unwrapped.id(), unwrapped.time()));
        assertEquals(sent.length, 9 + unwrapped.body().length + server.overhead());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wraps")
    void shouldOpenOnlyWhatTheOtherEndSent(String name, ControlWrap server, ControlWrap client, byte[] sent) {
        ControlPacket packet = new ControlPacket(Opcode.CONTROL_V1, 2, 77, new int[] {1, 2, 3}, 88, 4, new byte[1100]);
        byte[] wire = server.wrap(packet, 5, 6);
        ControlWrap.Unwrapped unwrapped = client.unwrap(wire);
        assertNotNull(unwrapped);
        assertEquals(packet, ControlPacket.parse(wire, unwrapped.body()));
        for (int length = 0; length < wire.length; length++) {
            byte[] cut = Arrays.copyOf(wire, length);
            if (server.overhead() > 0 || length < 9) {
                assertNull(client.unwrap(cut), "length " + length);
            }
        }
        if (server.overhead() > 0) {
            for (int i = 0; i < wire.length; i++) {
                byte[] bad = wire.clone();
                bad[i] ^= (byte) 0x80;
                assertNull(client.unwrap(bad), "byte " + i);
            }
            if (!name.contains("without direction")) {
                assertNull(server.unwrap(wire), "reflected");
            }
        }
    }

    @Test
    void shouldTakeEachPacketOnceAndTimesThatGoOn() {
        WrapIds ids = new WrapIds(1, 100);
        assertTrue(ids.accept(new ControlWrap.Unwrapped(true, 1, 50, new byte[0])));
        assertFalse(ids.accept(new ControlWrap.Unwrapped(true, 1, 50, new byte[0])), "replay");
        assertTrue(ids.accept(new ControlWrap.Unwrapped(true, 3, 50, new byte[0])));
        assertTrue(ids.accept(new ControlWrap.Unwrapped(true, 2, 50, new byte[0])), "reordered");
        assertFalse(ids.accept(new ControlWrap.Unwrapped(true, 9, 49, new byte[0])), "of an earlier time");
        assertTrue(ids.accept(new ControlWrap.Unwrapped(true, 1, 51, new byte[0])), "of a later time");
        assertFalse(ids.accept(new ControlWrap.Unwrapped(true, 0, 60, new byte[0])), "id 0");
        assertTrue(ids.accept(new ControlWrap.Unwrapped(true, 2, 51, new byte[0])), "id 0 did not move the time");
        assertTrue(ids.accept(new ControlWrap.Unwrapped(false, 0, 0, new byte[0])), "a form without ids");
    }

    @Test
    void shouldTakeTimesAndIdsAsUnsigned() {
        WrapIds ids = new WrapIds(1, 100);
        assertTrue(ids.accept(new ControlWrap.Unwrapped(true, -1, 0x7fff_ffff, new byte[0])));
        assertFalse(ids.accept(new ControlWrap.Unwrapped(true, -1, 0x7fff_ffff, new byte[0])), "replay");
        assertTrue(ids.accept(new ControlWrap.Unwrapped(true, -2, 0x7fff_ffff, new byte[0])), "reordered");
        assertTrue(ids.accept(new ControlWrap.Unwrapped(true, 1, 0x8000_0000, new byte[0])), "of a later time");
        assertFalse(ids.accept(new ControlWrap.Unwrapped(true, 9, 0x7fff_ffff, new byte[0])), "of an earlier time");
        assertTrue(ids.accept(new ControlWrap.Unwrapped(true, 1, -1, new byte[0])), "of the last time");
        assertTrue(ids.accept(new ControlWrap.Unwrapped(true, 64, -1, new byte[0])));
        assertTrue(ids.accept(new ControlWrap.Unwrapped(true, 65, -1, new byte[0])));
        assertFalse(ids.accept(new ControlWrap.Unwrapped(true, 1, -1, new byte[0])), "too long ago");
        assertTrue(ids.accept(new ControlWrap.Unwrapped(true, 2, -1, new byte[0])));
    }

    @Test
    void shouldChooseTheHalfByTheDirection() {
        assertNotNull(TlsAuthWrap.create(KEY, "HmacSHA1", 0, 1).unwrap(Vectors.AUTH_SHA1));
        assertNull(TlsAuthWrap.create(KEY, "HmacSHA1", 1, 0).unwrap(Vectors.AUTH_SHA1));
    }

    @Test
    void shouldCountItsOwnPackets() {
        WrapIds ids = new WrapIds(2, 100);
        TlsCryptWrap server = TlsCryptWrap.server(KEY);
        TlsCryptWrap client = TlsCryptWrap.client(KEY);
        ControlPacket packet = ControlPacket.bare(Opcode.CONTROL_V1, 0, 1);
        for (int i = 2; i < 5; i++) {
            ControlWrap.Unwrapped unwrapped = client.unwrap(ids.wrap(server, packet));
            assertNotNull(unwrapped);
            assertEquals(i, unwrapped.id());
            assertEquals(100, unwrapped.time());
        }
    }
}
