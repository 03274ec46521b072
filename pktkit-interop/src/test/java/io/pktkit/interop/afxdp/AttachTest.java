// SPDX-License-Identifier: MIT
package io.pktkit.interop.afxdp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.afxdp.capture.CaptureConfig;
import io.pktkit.afxdp.capture.CaptureRule;
import io.pktkit.afxdp.capture.XdpMode;
import io.pktkit.afxdp.internal.kernel.LoadedCapture;
import io.pktkit.afxdp.internal.kernel.XdpLink;
import io.pktkit.interop.Await;
import io.pktkit.interop.Commands;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.interop.NetworkNamespace;
import io.pktkit.interop.Pings;
import io.pktkit.nativeio.LinkInfo;
import io.pktkit.nativeio.RouteNetlink;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The program on an interface: there while it is wanted, in nobody's way, and gone with its process. */
@NeedsPeer({"ip", "ping"})
@Timeout(300)
class AttachTest {

    private static final Duration LIMIT = Await.LIMIT;
    private static final String NAME = "here0";
    private static final String HERE = "10.97.0.1";
    private static final String THERE = "10.97.0.2";

    private NetworkNamespace here;
    private NetworkNamespace there;

    @BeforeEach
    void makeWire() {
        here = new NetworkNamespace();
        there = new NetworkNamespace();
        here("ip link add " + NAME + " type veth peer name there0 netns " + there.name() + " && ip addr add " + HERE
                + "/24 dev " + NAME + " && ip link set " + NAME + " up");
        there.exec(LIMIT, "sh", "-c", "ip addr add " + THERE + "/24 dev there0 && ip link set there0 up")
                .expectSuccess();
    }

    @AfterEach
    void removeWire() {
        here.close();
        there.close();
    }

    private String here(String command) {
        return here.exec(LIMIT, "sh", "-c", command).expectSuccess().output();
    }

    private String link() {
        return here("ip -d link show dev " + NAME);
    }

    private void ping() {
        String told =
                there.exec(LIMIT, "sh", "-c", Pings.command(2, "-i 0.1", HERE)).output();
        Pings.expectAll(2, told);
    }

    private XdpLink attach(LoadedCapture capture, XdpMode mode) throws Exception {
        return inside(() -> XdpLink.attach(capture, interfaceNamed(), mode, null));
    }

    private static LinkInfo interfaceNamed() throws IOException {
        try (RouteNetlink netlink = RouteNetlink.open()) {
            return netlink.link(NAME);
        }
    }

    private <T> T inside(Callable<T> code) throws Exception {
        FutureTask<T> task = new FutureTask<>(() -> {
            io.pktkit.nativeio.NetworkNamespace.enter("/run/netns/" + here.name());
            return code.call();
        });
        Thread thread = new Thread(task, "in " + here.name());
        thread.setDaemon(true);
        thread.start();
        try {
            return task.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw failure;
        }
    }

    /** Without a socket for it, what is captured is the host's still. */
    @ParameterizedTest
    @EnumSource(XdpMode.class)
    void shouldRunWhileItIsOpen(XdpMode mode) throws Exception {
        try (LoadedCapture capture = LoadedCapture.load(CaptureConfig.builder().build())) {
            capture.add(IpPrefix.parse(HERE + "/32"), CaptureRule.any());
            XdpLink attached = attach(capture, mode);
            try {
                assertEquals(mode == XdpMode.GENERIC ? XdpMode.GENERIC : XdpMode.DRIVER, attached.mode());
                assertTrue(link().contains(mode == XdpMode.GENERIC ? "xdpgeneric" : "xdp "), link());
                ping();
            } finally {
                attached.close();
            }
            assertFalse(link().contains("xdp"), link());
            ping();
        }
    }

