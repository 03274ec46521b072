// SPDX-License-Identifier: MIT
package io.pktkit.interop.pcap;

import io.pktkit.interop.Await;
import io.pktkit.interop.Commands;
import io.pktkit.pcap.CaptureReader;
import io.pktkit.pcap.CapturedPacket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads captures, by Wireshark's programs and by our reader. */
final class Wireshark {

    static final Duration LIMIT = Await.LIMIT;

    private Wireshark() {}

    /** A line for each packet with these fields, between semicolons. Fails if anything in the file is malformed. */
    static List<String> fields(Path file, String... fields) {
        List<String> command = new ArrayList<>(List.of("tshark", "-n", "-r", file.toString(), "-T", "fields"));
        command.addAll(List.of("-E", "separator=;", "-e", "_ws.malformed"));
        for (String field : fields) {
            command.addAll(List.of("-e", field));
        }
        String output = Commands.run(LIMIT, command).expectSuccess().output();
        List<String> lines = new ArrayList<>();
        for (String line :
                output.lines().filter(l -> !l.startsWith("Running as user")).toList()) {
            if (!line.startsWith(";")) {
                throw new AssertionError("malformed: " + line + " in " + file);
            }
            lines.add(line.substring(1));
        }
        return lines;
    }

    /** What capinfos says of the file, which must be one in order. */
    static String info(Path file) {
        return Commands.run(LIMIT, "capinfos", "-M", file.toString())
                .expectSuccess()
                .output();
    }

    /** The bytes of each packet of a file, in hexadecimal. */
    static List<String> packets(Path file) throws IOException {
        List<String> packets = new ArrayList<>();
        String problem = read(file, packets);
        if (problem != null) {
            throw new AssertionError(file + ": " + problem);
        }
        return packets;
    }

    /** The same of a file that is being written: those that are whole. */
    static List<String> packetsSoFar(Path file) {
        List<String> packets = new ArrayList<>();
        try {
            read(file, packets);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return packets;
    }

    /** {@return what is wrong with the file, or null} */
    private static @Nullable String read(Path file, List<String> packets) throws IOException {
        CapturedPacket packet = new CapturedPacket();
        try (CaptureReader reader = CaptureReader.open(file)) {
            while (reader.next(packet)) {
                packets.add(HexFormat.of().formatHex(packet.toBytes()));
            }
            return reader.problem();
        }
    }
}
