// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.client.Topology;
import io.pktkit.ovpn.internal.negotiate.PeerInfo;
import io.pktkit.ovpn.internal.tls.ClientCertMode;
import io.pktkit.ovpn.internal.tls.TlsSettings;
import io.pktkit.ovpn.key.DataCipher;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client is told, by what it was given and what it can do. */
class PushReplyTest {

    private static final long SECOND = Dialogue.SECOND;
    private static final ClientSettings NOTHING = ClientSettings.builder().build();
    private static final PushReply.Settled SETTLED =
            new PushReply.Settled(7, "AES-256-GCM", null, true, true, true, null);

    private static SessionConfig config(boolean tap, long ping, long restart) {
        TestCerts.Holder own = TestCerts.server();
        TlsSettings tls = new TlsSettings(
                own.chain(), own.key(), ClientCertMode.NONE, List.of(), chain -> null, true, new SecureRandom());
        SessionTimes times = new SessionTimes(60 * SECOND, 0, SECOND, ping * SECOND, restart * SECOND);
        return new SessionConfig(tls, DataCipher.DEFAULTS, tap, false, 1500, times);
    }

    private static String written(ClientSettings settings, int proto, PushReply.Settled settled) {
        return written(config(false, 0, 0), settings, "IV_PROTO=" + proto + "\n", settled);
    }

    private static String written(
            SessionConfig config, ClientSettings settings, String peerInfo, PushReply.Settled settled) {
        List<String> messages = PushReply.write(config, settings, PeerInfo.parse(peerInfo), settled);
        assertEquals(1, messages.size());
        return messages.get(0);
    }

    private static final ClientSettings FULL = ClientSettings.builder()
            .address(IpPrefix.parse("10.8.0.6/24"), IpAddress.parse("10.8.0.1"))
            .address(IpPrefix.parse("fd08::6/64"), IpAddress.parse("fd08::1"))
            .route(IpPrefix.parse("172.16.0.0/12"))
            .route(IpPrefix.parse("2001:db8::/32"))
            .redirectGateway("def1 ipv6")
            .dnsServer(IpAddress.parse("10.8.0.1"))
            .dnsServer(IpAddress.parse("fd08::1"))
            .searchDomain("vpn.test")
            .option("block-outside-dns")
            .build();

    @Test
    void shouldTellAllOfIt() {
        assertEquals(
                "PUSH_REPLY,route-gateway 10.8.0.1,topology subnet,ifconfig 10.8.0.6 255.255.255.0,"
                        + "tun-ipv6,ifconfig-ipv6 fd08::6/64 fd08::1,route 172.16.0.0 255.240.0.0,"
                        + "route-ipv6 2001:db8::/32,redirect-gateway def1 ipv6,dhcp-option DNS 10.8.0.1,"
                        + "dhcp-option DNS6 fd08::1,dhcp-option DOMAIN-SEARCH vpn.test,dns search-domains vpn.test,"
                        + "dns server 0 address 10.8.0.1 fd08::1,ping 10,ping-restart 60,block-outside-dns,peer-id 7,"
                        + "cipher AES-256-GCM,protocol-flags cc-exit tls-ekm dyn-tls-crypt aead-epoch",
                written(
                        config(false, 10, 60),
                        FULL,
                        "IV_PROTO=" + (PeerInfo.DNS_OPTION | PeerInfo.CC_EXIT_NOTIFY) + "\n",
                        SETTLED));
    }

    @Test
    void shouldTellAddressesByTopologyAndDevice() {
        ClientSettings net30 = ClientSettings.builder()
                .topology(Topology.NET30)
                .address(IpPrefix.parse("10.8.0.6/30"), IpAddress.parse("10.8.0.5"))
                .build();
        assertTrue(written(net30, 0, SETTLED).startsWith("PUSH_REPLY,topology net30,ifconfig 10.8.0.6 10.8.0.5,"));
        String tap = written(config(true, 0, 0), net30, "", SETTLED);
        assertTrue(tap.startsWith("PUSH_REPLY,route-gateway 10.8.0.5,ifconfig 10.8.0.6 255.255.255.252,"), tap);
        assertEquals("PUSH_REPLY,peer-id 7,cipher AES-256-GCM,key-derivation tls-ekm", written(NOTHING, 0, SETTLED));
    }

