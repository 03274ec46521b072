// SPDX-License-Identifier: MIT
package io.pktkit.nat.alg;

import io.pktkit.nat.helper.HelperPayload;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Replacements in a text, made all at once or not at all: half of them would make a message that contradicts itself. */
final class TextEdits {

    private final String text;
    private final List<Edit> edits = new ArrayList<>();

    private record Edit(int from, int to, String with) {}

    TextEdits(String text) {
        this.text = text;
    }

    /** Replaces a part of the text, which overlaps no other; an empty one inserts. */
    void replace(int from, int to, String with) {
        if (!text.substring(from, to).equals(with)) {
            edits.add(new Edit(from, to, with));
        }
    }

    boolean isEmpty() {
        return edits.isEmpty();
    }

    /** By how much a part of the text becomes longer. */
    int growth(int from, int to) {
        int growth = 0;
        for (Edit edit : edits) {
            if (edit.from >= from && edit.to <= to) {
                growth += edit.with.length() - (edit.to - edit.from);
            }
        }
        return growth;
    }

    /**
     * Makes the replacements.
     *
     * @param offset where the text begins in the payload
     * @return by how much the payload became longer; 0 too if nothing could be changed
     */
    int apply(HelperPayload payload, int offset) {
        if (edits.isEmpty()) {
            return 0;
        }
        edits.sort(Comparator.comparingInt(Edit::from));
        int first = Math.min(edits.get(0).from, text.length() - 1);
        StringBuilder changed = new StringBuilder();
        int done = first;
        for (Edit edit : edits) {
            changed.append(text, done, edit.from).append(edit.with);
            done = edit.to;
        }
        if (done == first) {
            changed.append(text, done, ++done); // an insertion alone
        }
        byte[] with = changed.toString().getBytes(StandardCharsets.ISO_8859_1);
        return payload.replace(offset + first, offset + done, with) ? with.length - (done - first) : 0;
    }
}
