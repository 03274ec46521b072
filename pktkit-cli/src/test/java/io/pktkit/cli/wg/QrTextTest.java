// SPDX-License-Identifier: MIT
package io.pktkit.cli.wg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.zxing.common.BitMatrix;
import com.google.zxing.qrcode.decoder.Decoder;
import io.pktkit.cli.UsageException;
import java.util.List;
import org.junit.jupiter.api.Test;

class QrTextTest {
    private static final int MARGIN = 4;

    /** What is on the screen, read back. */
    @Test
    void shouldDrawWhatAReaderReads() throws Exception {
        String drawn = QrText.of("""
                # phone.pktkit
                [Interface]
                PrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=

                [Peer]
                PublicKey = xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=
                """);

        assertEquals("""
                [Interface]
                PrivateKey=yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=
                [Peer]
                PublicKey=xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=""", read(drawn));
    }

    @Test
    void shouldSayThatAFileIsTooLong() {
        UsageException refused = assertThrows(UsageException.class, () -> QrText.of("a".repeat(4000)));
        assertTrue(refused.toString().contains("too long for a QR code"), refused.toString());
    }

    private static String read(String drawn) throws Exception {
        List<String> lines = drawn.lines()
                .map(line -> line.replaceAll("\u001b\\[[0-9;]*m", ""))
                .toList();
        int size = lines.get(0).length() - 2 * MARGIN;
        BitMatrix code = new BitMatrix(size);
        for (int y = 0; y < size; y++) {
            String line = lines.get((y + MARGIN) / 2);
            for (int x = 0; x < size; x++) {
                char half = line.charAt(x + MARGIN);
                boolean upper = (y + MARGIN) % 2 == 0;
                if (half == '\u2588' || half == (upper ? '\u2580' : '\u2584')) {
                    code.set(x, y);
                }
            }
        }
        return new Decoder().decode(code).getText();
    }
}
