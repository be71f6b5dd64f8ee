#include "text/json_fault.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "text/json.h"

namespace ambit::text {
namespace {

std::string fault(std::string_view bytes) {
  const auto found = find_json_fault(bytes);
  if (!found) return "none";
  return std::to_string(found->line) + ":" + std::to_string(found->column) + " " + found->wanted;
}

TEST(JsonFault, SaysWhereTheTextCannotGoOn) {
  EXPECT_EQ(fault("{\"a\": 1,\n \"b\": [1, 2,]}"), "2:13 a value");
  EXPECT_EQ(fault("{\"a\": 1,\n}"), "2:1 a key in double quotes");
  EXPECT_EQ(fault("{\"a\" 1}"), "1:6 a colon after the key");
  EXPECT_EQ(fault("{\n  'a': 1}"), "2:3 a key in double quotes, or `}`");
  EXPECT_EQ(fault("{\"a\": 1 \"b\": 2}"), "1:9 a comma or `}`");
  EXPECT_EQ(fault("[1 2]"), "1:4 a comma or `]`");
  EXPECT_EQ(fault("[1, tru]"), "1:5 a value");
  EXPECT_EQ(fault("[\"é\", x]"), "1:7 a value") << "columns are characters";
  EXPECT_EQ(fault("[1"), "1:3 a comma or `]`");
  EXPECT_EQ(fault(""), "1:1 a value");
  EXPECT_EQ(fault("{} {}"), "1:4 nothing after the value");
  EXPECT_EQ(fault("\"a\\x\""), "1:4 one of the escapes of JSON");
  EXPECT_EQ(fault("[\"a]"), "1:2 a closing `\"` of this string");
  EXPECT_EQ(fault("\"a\nb\""), "1:3 no control character in a string");
  EXPECT_EQ(fault("[01]"), "1:3 a comma or `]`");
  EXPECT_EQ(fault("[-]"), "1:3 a digit");
  EXPECT_EQ(fault("\xEF\xBB\xBF[]"), "1:1 no byte order mark before the value");
}

TEST(JsonFault, FindsNothingInWhatIsJson) {
  EXPECT_EQ(fault(" {\"a\": [1, -0.5e+3, true, null, \"\\u00e9\\n\"], \"b\": {}, \"c\": []} \r\n"),
            "none");
}

// The reader that counts must refuse exactly what has a fault, for texts of its own characters.
RC_GTEST_PROP(JsonFault, AgreesWithTheReader, ()) {
  const auto pieces = *rc::gen::container<std::vector<std::string>>(
      rc::gen::element<std::string>("{", "}", "[", "]", ",", ":", "\"a\"", "\"b\"", "1", "-", "0",
                                    ".5", "e1", "true", "nul", " ", "\n", "\"", "\\n"));
  std::string text;
  for (const auto& piece : pieces) text += piece;
  const auto read = parse_json(text);
  const bool refused_as_syntax =
      !read && (read.error().reason == "json.syntax" || read.error().reason == "json.number");
  RC_ASSERT(find_json_fault(text).has_value() == refused_as_syntax);
}

}  // namespace
}  // namespace ambit::text
