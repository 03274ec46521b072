// SPDX-License-Identifier: MIT
package io.pktkit.pcap;

import io.pktkit.pcap.internal.NgNumbers;
import io.pktkit.wire.IpAddress;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads captures of both formats, in both byte orders, one packet after the other. One thread.
 *
 * <p>Total: whatever the bytes are, {@link #next} gives the packets up to where they make no sense, then says so once by false,
 * and {@link #problem()} tells what it was. It holds one block and the interfaces and names that came before, all bounded.
 */
public final class CaptureReader implements AutoCloseable {

    /** The longest block that is read; a longer one is a problem. */
    public static final int MAX_BLOCK = 16 << 20;

    private final InputStream stream;
    private final ByteSource source;
    private @Nullable Format format;
    private @Nullable String problem;
    private boolean ended;

    /** How the two formats are read. */
    interface Format {

        /** Fills a packet; null for done, or what is wrong, or in order. */
        Step next(CapturedPacket packet) throws IOException;

        List<CaptureInterface> interfaces();

        Map<IpAddress, String> names();
    }

    /** What came of an attempt. */
    record Step(boolean packet, @Nullable String problem) {
        static final Step PACKET = new Step(true, null);
        static final Step END = new Step(false, null);

        static Step wrong(String what, long position) {
            return new Step(false, what + ", before byte " + position);
        }
    }

    private CaptureReader(InputStream stream) {
        this.stream = stream;
        this.source = new ByteSource(stream);
    }

    /**
     * Opens a file.
     *
     * @param path the file
     * @return the reader, at the beginning
     * @throws IOException if it cannot be opened
     */
    public static CaptureReader open(Path path) throws IOException {
        return of(Files.newInputStream(path));
    }

    /**
     * Reads a stream.
     *
     * @param stream closed with the reader
     * @return the reader, at the beginning
     */
    public static CaptureReader of(InputStream stream) {
        return new CaptureReader(new BufferedInputStream(stream, 1 << 16));
    }

    /**
     * Reads the next packet.
     *
     * @param packet filled with it
     * @return false if there are no more
     * @throws IOException if reading fails; never because of what the bytes are
     */
    public boolean next(CapturedPacket packet) throws IOException {
        if (ended) {
            return false;
        }
        Format known = format;
        Step step;
        if (known == null) {
            step = recognise();
            known = format;
        } else {
            step = Step.PACKET;
        }
        if (known != null) {
            step = known.next(packet);
        }
        ended = !step.packet();
        problem = step.problem();
        return step.packet();
    }

    private Step recognise() throws IOException {
        if (source.read(0, 4) < 4) {
            return Step.wrong("too short to be a capture", source.position());
        }
        int magic = ByteBuffer.wrap(source.bytes()).getInt(0);
        if (magic == NgNumbers.SECTION_HEADER) {
            format = new NgFormat(source);
            return Step.PACKET;
        }
        ClassicFormat classic = ClassicFormat.of(magic, source);
        format = classic;
        return classic == null ? Step.wrong("neither pcap nor pcapng", source.position()) : Step.PACKET;
    }

    /** {@return the interfaces that were described so far, of all sections, in their order} */
    public List<CaptureInterface> interfaces() {
        Format known = format;
        return known == null ? List.of() : List.copyOf(known.interfaces());
    }

    /** {@return the names of addresses that were told so far} */
    public Map<IpAddress, String> names() {
        Format known = format;
        return known == null ? Map.of() : Map.copyOf(known.names());
    }

    /** {@return what made the end of a capture other than an end in order, such as a file cut off; null if nothing did} */
    public @Nullable String problem() {
        return problem;
    }

    @Override
    public void close() throws IOException {
        stream.close();
    }
}
