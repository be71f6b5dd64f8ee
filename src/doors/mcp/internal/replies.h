// Where the messages that belong to one request of an agent go.
#pragma once

#include <string>

namespace ambit::doors::mcp {

class Replies {
 public:
  virtual ~Replies() = default;
  // A notification that belongs to the request, before its answer. Dropped where the client takes
  // no event stream.
  virtual void notify(std::string message) = 0;
  // Shows the client, and whatever stands between, that the request is still being worked on.
  virtual void keep_alive() = 0;
  // The answer. Each request gets this or `withdraw`, once.
  virtual void respond(std::string message) = 0;
  // The client cancelled the request and expects no answer; `otherwise` where one must be given.
  virtual void withdraw(std::string otherwise) = 0;
};

}  // namespace ambit::doors::mcp
