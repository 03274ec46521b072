// SPDX-License-Identifier: MIT
package io.pktkit.vclient.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Header fields in their order; names compare without regard to case, and fields of one name are kept apart. Immutable. */
public final class HttpHeaders {
    /** No fields. */
    public static final HttpHeaders EMPTY = new HttpHeaders(List.of());

    private final List<Field> fields;

    private HttpHeaders(List<Field> fields) {
        this.fields = List.copyOf(fields);
    }

    /**
     * A field.
     *
     * @param name as it was written
     * @param value without white space around it; octets above 127 as characters of ISO 8859-1
     */
    public record Field(String name, String value) {}

    static HttpHeaders of(List<Field> fields) {
        return fields.isEmpty() ? EMPTY : new HttpHeaders(fields);
    }

    /** {@return all fields in their order} */
    public List<Field> fields() {
        return fields;
    }

    /**
     * Finds the first value of a name.
     *
     * @param name in any case
     * @return the value, or empty if there is none
     */
    public Optional<String> first(String name) {
        return fields.stream()
                .filter(field -> field.name().equalsIgnoreCase(name))
                .map(Field::value)
                .findFirst();
    }

    /**
     * Finds the values of a name.
     *
     * @param name in any case
     * @return the values in their order, one for each field: several Set-Cookie stay several
     */
    public List<String> all(String name) {
        return fields.stream()
                .filter(field -> field.name().equalsIgnoreCase(name))
                .map(Field::value)
                .toList();
    }

    /**
     * Gives these fields and one more.
     *
     * @param name a token of RFC 9110 section 5.6.2
     * @param value anything without control characters
     * @return the extended fields
     * @throws IllegalArgumentException if name or value have characters that could break the framing
     */
    public HttpHeaders with(String name, String value) {
        if (!HttpText.isToken(name)) {
            throw new IllegalArgumentException(
                    "a field name consists of letters, digits and !#$%&'*+-.^_`|~: name=" + HttpText.quote(name));
        }
        if (!HttpText.isFieldValue(value)) {
            throw new IllegalArgumentException("a field value has no control characters and none beyond ISO 8859-1: "
                    + name + "=" + HttpText.quote(value));
        }
        List<Field> extended = new ArrayList<>(fields);
        extended.add(new Field(name, value.strip()));
        return new HttpHeaders(extended);
    }

    @Override
    public String toString() {
        return fields.toString();
    }
}
