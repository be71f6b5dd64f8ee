// The fixture of the verbs' tests.
#pragma once

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>

#include "cli/internal/test_console.h"
#include "text/json.h"

namespace ambit::cli {

class VerbsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "ambit_verbs_XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::string file(const std::string& name, const std::string& content) {
    std::ofstream(folder + "/" + name) << content;
    return folder + "/" + name;
  }
  std::string content(const std::string& name) const {
    std::ifstream stream(folder + "/" + name);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  text::Json body() const { return *text::parse_json(command.requests.back().body); }
  bool printed(const std::string& part) const {
    return command.out.str().find(part) != std::string::npos;
  }
  bool complained(const std::string& part) const {
    return command.err.str().find(part) != std::string::npos;
  }

  std::string folder;
  TestCommand command;
};

}  // namespace ambit::cli
