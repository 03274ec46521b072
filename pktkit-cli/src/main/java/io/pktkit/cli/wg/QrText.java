// SPDX-License-Identifier: MIT
package io.pktkit.cli.wg;

import com.google.zxing.BarcodeFormat;
import com.google.zxing.EncodeHintType;
import com.google.zxing.WriterException;
import com.google.zxing.common.BitMatrix;
import com.google.zxing.qrcode.QRCodeWriter;
import com.google.zxing.qrcode.decoder.ErrorCorrectionLevel;
import io.pktkit.cli.UsageException;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * QR codes for a terminal: each character is two modules, one above the other. Colours are set, dark on light as readers
 * expect it, so that it does not matter which the terminal has.
 */
final class QrText {
    private static final int MARGIN = 4;
    private static final String DARK_ON_LIGHT = "\u001b[30;107m";
    private static final String RESET = "\u001b[0m";

    /** By upper module, then lower: none, lower half, upper half, both. */
    private static final char[] HALVES = {' ', '\u2584', '\u2580', '\u2588'};

    private QrText() {}

    static String of(String text) throws UsageException {
        // What a reader does not need takes room: comments, and the spaces around the equals signs.
        String dense = text.lines()
                .filter(line -> !line.startsWith("#") && !line.isBlank())
                .map(line -> line.replaceFirst(" = ", "="))
                .collect(Collectors.joining("\n"));
        try {
            BitMatrix code = new QRCodeWriter()
                    .encode(
                            dense,
                            BarcodeFormat.QR_CODE,
                            0,
                            0,
                            Map.of(
                                    EncodeHintType.MARGIN,
                                    MARGIN,
                                    EncodeHintType.ERROR_CORRECTION,
                                    ErrorCorrectionLevel.L,
                                    EncodeHintType.CHARACTER_SET,
                                    "UTF-8"));
            return draw(code);
        } catch (WriterException e) {
            throw new UsageException("the file is too long for a QR code", e);
        }
    }

    private static String draw(BitMatrix code) {
        StringBuilder text = new StringBuilder();
        for (int y = 0; y < code.getHeight(); y += 2) {
            text.append(y == 0 ? "" : "\n").append(DARK_ON_LIGHT);
            for (int x = 0; x < code.getWidth(); x++) {
                boolean lower = y + 1 < code.getHeight() && code.get(x, y + 1);
                text.append(HALVES[(code.get(x, y) ? 2 : 0) + (lower ? 1 : 0)]);
            }
            text.append(RESET);
        }
        return text.toString();
    }
}
