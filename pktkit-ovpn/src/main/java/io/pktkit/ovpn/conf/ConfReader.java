// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.conf;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Takes a file apart into lines of words, as OpenVPN does. */
final class ConfReader {

    private static final long MOST_BYTES = 1 << 20;

    private final Path file;
    private final List<ConfLine> lines = new ArrayList<>();

    private ConfReader(Path file) {
        this.file = file;
    }

    static List<ConfLine> read(Path file) throws IOException {
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new IOException(file + " is longer than 1 MiB: it cannot be what it should be");
            }
            ConfReader reader = new ConfReader(file);
            reader.take(new String(Files.readAllBytes(file), StandardCharsets.UTF_8).split("\r?\n", -1));
            return reader.lines;
        } catch (NoSuchFileException e) {
            throw new IOException("there is no file " + file, e);
        }
    }

    private void take(String[] text) throws ServerConfException {
        for (int at = 0; at < text.length; at++) {
            int number = at + 1;
            String line = text[at].strip();
            if (line.startsWith("\ufeff")) {
                line = line.substring(1).strip();
            }
            if (line.matches("<[A-Za-z0-9-]+>")) {
                String key = line.substring(1, line.length() - 1);
                StringBuilder inline = new StringBuilder();
                at++;
                while (at < text.length && !text[at].strip().equals("</" + key + ">")) {
                    inline.append(text[at++]).append('\n');
                }
                if (at == text.length) {
                    throw new ServerConfException(file.toString(), number, line + " has no end </" + key + ">", null);
                }
                lines.add(new ConfLine(file, number, List.of(key, "[inline]"), inline.toString()));
                continue;
            }
            List<String> words = words(line, number);
            if (!words.isEmpty()) {
                String key = words.get(0);
                words.set(0, key.startsWith("--") ? key.substring(2) : key);
                lines.add(new ConfLine(file, number, List.copyOf(words), null));
            }
        }
    }

    private List<String> words(String line, int number) throws ServerConfException {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean inWord = false;
        char quote = 0;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '\\' && quote != '\'' && i + 1 < line.length()) {
                word.append(line.charAt(++i));
                inWord = true;
            } else if (quote != 0) {
                if (c == quote) {
                    quote = 0;
                } else {
                    word.append(c);
                }
            } else if (c == '"' || c == '\'') {
                quote = c;
                inWord = true;
            } else if ((c == '#' || c == ';') && !inWord) {
                break;
            } else if (Character.isWhitespace(c)) {
                if (inWord) {
                    words.add(word.toString());
                    word.setLength(0);
                    inWord = false;
                }
            } else {
                word.append(c);
                inWord = true;
            }
        }
        if (quote != 0) {
            throw new ServerConfException(file.toString(), number, "a quote " + quote + " has no end", null);
        }
        if (inWord) {
            words.add(word.toString());
        }
        return words;
    }
}
