// What a test reads back from a log: record bodies by kind, decisions with their situation's facts.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ports/log.h"
#include "text/json.h"
#include "vault/open_record.h"

namespace ambit::fakes {

// Newest last; with what they seal, where the key is there.
inline std::vector<text::Json> records_of(const ports::Log& log, const std::string& kind,
                                          const vault::KeyRing* keys) {
  std::map<std::string, text::Json> situations;
  std::vector<text::Json> out;
  (void)log.scan(0, [&](const ports::EntryView& entry) {
    const text::Json record = text::parse_json(entry.record, {1u << 20, 64}).value();
    text::Json body = *record.find("body");
    const std::string_view found = record.string_or("kind", "");
    (void)vault::open_values(found, body, entry.beside, keys);
    if (found == "situation") situations[body.find("id")->as_string()] = *body.find("facts");
    if (found != kind) return true;
    if (found == "decision") {
      for (const auto& [key, value] :
           situations.at(body.find("situation")->as_string()).as_object()) {
        if (!body.find(key)) body.set(key, value);
      }
    }
    out.push_back(std::move(body));
    return true;
  });
  return out;
}

}  // namespace ambit::fakes
