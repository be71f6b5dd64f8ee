// One test as its JSON file states it: what its files hold, and its requests.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cedar/authorizer.h"
#include "cedar/entities.h"
#include "cedar/policy.h"
#include "cedar_schema/schema.h"
#include "conformance_folder.h"
#include "text/json.h"

namespace ambit::conformance {

struct TestFile {
  fs::path path;
  text::Json json;
  std::optional<cedar::Schema> schema;  // none when the test names none
};

// Whether a JSON file is a test: an object with `requests`, or one that names entities.
bool is_test(const text::Json& json);

// Reads the schema that a test names, in either syntax.
Result<TestFile> read_test_file(const fs::path& path, text::Json json, const Folder& folder);

Result<cedar::PolicySet> read_policies(const TestFile& test, const Folder& folder);
Result<text::Json> read_entities_json(const TestFile& test, const Folder& folder);

// With the schema if there is one, and without, as the reference does where it is not told to
// validate.
Result<cedar::Entities> read_entities(const text::Json& json, const TestFile& test);
Result<cedar::Entities> read_entities_without_schema(const text::Json& json);

// Without the schema where the request says that it is not to be validated.
Result<cedar::Request> read_request(const text::Json& json, const TestFile& test);

// Whether a request is to be validated: unless it says otherwise.
bool is_validated(const text::Json& request);

// The description of a request, or its number.
std::string name_of_request(const text::Json& request, std::size_t index);

}  // namespace ambit::conformance
