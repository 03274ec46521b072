// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.afxdp.capture.CaptureConfig;
import io.pktkit.afxdp.capture.MatchField;
import io.pktkit.afxdp.internal.capture.CaptureProgram;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Our text, assembled by LLVM, gives our bytes. */
@Timeout(60)
class OutsideAssemblerTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"DESTINATION, 1", "SOURCE, 8", "EITHER, 64"})
    void shouldEncodeAsLlvmDoes(MatchField match, int maxRules) throws Exception {
        requireLlvm();
        CaptureConfig config =
                CaptureConfig.builder().match(match).maxRules(maxRules).build();
        List<Instruction> program =
                CaptureProgram.assemble(config, new CaptureProgram.Maps(4, 6, 8), CaptureProgram.XDP_PASS);
        Path text = folder.resolve("program.s");
        Path object = folder.resolve("program.o");
        Path bytes = folder.resolve("program.bin");
        Files.write(text, Programs.print(program));

        String target = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? "bpfel" : "bpfeb";
        run("llvm-mc", "-triple=" + target, "-mcpu=v3", "-filetype=obj", text.toString(), "-o", object.toString());
        run("llvm-objcopy", "-O", "binary", "--only-section=.text", object.toString(), bytes.toString());

        assertEquals(
                HexFormat.of().formatHex(Files.readAllBytes(bytes)),
                HexFormat.of().formatHex(withoutMapMarks(Programs.encode(program))));
    }

    /** That a constant names a map is a mark for the kernel, which LLVM's text has no word for. */
    private static byte[] withoutMapMarks(byte[] program) {
        ByteBuffer from = ByteBuffer.wrap(program).order(ByteOrder.nativeOrder());
        List<Instruction> plain = new ArrayList<>();
        while (from.hasRemaining()) {
            Instruction next = Instruction.decode(from);
            plain.add(
                    next.isWide()
                            ? new Instruction(next.opcode(), next.destination(), 0, next.offset(), next.constant())
                            : next);
        }
        return Programs.encode(plain);
    }

    private static void requireLlvm() {
        boolean there = Files.isExecutable(Path.of("/usr/bin/llvm-mc"));
        if ("required".equals(System.getenv("PKTKIT_INTEROP"))) {
            Assertions.assertTrue(there, "needs llvm-mc (llvm)");
        }
        Assumptions.assumeTrue(there, "needs llvm-mc (llvm)");
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(30, TimeUnit.SECONDS), () -> String.join(" ", command));
        assertEquals(0, process.exitValue(), told);
    }
}
