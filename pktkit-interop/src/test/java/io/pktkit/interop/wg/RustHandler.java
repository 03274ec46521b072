// SPDX-License-Identifier: MIT
package io.pktkit.interop.wg;

import io.pktkit.interop.Commands;
import io.pktkit.wg.PresharedKey;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wg.WgPublicKey;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The handler of the Rust port in a process of its own, told one line at a time; its time is real. */
final class RustHandler implements Handler {
    private static final HexFormat HEX = HexFormat.of();

    private final Process process;
    private final BufferedWriter in;
    private final BufferedReader out;

    RustHandler(String program, WgPrivateKey key, long loadThreshold) throws IOException {
        process = new ProcessBuilder(program, "oracle")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        in = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.US_ASCII));
        out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
        expect("public " + key.publicKey().toHex(), "key " + key.toHex() + " " + loadThreshold);
    }

    private String ask(String request) throws IOException {
        in.write(request);
        in.newLine();
        in.flush();
        String answer = out.readLine();
        if (answer == null || answer.startsWith("wrong")) {
            throw new AssertionError(request + ": " + answer);
        }
        return answer;
    }

    private void expect(String answer, String request) throws IOException {
        String given = ask(request);
        if (!given.equals(answer)) {
            throw new AssertionError(request + ": " + given);
        }
    }

    @Override
    public void addPeer(WgPublicKey peer, @Nullable PresharedKey psk) throws IOException {
        expect("done", "peer " + peer.toHex() + (psk == null ? "" : " " + psk.toHex()));
    }

    @Override
    public void removePeer(WgPublicKey peer) throws IOException {
        expect("done", "remove " + peer.toHex());
    }

    @Override
    public byte @Nullable [] initiate(WgPublicKey peer) throws IOException {
        return bytes(ask("initiate " + peer.toHex()));
    }

    @Override
    public byte @Nullable [] seal(WgPublicKey peer, byte[] packet) throws IOException {
        return bytes(ask("seal " + peer.toHex() + (packet.length == 0 ? "" : " " + HEX.formatHex(packet))));
    }

    private static byte @Nullable [] bytes(String answer) {
        return answer.startsWith("bytes ") ? HEX.parseHex(answer.substring(6)) : null;
    }

    @Override
    public Outcome take(WgEndpoint from, byte[] datagram) throws IOException {
        String answer = ask("take " + from + " " + HEX.formatHex(datagram));
        if (answer.startsWith("refused ")) {
            return new Outcome(Kind.REFUSED, new byte[0], new byte[0], answer.substring(8));
        }
        String[] words = answer.split(" ", -1);
        Kind kind = Kind.valueOf(words[0].replace('-', '_').toUpperCase(Locale.ROOT));
        return new Outcome(kind, orNothing(words[1]), orNothing(words[2]), "");
    }

    private static byte[] orNothing(String hex) {
        return hex.equals("-") ? new byte[0] : HEX.parseHex(hex);
    }

    @Override
    public void close() {
        Commands.kill(process);
    }
}
