// Where the events of a stream go.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/event_loop.h"
#include "streams/stream.h"
#include "text/json.h"

namespace ambit::streams {

// Whether a target is the URL of an OTLP endpoint.
inline bool is_url(const std::string& target) {
  return target.starts_with("http://") || target.starts_with("https://");
}

// What became of some events.
struct Sent {
  bool taken = false;        // by the target, for good
  bool refused = false;      // by the target, for good: sending them again is of no use
  std::size_t rejected = 0;  // of those taken, refused nevertheless
  Duration wait{0};          // the target asks for before the next attempt
  std::string trouble = {};
};

// For the stream's thread.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual Sent send(const std::vector<text::Json>& events) = 0;
  // Makes what was taken durable, where that is the sink's own business.
  virtual Result<> sync() = 0;
};

// `stopping` is asked while a write or a request takes long.
Result<std::unique_ptr<Sink>> open_sink(const StreamOptions& options, net::EventLoop& loop,
                                        std::function<bool()> stopping);

}  // namespace ambit::streams
