#include "vault/open_record.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "text/base64url.h"

namespace ambit::vault {
namespace {

using text::Json;

class OneKey final : public KeyRing {
 public:
  explicit OneKey(std::string id = "tsk_1", char fill = 's')
      : key_(std::make_shared<const SealingKey>(std::move(id),
                                                crypto::SecretBytes(std::string(32, fill)))) {}
  Result<FoundKey> find(const std::string& id) const override {
    if (id != key_->id()) return FoundKey();
    if (erased) return FoundKey{KeyState::kErased, nullptr};
    return FoundKey{KeyState::kHeld, key_};
  }
  const SealingKey& key() const { return *key_; }

  bool erased = false;

 private:
  std::shared_ptr<const SealingKey> key_;
};

struct Written {
  std::string record;
  std::string beside;
};

Written outcome(const SealingKey& key, const std::string& detail) {
  Json body = Json::object({{"decision", "dec_1"}, {"status", "tool_error"}, {"detail", detail}});
  Written out;
  out.beside = seal_members("outcome", body, {"detail", "missing"}, key);
  out.record = ledger::encode_record(Time{1}, "outcome", body).value();
  return out;
}

TEST(SealingKey, GivesBackWhatItSealedAndTheSameBytesEachTime) {
  const OneKey ring;
  EXPECT_TRUE(rc::check([&](const std::string& context, const std::string& values) {
    const Sealed sealed = ring.key().seal(context, values);
    RC_ASSERT(ring.key().open(context, sealed.commitment, sealed.beside).value() == values);
    const Sealed again = ring.key().seal(context, values);
    RC_ASSERT(again.commitment == sealed.commitment && again.beside == sealed.beside);
    RC_ASSERT(sealed.beside.size() == values.size() + 17);
  }));
}

// The commitment is what docs/formats/records.md says, made another way.
TEST(SealingKey, CommitsByHmacOverTheIdTheContextAndTheValues) {
  const std::string secret(32, 's');
  const std::string key = std::string(crypto::hmac_sha256(secret, "ambit/vault/commit/1").view());
  const std::string head = std::string("\0\0\0\x05tsk_1\0\0\0\x0eoutcome\ndec_1x", 4 + 5 + 4 + 14);
  EXPECT_EQ(OneKey().key().seal("outcome\ndec_1x", "{}").commitment,
            crypto::hmac_sha256(key, head + "{}"));
}

TEST(SealingKey, EqualValuesInTwoRecordsOrUnderTwoKeysDoNotLookAlike) {
  const OneKey one, other("tsk_1", 't'), renamed("tsk_2");
  const Sealed a = one.key().seal("decision\na", "same");
  for (const Sealed& b :
       {one.key().seal("decision\nb", "same"), other.key().seal("decision\na", "same"),
        renamed.key().seal("decision\na", "same")}) {
    EXPECT_NE(a.commitment, b.commitment);
    EXPECT_NE(a.beside, b.beside);
  }
}

TEST(SealingKey, NoticesEveryChange) {
  const OneKey ring;
  const Sealed sealed = ring.key().seal("c", "values");
  const auto reason = [&](std::string_view context, const crypto::Digest& commitment,
                          const std::string& beside) {
    const auto opened = ring.key().open(context, commitment, beside);
    return opened ? "" : opened.error().reason;
  };
  EXPECT_EQ(reason("d", sealed.commitment, sealed.beside), "vault.tampered");
  for (std::size_t i = 0; i < sealed.commitment.bytes.size(); ++i) {
    crypto::Digest changed = sealed.commitment;
    changed.bytes[i] ^= 1;
    EXPECT_EQ(reason("c", changed, sealed.beside), "vault.tampered") << i;
  }
  for (std::size_t i = 0; i < sealed.beside.size(); ++i) {
    std::string changed = sealed.beside;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(reason("c", sealed.commitment, changed), "vault.tampered") << i;
    EXPECT_EQ(reason("c", sealed.commitment, sealed.beside.substr(0, i)), "vault.tampered") << i;
  }
  EXPECT_EQ(OneKey("tsk_1", 'x').key().open("c", sealed.commitment, sealed.beside).error().reason,
            "vault.tampered");
}

TEST(OpenRecord, PutsTheValuesBackWhereTheyBelong) {
  const OneKey ring;
  const Written written = outcome(ring.key(), "no such file `/home/alice`");
  EXPECT_EQ(written.record.find("alice"), std::string::npos);
  EXPECT_EQ(written.beside.find("alice"), std::string::npos);
  EXPECT_TRUE(written.record.ends_with(R"("kind":"outcome","v":2})"));
  EXPECT_TRUE(ledger::has_kind(written.record, "outcome"));
  const auto opened = open_record(7, written.record, written.beside, &ring);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->values, Values::kOpen);
  EXPECT_EQ(opened->record.body, Json::object({{"decision", "dec_1"},
                                               {"status", "tool_error"},
                                               {"detail", "no such file `/home/alice`"}}));
}

TEST(OpenRecord, MergesIntoObjectsAndListsMemberByMember) {
  const OneKey ring;
  Json body = text::parse_json(R"({"decision":{"reasons":[{"code":"a"},{"code":"b"}],
    "verdict":"deny"},"id":"dec_1"})")
                  .value();
  const std::string values =
      R"({"arguments":{"path":"/x"},"decision":{"reasons":[{"message":"m"},{"message":"n"}]}})";
  const Sealed sealed = ring.key().seal(context_of("decision", "dec_1"), values);
  std::string member;
  append_sealed(member, ring.key().id(), sealed.commitment);
  body.set("sealed", text::parse_json(member).value());
  ASSERT_EQ(open_values("decision", body, sealed.beside, &ring).value(), Values::kOpen);
  EXPECT_EQ(body, text::parse_json(R"({"arguments":{"path":"/x"},"decision":{"reasons":
    [{"code":"a","message":"m"},{"code":"b","message":"n"}],"verdict":"deny"},"id":"dec_1"})")
                      .value());
}

