// SPDX-License-Identifier: MIT
package io.pktkit.wg.quick;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wg.PresharedKey;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wg.WgPublicKey;
import io.pktkit.wg.tunnel.EndpointName;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WgQuickConfigTest {

    private static final String PRIVATE = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=";
    private static final String PUBLIC = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
    private static final String OTHER = "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=";
    private static final String PRESHARED = "/UwcSPg38hW/D9Y3tcS1FOV0K1wuURMbS0sesJEP5ak=";

    /** Every key that wg(8) and wg-quick(8) name, in the ways that they allow. */
    private static final String EVERYTHING = """
            # Office
            [interface]
            Address = 10.200.100.8/24, fd00::8/64
            address=192.0.2.1
            DNS = 10.200.100.1, corp.example
            PrivateKey = %s # ours
            ListenPort = 51820
            FwMark = 0xca6c
            MTU=1380
            Table = off
            SaveConfig = true

            [Peer]
            # Name = office
            PublicKey=%s
            PresharedKey = %s
            AllowedIPs = 0.0.0.0/0
            AllowedIPs = ::/0, 10.10.10.230
            Endpoint = demo.wireguard.com:51820
            PersistentKeepalive = 25

            [PEER]
            PublicKey = %s
            AllowedIPs =
            Endpoint = [2001:db8::1]:7
            PersistentKeepalive = off
            """.formatted(PRIVATE, PUBLIC, PRESHARED, OTHER);

    @TempDir
    private Path directory;

    @Test
    void shouldReadEveryKey() throws IOException {
        WgQuickConfig config = WgQuickConfig.parse(EVERYTHING, "office.conf");

        assertEquals(
                List.of(
                        IpPrefix.parse("10.200.100.8/24"),
                        IpPrefix.parse("fd00::8/64"),
                        IpPrefix.parse("192.0.2.1/32")),
                config.addresses());
        assertEquals(List.of(IpAddress.parse("10.200.100.1")), config.dnsServers());
        assertEquals(List.of("corp.example"), config.searchDomains());
        assertEquals(WgPrivateKey.parse(PRIVATE), config.privateKey());
        assertEquals(51_820, config.listenPort());
        assertEquals(0xca6c, config.fwMark());
        assertEquals(1380, config.mtu());
        assertEquals("off", config.table());
        assertTrue(config.saveConfig());
        assertEquals(
                List.of(
                        new WgQuickPeer(
                                "office",
                                WgPublicKey.parse(PUBLIC),
                                PresharedKey.parse(PRESHARED),
                                List.of(
                                        IpPrefix.parse("0.0.0.0/0"),
                                        IpPrefix.parse("::/0"),
                                        IpPrefix.parse("10.10.10.230/32")),
                                EndpointName.parse("demo.wireguard.com:51820"),
                                25),
                        new WgQuickPeer(
                                null,
                                WgPublicKey.parse(OTHER),
                                null,
                                List.of(),
                                EndpointName.parse("[2001:db8::1]:7"),
                                0)),
                config.peers());
    }

    @Test
    void shouldReadWhatItWrites() throws IOException {
        WgQuickConfig config = WgQuickConfig.parse(EVERYTHING, "office.conf");

        String written = config.toText();

        assertEquals(written, WgQuickConfig.parse(written, "again").toText());
        assertEquals(config.peers(), WgQuickConfig.parse(written, "again").peers());
        assertEquals(config.addresses(), WgQuickConfig.parse(written, "again").addresses());
    }

    @Test
    void shouldReadLinesOfOtherSystems() throws IOException {
        WgQuickConfig config = WgQuickConfig.parse("\ufeff[Interface]\r\nMTU = 1280\r\n\r\n", "dos.conf");

        assertEquals(1280, config.mtu());
        assertNull(config.privateKey());
        assertEquals(List.of(), config.peers());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[Interface];Adress = 10.0.0.1/24                  | 2 | unknown key \"Adress\"",
                "[Interface];PostUp = iptables -A FORWARD          | 2 | PostUp is a command for the host's shell",
                "[Interface];;predown = true                       | 3 | predown is a command",
                "[Interface];MTU = 99999                           | 2 | MTU must be 576 to 65475: MTU=99999",
                "[Interface];MTU = 1e3                             | 2 | a number is needed, not \"1e3\"",
                "[Interface];ListenPort = 70000                    | 2 | ListenPort must be 0 to 65535: ListenPort=70000",
                "[Interface];ListenPort =                          | 2 | \"ListenPort\" has no value",
                "[Interface];MTU = 1400;mtu = 1300                 | 3 | mtu is given on line 2 already",
                "[Interface];Address = 10.0.0.1/33                 | 2 | the length must be in 0 to 32",
                "[Interface];FwMark = red                          | 2 | write off, or a number of 32 bits",
                "[Interface];SaveConfig = yes                      | 2 | write true or false, not \"yes\"",
                "[Interface];DNS = bad_domain!                     | 2 | a domain has letters",
                "[Interface];what is this                          | 2 | this line has no \"=\"",
                "PrivateKey = x                                    | 1 | \"PrivateKey\" stands before any section",
                "[Interface];[Peers]                               | 2 | \"[Peers]\" is no section here",
                "[Interface];[Peer];AllowedIPs = 10.0.0.0/8        | 2 | this [Peer] has no PublicKey",
                "[Interface];[Peer];PublicKey = K;[Peer];PublicKey = K | 5 | another section [Peer] has this key",
                "[Interface];[Peer];PublicKey = K;Endpoint = host  | 4 | an endpoint is host:port: endpoint=host",
                "[Interface];[Peer];PublicKey = K;Endpoint = ::1:5 | 4 | an IPv6 address is in brackets",
                "[Interface];[Peer];PublicKey = K;PersistentKeepalive = 65536 | 4 | write off, or 1 to 65535 seconds",
                "[Interface];[Peer];ListenPort = 1                 | 3 | unknown key \"ListenPort\" in [Peer]",
                "# nothing                                         | 1 | there is no section [Interface]",
            })
    void shouldNameLineValueAndRemedy(String text, int line, String problem) {
        String lines = text.strip().replace(';', '\n').replace("= K", "= " + PUBLIC);

        WgQuickFormatException refused =
                assertThrows(WgQuickFormatException.class, () -> WgQuickConfig.parse(lines, "phone.conf"));

        assertEquals(line, refused.line(), refused.getMessage());
        assertTrue(refused.toString().contains("phone.conf line " + line + ": "), refused.getMessage());
        assertTrue(refused.toString().contains(problem), refused.getMessage());
    }

    /** A key with a typing error is still most of a secret. */
    @ParameterizedTest
    @CsvSource({"[Interface];PrivateKey", "[Interface];[Peer];PresharedKey"})
    void shouldNotQuoteSecrets(String where) {
        String secret = PRIVATE.substring(1);
        String text = where.replace(';', '\n') + " = " + secret;

        WgQuickFormatException refused =
                assertThrows(WgQuickFormatException.class, () -> WgQuickConfig.parse(text, "phone.conf"));

        assertFalse(refused.toString().contains(secret.substring(0, 10)), refused.getMessage());
        assertTrue(refused.toString().contains("44 characters of base64"), refused.getMessage());
        assertFalse(WgQuickConfig.builder()
                .privateKey(WgPrivateKey.parse(PRIVATE))
                .build()
                .toString()
                .contains("yAnz"));
    }

    /** Without the '=' behind the name, the key is what stands before its own at the end, or the whole line is. */
    @ParameterizedTest
    @ValueSource(
            strings = {"PrivateKey: %s", "PrivateKey %s", "%s", "privatekey\t%s", "PrivateKey=%s = 1", "x%s", "%s extra"
            })
    void shouldNotQuoteSecretsThatStandInTheWrongPlace(String line) {
        for (String section : List.of("", "[Interface]\n", "[Interface]\n[Peer]\n")) {
            for (String secret : List.of(PRIVATE, PRIVATE.substring(0, 43), PRIVATE.substring(0, 30))) {
                String text = section + String.format(line, secret);
                WgQuickFormatException refused =
                        assertThrows(WgQuickFormatException.class, () -> WgQuickConfig.parse(text, "phone.conf"));
                for (int i = 0; i + 4 <= secret.length(); i++) {
                    String part = secret.substring(i, i + 4);
                    assertFalse(refused.toString().contains(part), () -> text + ": " + refused.getMessage());
                }
            }
        }
    }

    @Test
    void shouldWriteFilesForTheirOwnerAlone() throws IOException {
        Path file = directory.resolve("phone.conf");
        Files.writeString(file, "what was there before");

        WgQuickConfig.parse(EVERYTHING, "office.conf").write(file);

        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertEquals(2, WgQuickConfig.read(file).peers().size());
        try (var files = Files.list(directory)) {
            assertEquals(List.of(file), files.toList());
        }
    }

    @Test
    void shouldRefuseWhatIsTooLongForAFile() throws IOException {
        Path file = directory.resolve("disk.img");
        Files.write(file, new byte[WgQuickConfig.MAX_BYTES + 1]);

        IOException refused = assertThrows(IOException.class, () -> WgQuickConfig.read(file));

        assertTrue(refused.toString().contains("disk.img is longer than 1048576 bytes"), refused.getMessage());
    }

    /** Whatever is in a file: a configuration, or an exception that says what is wrong. */
    @Test
    void shouldTakeOrRefuseAnyText() {
        long seed = 20_261_129;
        SplittableRandom random = new SplittableRandom(seed);
        String[] lines = EVERYTHING.split("\n", -1);
        for (int round = 0; round < 20_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(1, 12); i > 0; i--) {
                StringBuilder line = new StringBuilder(lines[random.nextInt(lines.length)]);
                for (int changes = random.nextInt(3); changes > 0 && line.length() > 0; changes--) {
                    line.setCharAt(random.nextInt(line.length()), (char) random.nextInt(0, 0x180));
                }
                text.append(line).append(random.nextBoolean() ? "\n" : "\r\n");
            }
            try {
                String again = WgQuickConfig.parse(text.toString(), "any").toText();
                assertEquals(again, WgQuickConfig.parse(again, "again").toText(), "seed=" + seed + " round=" + round);
            } catch (WgQuickFormatException refused) {
                assertTrue(refused.line() >= 1, "seed=" + seed + " round=" + round);
            }
        }
    }
}
