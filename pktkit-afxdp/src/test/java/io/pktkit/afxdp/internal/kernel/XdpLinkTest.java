// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.afxdp.capture.CaptureConfig;
import io.pktkit.afxdp.capture.XdpMode;
import io.pktkit.nativeio.LinkInfo;
import io.pktkit.nativeio.NetworkNamespace;
import io.pktkit.nativeio.RouteNetlink;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Attaching by links, and by netlink as on a kernel without them: to the loopback interface of a namespace of its own. */
class XdpLinkTest {

    @BeforeEach
    void requireRoot() {
        boolean possible = System.getProperty("os.name").equals("Linux")
                && System.getProperty("user.name").equals("root");
        if ("required".equals(System.getenv("PKTKIT_INTEROP"))) {
            Assertions.assertTrue(possible, "needs Linux and root");
        }
        Assumptions.assumeTrue(possible, "needs Linux and root");
    }

    private static void inNamespace(Callable<?> code) throws Exception {
        FutureTask<Object> task = new FutureTask<>(() -> {
            NetworkNamespace.unshare();
            return code.call();
        });
        Thread thread = new Thread(task, "namespace");
        thread.setDaemon(true);
        thread.start();
        try {
            task.get(60, TimeUnit.SECONDS);
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof Error error) {
                throw error;
            }
            throw failure;
        }
    }

    private static LinkInfo loopback() throws IOException {
        try (RouteNetlink netlink = RouteNetlink.open()) {
            return netlink.link("lo");
        }
    }

    private static LoadedCapture capture() throws IOException {
        return LoadedCapture.load(CaptureConfig.builder().build());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldRunWhileItIsOpen(boolean links) throws Exception {
        inNamespace(() -> {
            try (LoadedCapture capture = capture()) {
                XdpLink attached = XdpLink.attach(capture, loopback(), XdpMode.AUTO, null, links);
                assertEquals(XdpMode.GENERIC, attached.mode(), "the loopback interface has no driver for it");
                assertEquals(LinkInfo.XDP_GENERIC, loopback().xdpMode());
                assertNotEquals(0, loopback().xdpProgram());

                attached.close();
                attached.close();

                assertEquals(0, loopback().xdpProgram());
            }
            return null;
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldLeaveTheProgramOfAnotherAlone(boolean links) throws Exception {
        inNamespace(() -> {
            try (LoadedCapture one = capture();
                    LoadedCapture other = capture();
                    XdpLink attached = XdpLink.attach(one, loopback(), XdpMode.GENERIC, null, links)) {
                int before = loopback().xdpProgram();

                String told = assertThrows(
                                IOException.class,
                                () -> XdpLink.attach(other, loopback(), XdpMode.GENERIC, null, false))
                        .toString();

                assertTrue(told.contains("already"), told);
                assertEquals(XdpMode.GENERIC, attached.mode());
                assertEquals(before, loopback().xdpProgram());
            }
            return null;
        });
    }

    /** Whoever has put our program aside has his own there: it is not ours to take off. */
    @Test
    void shouldNotTakeOffWhatIsNotItsOwn() throws Exception {
        inNamespace(() -> {
            try (LoadedCapture one = capture();
                    LoadedCapture other = capture();
                    RouteNetlink netlink = RouteNetlink.open()) {
                XdpLink attached = XdpLink.attach(one, loopback(), XdpMode.GENERIC, null, false);
                int generic = 1 << 1;
                netlink.attachXdp(loopback().index(), other.program(), generic);
                int theirs = loopback().xdpProgram();

                attached.close();

                assertEquals(theirs, loopback().xdpProgram());
                netlink.detachXdp(loopback().index(), generic);
            }
            return null;
        });
    }

    /** What the driver says is told: it has none of this mode. */
    @Test
    void shouldSayThatTheDriverHasNone() throws Exception {
        inNamespace(() -> {
            try (LoadedCapture capture = capture()) {
                String told = assertThrows(
                                IOException.class, () -> XdpLink.attach(capture, loopback(), XdpMode.DRIVER, null))
                        .toString();
                assertTrue(told.contains("lo") && told.contains("generic mode"), told);
            }
            return null;
        });
    }
}