    /** One program, of one number, for ip, bpftool and xdp-loader; and none when it is closed. */
    @ParameterizedTest
    @EnumSource(
            value = XdpMode.class,
            names = {"DRIVER", "GENERIC"})
    @NeedsPeer({"ip", "bpftool", "xdp-loader"})
    void shouldBeSeenByTheToolsOfOthers(XdpMode mode) throws Exception {
        boolean driver = mode == XdpMode.DRIVER;
        try (LoadedCapture capture = LoadedCapture.load(CaptureConfig.builder().build())) {
            XdpLink attached = attach(capture, mode);
            try {
                String number = found("prog/xdp id (\\d+)", link());
                String net = here("bpftool net show dev " + NAME);
                assertEquals(number, found(NAME + "\\(\\d+\\) " + (driver ? "driver" : "generic") + " id (\\d+)", net));
                assertTrue(here("bpftool link show").contains("xdp  prog " + number + " "), here("bpftool link show"));
                assertTrue(here("bpftool prog show id " + number).contains("xdp"), number);
                assertEquals(
                        number,
                        found(NAME + " +pktkit_capture +" + (driver ? "native" : "skb") + " +(\\d+) ", loader()));
            } finally {
                attached.close();
            }
            assertFalse(here("bpftool net show dev " + NAME).contains(NAME + "("), link());
            assertTrue(loader().contains("No XDP program loaded"), loader());
        }
    }

    private String loader() {
        return here("xdp-loader status " + NAME);
    }

    private static String found(String pattern, String text) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertTrue(matcher.find(), () -> "no " + pattern + " in " + text);
        return matcher.group(1);
    }

    @Test
    void shouldLeaveTheProgramOfAnotherAlone() throws Exception {
        try (LoadedCapture one = LoadedCapture.load(CaptureConfig.builder().build());
                LoadedCapture other = LoadedCapture.load(CaptureConfig.builder().build());
                XdpLink attached = attach(one, XdpMode.DRIVER)) {
            String before = link();

            String told = assertThrows(IOException.class, () -> attach(other, XdpMode.AUTO))
                    .toString();

            assertTrue(told.contains(NAME) && told.contains("already"), told);
            assertEquals(before, link());
            assertEquals(XdpMode.DRIVER, attached.mode());
        }
    }

    @Test
    void shouldSayWhyTheDriverRefuses() throws Exception {
        here("ip link set " + NAME + " mtu 9000");
        there.exec(LIMIT, "ip", "link", "set", "there0", "mtu", "9000").expectSuccess();
        try (LoadedCapture capture = LoadedCapture.load(CaptureConfig.builder().build())) {
            String told = assertThrows(IOException.class, () -> attach(capture, XdpMode.AUTO))
                    .toString();

            assertTrue(told.contains("9000") && told.contains("generic mode"), told);
            assertFalse(link().contains("xdp"), link());
        }
    }

    @Test
    void shouldBeGoneWhenItsProcessIsKilled() throws Exception {
        Path output = Files.createTempFile("pktkit-xdp", ".out");
        Process holder = here.start(
                output,
                ProcessHandle.current().info().command().orElse("java"),
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Holder.class.getName());
        try {
            Await.until(
                    () -> "not attached: " + Commands.read(output),
                    () -> Commands.read(output).contains("attached"));
            assertTrue(link().contains("xdp"), link());

            Commands.kill(holder);

            Await.until(this::link, () -> !link().contains("xdp"));
            ping();
        } finally {
            Commands.kill(holder);
            Files.delete(output);
        }
    }

    /** The program of that test: attaches, and is killed. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] args) throws IOException, InterruptedException {
            LoadedCapture capture = LoadedCapture.load(CaptureConfig.builder().build());
            XdpLink attached = XdpLink.attach(capture, interfaceNamed(), XdpMode.AUTO, null);
            System.out.println("attached " + attached.mode());
            boolean ended = new CountDownLatch(1).await(2, TimeUnit.MINUTES);
            System.out.println("not killed: " + ended);
        }
    }
}
