#include "identity/internal/http_uri.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace ambit::identity::internal {
namespace {

TEST(NormaliseHttpUri, BringsEqualUrisToOneForm) {
  for (const auto& [uri, normal] : std::initializer_list<std::pair<const char*, const char*>>{
           {"http://h", "http://h/"},
           {"http://h/", "http://h/"},
           {"HTTP://HoSt:80/A", "http://host/A"},
           {"https://h:443/", "https://h/"},
           {"https://h:80/", "https://h:80/"},
           {"http://h:/x", "http://h/x"},
           {"http://h?q", "http://h/"},
           {"http://h#f", "http://h/"},
           {"http://h/a?b#c", "http://h/a"},
           {"http://h/%7e%2f%c3%a9", "http://h/~%2F%C3%A9"},
           {"http://[::1]:7700/mcp", "http://[::1]:7700/mcp"},
           {"http://127.0.0.1:7700/mcp", "http://127.0.0.1:7700/mcp"},
           {"http://h/a;b=c,d@e:f/(!)", "http://h/a;b=c,d@e:f/(!)"}}) {
    EXPECT_EQ(normalise_http_uri(uri), normal) << uri;
  }
}

TEST(NormaliseHttpUri, RefusesWhatItCannotCompare) {
  for (const char* uri : {"",
                          "h",
                          "/path",
                          "//h/path",
                          "ftp://h/",
                          "http:/h",
                          "http://",
                          "http:///x",
                          "http://:80/",
                          "http://user@h/",
                          "http://user:pw@h/",
                          "http://h:8a/",
                          "http://h:80:80/",
                          "http://::1/",
                          "http://[::1/",
                          "http://[]/",
                          "http://h/a b",
                          "http://h/%",
                          "http://h/%4",
                          "http://h/%zz",
                          "http://h/a/../b",
                          "http://h/./b",
                          "http://h/..",
                          "http://h/%2e%2e/b",
                          "http://h/\xC3\xA9",
                          "http://h\xC3\xA9/",
                          "http://h/\"",
                          "http://h/a\\b",
                          "http://h\\x/",
                          "http://h/\x01"}) {
    EXPECT_EQ(normalise_http_uri(uri), std::nullopt) << uri;
  }
}

TEST(NormaliseHttpUri, IsItsOwnNormalForm) {
  const auto letters =
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("aB%2e/.:[]@?#8-_~")));
  EXPECT_TRUE(rc::check([&letters] {
    const auto once = normalise_http_uri("http://" + *letters);
    if (once) RC_ASSERT(normalise_http_uri(*once) == once);
  }));
}

}  // namespace
}  // namespace ambit::identity::internal
