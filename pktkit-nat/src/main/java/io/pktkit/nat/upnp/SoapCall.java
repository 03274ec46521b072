// SPDX-License-Identifier: MIT
package io.pktkit.nat.upnp;

import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.xml.XMLConstants;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * A call of an action: the one element in the body of a SOAP envelope (UDA 1.1 section 3.2.1).
 *
 * <p>The XML is read by the JDK's StAX reader with everything external off, from text that has no document type: that is looked
 * for first, so that no entity is ever declared, and a reference to one is an error. Depth and counts are bounded here, sizes by
 * the body that it came in.
 *
 * @param service the type of the service
 * @param action the name of the action
 * @param arguments their texts, by name
 */
record SoapCall(String service, String action, Map<String, String> arguments) {

    static final String ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/";

    private static final int MAX_ARGUMENTS = 32;
    private static final int MAX_TEXT = 4096;

    private static final XMLInputFactory FACTORY = factory();

    private static XMLInputFactory factory() {
        XMLInputFactory made = XMLInputFactory.newDefaultFactory();
        made.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        made.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        made.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, false);
        made.setProperty(XMLInputFactory.IS_COALESCING, true);
        made.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, true);
        made.setProperty(XMLConstants.ACCESS_EXTERNAL_DTD, "");
        made.setXMLResolver((publicId, systemId, base, namespace) -> {
            throw new XMLStreamException("nothing external is read");
        });
        return made;
    }

    /** Reads a call; null if it is none. */
    static @Nullable SoapCall parse(byte[] body) {
        String text = decode(body);
        if (text == null || text.contains("<!DOCTYPE") || text.contains("<!ENTITY")) {
            return null;
        }
        XMLStreamReader reader;
        try {
            // It is made for one thread at a time.
            synchronized (FACTORY) {
                reader = FACTORY.createXMLStreamReader(new StringReader(text));
            }
            return envelope(reader);
        } catch (XMLStreamException | RuntimeException e) {
            return null; // the reader throws both for what is no XML
        }
    }

    /** UDA 1.1 section 3.2 knows UTF-8 alone; what the declaration says does not matter to a reader of characters. */
    private static @Nullable String decode(byte[] body) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(body))
                    .toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private static @Nullable SoapCall envelope(XMLStreamReader reader) throws XMLStreamException {
        if (nextTag(reader) != XMLStreamConstants.START_ELEMENT || !isSoap(reader, "Envelope")) {
            return null;
        }
        int event = nextTag(reader);
        if (event == XMLStreamConstants.START_ELEMENT && isSoap(reader, "Header")) {
            skip(reader);
            event = nextTag(reader);
        }
        if (event != XMLStreamConstants.START_ELEMENT
                || !isSoap(reader, "Body")
                || nextTag(reader) != XMLStreamConstants.START_ELEMENT) {
            return null;
        }
        String service = reader.getNamespaceURI();
        String action = reader.getLocalName();
        Map<String, String> arguments = service == null ? null : arguments(reader);
        return arguments == null || service == null ? null : new SoapCall(service, action, arguments);
    }

    private static boolean isSoap(XMLStreamReader reader, String name) {
        return ENVELOPE.equals(reader.getNamespaceURI()) && name.equals(reader.getLocalName());
    }

    /** The next beginning or end of an element, with nothing but space, comments and instructions before it. */
    private static int nextTag(XMLStreamReader reader) throws XMLStreamException {
        while (true) {
            int event = reader.next();
            boolean blank = event == XMLStreamConstants.SPACE
                    || event == XMLStreamConstants.COMMENT
                    || event == XMLStreamConstants.PROCESSING_INSTRUCTION
                    || ((event == XMLStreamConstants.CHARACTERS || event == XMLStreamConstants.CDATA)
                            && reader.isWhiteSpace());
            if (!blank) {
                return event;
            }
        }
    }

    private static void skip(XMLStreamReader reader) throws XMLStreamException {
        for (int depth = 1; depth > 0; ) {
            int event = reader.next();
            depth += event == XMLStreamConstants.START_ELEMENT ? 1 : 0;
            depth -= event == XMLStreamConstants.END_ELEMENT ? 1 : 0;
            if (depth > 16 || event == XMLStreamConstants.END_DOCUMENT) {
                throw new XMLStreamException("too deep");
            }
        }
    }

    private static @Nullable Map<String, String> arguments(XMLStreamReader reader) throws XMLStreamException {
        Map<String, String> arguments = new LinkedHashMap<>();
        while (true) {
            int event = nextTag(reader);
            if (event == XMLStreamConstants.END_ELEMENT) {
                return arguments;
            }
            if (event != XMLStreamConstants.START_ELEMENT || arguments.size() >= MAX_ARGUMENTS) {
                return null;
            }
            String name = reader.getLocalName();
            String value = reader.getElementText().strip();
            if (value.length() > MAX_TEXT || arguments.put(name, value) != null) {
                return null;
            }
        }
    }
}
