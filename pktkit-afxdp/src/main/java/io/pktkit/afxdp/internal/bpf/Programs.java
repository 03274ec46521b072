// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Whole programs: as bytes and as text. */
public final class Programs {

    private Programs() {}

    /**
     * Encodes a program.
     *
     * @param program its instructions
     * @return the bytes, in the byte order of the machine
     */
    public static byte[] encode(List<Instruction> program) {
        ByteBuffer bytes =
                ByteBuffer.allocate(program.size() * Instruction.SIZE).order(ByteOrder.nativeOrder());
        program.forEach(instruction -> instruction.encode(bytes));
        return bytes.array();
    }

    /**
     * Writes a program for reading, and for LLVM's assembler.
     *
     * @param program its instructions
     * @return a line for each instruction
     */
    public static List<String> print(List<Instruction> program) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < program.size(); i++) {
            lines.add(program.get(i).toString());
            if (program.get(i).isWide()) {
                i++;
            }
        }
        return lines;
    }
}
