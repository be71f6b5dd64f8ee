// The files of an unpacked folder of Cedar tests, and how they belong together.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/json.h"

namespace ambit::conformance {

namespace fs = std::filesystem;

tl::unexpected<Error> bad(std::string message);

Result<std::string> read_file(const fs::path& path);
Result<text::Json> read_json(const fs::path& path);

// The kinds of file that one test may be spread over: `STEM` and one of these.
inline constexpr std::string_view kTest = ".json";
inline constexpr std::string_view kSchema = ".cedarschema";
inline constexpr std::string_view kJsonSchema = ".cedarschema.json";
inline constexpr std::string_view kEntities = ".entities.json";
inline constexpr std::string_view kValidation = ".validation.json";
inline constexpr std::string_view kParsing = ".parsing.json";

class Folder {
 public:
  explicit Folder(fs::path dir);

  // All files below, sorted.
  const std::vector<fs::path>& files() const { return files_; }

  // The kind of a file, or empty for one of no kind.
  static std::string_view kind_of(const fs::path& file);

  // The file of another kind of the same test: beside it, anywhere below the folder, or in a folder
  // that stands beside this one.
  std::optional<fs::path> sibling(const fs::path& file, std::string_view kind) const;

  // The file that a member of a test names: beside the test, in a folder above it, or anywhere
  // below the folder.
  Result<fs::path> named(const fs::path& test, const text::Json& json, const char* member) const;

 private:
  std::optional<fs::path> anywhere(const std::string& name) const;

  fs::path dir_;
  std::vector<fs::path> files_;
  std::map<std::string, fs::path> by_name_;
};

}  // namespace ambit::conformance
