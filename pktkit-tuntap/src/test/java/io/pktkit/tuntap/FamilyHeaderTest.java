// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.pktkit.device.DropReason;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FamilyHeaderTest {

    private final FamilyHeader header = new FamilyHeader();

    private static Packet packet(String from, String to) {
        return new Packet()
                .wrap(PacketBuilder.udp(IpAddress.parse(from), 1, IpAddress.parse(to), 2, ByteBuffer.allocate(3)));
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.1, 10.0.0.2, 00000002", "fd00::1, fd00::2, 0000001e"})
    void shouldTellTheFamilyAsMacOsNumbersIt(String from, String to, String bytes) {
        ByteBuffer target = ByteBuffer.allocate(8).putLong(0, -1);

        assertEquals(0, header.write(packet(from, to), target, 2));

        assertEquals("ffff" + bytes + "ffff", HexFormat.of().formatHex(target.array()));
    }

    @ParameterizedTest
    @CsvSource({
        "00000002, 10.0.0.1, 10.0.0.2, true",
        "0000001e, fd00::1, fd00::2, true",
        "00000002, fd00::1, fd00::2, false",
        "0000001e, 10.0.0.1, 10.0.0.2, false",
        "0000000a, fd00::1, fd00::2, false",
        "02000000, 10.0.0.1, 10.0.0.2, false",
        "00000000, 10.0.0.1, 10.0.0.2, false"
    })
    void shouldRefuseAFamilyThatIsNotThePackets(String bytes, String from, String to, boolean right) {
        header.read(ByteBuffer.wrap(HexFormat.of().parseHex("ee" + bytes)), 1);

        DropReason refusal = header.applyTo(packet(from, to));

        if (right) {
            assertNull(refusal);
        } else {
            assertEquals(DropReason.MALFORMED, refusal);
        }
    }
}
