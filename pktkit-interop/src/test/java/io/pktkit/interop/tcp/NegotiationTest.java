// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.vtcp.IsnSource;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpInfo;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the handshake settles, seen by both ends: each option off at either end, and the segment sizes. */
@NeedsPeer({"ip", "python3", "sysctl"})
@Timeout(300)
class NegotiationTest {
    private static final int LENGTH = 2 << 20;
    private static final int PORT = 7000;

    enum Without {
        NOTHING,
        SACK,
        TIMESTAMPS,
        WINDOW_SCALING;

        String sysctl() {
            return "net.ipv4.tcp_" + name().toLowerCase(java.util.Locale.ROOT);
        }

        TcpConfig ours(int mtu) {
            return TcpConfig.builder()
                    .mtu(mtu)
                    .sack(this != SACK)
                    .timestamps(this != TIMESTAMPS)
                    .windowScaling(this != WINDOW_SCALING)
                    .build();
        }
    }

    static Stream<Arguments> combinations() {
        Stream<Arguments> options = Stream.of(true, false)
                .flatMap(weDial -> Arrays.stream(Without.values())
                        .flatMap(without -> without == Without.NOTHING
                                ? Stream.of(Arguments.of(IpFamily.IPV4, 1500, weDial, without, true))
                                : Stream.of(true, false)
                                        .map(atLinux -> Arguments.of(IpFamily.IPV4, 1500, weDial, without, atLinux))));
        Stream<Arguments> sizes = Stream.of(
                Arguments.of(IpFamily.IPV6, 1500, true, Without.NOTHING, true),
                Arguments.of(IpFamily.IPV6, 1280, false, Without.NOTHING, true),
                Arguments.of(IpFamily.IPV6, 9000, true, Without.TIMESTAMPS, true),
                Arguments.of(IpFamily.IPV4, 9000, false, Without.NOTHING, true),
                Arguments.of(IpFamily.IPV4, 1280, true, Without.TIMESTAMPS, false));
        return Stream.concat(options, sizes);
    }

    @ParameterizedTest(name = "{0}, mtu {1}, we dial {2}, without {3} at Linux {4}")
    @MethodSource("combinations")
    void shouldAgreeWithLinux(IpFamily family, int mtu, boolean weDial, Without without, boolean atLinux)
            throws IOException {
        EngineHost host = new EngineHost((atLinux ? Without.NOTHING : without).ours(mtu), IsnSource.random());
        try (TunNetwork network = new TunNetwork(mtu, host)) {
            if (atLinux && without != Without.NOTHING) {
                network.run("sysctl -w " + without.sysctl() + "=0");
            }
            EngineTransfer transfer = new EngineTransfer(LENGTH, Streams.SEED);
            String[] actions = {"eof", "send:" + LENGTH + ":" + Streams.SEED, "info", "go"};
            if (!weDial) {
                host.accept(PORT, transfer);
            }
            try (LinuxPeer linux =
                    weDial ? network.listening(family, "", actions) : network.connecting(family, PORT, "", actions)) {
                if (weDial) {
                    host.connect(TunNetwork.linux(family), linux.port(), transfer);
                } else {
                    linux.expect("connected");
                }
                assertEquals(LENGTH + " " + transfer.sent(), linux.expect("received"), "seed " + Streams.SEED);
                String sent = linux.expect("sent");
                Map<String, Integer> seen = parse(linux.expect("info"));

                TcpInfo.Negotiated negotiated = host.info(transfer).negotiated();

                assertSettled(negotiated, without);
                assertCrossedOver(negotiated, seen, family, mtu);
                linux.go();
                assertEquals(LENGTH + " " + sent, transfer.received(), "seed " + Streams.SEED);
            }
        }
    }

    private static void assertSettled(TcpInfo.Negotiated negotiated, Without without) {
        assertAll(
                () -> assertEquals(without != Without.SACK, negotiated.sack(), "sack"),
                () -> assertEquals(without != Without.TIMESTAMPS, negotiated.timestamps(), "timestamps"),
                () -> assertEquals(without != Without.WINDOW_SCALING, negotiated.windowScaling(), "scaling"));
    }

    private static void assertCrossedOver(
            TcpInfo.Negotiated ours, Map<String, Integer> linux, IpFamily family, int mtu) {
        int withoutOptions = mtu - (family == IpFamily.IPV4 ? 40 : 60);
        int withOptions = withoutOptions - (ours.timestamps() ? 12 : 0);
        assertAll(
                () -> assertEquals(linux.get("sack"), ours.sack() ? 1 : 0, "sack"),
                () -> assertEquals(linux.get("timestamps"), ours.timestamps() ? 1 : 0, "timestamps"),
                () -> assertEquals(linux.get("scaling"), ours.windowScaling() ? 1 : 0, "scaling"),
                () -> assertEquals(linux.get("rcv_wscale"), ours.sendShift(), "the scale of Linux' windows"),
                () -> assertEquals(linux.get("snd_wscale"), ours.receiveShift(), "the scale of our windows"),
                () -> assertEquals(withOptions, linux.get("snd_mss"), "what Linux sends"),
                () -> assertEquals(withOptions, ours.sendMss(), "what we send"),
                () -> assertEquals(withoutOptions, ours.receiveMss(), "what we announced"),
                () -> assertEquals(linux.get("pmtu"), ours.pathMtu(), "path MTU"));
    }

    private static Map<String, Integer> parse(String info) {
        return Arrays.stream(info.split(" "))
                .map(field -> field.split("="))
                .collect(Collectors.toMap(pair -> pair[0], pair -> (int) Long.parseLong(pair[1])));
    }
}