    @ParameterizedTest
    @CsvSource({"64,true", "2048,true", "0,false", "2046,true", "1982,false"})
    void shouldTellNamesInTheNewFormToWhoKnowsIt(int proto, boolean knows) {
        ClientSettings names = ClientSettings.builder()
                .dnsServer(IpAddress.parse("10.8.0.1"))
                .searchDomain("a.test")
                .searchDomain("b.test")
                .build();
        String told = written(names, proto, SETTLED);
        assertTrue(told.contains(",dhcp-option DNS 10.8.0.1,dhcp-option DOMAIN-SEARCH a.test,"), told);
        assertEquals(knows, told.contains(",dns search-domains a.test b.test,dns server 0 address 10.8.0.1,"), told);
        String domains = written(ClientSettings.builder().searchDomain("a.test").build(), proto, SETTLED);
        assertEquals(knows, domains.contains("dns search-domains a.test"));
        assertFalse(domains.contains("dns server"), domains);
    }

    @Test
    void shouldTellWhatWasSettled() {
        int flags = PeerInfo.CC_EXIT_NOTIFY;
        assertEquals(
                "PUSH_REPLY,comp-lzo no,cipher AES-128-CBC",
                written(
                        NOTHING,
                        0,
                        new PushReply.Settled(-1, "AES-128-CBC", "comp-lzo no", false, false, false, null)));
        assertEquals(
                "PUSH_REPLY,peer-id 0,cipher AES-256-GCM,protocol-flags cc-exit,auth-token SESS_ID_x",
                written(
                        NOTHING,
                        flags,
                        new PushReply.Settled(0, "AES-256-GCM", null, false, false, false, "SESS_ID_x")));
        assertTrue(written(NOTHING, flags, new PushReply.Settled(0, "x", null, true, false, false, null))
                .endsWith(",protocol-flags cc-exit tls-ekm"));
        assertTrue(written(NOTHING, flags, new PushReply.Settled(0, "x", null, true, true, false, null))
                .endsWith(",protocol-flags cc-exit tls-ekm dyn-tls-crypt"));
    }

    @ParameterizedTest
    @CsvSource({"1600,0,1500", "1400,0,1400", "1600,1420,1420", "1300,1420,1300", "1,0,1"})
    void shouldTellAnMtuThatTheClientCanDo(int most, int its, int told) {
        ClientSettings settings = ClientSettings.builder().mtu(its).build();
        String message = written(config(false, 0, 0), settings, "IV_MTU=" + most + "\n", SETTLED);
        assertTrue(message.endsWith(",tun-mtu " + told), message);
        assertFalse(
                written(config(false, 0, 0), settings, "IV_MTU=0\n", SETTLED).contains("tun-mtu"));
        assertFalse(written(config(false, 0, 0), settings, "", SETTLED).contains("tun-mtu"));
    }

    @Test
    void shouldTellTimesThatAreSet() {
        assertTrue(written(config(false, 3, 0), NOTHING, "", SETTLED).startsWith("PUSH_REPLY,ping 3,peer-id"));
        assertTrue(written(config(false, 0, 9), NOTHING, "", SETTLED).startsWith("PUSH_REPLY,ping-restart 9,peer-id"));
    }

    /** What is split says the same in all, in order, and no part is too long. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5})
    void shouldSplitWhatIsLong(int seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            List<String> options = new ArrayList<>();
            for (int i = random.nextInt(40); i >= 0; i--) {
                options.add("o".repeat(1 + random.nextInt(random.nextInt(10) == 0 ? 512 : 60)));
            }
            List<String> messages = PushReply.split("PUSH_REPLY", options);
            List<String> joined = new ArrayList<>();
            for (int i = 0; i < messages.size(); i++) {
                String message = messages.get(i);
                assertTrue(message.length() < 1024, "seed " + seed + " round " + round);
                String end = i < messages.size() - 1 ? ",push-continuation 2" : ",push-continuation 1";
                if (messages.size() > 1) {
                    assertTrue(message.endsWith(end), "seed " + seed + " round " + round);
                    message = message.substring(0, message.length() - end.length());
                }
                assertTrue(message.startsWith("PUSH_REPLY,"), "seed " + seed + " round " + round);
                joined.addAll(List.of(message.substring("PUSH_REPLY,".length()).split(",", -1)));
            }
            assertEquals(options, joined, "seed " + seed + " round " + round);
        }
    }

    /** The buffer of a client has 1024 bytes, NUL included: it is used to the last that leaves room for the announcement. */
    @Test
    void shouldSplitNoEarlierThanItMust() {
        String head = "PUSH_REPLY";
        int room = 1024 - 1 - head.length() - 1 - ",push-continuation 2".length();
        assertEquals(1, PushReply.split(head, List.of("o".repeat(room))).size());
        assertEquals(
                2, PushReply.split(head, List.of("o".repeat(room - 1), "p")).size());
        assertEquals(
                1, PushReply.split(head, List.of("o".repeat(room - 2), "p")).size());
        assertEquals(1, PushReply.split(head, List.of("o".repeat(1020))).size(), "nothing is said before it");
        assertEquals(List.of(head), PushReply.split(head, List.of()));
    }
}