TEST(OpenRecord, SaysErasedAndLockedApart) {
  OneKey ring;
  const Written written = outcome(ring.key(), "detail");
  const auto locked = open_record(7, written.record, written.beside, nullptr);
  ASSERT_TRUE(locked);
  EXPECT_EQ(locked->values, Values::kLocked);
  EXPECT_NE(locked->record.body.find("sealed"), nullptr);
  const OneKey other("tsk_2");
  EXPECT_EQ(open_record(7, written.record, written.beside, &other)->values, Values::kLocked);
  ring.erased = true;
  const auto erased = open_record(7, written.record, written.beside, &ring);
  ASSERT_TRUE(erased);
  EXPECT_EQ(erased->values, Values::kErased);
  EXPECT_EQ(erased->record.body.find("detail"), nullptr);
  EXPECT_EQ(name_of(erased->values), "erased");
}

TEST(OpenRecord, NamesTheEntryWhoseValuesWereChanged) {
  const OneKey ring;
  const Written a = outcome(ring.key(), "one");
  const Written b = outcome(ring.key(), "two");
  const auto mixed = open_record(7, a.record, b.beside, &ring);
  ASSERT_FALSE(mixed);
  EXPECT_EQ(mixed.error().reason, "vault.tampered");
  EXPECT_NE(mixed.error().message.find("entry 7"), std::string::npos);
  EXPECT_EQ(open_record(7, a.record, "", &ring).error().reason, "vault.tampered");
}

TEST(OpenRecord, ReadsRecordsFromBeforeThereWereSealedValues) {
  const std::string old = R"({"at":1,"body":{"detail":"d","id":"x"},"kind":"decision","v":1})";
  const auto opened = open_record(0, old, "", nullptr);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->values, Values::kNone);
  EXPECT_EQ(opened->record.body.string_or("detail", ""), "d");
}

TEST(OpenRecord, RefusesVersionsThatDoNotFitAndThoseOfTheFuture) {
  const std::string sealed_as_1 =
      R"({"at":1,"body":{"sealed":{"commitment":"","key":"k"}},"kind":"x","v":1})";
  EXPECT_EQ(open_record(0, sealed_as_1, "", nullptr).error().reason, "ledger.record_form");
  const std::string open_as_2 = R"({"at":1,"body":{},"kind":"x","v":2})";
  EXPECT_EQ(open_record(0, open_as_2, "", nullptr).error().reason, "ledger.record_form");
  const std::string future = R"({"at":1,"body":{},"kind":"x","v":3})";
  EXPECT_EQ(open_record(0, future, "", nullptr).error().reason, "ledger.version");
  for (const char* member :
       {"7", "{}", R"({"commitment":"AAAA","key":"k"})", R"({"commitment":"*","key":"k"})"}) {
    const std::string record =
        R"({"at":1,"body":{"sealed":)" + std::string(member) + R"(},"kind":"x","v":2})";
    EXPECT_EQ(open_record(0, record, "", nullptr).error().reason, "ledger.record_form") << member;
  }
}

TEST(OpenRecord, ABodyWithNothingToSealStaysAsItIs) {
  const OneKey ring;
  Json body = Json::object({{"decision", "d"}});
  EXPECT_EQ(seal_members("outcome", body, {"detail"}, ring.key()), "");
  EXPECT_EQ(body, Json::object({{"decision", "d"}}));
}

TEST(HasKind, LooksAtTheEndOnly) {
  EXPECT_TRUE(ledger::has_kind(R"({"at":1,"body":{},"kind":"decision","v":1})", "decision"));
  EXPECT_FALSE(ledger::has_kind(R"({"at":1,"body":{},"kind":"decision","v":1})", "decisio"));
  EXPECT_FALSE(ledger::has_kind(R"({"at":1,"body":{},"kind":"decision","v":1})", "sion"));
  EXPECT_FALSE(ledger::has_kind(
      R"({"at":1,"body":{"x":"\"kind\":\"decision\",\"v\":1}"},"kind":"x","v":1})", "decision"));
  EXPECT_FALSE(ledger::has_kind("", "decision"));
}

}  // namespace
}  // namespace ambit::vault
