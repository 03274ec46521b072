// SPDX-License-Identifier: MIT
package io.pktkit.dns;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A DNS message (RFC 1035 section 4), query or response. Immutable.
 *
 * @param id the identifier that pairs a response with its query, 0 to 65535
 * @param flags the second word of the header: {@link #QR}, {@link #AA}, {@link #TC}, {@link #RD}, {@link #RA}, {@link
 *     #AD}, {@link #CD}, the opcode, and the lower four bits of the response code
 * @param questions in practice exactly one
 * @param answers the records that answer
 * @param authorities the records that say who knows, or for how long a name does not exist
 * @param additionals other records, without the OPT pseudo record
 * @param edns what the OPT pseudo record said, or null if there was none
 */
public record DnsMessage(
        int id,
        int flags,
        List<DnsQuestion> questions,
        List<DnsRecord> answers,
        List<DnsRecord> authorities,
        List<DnsRecord> additionals,
        @Nullable Edns edns) {
    /** The octets of the header. */
    public static final int HEADER_LENGTH = 12;

    /** The most octets of a message, over TCP. */
    public static final int MAX_LENGTH = 65535;

    /** Flag: a response. */
    public static final int QR = 0x8000;

    /** Flag: the server is an authority for the name. */
    public static final int AA = 0x0400;

    /** Flag: cut to fit; to be asked again over TCP. */
    public static final int TC = 0x0200;

    /** Flag: the server is asked to find out what it does not know. */
    public static final int RD = 0x0100;

    /** Flag: the server does so. */
    public static final int RA = 0x0080;

    /** Flag: the data is authentic in the server's eyes (RFC 4035). */
    public static final int AD = 0x0020;

    /** Flag: the asker does its own checking (RFC 4035). */
    public static final int CD = 0x0010;

    private static final int OPCODE_MASK = 0x7800;
    private static final int RESPONSE_CODE_MASK = 0x000F;

    /**
     * Copies the lists and checks the ranges.
     *
     * @param id see above
     * @param flags see above
     * @param questions copied
     * @param answers copied
     * @param authorities copied
     * @param additionals copied, without OPT
     * @param edns null for none
     */
    public DnsMessage {
        DnsRecord.checkUnsigned16("id", id);
        DnsRecord.checkUnsigned16("flags", flags);
        questions = List.copyOf(questions);
        answers = List.copyOf(answers);
        authorities = List.copyOf(authorities);
        additionals = List.copyOf(additionals);
    }

    /**
     * Makes a recursive query with {@link Edns#DEFAULT}.
     *
     * @param id the identifier; unpredictable, if the answer is to be believed
     * @param name the name to ask for
     * @param type the record type to ask for
     * @return the query
     */
    public static DnsMessage query(int id, DnsName name, int type) {
        DnsQuestion question = new DnsQuestion(name, type, DnsType.CLASS_IN);
        return new DnsMessage(id, RD, List.of(question), List.of(), List.of(), List.of(), Edns.DEFAULT);
    }

    /**
     * Makes the response of a recursive server. Identifier, question, opcode, RD and CD are the query's; EDNS is spoken
     * if the query did, without options. A query with several questions gets none of them back (RFC 9619).
     *
     * @param query the query
     * @param responseCode 0 to 4095, see {@link DnsResponseCode}; codes above 15 need EDNS and are cut to their lower four
     *     bits without
     * @param answers the records that answer, aliases before what they stand for
     * @param authorities for an empty answer {@link DnsRecord#negativeSoa}, so that it can be cached
     * @return the response
     */
    public static DnsMessage response(
            DnsMessage query, int responseCode, List<DnsRecord> answers, List<DnsRecord> authorities) {
        return respond(query, responseCode, 0, answers, authorities, List.of());
    }

    private static DnsMessage respond(
            DnsMessage query,
            int responseCode,
            int moreFlags,
            List<DnsRecord> answers,
            List<DnsRecord> authorities,
            List<DnsRecord> additionals) {
        if (responseCode < 0 || responseCode > 0xFFF) {
            throw new IllegalArgumentException("responseCode must be in [0, 4095]: responseCode=" + responseCode);
        }
        int flags = QR | RA | moreFlags | (query.flags & (OPCODE_MASK | RD | CD)) | (responseCode & RESPONSE_CODE_MASK);
        Edns edns = query.edns == null
                ? null
                : new Edns(Edns.RECOMMENDED_PAYLOAD_SIZE, responseCode >>> 4, 0, query.edns.dnssecOk());
        return new DnsMessage(query.id, flags, one(query.questions), answers, authorities, additionals, edns);
    }

    private static List<DnsQuestion> one(List<DnsQuestion> questions) {
        return questions.size() == 1 ? questions : List.of();
    }

    /**
     * Makes a response without records, such as NXDOMAIN or SERVFAIL.
     *
     * @param query the query
     * @param responseCode see {@link DnsResponseCode}
     * @return the response
     */
    public static DnsMessage failure(DnsMessage query, int responseCode) {
        return response(query, responseCode, List.of(), List.of());
    }

    /**
     * Answers octets that cannot be read as a message, as far as their header tells how (RFC 1035 section 4.1.1, RFC 6891
     * section 6.1.1).
     *
     * @param buffer where they are; position and limit are neither used nor changed
     * @param offset where they start
     * @param length how many there are
     * @return FORMERR without a question, or null if there is not even a header, or that of a response: two servers must never
     *     begin to talk to each other
     */
    public static @Nullable DnsMessage refusal(ByteBuffer buffer, int offset, int length) {
        if (offset < 0 || length < HEADER_LENGTH || length > buffer.limit() - offset) {
            return null;
        }
        DnsReader reader = new DnsReader(buffer, offset, HEADER_LENGTH);
        int id = reader.unsigned16();
        int flags = reader.unsigned16();
        if ((flags & QR) != 0) {
            return null;
        }
        int kept = QR | RA | (flags & (OPCODE_MASK | RD | CD)) | DnsResponseCode.FORMERR;
        return new DnsMessage(id, kept, List.of(), List.of(), List.of(), List.of(), null);
    }

    /**
     * Reads a message. Octets behind it are ignored.
     *
     * @param buffer where it is; position and limit are neither used nor changed
     * @param offset where it starts
     * @param length the octets it may take, all inside the buffer's limit
     * @return the message, or null if the octets are none
     */
    public static @Nullable DnsMessage parse(ByteBuffer buffer, int offset, int length) {
        if (offset < 0 || length < HEADER_LENGTH || length > buffer.limit() - offset) {
            return null;
        }
        DnsReader reader = new DnsReader(buffer, offset, Math.min(length, MAX_LENGTH));
        int id = reader.unsigned16();
        int flags = reader.unsigned16();
        int[] counts = {reader.unsigned16(), reader.unsigned16(), reader.unsigned16(), reader.unsigned16()};
        List<DnsQuestion> questions = new ArrayList<>(1);
        for (int i = 0; i < counts[0] && !reader.failed(); i++) {
            questions.add(new DnsQuestion(reader.name(), reader.unsigned16(), reader.unsigned16()));
        }
        List<DnsRecord> answers = DnsRecordReader.section(reader, counts[1]);
        List<DnsRecord> authorities = DnsRecordReader.section(reader, counts[2]);
        List<DnsRecord> additionals = DnsRecordReader.section(reader, counts[3]);
        if (reader.failed() || containsOpt(answers) || containsOpt(authorities)) {
            return null;
        }
        Edns edns = null;
        for (DnsRecord record : additionals) {
            if (record.type() == DnsType.OPT) {
                if (edns != null || !record.name().isRoot()) {
                    return null; // RFC 6891 section 6.1.1: one at most, owned by the root
                }
                edns = DnsRecordReader.edns(record);
                if (edns == null) {
                    return null;
                }
            }
        }
        additionals.removeIf(record -> record.type() == DnsType.OPT);
        return new DnsMessage(id, flags, questions, answers, authorities, additionals, edns);
    }

    /**
     * Reads a message that fills an array.
     *
     * @param octets the array
     * @return the message, or null if the octets are none
     */
    public static @Nullable DnsMessage parse(byte[] octets) {
        return parse(ByteBuffer.wrap(octets), 0, octets.length);
    }

    /**
     * Writes the message. Records that do not fit are left out; if answers or authorities are among them, TC is set (RFC
     * 2181 section 9). Header, question and OPT are always written.
     *
     * @param target a buffer; position and limit are neither used nor changed
     * @param offset where to start
     * @param limit the most octets to write; at least what header, question and OPT take, for which {@link
     *     Edns#PLAIN_PAYLOAD_SIZE} always suffices with one question
     * @return the octets written
     * @throws IllegalArgumentException if header, question and OPT do not fit
     */
    public int writeTo(ByteBuffer target, int offset, int limit) {
        DnsWriter writer = new DnsWriter(target, offset, Math.min(limit, MAX_LENGTH));
        int reserved = edns == null ? 0 : edns.length();
        writer.mark();
        for (int i = 0; i < HEADER_LENGTH; i++) {
            writer.unsigned8(0);
        }
        for (DnsQuestion question : questions) {
            writer.name(question.name());
            writer.unsigned16(question.type());
            writer.unsigned16(question.dnsClass());
        }
        if (!writer.fits(reserved)) {
            throw new IllegalArgumentException("header, question and OPT do not fit: limit=" + limit);
        }
        int answerCount = writer.records(answers, reserved);
        int authorityCount = answerCount < answers.size() ? 0 : writer.records(authorities, reserved);
        boolean cut = answerCount < answers.size() || authorityCount < authorities.size();
        int additionalCount = cut ? 0 : writer.records(additionals, reserved);
        if (edns != null) {
            writer.opt(edns);
            additionalCount++;
        }
        target.putShort(offset, (short) id);
        target.putShort(offset + 2, (short) (cut ? flags | TC : flags));
        target.putShort(offset + 4, (short) questions.size());
        target.putShort(offset + 6, (short) answerCount);
        target.putShort(offset + 8, (short) authorityCount);
        target.putShort(offset + 10, (short) additionalCount);
        return writer.length();
    }

    /**
     * Writes the message into an array.
     *
     * @param limit as for {@link #writeTo}; {@link #udpLimit()} of the query for an answer over UDP
     * @return the octets
     */
    public byte[] toBytes(int limit) {
        ByteBuffer target = ByteBuffer.allocate(Math.min(limit, uncompressedLength()));
        int length = writeTo(target, 0, target.capacity());
        return length == target.capacity() ? target.array() : Arrays.copyOf(target.array(), length);
    }

    /** As much as it takes at most; compressed, it is shorter. */
    private int uncompressedLength() {
        int length = HEADER_LENGTH + recordsLength() + (edns == null ? 0 : edns.length());
        for (DnsQuestion question : questions) {
            length += question.name().length() + 4;
        }
        return Math.min(length, MAX_LENGTH);
    }

    /** {@return whether this is a response} */
    public boolean isResponse() {
        return (flags & QR) != 0;
    }

    /** {@return whether records were left out} */
    public boolean isTruncated() {
        return (flags & TC) != 0;
    }

    /** {@return the kind of query, 0 for a usual one} */
    public int opcode() {
        return (flags & OPCODE_MASK) >>> 11;
    }

    /** {@return the response code with the upper bits that EDNS adds, see {@link DnsResponseCode}} */
    public int responseCode() {
        return (flags & RESPONSE_CODE_MASK) | (edns == null ? 0 : edns.extendedResponseCode() << 4);
    }

    /** {@return the question, or null unless there is exactly one} */
    public @Nullable DnsQuestion question() {
        return questions.size() == 1 ? questions.get(0) : null;
    }

    /**
     * Gives how long an answer to this query may be over UDP: what the asker takes, but no more than {@link
     * Edns#RECOMMENDED_PAYLOAD_SIZE}.
     *
     * @return octets, 512 to 1232
     */
    public int udpLimit() {
        int taken = edns == null ? 0 : edns.payloadSize();
        return Math.max(Edns.PLAIN_PAYLOAD_SIZE, Math.min(taken, Edns.RECOMMENDED_PAYLOAD_SIZE));
    }

    /**
     * Gives the same message under another identifier, as a forwarder needs.
     *
     * @param newId 0 to 65535
     * @return the message
     */
    public DnsMessage withId(int newId) {
        return new DnsMessage(newId, flags, questions, answers, authorities, additionals, edns);
    }

    /**
     * Gives this response as the answer to somebody else's query: under that one's identifier, with its question and
     * owner names in the case that it has, flags and EDNS as {@link #response} makes them. Neither AA nor AD is passed on: we
     * are no authority, and did not check (as glibc and dnsmasq see it, too, unless told that the path is safe).
     *
     * @param query a query for the same name, type and class
     * @return the response to it
     */
    public DnsMessage asResponseTo(DnsMessage query) {
        DnsQuestion question = query.question();
        DnsName name = question == null ? null : question.name();
        return respond(
                query,
                responseCode(),
                flags & TC,
                respelled(answers, name),
                respelled(authorities, name),
                respelled(additionals, name));
    }

    /**
     * Gives the same message with its question, and what it says about that name, spelled in another case.
     *
     * @param question an equal question
     * @return the message
     */
    public DnsMessage withQuestion(DnsQuestion question) {
        DnsName name = question.name();
        return new DnsMessage(
                id,
                flags,
                List.of(question),
                respelled(answers, name),
                respelled(authorities, name),
                respelled(additionals, name),
                edns);
    }

    /** Null for as they are. */
    private static List<DnsRecord> respelled(List<DnsRecord> records, @Nullable DnsName spelled) {
        return spelled == null ? records : mapped(records, record -> record.spelledAs(spelled));
    }

    private static List<DnsRecord> mapped(List<DnsRecord> records, UnaryOperator<DnsRecord> change) {
        if (records.size() < 2) {
            return records.isEmpty() ? records : List.of(change.apply(records.get(0)));
        }
        List<DnsRecord> list = new ArrayList<>(records);
        list.replaceAll(change);
        return list;
    }

    /**
     * Gives the same message after it was kept for a while: all times to live are less by that.
     *
     * @param seconds how long, 0 or more
     * @return the message
     */
    public DnsMessage aged(long seconds) {
        return seconds <= 0
                ? this
                : with(aged(answers, seconds), aged(authorities, seconds), aged(additionals, seconds));
    }

    private static List<DnsRecord> aged(List<DnsRecord> records, long seconds) {
        return mapped(records, record -> record.withTtlSeconds(Math.max(0, record.ttlSeconds() - seconds)));
    }

    /**
     * Gives the same message with other records.
     *
     * @param newAnswers copied
     * @param newAuthorities copied
     * @param newAdditionals copied
     * @return the message
     */
    public DnsMessage with(List<DnsRecord> newAnswers, List<DnsRecord> newAuthorities, List<DnsRecord> newAdditionals) {
        return new DnsMessage(id, flags, questions, newAnswers, newAuthorities, newAdditionals, edns);
    }

    /** {@return about how many octets the records take, names in full} */
    public int recordsLength() {
        return length(answers) + length(authorities) + length(additionals);
    }

    private static int length(List<DnsRecord> records) {
        int length = 0;
        for (DnsRecord record : records) {
            length += record.length();
        }
        return length;
    }

    private static boolean containsOpt(List<DnsRecord> records) {
        for (DnsRecord record : records) {
            if (record.type() == DnsType.OPT) {
                return true;
            }
        }
        return false;
    }
}
