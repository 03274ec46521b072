// SPDX-License-Identifier: MIT
package io.pktkit.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.L2Device;
import io.pktkit.hub.L2Hub;
import io.pktkit.link.Serve;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.Frame;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class QemuListenerTest {

    @TempDir
    Path directory;

    private QemuAddress address() {
        return QemuAddress.unix(directory.resolve("q.sock"));
    }

    private static String refusal(QemuAddress address) {
        return String.valueOf(assertThrows(IOException.class, () -> QemuListener.open(address, QemuConfig.DEFAULT))
                .getMessage());
    }

    @Test
    void shouldServeEachGuestAsAPortOfAHub() throws Exception {
        QemuListener listener = QemuListener.open(address(), QemuConfig.DEFAULT);
        try (L2Hub hub = new L2Hub();
                Serve<L2Device, Frame> serve = Serve.start(listener, hub)) {
            for (int round = 0; round < 3; round++) { // the same guests come again
                try (Peer left = Peer.connect(listener.address());
                        Peer right = Peer.connect(listener.address())) {
                    byte[] broadcast = Peer.frame(60, round);
                    broadcast[0] = broadcast[1] = broadcast[2] = broadcast[3] = broadcast[4] = broadcast[5] = -1;
                    // until the other one's port is there, a flood finds nobody
                    FutureTask<byte[]> got = started(right::receive);
                    while (!got.isDone()) {
                        left.send(broadcast);
                        Thread.onSpinWait();
                    }
                    assertEquals(round, ByteBuffer.wrap(got.get()).getInt(14));
                }
            }
            // That a guest has gone is noticed when all that it sent was read.
            while (serve.attached() != 0 || hub.portCount() != 0) {
                Thread.onSpinWait();
            }
        }
        assertFalse(listener.isOpen());
        assertFalse(Files.exists(address().path()), "its file is gone");
    }

    /** On a thread of its own: the common pool may have but one. */
    private static <T> FutureTask<T> started(Callable<T> waiting) {
        FutureTask<T> task = new FutureTask<>(waiting);
        Thread thread = new Thread(task, "waits in a test");
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    @Test
    void shouldBeItsOwnersAlone() throws Exception {
        try (QemuListener listener = QemuListener.open(address(), QemuConfig.DEFAULT)) {
            assertEquals(
                    PosixFilePermissions.fromString("rw-------"),
                    Files.getPosixFilePermissions(listener.address().path()));
        }
    }

    @Test
    void shouldReplaceAStaleFile() throws Exception {
        try (ServerSocketChannel killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            killed.bind(UnixDomainSocketAddress.of(address().path()));
        }
        assertTrue(Files.exists(address().path()));

        try (QemuListener listener = QemuListener.open(address(), QemuConfig.DEFAULT);
                Peer peer = Peer.connect(listener.address());
                QemuDevice device = listener.accept()) {
            assertTrue(device.isConnected());
            assertEquals("unix:" + address().path(), device.peer());
            peer.send(Peer.frame(60, 1));
        }
    }

    @Test
    void shouldLeaveASocketThatIsInUseAlone() throws Exception {
        try (QemuListener first = QemuListener.open(address(), QemuConfig.DEFAULT)) {
            String said = refusal(address());

            assertTrue(said.contains("a program listens at " + address().path() + " already"), said);
            Peer.connect(first.address()).close();
        }
    }

    @Test
    void shouldLeaveOtherFilesAlone() throws Exception {
        Files.writeString(address().path(), "precious");

        String said = refusal(address());

        assertTrue(said.contains("not a socket"), said);
        assertEquals("precious", Files.readString(address().path()));
    }

    @Test
    void shouldNotRemoveWhatTookItsPlace() throws Exception {
        QemuListener listener = QemuListener.open(address(), QemuConfig.DEFAULT);
        Files.delete(address().path());
        Files.writeString(address().path(), "precious");

        listener.close();

        assertEquals("precious", Files.readString(address().path()));
    }

    @Test
    void shouldSayInOneLineWhatIsWrong() throws Exception {
        String tooLong = refusal(QemuAddress.unix(directory.resolve("x".repeat(200))));
        assertTrue(tooLong.contains("at most 106 bytes"), tooLong);
        String nowhere = refusal(QemuAddress.unix(directory.resolve("no/q.sock")));
        assertTrue(nowhere.contains("there is no directory " + directory.resolve("no")), nowhere);
        try (QemuListener first = QemuListener.open(QemuAddress.parse("tcp:127.0.0.1:0"), QemuConfig.DEFAULT)) {
            String busy = refusal(first.address());
            assertTrue(busy.contains("the port is in use") && busy.contains("" + first.address()), busy);
        }
        String foreign = refusal(QemuAddress.parse("tcp:192.0.2.1:9000"));
        assertTrue(foreign.contains("no interface of this machine"), foreign);
        for (String line : new String[] {tooLong, nowhere, foreign}) {
            assertFalse(line.contains("\n"), line);
        }
    }

    @Test
    void shouldHangUpOnTheOneTooMany() throws Exception {
        try (QemuListener listener = QemuListener.open(address(), QemuConfig.DEFAULT.withMaxGuests(1));
                Peer first = Peer.connect(listener.address());
                Peer second = Peer.connect(listener.address())) {
            QemuDevice device = listener.accept();
            assertTrue(second.isHungUpOn());
            assertEquals(1, listener.refused());

            device.close();
            assertTrue(first.isHungUpOn());
            device.done().toCompletableFuture().get(Peer.WAIT_SECONDS, TimeUnit.SECONDS);
            try (Peer third = Peer.connect(listener.address());
                    QemuDevice next = listener.accept()) {
                third.send(Peer.frame(60, 1));
                assertTrue(next.isConnected(), "the place is free again");
            }
        }
    }

    /** It may go on to hold the connection, which costs as much as one that is in use. */
    @Test
    void shouldCountAGuestUntilItsConnectionHasEnded() throws Exception {
        ManualTime time = new ManualTime();
        QemuConfig config = QemuConfig.DEFAULT.withMaxGuests(1).withTimers(time);
        try (QemuListener listener = QemuListener.open(QemuAddress.parse("tcp:127.0.0.1:0"), config);
                Peer first = Peer.connect(listener.address())) {
            listener.accept().close();
            assertEquals(1, listener.guests());
            try (Peer second = Peer.connect(listener.address())) {
                assertTrue(second.isHungUpOn());
            }
            assertEquals(1, listener.refused());

            while (listener.guests() != 0) { // the second that it has is looked at by the loop's thread
                time.advance(Duration.ofSeconds(1));
                Thread.onSpinWait();
            }
            try (Peer third = Peer.connect(listener.address());
                    QemuDevice next = listener.accept()) {
                third.send(Peer.frame(60, 1));
                assertTrue(next.isConnected());
            }
            assertTrue(first.isHungUpOn());
        }
    }

    @Test
    void shouldWakeWhoAcceptsWhenClosed() throws Exception {
        QemuListener listener = QemuListener.open(address(), QemuConfig.DEFAULT);
        FutureTask<ClosedChannelException> accepting =
                started(() -> assertThrows(ClosedChannelException.class, listener::accept));

        listener.close();

        accepting.get(Peer.WAIT_SECONDS, TimeUnit.SECONDS);
    }

    @Test
    void shouldHangUpOnGuestsThatNobodyAccepted() throws Exception {
        QemuListener listener = QemuListener.open(address(), QemuConfig.DEFAULT);
        Peer peer = Peer.connect(listener.address());
        while (listener.guests() == 0) {
            Thread.onSpinWait();
        }

        listener.close();

        assertTrue(peer.isHungUpOn());
    }

    @Test
    void shouldKeepAcceptedGuestsWhenItCloses() throws Exception {
        Station station = new Station();
        QemuListener listener = QemuListener.open(address(), QemuConfig.DEFAULT);
        try (Peer peer = Peer.connect(listener.address())) {
            QemuDevice device = listener.accept();
            device.attach(station);
            listener.close();

            peer.send(Peer.frame(60, 5));

            assertEquals(5, ByteBuffer.wrap(station.next()).getInt(14));
            device.close();
        }
    }

    /** And is silent, so that the thread which has both does not wake up for it. */
    @Test
    void shouldFreeItsPortWhileAGuestStays() throws Exception {
        QemuAddress address = QemuAddress.parse("tcp:127.0.0.1:0");
        for (int round = 0; round < 20; round++) {
            QemuListener listener = QemuListener.open(address, QemuConfig.DEFAULT);
            address = listener.address();
            Peer peer = Peer.connect(address);
            try (QemuDevice device = listener.accept();
                    peer) { // which goes first, or the device would wait for it
                listener.close();

                QemuListener.open(address, QemuConfig.DEFAULT).close();
                assertTrue(device.isConnected());
            }
        }
    }

    /** Which waits for nobody, least of all for itself. */
    @Test
    void shouldBeClosedByAGuestsCallback() throws Exception {
        QemuListener listener = QemuListener.open(QemuAddress.parse("tcp:127.0.0.1:0"), QemuConfig.DEFAULT);
        Peer peer = Peer.connect(listener.address());
        try (QemuDevice device = listener.accept();
                peer) { // which goes first, or the device would wait for it
            FutureTask<Boolean> closed = new FutureTask<>(() -> {
                listener.close();
                return true;
            });
            device.attach(frame -> closed.run());
            peer.send(Peer.frame(60, 1));

            assertTrue(closed.get(Peer.WAIT_SECONDS, TimeUnit.SECONDS));
            assertTrue(device.isConnected());
        }
    }

    /** What hostile guests send, in sequences, to a listener that an honest one uses all the while. */
    @Test
    void shouldServeTheHonestAmongTheHostile() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Station station = new Station();
        try (QemuListener listener = QemuListener.open(address(), QemuConfig.DEFAULT);
                Peer honest = Peer.connect(listener.address());
                QemuDevice device = listener.accept()) {
            device.attach(station);
            for (int round = 0; round < 200; round++) {
                try (Peer hostile = Peer.connect(listener.address());
                        QemuDevice victim = listener.accept()) {
                    victim.attach(frame -> {});
                    for (int i = random.nextInt(4); i >= 0; i--) {
                        byte[] junk = new byte[random.nextInt(300)];
                        random.nextBytes(junk);
                        if (junk.length > 4 && random.nextBoolean()) {
                            junk[0] = junk[1] = 0;
                        }
                        if (!victim.isConnected()) {
                            break;
                        }
                        try {
                            hostile.write(junk);
                        } catch (IOException hungUp) {
                            break;
                        }
                    }
                }
                honest.send(Peer.frame(60, round));
                assertEquals(round, ByteBuffer.wrap(station.next()).getInt(14), "seed=" + seed);
            }
        }
    }
}
