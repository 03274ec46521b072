// SPDX-License-Identifier: MIT
package io.pktkit.nat.upnp;

import io.pktkit.device.Registration;
import io.pktkit.nat.service.NatHost;
import io.pktkit.nat.service.PortLeases;
import io.pktkit.nat.upnp.ServiceSpec.Argument;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The devices on one link: HTTP, and what is announced. Under the lock of the host. */
final class UpnpLink implements AutoCloseable {

    private final Igd igd;
    private final String friendlyName;
    private final String authority;
    private final IgdActions actions;
    private final Subscriptions subscriptions;
    private final HttpServer server;
    private final Ssdp ssdp;
    private final Registration watch;
    private final Registration serving;

    UpnpLink(NatHost host, PortLeases leases, Igd igd, int bootId, String friendlyName, int port) throws IOException {
        this.igd = igd;
        this.friendlyName = friendlyName;
        IpAddress own = host.prefix(IpFamily.IPV4).address();
        this.authority = own + ":" + port;
        this.actions = new IgdActions(host, leases);
        this.subscriptions = new Subscriptions(host, igd, actions);
        this.server = new HttpServer(host, own, port, this::handle);
        try {
            this.ssdp = new Ssdp(host, igd, bootId, "http://" + authority);
        } catch (IOException e) {
            server.close();
            throw e;
        }
        this.serving = leases.serve(host.namespace());
        this.watch = leases.watch(() -> {
            actions.changed();
            subscriptions.changed();
        });
    }

    HttpServer server() {
        return server;
    }

    Subscriptions subscriptions() {
        return subscriptions;
    }

    private HttpResponse handle(HttpRequest request, IpAddress client) {
        // A page that a guest looks at may call us by a name that it has just had lead here.
        String asked = request.header("host");
        boolean ours = authority.equals(asked) || (asked == null && request.minorVersion() == 0);
        if (!ours) {
            return new HttpResponse(400);
        }
        String path = request.path();
        if (path.equals(Igd.ROOT_PATH)) {
            return document(request, igd.description(friendlyName));
        }
        for (ServiceSpec service : igd.services()) {
            if (path.equals(service.descriptionPath())) {
                return document(request, service.description());
            }
            if (path.equals(service.controlPath())) {
                return request.method().equals("POST")
                        ? control(service, request, client)
                        : new HttpResponse(405).header("ALLOW", "POST");
            }
            if (path.equals(service.eventPath())) {
                return subscriptions.handle(service, request, client);
            }
        }
        return new HttpResponse(404);
    }

    private static HttpResponse document(HttpRequest request, String text) {
        return switch (request.method()) {
            case "GET", "HEAD" -> HttpResponse.xml(200, text);
            default -> new HttpResponse(405).header("ALLOW", "GET, HEAD");
        };
    }

    private HttpResponse control(ServiceSpec service, HttpRequest request, IpAddress client) {
        String type = request.header("content-type");
        if (type == null || !type.startsWith("text/xml")) {
            return new HttpResponse(415);
        }
        SoapCall call = SoapCall.parse(request.body());
        if (call == null) {
            return fault(new UpnpFault(UpnpFault.INVALID_ACTION));
        }
        try {
            return HttpResponse.xml(200, respond(service, call, request.header("soapaction"), client))
                    .header("EXT", "");
        } catch (UpnpFault e) {
            return fault(e);
        }
    }

    private String respond(ServiceSpec service, SoapCall call, @Nullable String header, IpAddress client)
            throws UpnpFault {
        ServiceSpec.Action spec = service.actions().get(call.action());
        String named = "\"" + call.service() + "#" + call.action() + "\"";
        if (spec == null || !service.isOf(call.service()) || !named.equals(header)) {
            throw new UpnpFault(UpnpFault.INVALID_ACTION);
        }
        Map<String, String> in = new LinkedHashMap<>();
        for (Argument argument : spec.in()) {
            String value = call.arguments().get(argument.name());
            if (value == null || !service.isValid(argument.variable(), value)) {
                throw new UpnpFault(UpnpFault.INVALID_ARGS);
            }
            in.put(argument.name(), value);
        }
        List<String> values = actions.call(igd, call.action(), in, client);
        StringBuilder xml = new StringBuilder(head());
        xml.append("<u:" + call.action() + "Response xmlns:u=\"" + call.service() + "\">");
        List<Argument> out = spec.out();
        for (int i = 0; i < out.size(); i++) {
            String name = out.get(i).name();
            // miniupnpc reads a list that is XML itself only so; what is in it is escaped, and cannot end it.
            boolean list = out.get(i).variable().equals("A_ARG_TYPE_PortListing");
            String text = list ? "<![CDATA[" + values.get(i) + "]]>" : XmlText.escape(values.get(i));
            xml.append("<" + name + ">").append(text).append("</" + name + ">");
        }
        return xml.append("</u:" + call.action() + "Response>").append(tail()).toString();
    }

    private static HttpResponse fault(UpnpFault fault) {
        return HttpResponse.xml(
                        500,
                        head() + "<s:Fault><faultcode>s:Client</faultcode><faultstring>UPnPError</faultstring><detail>"
                                + "<UPnPError xmlns=\"urn:schemas-upnp-org:control-1-0\"><errorCode>" + fault.code()
                                + "</errorCode><errorDescription>" + fault.getMessage()
                                + "</errorDescription></UPnPError></detail></s:Fault>" + tail())
                .header("EXT", "");
    }

    private static String head() {
        return "<?xml version=\"1.0\"?>\n<s:Envelope xmlns:s=\"" + SoapCall.ENVELOPE
                + "\" s:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\"><s:Body>";
    }

    private static String tail() {
        return "</s:Body></s:Envelope>\n";
    }

    @Override
    public void close() {
        watch.close();
        ssdp.close();
        subscriptions.close();
        server.close();
        serving.close();
    }

    @Override
    public String toString() {
        return "UpnpLink[" + authority + "]";
    }
}
