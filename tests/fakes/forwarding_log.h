// A log that hands everything on to another one; a test overrides what is to go wrong.
#pragma once

#include <string>
#include <utility>

#include "ports/log.h"

namespace ambit::fakes {

class ForwardingLog : public ports::Log {
 public:
  // `log` outlives this.
  explicit ForwardingLog(ports::Log& log) : log_(log) {}

  void append(ports::Entry entry, ports::AppendDone done) override {
    log_.append(std::move(entry), std::move(done));
  }
  Result<> append_reserved(ports::Entry entry, ports::AppendDone done) override {
    return log_.append_reserved(std::move(entry), std::move(done));
  }
  bool writable() const override { return log_.writable(); }
  std::string why_not_writable() const override { return log_.why_not_writable(); }
  std::uint64_t size() const override { return log_.size(); }
  Result<ports::Entry> read(std::uint64_t index) const override { return log_.read(index); }
  Result<> scan(std::uint64_t from, const ports::EntryVisitor& visitor) const override {
    return log_.scan(from, visitor);
  }
  Result<crypto::Digest> root(std::uint64_t size) const override { return log_.root(size); }
  Result<std::string> dropped_state() const override { return log_.dropped_state(); }
  std::string latest_checkpoint() const override { return log_.latest_checkpoint(); }

 private:
  ports::Log& log_;
};

}  // namespace ambit::fakes
