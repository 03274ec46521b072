// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Who a lease belongs to (RFC 2131 section 4.2). */
class ClientKeyTest {
    private static DhcpMessage message(Consumer<DhcpWriter> more) {
        DhcpWriter writer = new DhcpWriter(600).op(1).hardware(1, 6, new byte[] {2, 0, 0, 0, 0, 1});
        more.accept(writer);
        byte[] bytes = writer.finish();
        return new DhcpMessage().wrap(ByteBuffer.wrap(bytes), 0, bytes.length);
    }

    private static ClientKey key(long station, Consumer<DhcpWriter> more) {
        return ClientKey.of(message(more), station);
    }

    @Test
    void shouldTellClientsApart() {
        ClientKey one = key(1, w -> {});

        assertEquals(one, key(1, w -> {}));
        assertEquals(one.hashCode(), key(1, w -> {}).hashCode());
        assertNotEquals(one, key(2, w -> {}));
        assertNotEquals(one, key(1, w -> w.hardware(1, 6, new byte[] {2, 0, 0, 0, 0, 2})));
        assertNotEquals(one, key(1, w -> w.hardware(6, 6, new byte[] {2, 0, 0, 0, 0, 1})));
        assertNotEquals(one, key(1, w -> w.option(61, new byte[] {1, 2})));
        assertEquals(one, key(1, w -> w.option(61, new byte[] {1})), "an identifier has two octets or more");
        assertNotEquals(one, (Object) "h");
    }

    @Test
    void shouldSpreadTheIdentifiersOfOneStation() {
        Set<Integer> hashes = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            byte id = (byte) i;
            hashes.add(key(1, w -> w.option(61, new byte[] {0, id})).hashCode());
        }

        assertTrue(hashes.size() >= 99, "distinct=" + hashes.size());
    }

    @Test
    void shouldKnowARelayByItsAddressAndNoStationForOne() {
        long station = 0x0200_0A00_0205L; // ends in 10.0.2.5
        long direct = ClientKey.stationOf(message(w -> {}), station);
        long relayed = ClientKey.stationOf(message(w -> w.giaddr(0x0A000205)), station);

        assertEquals(station, direct);
        assertEquals(0x0A000205, (int) relayed);
        assertNotEquals(relayed, ClientKey.stationOf(message(w -> w.giaddr(0x0A000206)), station));
        assertEquals(relayed, ClientKey.stationOf(message(w -> w.giaddr(0x0A000205)), 7));
        assertFalse(key(direct, w -> {}).isRelayed());
        assertTrue(key(relayed, w -> {}).isRelayed());
        assertTrue(key(ClientKey.stationOf(message(w -> w.giaddr(0xC0A80001)), 7), w -> {})
                .isRelayed());
    }
}
