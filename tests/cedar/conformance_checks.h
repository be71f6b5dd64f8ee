// What can be checked of a file of Cedar's tests, one function a kind of file.
#pragma once

#include "conformance_folder.h"
#include "conformance_tally.h"
#include "conformance_test_file.h"

namespace ambit::conformance {

// A test: decision, reasons and errors of each request, four times: as written, with the policies
// printed and read again, and with the entities written and read again, with and without their
// schema.
void check_decisions(const TestFile& test, const Folder& folder, Tally& tally);

// A test: whether strict validation of its policies says what `shouldValidate` says.
void check_should_validate(const TestFile& test, const Folder& folder, Tally& tally);

// `.cedarschema`: it is read, resolved, printed, read again and still the same, and so it is by way
// of JSON.
void check_schema_text(const fs::path& path, Tally& tally);

// `.cedarschema.json`: the same, and it means what the text beside it means.
void check_json_schema(const fs::path& path, const Folder& folder, Tally& tally);

// `.validation.json`: whether requests, entities and policies are right by their schema.
void check_validation(const fs::path& path, const Folder& folder, Tally& tally);

// The policies of that file: each one strict and permissive.
void check_policy_validation(const fs::path& path, const text::Json& expected, const TestFile& test,
                             const Folder& folder, Tally& tally);

// `.parsing.json`: whether entities can be read by their schema.
void check_parsing(const fs::path& path, const Folder& folder, Tally& tally);

}  // namespace ambit::conformance
