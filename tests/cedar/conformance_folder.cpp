#include "conformance_folder.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

namespace ambit::conformance {
namespace {

constexpr text::JsonLimits kLimits{64u << 20, 500};

}  // namespace

tl::unexpected<Error> bad(std::string message) {
  return fail(Code::kInvalid, "conformance", std::move(message));
}

Result<std::string> read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  if (!in) return bad("cannot read `" + path.string() + "`");
  return std::move(out).str();
}

Result<text::Json> read_json(const fs::path& path) {
  AMBIT_TRY(std::string bytes, read_file(path));
  return text::parse_json(bytes, kLimits);
}

Folder::Folder(fs::path dir) : dir_(std::move(dir)) {
  for (const auto& entry : fs::recursive_directory_iterator(dir_)) {
    if (!entry.is_regular_file()) continue;
    files_.push_back(entry.path());
    by_name_.emplace(entry.path().filename().string(), entry.path());
  }
  std::sort(files_.begin(), files_.end());
}

std::string_view Folder::kind_of(const fs::path& file) {
  const std::string name = file.filename().string();
  for (const std::string_view kind :
       {kJsonSchema, kEntities, kValidation, kParsing, kSchema, kTest}) {
    if (name.ends_with(kind)) return kind;
  }
  return {};
}

std::optional<fs::path> Folder::anywhere(const std::string& name) const {
  if (const auto at = by_name_.find(name); at != by_name_.end()) return at->second;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(dir_.parent_path(), ignored)) {
    if (entry.path() != dir_ && entry.is_directory(ignored) &&
        fs::is_regular_file(entry.path() / name, ignored)) {
      return entry.path() / name;
    }
  }
  return std::nullopt;
}

std::optional<fs::path> Folder::sibling(const fs::path& file, std::string_view kind) const {
  const std::string name = file.filename().string();
  const std::string wanted = name.substr(0, name.size() - kind_of(file).size()) + std::string(kind);
  if (fs::is_regular_file(file.parent_path() / wanted)) return file.parent_path() / wanted;
  return anywhere(wanted);
}

Result<fs::path> Folder::named(const fs::path& test, const text::Json& json,
                               const char* member) const {
  const text::Json* name = json.find(member);
  if (name == nullptr || !name->is_string()) return bad(std::string("no `") + member + "`");
  for (fs::path dir = test.parent_path();; dir = dir.parent_path()) {
    if (fs::is_regular_file(dir / name->as_string())) return dir / name->as_string();
    if (dir == dir.parent_path()) break;
  }
  if (const auto found = anywhere(fs::path(name->as_string()).filename().string())) return *found;
  return bad("there is no file `" + name->as_string() + "`");
}

}  // namespace ambit::conformance
