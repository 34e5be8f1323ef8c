// SPDX-License-Identifier: Apache-2.0
#include <mirror/serve/xml_rpc_reply.hpp>
#include <verify/report/xml_text.hpp>

namespace heliograph::mirror {

namespace {

void append_string(std::string& xml, std::string_view text) {
    xml += "<value><string>";
    xml += verify::encode_xml_text(text);
    xml += "</string></value>";
}

void append_int(std::string& xml, std::int64_t number) {
    xml += "<value><int>" + std::to_string(number) + "</int></value>";
}

void append_int(std::string& xml, verify::Serial serial) {
    append_int(xml, static_cast<std::int64_t>(serial.value));
}

HttpReply come_again(XmlRpcFault fault, std::string_view text) {
    HttpReply reply = xml_reply(render_fault(fault, text));
    HeaderList more;
    more.add("Retry-After", "30");
    reply.head = std::make_shared<const std::string>(*reply.head + more.render());
    return reply;
}

constexpr std::string_view response_begin =
    "<?xml version='1.0'?>\n<methodResponse><params><param>";
constexpr std::string_view response_end = "</param></params></methodResponse>\n";

}  // namespace

HttpReply xml_reply(const std::string& xml) {
    HeaderList head;
    head.add("Content-Type", "text/xml; charset=utf-8");
    head.add("Cache-Control", "no-store");
    return HttpReply{
        200,
        std::make_shared<const std::string>(head.render()),
        BytesBody{std::make_shared<const Bytes>(to_bytes(xml))}};
}

HttpReply unavailable_reply() {
    return come_again(XmlRpcFault::unavailable, "server error; service unavailable");
}

HttpReply too_many_calls_reply() {
    return come_again(
        XmlRpcFault::wrapped,
        "HTTPTooManyRequests: this client has too many calls waiting; ask again in 30 seconds"
    );
}

std::string render_fault(XmlRpcFault fault, std::string_view text) {
    std::string xml =
        "<?xml version='1.0'?>\n<methodResponse><fault><value><struct>"
        "<member><name>faultCode</name>";
    append_int(xml, static_cast<int>(fault));
    xml += "</member><member><name>faultString</name>";
    append_string(xml, text);
    return xml + "</member></struct></value></fault></methodResponse>\n";
}

std::string render_serial(verify::Serial serial) {
    std::string xml(response_begin);
    append_int(xml, serial);
    return xml.append(response_end);
}

std::string render_events(const std::vector<WarehouseEvent>& events) {
    std::string xml(response_begin);
    xml += "<value><array><data>";
    for (const auto& event : events) {
        xml += "<value><array><data>";
        append_string(xml, event.name);
        if (event.version) {
            append_string(xml, *event.version);
        } else {
            xml += "<value><nil/></value>";
        }
        append_int(xml, event.time.time_since_epoch().count());
        append_string(xml, event.action);
        append_int(xml, event.serial);
        xml += "</data></array></value>\n";
    }
    xml += "</data></array></value>";
    return xml.append(response_end);
}

std::string render_packages(const std::map<std::string, verify::Serial>& packages) {
    std::string xml(response_begin);
    xml += "<value><struct>";
    for (const auto& [name, serial] : packages) {
        xml += "<member><name>" + name + "</name>";
        append_int(xml, serial);
        xml += "</member>\n";
    }
    xml += "</struct></value>";
    return xml.append(response_end);
}

}  // namespace heliograph::mirror
