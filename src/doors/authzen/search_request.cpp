#include "doors/authzen/internal/search_request.h"

#include <utility>

#include "doors/authzen/internal/entities.h"
#include "doors/authzen/internal/fields.h"

namespace ambit::doors::authzen {
namespace {

using service::SearchKind;

Result<> take_page(text::Json& request, service::SearchQuery& out) {
  AMBIT_TRY(text::Json * page, read_optional_object(request, "page", "page"));
  if (page == nullptr) return {};
  AMBIT_CHECK_OK(take_optional(*page, "token", "page.token", out.token));
  AMBIT_CHECK_OK(read_optional_object(*page, "properties", "page.properties"));
  const text::Json* limit = page->find("limit");
  if (limit == nullptr || limit->is_null()) return {};
  if (!limit->is_int() || limit->as_int() < 0) {
    return wrong("page.limit", "must be an integer that is not negative");
  }
  out.limit = static_cast<std::size_t>(limit->as_int());
  return {};
}

Result<const NotOurs*> take_subject(text::Json& request, SearchKind kind, std::string& agent) {
  std::string type;
  AMBIT_TRY(text::Json * subject, read_object(request, "subject"));
  AMBIT_CHECK_OK(take(*subject, "type", "subject.type", type));
  if (kind != SearchKind::kSubject) AMBIT_CHECK_OK(take(*subject, "id", "subject.id", agent));
  AMBIT_CHECK_OK(read_optional_object(*subject, "properties", "subject.properties"));
  return classify_subject(type);
}

Result<const NotOurs*> take_action(text::Json& request) {
  std::string name;
  AMBIT_TRY(text::Json * action, read_object(request, "action"));
  AMBIT_CHECK_OK(take(*action, "name", "action.name", name));
  AMBIT_CHECK_OK(read_optional_object(*action, "properties", "action.properties"));
  return classify_action(name);
}

Result<const NotOurs*> take_resource(text::Json& resource, SearchKind kind, std::string& tool) {
  std::string type;
  AMBIT_CHECK_OK(take(resource, "type", "resource.type", type));
  if (kind == SearchKind::kResource) return classify_resource_type(type);
  AMBIT_CHECK_OK(take(resource, "id", "resource.id", tool));
  return classify_resource(type, tool);
}

void append_entity(std::string& out, SearchKind kind, const std::string& id) {
  switch (kind) {
    case SearchKind::kSubject: out += "{\"type\":\"agent\",\"id\":"; break;
    case SearchKind::kResource: out += "{\"type\":\"tool\",\"id\":"; break;
    case SearchKind::kAction: out += "{\"name\":"; break;
  }
  text::append_json_string(out, id);
}

void append_way(std::string& out, const service::Way& way) {
  out += "{\"task\":";
  text::append_json_string(out, way.task);
  out += ",\"instance\":";
  text::append_json_string(out, way.instance);
  for (std::size_t i = 0; i < way.targets.size(); ++i) {
    out += i == 0 ? ",\"targets\":[{\"kind\":" : ",{\"kind\":";
    text::append_json_string(out, domain::name_of(way.targets[i].kind));
    out += ",\"within\":";
    text::append_json_string(out, way.targets[i].pattern);
    out += '}';
  }
  if (!way.targets.empty()) out += ']';
  out += '}';
}

void append_found(std::string& out, SearchKind kind, const service::Found& found) {
  append_entity(out, kind, found.id);
  out += ",\"properties\":{\"tasks\":[";
  for (std::size_t i = 0; i < found.ways.size(); ++i) {
    if (i > 0) out += ',';
    append_way(out, found.ways[i]);
  }
  out += "]}}";
}

}  // namespace

Result<SearchRequest> read_search(SearchKind kind, std::string_view body) {
  AMBIT_TRY(text::Json json, parse_body(body));
  SearchRequest out;
  out.query.kind = kind;
  AMBIT_TRY(const NotOurs* no_subject, take_subject(json, kind, out.query.agent));
  const NotOurs* no_action = nullptr;
  if (kind != SearchKind::kAction) {
    AMBIT_TRY(no_action, take_action(json));
  }
  AMBIT_TRY(text::Json * resource, read_object(json, "resource"));
  AMBIT_TRY(const NotOurs* no_resource, take_resource(*resource, kind, out.query.tool));
  AMBIT_TRY(Circumstances circumstances, take_circumstances(json, *resource));
  out.query.task = std::move(circumstances.task);
  out.query.instance = std::move(circumstances.instance);
  out.query.intent = std::move(circumstances.intent);
  out.query.justification = std::move(circumstances.justification);
  out.query.arguments = std::move(circumstances.arguments);
  AMBIT_CHECK_OK(take_page(json, out.query));
  out.not_ours = no_subject != nullptr  ? no_subject
                 : no_action != nullptr ? no_action
                                        : no_resource;
  return out;
}

std::string write_search(SearchKind kind, const service::SearchAnswer& answer) {
  // `page` first, as the specification recommends.
  std::string out = "{\"page\":{\"next_token\":";
  text::append_json_string(out, answer.next_token);
  out.append(",\"count\":").append(std::to_string(answer.found.size()));
  out += "},\"context\":{\"id\":";
  text::append_json_string(out, answer.id);
  out.append(",\"ledger_index\":").append(std::to_string(answer.ledger_index)).append(",");
  append_revision(out, answer.revision);
  out += "},\"results\":[";
  for (std::size_t i = 0; i < answer.found.size(); ++i) {
    if (i > 0) out += ',';
    append_found(out, kind, answer.found[i]);
  }
  out += "]}";
  return out;
}

std::string write_nothing_found(const NotOurs& reason) {
  std::string out = "{\"page\":{\"next_token\":\"\",\"count\":0},\"context\":{\"reasons\":[";
  append_reason(out, reason.code, reason.message, reason.remedy);
  out += "]},\"results\":[]}";
  return out;
}

}  // namespace ambit::doors::authzen
