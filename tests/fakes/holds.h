// Retention holds in memory.
#pragma once

#include <string>
#include <vector>

#include "ports/holds.h"

namespace ambit::fakes {

struct FakeHolds final : ports::Holds {
  std::vector<ports::Hold> held;

  Result<std::vector<ports::Hold>> all() const override { return held; }
  Result<> place(const ports::Hold& hold) override {
    for (const ports::Hold& other : held) {
      if (other.name == hold.name) return fail(Code::kConflict, "hold.exists", hold.name);
    }
    held.push_back(hold);
    return {};
  }
  Result<> release(const std::string& name) override {
    const auto gone =
        std::erase_if(held, [&](const ports::Hold& hold) { return hold.name == name; });
    if (gone == 0) return fail(Code::kNotFound, "hold.unknown", name);
    return {};
  }
};

}  // namespace ambit::fakes
