// Decisions and what came of them as OpenTelemetry spans, and OCSF events as log records, in the
// JSON of OTLP/HTTP (opentelemetry-proto, JSON mapping: ids in hex, times as decimal strings).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "streams/evidence_item.h"
#include "text/json.h"

namespace ambit::streams {

// The span of a decision or of an outcome, which is its child; nothing for other records. All of a
// task is one trace. Ids are made of the records' own, so that what is sent twice is the same span.
std::optional<text::Json> to_span(const EvidenceItem& item);

// A log record that holds an OCSF event.
text::Json to_log_record(const text::Json& ocsf);

// The body of a request to `/v1/traces`, or to `/v1/logs`.
std::string trace_request(std::vector<text::Json> spans, std::string_view version);
std::string log_request(std::vector<text::Json> records, std::string_view version);

}  // namespace ambit::streams
