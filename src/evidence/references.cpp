#include <map>

#include "evidence/internal/verification.h"
#include "evidence/selection.h"
#include "text/base64url.h"

namespace ambit::evidence {
namespace {

using text::Json;

std::string digest_of(std::string_view bytes) {
  return text::to_base64url(crypto::sha256(bytes).view());
}

// One document, which may come in parts.
struct Document {
  std::string bytes;
  std::int64_t next_part = 1;
  bool is_whole = false;
};

// Walks the entries and collects what they name and what there is.
class References {
 public:
  void add(const EntryLine& line);
  std::vector<ExportFinding> missing() const;

 private:
  void add_document(std::uint64_t index, const Json& body);
  void add_situation(std::uint64_t index, const Json& body);
  void wrong(std::uint64_t index, std::string what) {
    wrong_.push_back({"reference", index, std::move(what)});
  }

  std::map<std::string, std::uint64_t> situations_needed_;  // by the first entry to need it
  std::map<std::string, std::uint64_t> documents_needed_;
  std::map<std::string, bool> situations_;
  std::map<std::string, Document> documents_;
  std::vector<ExportFinding> wrong_;
};

void References::add(const EntryLine& line) {
  const auto record = text::parse_json(line.record, {1u << 20, 64});
  const Json* body = record ? record->find("body") : nullptr;
  if (body == nullptr || !body->is_object()) return;
  const std::string_view kind = record->string_or("kind", "");
  if (kind == "document") add_document(line.index, *body);
  if (kind == "situation") add_situation(line.index, *body);
  if (kind == "decision") {
    situations_needed_.emplace(body->string_or("situation", ""), line.index);
  }
}

void References::add_document(std::uint64_t index, const Json& body) {
  const std::string digest(body.string_or("digest", ""));
  Document& document = documents_[digest];
  if (document.is_whole) return;  // written again after a crash
  if (body.find("sealed")) {
    // What it says stands encrypted beside the leaf: nobody checks its digest without the key.
    document.is_whole = true;
    return;
  }
  if (const Json* value = body.find("value")) {
    document.bytes = text::to_canonical_json(*value);
    document.is_whole = true;
  } else {
    const Json* part = body.find("part");
    const Json* parts = body.find("parts");
    const auto bytes = text::from_base64(body.string_or("bytes", ""));
    if (part == nullptr || !part->is_int() || parts == nullptr || !parts->is_int() || !bytes) {
      return wrong(index, "entry " + std::to_string(index) + " is a document without a value");
    }
    if (part->as_int() == 1) document = Document();
    if (part->as_int() != document.next_part) return;
    document.bytes += *bytes;
    document.is_whole = document.next_part++ == parts->as_int();
  }
  if (document.is_whole && digest_of(document.bytes) != digest) {
    wrong(index, "the document in entry " + std::to_string(index) + " does not have its digest");
  }
}

void References::add_situation(std::uint64_t index, const Json& body) {
  const std::string id(body.string_or("id", ""));
  const Json* facts = body.find("facts");
  const bool sealed = body.find("sealed") != nullptr;
  if (facts == nullptr || !facts->is_object() ||
      (!sealed && digest_of(text::to_canonical_json(*facts)) != id)) {
    return wrong(index,
                 "the situation in entry " + std::to_string(index) + " does not have its digest");
  }
  situations_[id] = true;
  for (std::string& digest : documents_named(*facts)) {
    documents_needed_.emplace(std::move(digest), index);
  }
}

std::vector<ExportFinding> References::missing() const {
  std::vector<ExportFinding> out = wrong_;
  const auto lacks = [&](const std::string& what, const std::string& digest, std::uint64_t index) {
    out.push_back({"reference", index,
                   "entry " + std::to_string(index) + " refers to the " + what + " `" + digest +
                       "`, which the bundle lacks"});
  };
  for (const auto& [id, index] : situations_needed_) {
    if (!situations_.contains(id)) lacks("situation", id, index);
  }
  for (const auto& [digest, index] : documents_needed_) {
    const auto document = documents_.find(digest);
    if (document == documents_.end() || !document->second.is_whole) {
      lacks("document", digest, index);
    }
  }
  return out;
}

}  // namespace

std::vector<ExportFinding> missing_references(const std::vector<EntryLine>& lines) {
  References references;
  for (const EntryLine& line : lines) references.add(line);
  return references.missing();
}

}  // namespace ambit::evidence
