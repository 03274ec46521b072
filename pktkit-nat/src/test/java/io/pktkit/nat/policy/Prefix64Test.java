// SPDX-License-Identifier: MIT
package io.pktkit.nat.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** RFC 6052. */
class Prefix64Test {

    @Test
    void shouldEmbedAsInTheExamples() { // section 2.4
        List<List<String>> examples = List.of(
                List.of("2001:db8::/32", "2001:db8:c000:221::"),
                List.of("2001:db8:100::/40", "2001:db8:1c0:2:21::"),
                List.of("2001:db8:122::/48", "2001:db8:122:c000:2:2100::"),
                List.of("2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"),
                List.of("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"),
                List.of("2001:db8:122:344::/96", "2001:db8:122:344::c000:221"),
                List.of("64:ff9b::/96", "64:ff9b::c000:221"));
        IpAddress address = IpAddress.parse("192.0.2.33");
        for (List<String> example : examples) {
            Prefix64 prefix = Prefix64.of(IpPrefix.parse(example.get(0)));
            assertEquals(IpAddress.parse(example.get(1)), prefix.embed(address), example.get(0));
            assertEquals(address, prefix.extract(IpAddress.parse(example.get(1))), example.get(0));
        }
    }

    @Test
    void shouldExtractWhatWasEmbeddedWhateverTheSuffix() { // section 2.2: the suffix is not looked at
        Random random = new Random(6052);
        for (int length : new int[] {32, 40, 48, 56, 64, 96}) {
            for (int i = 0; i < 10_000; i++) {
                long low = length == 96 ? random.nextLong() >>> 8 : 0;
                Prefix64 prefix = Prefix64.of(IpPrefix.of(IpAddress.ofIpv6(random.nextLong(), low), length));
                IpAddress address = IpAddress.ofIpv4(random.nextInt());
                IpAddress embedded = prefix.embed(address);
                assertEquals(address, prefix.extract(embedded), "length=" + length);
                assertEquals(0, length == 96 ? 0 : embedded.low() >>> 56, "bits 64 to 71");
                int suffix = length == 96 ? 0 : 128 - (length + 32 + (length + 32 > 64 ? 8 : 0));
                long bits = suffix == 0 ? 0 : random.nextLong() >>> (64 - Math.min(suffix, 56));
                assertEquals(
                        address,
                        prefix.extract(IpAddress.ofIpv6(embedded.high(), embedded.low() | bits)),
                        "length=" + length + " suffix=" + suffix);
            }
        }
    }

    @Test
    void shouldRefuseOtherLengthsAndBits() {
        for (String text : List.of(
                "2001:db8::/33", "2001:db8::/95", "2001:db8::/128", "::/0", "10.0.0.0/8", "2001:db8:0:0:100::/96")) {
            assertThrows(IllegalArgumentException.class, () -> Prefix64.of(IpPrefix.parse(text)), text);
        }
        Prefix64 prefix = Prefix64.WELL_KNOWN;
        assertThrows(IllegalArgumentException.class, () -> prefix.extract(IpAddress.parse("2001:db8::1")));
        assertThrows(IllegalArgumentException.class, () -> prefix.embed(IpAddress.parse("2001:db8::1")));
    }
}
