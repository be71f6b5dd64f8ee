#include "doors/rest/internal/route.h"

namespace ambit::doors::rest {
namespace {

using text::Json;

Json reference(std::string_view schema) {
  return Json::object({{"$ref", "#/components/schemas/" + std::string(schema)}});
}

Json content_of(std::string_view schema) {
  if (schema == "bytes") return Json::object({{"application/octet-stream", Json::object()}});
  if (schema == "tar") return Json::object({{"application/x-tar", Json::object()}});
  if (schema == "text") {
    return Json::object(
        {{"text/plain", Json::object({{"schema", Json::object({{"type", "string"}})}})}});
  }
  return Json::object({{"application/json", Json::object({{"schema", reference(schema)}})}});
}

Json parameter(std::string_view name, std::string_view in, std::string_view description) {
  Json out = Json::object({{"name", name},
                           {"in", in},
                           {"required", in == "path"},
                           {"schema", Json::object({{"type", "string"}})}});
  if (!description.empty()) out.set("description", description);
  return out;
}

Json schema_of(const QueryParameter& query) {
  switch (query.type) {
    case QueryType::kText: break;
    case QueryType::kNumber: return Json::object({{"type", "integer"}, {"minimum", 0}});
    case QueryType::kTime: return Json::object({{"type", "string"}, {"format", "date-time"}});
    case QueryType::kLimit:
      return Json::object({{"type", "integer"},
                           {"minimum", 1},
                           {"maximum", static_cast<std::int64_t>(query.most)},
                           {"default", static_cast<std::int64_t>(query.usual)}});
  }
  return Json::object({{"type", "string"}});
}

Json parameters_of(const Route& route) {
  Json out = Json::array();
  std::string_view rest = route.path;
  for (std::size_t open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
    const std::size_t close = rest.find('}', open);
    out.push_back(parameter(rest.substr(open + 1, close - open - 1), "path", ""));
    rest.remove_prefix(close + 1);
  }
  for (const QueryParameter& query : route.query) {
    out.push_back(parameter(query.name, "query", query.description));
    out.as_array().back().set("schema", schema_of(query));
  }
  return out;
}

Json operation_of(const Route& route) {
  Json success = Json::object({{"description", route.summary}});
  if (route.answer[0] != '\0') success.set("content", content_of(route.answer));
  Json problem = Json::object(
      {{"description", "Problem details (RFC 9457)"},
       {"content", Json::object({{"application/problem+json",
                                  Json::object({{"schema", reference("Problem")}})}})}});
  Json responses = Json::object();
  responses.set(std::to_string(route.status), std::move(success));
  responses.set("default", std::move(problem));

  Json out = Json::object({{"operationId", route.operation},
                           {"tags", Json::array({route.tag})},
                           {"summary", route.summary}});
  if (Json parameters = parameters_of(route); !parameters.as_array().empty()) {
    out.set("parameters", std::move(parameters));
  }
  if (route.body[0] != '\0') {
    out.set("requestBody", Json::object({{"required", true}, {"content", content_of(route.body)}}));
  }
  out.set("responses", std::move(responses));
  if (route.access == Access::kNobody) out.set("security", Json::array());
  return out;
}

std::string lower_case(std::string_view method) {
  std::string out(method);
  for (char& c : out) c = static_cast<char>(c | 0x20);
  return out;
}

Json security_schemes() {
  return Json::object({{"bearer", Json::object({{"type", "http"},
                                                {"scheme", "bearer"},
                                                {"description",
                                                 "an access token of a human or service "
                                                 "(`amb_...`), or a bearer task credential"}})},
                       {"dpop", Json::object({{"type", "http"},
                                              {"scheme", "dpop"},
                                              {"description",
                                               "a key-bound task credential, with a proof of "
                                               "possession in the header `DPoP` (RFC 9449)"}})}});
}

}  // namespace

std::string make_openapi(const std::vector<Route>& routes, const RestOptions& options) {
  Json paths = Json::object();
  for (const Route& route : routes) {
    if (paths.find(route.path) == nullptr) paths.set(route.path, Json::object());
    paths.find(route.path)->set(lower_case(route.method), operation_of(route));
  }
  // Our own text: it parses, or the tests fail.
  Json components = Json::object({{"securitySchemes", security_schemes()},
                                  {"schemas", text::parse_json(schemas()).value_or(Json())}});
  return text::to_json(Json::object(
      {{"openapi", "3.1.0"},
       {"info", Json::object({{"title", "Ambit"},
                              {"version", options.version},
                              {"summary", "Identity and runtime authority of AI agents"},
                              {"license", Json::object({{"name", "Apache-2.0"},
                                                        {"identifier", "Apache-2.0"}})}})},
       {"servers", Json::array({Json::object({{"url", options.issuer}})})},
       {"security", Json::array({Json::object({{"bearer", Json::array()}}),
                                 Json::object({{"dpop", Json::array()}})})},
       {"paths", std::move(paths)},
       {"components", std::move(components)}}));
}

}  // namespace ambit::doors::rest
