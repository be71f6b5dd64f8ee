// rooms: vault
// Records with sealed values: what comes from a file, and what stands beside it. The first byte
// says how long the record is, in units of 16 bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "vault/open_record.h"

namespace {

using namespace ambit;

class OneKey final : public vault::KeyRing {
 public:
  Result<vault::FoundKey> find(const std::string& id) const override {
    if (id != key_->id()) return vault::FoundKey();
    return vault::FoundKey{vault::KeyState::kHeld, key_};
  }

 private:
  std::shared_ptr<const vault::SealingKey> key_ =
      std::make_shared<const vault::SealingKey>("tsk_1", crypto::SecretBytes(std::string(32, 's')));
};

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const OneKey keys;
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t length = std::min<std::size_t>(rest.size(), data[0] * 16u);
  const std::string_view record = rest.substr(0, length);
  const std::string_view beside = rest.substr(length);
  const auto locked = vault::open_record(1, record, beside, nullptr);
  const auto opened = vault::open_record(1, record, beside, &keys);
  if (!opened) return 0;
  // What opens with keys can be read without, and only values are added.
  require(locked.has_value());
  require(opened->record.kind == locked->record.kind && opened->record.at == locked->record.at);
  const bool sealed = locked->record.body.find("sealed") != nullptr;
  require(sealed == (locked->values == vault::Values::kLocked));
  if (opened->values == vault::Values::kOpen) require(sealed && !beside.empty());
  return 0;
}
