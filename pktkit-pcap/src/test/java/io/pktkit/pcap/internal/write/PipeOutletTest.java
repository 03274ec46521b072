// SPDX-License-Identifier: MIT
package io.pktkit.pcap.internal.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PipeOutletTest {

    @TempDir
    Path folder;

    private Path pipe = Path.of("");

    @BeforeEach
    void makePipe() throws Exception {
        pipe = folder.resolve("pipe");
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/mkfifo")), "there is no mkfifo");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    }

    /** Opened for both, so that it is there at once. */
    private FileChannel reader() throws IOException {
        return FileChannel.open(pipe, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    @Test
    void shouldWriteToItsReaderAlsoAfterItStoppedWaitingForOne() throws IOException {
        PipeOutlet outlet = new PipeOutlet(pipe);
        try (FileChannel reader = reader()) {
            outlet.stopWaiting();
            outlet.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
            outlet.close();

            ByteBuffer got = ByteBuffer.allocate(10);
            assertEquals(3, reader.read(got));
        }
    }

    @Test
    void shouldFailWithoutAReaderAfterItStoppedWaitingForOne() throws IOException {
        PipeOutlet outlet = new PipeOutlet(pipe);
        outlet.stopWaiting();

        assertThrows(IOException.class, () -> outlet.write(ByteBuffer.wrap(new byte[] {1, 2, 3})));

        outlet.close();
    }

    @Test
    void shouldWakeWhoWaitsForAReader() throws Exception {
        PipeOutlet outlet = new PipeOutlet(pipe);
        Thread writer = new Thread(() -> {
            try {
                outlet.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
            } catch (IOException nobody) {
                return; // nobody has read it
            }
        });
        writer.start();
        outlet.stopWaiting();

        writer.join();

        outlet.close();
    }

    /** A reader of our own that is not known yet, or not any more, would take what nobody reads. */
    @Test
    void shouldFailWithoutAReaderAlsoWhenItStopsWaitingTwice() throws IOException {
        PipeOutlet outlet = new PipeOutlet(pipe);
        outlet.stopWaiting();
        outlet.stopWaiting();

        assertThrows(IOException.class, () -> outlet.write(ByteBuffer.wrap(new byte[] {1, 2, 3})));

        outlet.close();
    }

    @Test
    void shouldFailWithoutAReaderAlsoWhenItIsWokenBeforeItsWakerIsKnown() throws Exception {
        CountDownLatch opening = new CountDownLatch(1);
        AtomicBoolean opened = new AtomicBoolean();
        Thread[] writer = new Thread[1];
        PipeOutlet outlet = new PipeOutlet(pipe, (path, options) -> {
            if (options.length == 1) {
                opening.countDown();
                FileChannel channel = FileChannel.open(path, options);
                opened.set(true);
                return channel;
            }
            FileChannel waker = FileChannel.open(path, options);
            while (writer[0].isAlive() && !(opened.get() && writer[0].getState() == Thread.State.BLOCKED)) {
                Thread.onSpinWait(); // until the writer is past its own opening, and writes or waits for us
            }
            return waker;
        });
        FutureTask<Void> write = write(outlet);
        writer[0] = new Thread(write);
        writer[0].start();
        opening.await();

        outlet.stopWaiting();

        Throwable nobody = assertThrows(ExecutionException.class, write::get).getCause();
        assertInstanceOf(IOException.class, nobody);
        outlet.close();
    }

    private static FutureTask<Void> write(PipeOutlet outlet) {
        return new FutureTask<>(() -> {
            outlet.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
            return null;
        });
    }

    /** The pipe that the writer waits at was replaced, or may be written alone. */
    @Test
    void shouldFailAtItsCloseWhenTheWriterCannotBeWoken() throws Exception {
        CountDownLatch opening = new CountDownLatch(1);
        CountDownLatch ends = new CountDownLatch(1);
        PipeOutlet outlet = new PipeOutlet(pipe, (path, options) -> {
            if (options.length > 1) {
                throw new AccessDeniedException(path.toString());
            }
            opening.countDown();
            try {
                ends.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            throw new NoSuchFileException(path.toString());
        });
        FutureTask<Void> write = write(outlet);
        new Thread(write).start();
        opening.await();
        outlet.stopWaiting();

        IOException nobody = assertThrows(IOException.class, outlet::close);
        assertEquals("nobody has read " + pipe, nobody.getMessage());

        ends.countDown();
        assertThrows(ExecutionException.class, write::get);
        outlet.close(); // nobody waits any more, and he has told it himself
    }
}
