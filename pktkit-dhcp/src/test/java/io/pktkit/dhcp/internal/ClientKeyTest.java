// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dhcp.DhcpServerConfig;
import io.pktkit.wire.IpPrefix;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
        long direct = stationOf(message(w -> {}), station);
        long relayed = stationOf(message(w -> w.giaddr(0x0A000205)), station);

        assertEquals(station, direct);
        assertEquals(0x0A000205, (int) relayed);
        assertNotEquals(relayed, stationOf(message(w -> w.giaddr(0x0A000206)), station));
        assertEquals(relayed, stationOf(message(w -> w.giaddr(0x0A000205)), 7));
        assertFalse(key(direct, w -> {}).isRelayed());
        assertTrue(key(relayed, w -> {}).isRelayed());
        assertTrue(key(stationOf(message(w -> w.giaddr(0xC0A80001)), 7), w -> {})
                .isRelayed());
    }

    @Test
    void shouldBeTheSameFromItsText() {
        for (long station :
                new long[] {0, 1, 0xFFFF_FFFF_FFFFL, ClientKey.relayed(0x0A000201), ClientKey.relayed(-1)}) {
            ClientKey key = key(station, w -> w.option(61, new byte[] {0, -1}));

            assertEquals(key, ClientKey.fromText(key.toText()));
            assertEquals(
                    station,
                    Objects.requireNonNull(ClientKey.fromText(key.toText())).station());
        }
        ClientKey unnamed = key(1, w -> {});
        assertEquals(unnamed, ClientKey.fromText(unnamed.toText()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", ".", "1.", "1", ".6900", "1.78", "1.6", "1.zz", "-1.6900", "2000000000000.6900", "g.6900"})
    void shouldBeNobodyFromOtherText(String text) {
        assertNull(ClientKey.fromText(text));
    }

    private static long stationOf(DhcpMessage message, long sourceMac) {
        DhcpServerConfig config =
                DhcpServerConfig.builder(IpPrefix.parse("10.0.2.2/24")).build();
        return new ServerPolicy(config, config.ownSubnet()).stationOf(message, sourceMac);
    }
}
