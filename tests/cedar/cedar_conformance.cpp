// Runs an unpacked folder of Cedar's tests against the reference evaluator, the schema and the
// validator:
//
//   cedar-conformance DIR
//
// Below DIR it takes every file of a kind it knows and checks what that kind states; what a file
// refers to is looked for beside it, in the folders above it, anywhere below DIR, and in folders
// beside DIR:
//
//   NAME.json               a test, if it is an object with `requests`: decisions, reasons, errors,
//                           and `shouldValidate`
//   NAME.cedarschema        a schema: read, resolved, printed, converted, and still the same
//   NAME.cedarschema.json   the same schema in JSON
//   NAME.validation.json    whether policies, entities and requests of the test are valid
//   NAME.parsing.json       whether its entities can be read with its schema
//
// Ends with `N passed, N failed`, counting single checks; exit status 0 when none failed.
#include <cstdio>
#include <utility>

#include "conformance_checks.h"

namespace {

using namespace ambit::conformance;

void check_test(const fs::path& path, const Folder& folder, Tally& tally) {
  auto json = read_json(path);
  // Whatever it was meant to be, a file that cannot be read is not passed over in silence.
  if (!json) return tally.failed("files", path, json.error().message);
  if (!is_test(*json)) return;
  const auto test = read_test_file(path, *std::move(json), folder);
  if (!test) return tally.failed("files", path, test.error().message);
  check_decisions(*test, folder, tally);
  check_should_validate(*test, folder, tally);
}

void check_file(const fs::path& path, const Folder& folder, Tally& tally) {
  const std::string_view kind = Folder::kind_of(path);
  if (kind == kTest) check_test(path, folder, tally);
  if (kind == kSchema) check_schema_text(path, tally);
  if (kind == kJsonSchema) check_json_schema(path, folder, tally);
  if (kind == kValidation) check_validation(path, folder, tally);
  if (kind == kParsing) check_parsing(path, folder, tally);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: cedar-conformance DIR\n");
    return 2;
  }
  std::error_code error;
  const fs::path dir = fs::canonical(argv[1], error);
  if (error || !fs::is_directory(dir)) {
    std::fprintf(stderr, "cedar-conformance: `%s` is not a folder\n", argv[1]);
    return 2;
  }
  const Folder folder(dir);
  Tally tally;
  for (const fs::path& path : folder.files()) check_file(path, folder, tally);
  if (tally.empty()) {
    std::fprintf(stderr, "cedar-conformance: there is no test below `%s`\n", argv[1]);
    return 2;
  }
  return tally.print() ? 0 : 1;
}
