// SPDX-License-Identifier: MIT
package io.pktkit.interop.nat;

import io.pktkit.nat.engine.NatEngine;
import io.pktkit.nat.engine.NatInside;
import io.pktkit.nat.engine.NatLink;
import io.pktkit.nat.engine.NatOutput;
import io.pktkit.nat.observe.NatForwardException;
import io.pktkit.nat.observe.NatMapping;
import io.pktkit.nat.policy.NatConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/** A NAT that is given packets and forwards, and tells what it sends. */
interface OracleSubject extends AutoCloseable {

    /** What it sends for one packet: side, and octets in hexadecimal. */
    List<String> give(boolean inside, ByteBuffer packet) throws IOException;

    /** Forwards an outside port without end; false if refused. */
    boolean forward(int protocol, int outsidePort, IpAddress host, int hostPort) throws IOException;

    /** Ends a forward. */
    void withdraw(int protocol, int outsidePort) throws IOException;

    @Override
    default void close() {}

    /** The Rust port, by the driver's lines. */
    final class Port implements OracleSubject {
        private final Process process;
        private final Writer to;
        private final BufferedReader from;

        Port(Path program, String... arguments) throws IOException {
            List<String> command = new ArrayList<>(List.of(program.toString()));
            command.addAll(List.of(arguments));
            process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            to = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.US_ASCII);
            from = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
        }

        private List<String> ask(String request) throws IOException {
            to.write(request + "\n");
            to.flush();
            List<String> answers = new ArrayList<>();
            for (String line = from.readLine(); !".".equals(line); line = from.readLine()) {
                answers.add(Objects.requireNonNull(line, "the oracle has ended"));
            }
            return answers;
        }

        @Override
        public List<String> give(boolean inside, ByteBuffer packet) throws IOException {
            byte[] bytes = new byte[packet.capacity()];
            packet.get(0, bytes);
            return ask((inside ? "i " : "o ") + HexFormat.of().formatHex(bytes));
        }

        @Override
        public boolean forward(int protocol, int outsidePort, IpAddress host, int hostPort) throws IOException {
            return ask("f " + protocol + " " + outsidePort + " " + host + " " + hostPort)
                    .isEmpty();
        }

        @Override
        public void withdraw(int protocol, int outsidePort) throws IOException {
            ask("x " + protocol + " " + outsidePort);
        }

        @Override
        public void close() {
            process.destroy();
        }
    }

    /** Ours, in virtual time: a millisecond for each packet. */
    final class Ours implements OracleSubject {
        private final IpAddress address;
        private final NatEngine engine;
        private final NatInside inside;
        private final NatLink link;
        private final NatOutput output = new NatOutput();
        private long now = 1_000_000_000L;

        Ours(NatConfig config, IpPrefix... networks) {
            address = config.outside().iterator().next();
            engine = new NatEngine(config);
            inside = engine.addInside();
            for (IpPrefix network : networks) {
                inside.prefix(network);
            }
            link = engine.addLink(inside);
        }

        @Override
        public List<String> give(boolean fromInside, ByteBuffer packet) {
            now += 1_000_000;
            output.clear();
            Packet view = new Packet().wrap(packet);
            if (fromInside) {
                engine.fromInside(link, view, now, output);
            } else {
                engine.fromOutside(view, now, output);
            }
            List<String> sent = new ArrayList<>();
            for (int i = 0; i < output.size(); i++) {
                String side = output.target(i) == null ? "o " : "i ";
                sent.add(side + HexFormat.of().formatHex(output.packet(i).toBytes()));
            }
            return sent;
        }

        @Override
        public boolean forward(int protocol, int outsidePort, IpAddress host, int hostPort) {
            try {
                engine.mappings().forward(inside, protocol, address, outsidePort, host, hostPort, Duration.ZERO, now);
                return true;
            } catch (NatForwardException refused) {
                return false;
            }
        }

        @Override
        public void withdraw(int protocol, int outsidePort) {
            NatMapping mapping = engine.mappings().findOutside(protocol, address, outsidePort, now);
            if (mapping != null && mapping.origin() == NatMapping.Origin.FORWARD) {
                engine.mappings().remove(mapping, now);
            }
        }
    }
}
