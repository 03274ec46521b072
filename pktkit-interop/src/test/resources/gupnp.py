# SPDX-License-Identifier: MIT
"""A control point of GUPnP: finds the gateway, calls its actions and hears its events. gupnp.py INTERFACE OWN-ADDRESS"""
import sys

import gi

gi.require_version("GUPnP", "1.6")
from gi.repository import GLib, GObject, GUPnP  # noqa: E402

SERVICE = "urn:schemas-upnp-org:service:WANIPConnection:2"
interface, own = sys.argv[1:3]
loop = GLib.MainLoop()
counts = []


def text(value):
    made = GObject.Value()
    made.init(GObject.TYPE_STRING)
    made.set_string(value)
    return made


def call(proxy, name, arguments, results):
    names = [each for each, _ in arguments]
    action = GUPnP.ServiceProxyAction.new_from_list(name, names, [text(value) for _, value in arguments])
    try:
        proxy.call_action(action, None)
        done, values = action.get_result_list(results, [GObject.TYPE_STRING] * len(results))
        print(name, *values, flush=True)
    except GLib.Error as fault:
        print(name, "fault", fault.code, fault.message, flush=True)


def notified(proxy, variable, value, *unused):
    print("event", variable, value, flush=True)
    if variable == "PortMappingNumberOfEntries":
        counts.append(int(str(value)))
        GLib.idle_add(counted, proxy)


def counted(proxy):
    """Others may have mappings too: what counts is what changes by ours."""
    if len(counts) == 1:
        work(proxy)
    elif counts[-1] == counts[0] + 1:
        print("one more", flush=True)
        call(proxy, "DeletePortMapping", MAPPING[:3], [])
    elif counts[-1] == counts[0]:
        print("as before", flush=True)
        loop.quit()
    return False


MAPPING = [
    ("NewRemoteHost", ""),
    ("NewExternalPort", "8095"),
    ("NewProtocol", "TCP"),
    ("NewInternalPort", "9000"),
    ("NewInternalClient", own),
    ("NewEnabled", "1"),
    ("NewPortMappingDescription", "by gupnp"),
    ("NewLeaseDuration", "600"),
]


def work(proxy):
    call(proxy, "GetExternalIPAddress", [], ["NewExternalIPAddress"])
    call(proxy, "GetStatusInfo", [], ["NewConnectionStatus", "NewLastConnectionError"])
    call(proxy, "AddPortMapping", MAPPING, [])
    call(proxy, "GetSpecificPortMappingEntry", MAPPING[:3], ["NewInternalClient", "NewInternalPort"])
    call(proxy, "GetGenericPortMappingEntry", [("NewPortMappingIndex", "99")], ["NewInternalClient"])


def available(point, proxy):
    print("found", proxy.get_service_type(), flush=True)
    for variable in ("ExternalIPAddress", "PortMappingNumberOfEntries"):
        proxy.add_notify(variable, GObject.TYPE_STRING, notified, None)
    proxy.set_subscribed(True)


context = GUPnP.Context.new(interface, 0)
point = GUPnP.ControlPoint.new(context, SERVICE)
point.connect("service-proxy-available", available)
point.set_active(True)
GLib.timeout_add_seconds(80, loop.quit)
loop.run()
