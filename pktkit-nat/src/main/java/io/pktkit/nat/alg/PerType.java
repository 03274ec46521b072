// SPDX-License-Identifier: MIT
package io.pktkit.nat.alg;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A type of ASN.1 as packed encoding rules see it, from the notation of {@code h323.types}. */
final class PerType {

    /** For a bound that there is none of. */
    static final long UNBOUNDED = -1;

    /** Leads to nothing that is asked for; the rest of the message can be left. */
    static final PerType UNREAD = new PerType('-');

    final char kind;

    /** The bounds of an integer, or of how many there are. */
    long low;

    long high = UNBOUNDED;

    /** The bits of a character. */
    int bits;

    boolean extensible;

    /** Whether it begins with an IPv4 address and a port. */
    boolean isAddress;

    Field[] fields = {};

    /** Those that are known of what was added later; what is null is skipped. */
    @Nullable
    Field[] extensions = {};

    /** A part of a type. */
    record Field(String name, boolean optional, PerType type) {}

    private PerType(char kind) {
        this.kind = kind;
    }

    /** Reads the types that are named in a resource beside this class. */
    static Map<String, PerType> load(String resource) {
        Map<String, PerType> named = new HashMap<>();
        Map<String, PerType> numbered = new HashMap<>();
        List<String> lines = lines(resource);
        for (String line : lines) {
            int space = line.indexOf(' ');
            numbered.put("@" + line.substring(0, space), new PerType(line.charAt(space + 1)));
        }
        for (String line : lines) {
            String[] words = line.split(" ", -1);
            if (words[0].equals("=")) {
                named.put(words[1], type(words[2], numbered));
            } else {
                type("@" + words[0], numbered).read(words, numbered);
            }
        }
        return named;
    }

    private static List<String> lines(String resource) {
        List<String> lines = new ArrayList<>();
        try (InputStream stream = PerType.class.getResourceAsStream(resource)) {
            if (stream == null) {
                throw new IllegalStateException("a resource is missing: resource=" + resource);
            }
            BufferedReader reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.US_ASCII));
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (!line.startsWith("#")) {
                    lines.add(line);
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return lines;
    }

    private void read(String[] words, Map<String, PerType> numbered) {
        isAddress = words[1].endsWith("!");
        if (kind == 'L') {
            bounds(words[1].substring(1));
            fields = new Field[] {new Field("", false, type(words[2], numbered))};
            return;
        }
        List<Field> root = new ArrayList<>();
        List<@Nullable Field> added = new ArrayList<>();
        for (int i = 2; i < words.length; i++) {
            if (words[i].equals("|")) {
                extensible = true;
            } else if (extensible) {
                added.add(words[i].equals("-") ? null : field(words[i], numbered));
            } else {
                root.add(field(words[i], numbered));
            }
        }
        fields = root.toArray(new Field[0]);
        extensions = added.toArray(new Field[0]);
    }

    private static Field field(String word, Map<String, PerType> numbered) {
        int colon = word.indexOf(':');
        String name = word.substring(0, colon);
        boolean optional = name.endsWith("?");
        return new Field(
                optional ? name.substring(0, name.length() - 1) : name,
                optional,
                type(word.substring(colon + 1), numbered));
    }

    private static PerType type(String word, Map<String, PerType> numbered) {
        if (word.startsWith("@")) {
            PerType type = numbered.get(word);
            if (type == null) {
                throw new IllegalStateException("no such type: " + word);
            }
            return type;
        }
        if (word.equals("-")) {
            return UNREAD;
        }
        PerType type = new PerType(word.charAt(0));
        int colon = word.indexOf(':');
        if (type.kind == 's') {
            type.bits = Integer.parseInt(word.substring(1, colon));
        }
        type.bounds(word.substring(Math.max(1, colon + 1)));
        return type;
    }

    private void bounds(String bounds) {
        extensible = bounds.endsWith("x");
        String text = extensible ? bounds.substring(0, bounds.length() - 1) : bounds;
        int dots = text.indexOf("..");
        if (dots >= 0) {
            low = Long.parseLong(text.substring(0, dots));
            high = text.length() == dots + 2 ? UNBOUNDED : Long.parseLong(text.substring(dots + 2));
        } else {
            low = UNBOUNDED;
        }
    }

    int optionalCount() {
        int count = 0;
        for (Field field : fields) {
            count += field.optional ? 1 : 0;
        }
        return count;
    }
}
