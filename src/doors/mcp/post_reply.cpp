#include "doors/mcp/internal/post_reply.h"

#include <utility>

namespace ambit::doors::mcp {

PostReply::PostReply(std::shared_ptr<net::Exchange> exchange, Accepts accepts, std::size_t requests,
                     bool is_batch)
    : exchange_(std::move(exchange)), accepts_(accepts), missing_(requests), is_batch_(is_batch) {}

bool PostReply::open_stream() {
  if (stream_) return true;
  if (!accepts_.events) return false;
  stream_ = exchange_->start_sse(200, {});
  // A graceful stop lets calls that are under way finish.
  stream_->on_drain([] {});
  for (std::string& answer : std::exchange(answers_, {})) stream_->event(answer);
  return true;
}

void PostReply::notify(std::string message) {
  if (open_stream()) stream_->event(message);
}

void PostReply::keep_alive() {
  if (open_stream()) stream_->comment("working");
}

void PostReply::respond(std::string message) {
  if (missing_ == 0) return;
  --missing_;
  if (!accepts_.json) open_stream();
  if (stream_) {
    stream_->event(message);
    if (missing_ == 0) stream_->close();
    return;
  }
  answers_.push_back(std::move(message));
  if (missing_ > 0) return;
  if (!is_batch_) return exchange_->respond(net::HttpResponse::json(200, std::move(answers_[0])));
  std::string all = "[";
  for (const std::string& answer : answers_) {
    if (all.size() > 1) all += ',';
    all += answer;
  }
  exchange_->respond(net::HttpResponse::json(200, all + "]"));
}

void PostReply::withdraw(std::string otherwise) {
  if (missing_ == 0) return;
  if (!open_stream()) return respond(std::move(otherwise));
  if (--missing_ == 0) stream_->close();
}

}  // namespace ambit::doors::mcp
