// The steps of publishing a policy set that its author's call and its approver's call share.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "policies/changes.h"
#include "service/caller.h"
#include "service/internal/context.h"
#include "service/internal/policy_documents.h"

namespace ambit::service {

using Prepared = std::shared_ptr<const ParsedSet>;

// Does `work` where it may take its time, and hands the result to `then` on the loop.
template <class T>
void off_the_loop(Context& context, ports::Executor& where, std::function<T()> work,
                  std::function<void(T)> then) {
  where.post([loop = context.ports.loop, alive = std::weak_ptr<bool>(context.alive),
              work = std::move(work), then = std::move(then)]() mutable {
    loop->post([alive = std::move(alive), then = std::move(then), out = work()]() mutable {
      if (alive.lock()) then(std::move(out));
    });
  });
}
template <class T>
void off_the_loop(Context& context, std::function<T()> work, std::function<void(T)> then) {
  off_the_loop<T>(context, *context.ports.background, std::move(work), std::move(then));
}

// Reads, checks and tests a set off the loop and answers on it.
void prepare_set(Context& context, text::Json set, std::function<void(Result<Prepared>)> done);

// What publishing the set would do to authority; tests that it lacks or changes count as loosened.
policies::ChangeReport report_on(const Context& context, const ParsedSet& set);

// Whether there is an active human besides `author` who may approve policies.
bool has_other_reviewer(const Context& context, const std::string& author);

struct PublishOrder {
  Prepared set;
  policies::ChangeReport report;
  std::string author;
  std::string approved_by;                // empty: nobody else was needed
  std::string review;                     // as of Publication
  std::string proposal;                   // the id of the one that this publishes; empty: none
  text::Json simulation;                  // as of Simulated::shown
  std::optional<std::uint64_t> expected;  // to be newly denied, as somebody said
};

// Commits the next version together with what becomes of the proposals, and answers with it.
void publish(Context& context, PublishOrder order, std::function<void(Result<text::Json>)> done);

// Commits a proposal and answers with it. Of the order, only what is known before anybody approves.
void propose(Context& context, text::Json set, const PublishOrder& order,
             std::function<void(Result<text::Json>)> done);

// At most the first ones, so that an evidence record fits.
text::Json bounded_texts(const std::vector<std::string>& texts);

}  // namespace ambit::service
