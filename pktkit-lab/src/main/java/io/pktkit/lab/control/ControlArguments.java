// SPDX-License-Identifier: MIT
package io.pktkit.lab.control;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a verb was given. Immutable. */
public final class ControlArguments {

    private final Map<String, Object> values;

    ControlArguments(Map<String, Object> values) {
        this.values = values;
    }

    /**
     * Reads a text.
     *
     * @param name what it is called
     * @return the text
     * @throws IllegalArgumentException if there is none
     */
    public String text(String name) {
        if (values.get(name) instanceof String text) {
            return text;
        }
        throw new IllegalArgumentException("a text is missing: " + name);
    }

    /**
     * Reads a value of any kind.
     *
     * @param name what it is called
     * @return a string, number, boolean, list or map; null if it was not given
     */
    public @Nullable Object value(String name) {
        return values.get(name);
    }
}
