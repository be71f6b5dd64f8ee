// One evaluation, and several in one request.
#include <utility>
#include <vector>

#include "doors/authzen/internal/batch.h"
#include "doors/authzen/internal/door.h"

namespace ambit::doors::authzen {
namespace {

using Answered = std::function<void(bool permitted, std::string answer)>;

// Answers one item of a request. A single evaluation is refused where an item is only closed.
void answer_item(AuthzenDoor::State& door, const service::Caller& caller,
                 Result<Evaluation> evaluation, Clock::time_point began, Answered done) {
  if (!evaluation) return done(false, write_error(evaluation.error()));
  auto question = question_of(caller, *std::move(evaluation));
  if (!question) return done(false, write_error(question.error()));
  if (question->not_ours != nullptr) return done(false, write_answer(*question->not_ours));
  decide(door, std::move(question->attempt), began,
         [done = std::move(done)](const service::Released& released) {
           done(released.decision.verdict == domain::Verdict::kAllow, write_answer(released));
         });
}

// A request of several evaluations until its answer is given.
class Run : public std::enable_shared_from_this<Run> {
 public:
  Run(AuthzenDoor::State& door, SharedExchange exchange, service::Caller caller, Batch batch,
      Clock::time_point began)
      : door_(door),
        exchange_(std::move(exchange)),
        caller_(std::move(caller)),
        batch_(std::move(batch)),
        began_(began),
        answers_(batch_.items.size()) {}

  void start() {
    if (batch_.semantic != Semantic::kExecuteAll) return next(0);
    // All begin in order, so that one write to the ledger serves them.
    for (std::size_t i = 0; i < answers_.size(); ++i) {
      ask(i, [self = shared_from_this()](bool) {
        if (++self->answered_ == self->answers_.size()) self->finish(self->answers_.size());
      });
    }
  }

 private:
  void ask(std::size_t i, std::function<void(bool permitted)> then) {
    answer_item(
        door_, caller_, std::move(batch_.items[i]), began_,
        [self = shared_from_this(), i, then = std::move(then)](bool permitted, std::string answer) {
          self->answers_[i] = std::move(answer);
          then(permitted);
        });
  }

  // One after the other; what comes after the one that settles it is never attempted.
  void next(std::size_t i) {
    if (i == answers_.size()) return finish(i);
    ask(i, [self = shared_from_this(), i](bool permitted) {
      if (self->settles(permitted)) return self->finish(i + 1);
      // Not from here: answers that come at once must not pile up on the stack.
      self->exchange_->loop().post([self, i] { self->next(i + 1); });
    });
  }

  bool settles(bool permitted) const {
    return permitted == (batch_.semantic == Semantic::kPermitOnFirstPermit);
  }

  void finish(std::size_t count) {
    std::string out = "{\"evaluations\":[";
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) out += ',';
      out += answers_[i];
    }
    out += "]}";
    respond(*exchange_, net::HttpResponse::json(200, std::move(out)));
  }

  AuthzenDoor::State& door_;
  SharedExchange exchange_;
  service::Caller caller_;
  Batch batch_;
  Clock::time_point began_;
  std::vector<std::string> answers_;
  std::size_t answered_ = 0;
};

void evaluate_one(AuthzenDoor::State& door, SharedExchange exchange, service::Caller caller,
                  Evaluation evaluation, Clock::time_point began) {
  auto question = question_of(std::move(caller), std::move(evaluation));
  if (!question) return refuse(*exchange, question.error());
  if (question->not_ours != nullptr) {
    return respond(*exchange, net::HttpResponse::json(200, write_answer(*question->not_ours)));
  }
  decide(door, std::move(question->attempt), began,
         [exchange = std::move(exchange)](const service::Released& released) {
           respond(*exchange, net::HttpResponse::json(200, write_answer(released)));
         });
}

}  // namespace

void evaluate(AuthzenDoor::State& door, SharedExchange exchange) {
  const Clock::time_point began = Clock::now();
  auto caller = admit(door, exchange->request());
  if (!caller) return refuse(*exchange, caller.error());
  auto evaluation = read_evaluation(exchange->request().body);
  if (!evaluation) return refuse(*exchange, evaluation.error());
  if (const auto may = may_ask(*caller); !may) return refuse(*exchange, may.error());
  evaluate_one(door, std::move(exchange), *std::move(caller), *std::move(evaluation), began);
}

void evaluate_several(AuthzenDoor::State& door, SharedExchange exchange) {
  const Clock::time_point began = Clock::now();
  auto caller = admit(door, exchange->request());
  if (!caller) return refuse(*exchange, caller.error());
  auto batch = read_evaluations(exchange->request().body);
  if (!batch) return refuse(*exchange, batch.error());
  if (const auto may = may_ask(*caller); !may) return refuse(*exchange, may.error());
  if (batch->single) {
    return evaluate_one(door, std::move(exchange), *std::move(caller),
                        *std::move(batch->items.front()), began);
  }
  std::make_shared<Run>(door, std::move(exchange), *std::move(caller), *std::move(batch), began)
      ->start();
}

}  // namespace ambit::doors::authzen
