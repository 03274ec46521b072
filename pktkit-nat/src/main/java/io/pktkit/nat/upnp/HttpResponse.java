// SPDX-License-Identifier: MIT
package io.pktkit.nat.upnp;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** A response that is being made. */
final class HttpResponse {

    static final String XML = "text/xml; charset=\"utf-8\"";

    private final int status;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private byte[] body = new byte[0];

    HttpResponse(int status) {
        this.status = status;
    }

    static HttpResponse xml(int status, String text) {
        HttpResponse made = new HttpResponse(status).header("CONTENT-TYPE", XML);
        made.body = text.getBytes(StandardCharsets.UTF_8);
        return made;
    }

    HttpResponse header(String name, String value) {
        headers.put(name, value);
        return this;
    }

    int status() {
        return status;
    }

    /** The octets; without the body for who asked by HEAD. */
    byte[] toBytes(boolean head, boolean persistent) {
        StringBuilder text = new StringBuilder("HTTP/1.1 " + status + " " + reason(status) + "\r\n");
        headers.forEach(
                (name, value) -> text.append(name).append(": ").append(value).append("\r\n"));
        text.append("SERVER: ").append(UpnpService.SERVER).append("\r\n");
        text.append("CONTENT-LENGTH: ").append(body.length).append("\r\n");
        text.append("CONNECTION: ").append(persistent ? "keep-alive" : "close").append("\r\n\r\n");
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(text.toString().getBytes(StandardCharsets.ISO_8859_1));
        if (!head) {
            all.writeBytes(body);
        }
        return all.toByteArray();
    }

    private static String reason(int status) {
        return switch (status) {
            case 200 -> "OK";
            case 400 -> "Bad Request";
            case 403 -> "Forbidden";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 408 -> "Request Timeout";
            case 412 -> "Precondition Failed";
            case 413 -> "Content Too Large";
            case 414 -> "URI Too Long";
            case 415 -> "Unsupported Media Type";
            case 431 -> "Request Header Fields Too Large";
            case 500 -> "Internal Server Error";
            case 501 -> "Not Implemented";
            case 503 -> "Service Unavailable";
            case 505 -> "HTTP Version Not Supported";
            default -> "Status";
        };
    }
}
