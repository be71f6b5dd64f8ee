#include "domain/proposal.h"

#include <array>

#include "domain/fields.h"
#include "text/utf8.h"

namespace ambit::domain {
namespace {

constexpr std::array<std::string_view, 4> kStates{"open", "published", "refused", "superseded"};

Result<ProposalState> state_of(std::string_view name) {
  for (std::size_t i = 0; i < kStates.size(); ++i) {
    if (kStates[i] == name) return static_cast<ProposalState>(i);
  }
  return fail(Code::kInvalid, "field.invalid",
              "`" + std::string(text::truncate_utf8(name, 40)) + "` is not a state of a proposal");
}

}  // namespace

std::string_view name_of(ProposalState value) { return kStates[static_cast<std::size_t>(value)]; }

text::Json to_json(const Proposal& proposal) {
  text::Json out = text::Json::object({{"id", proposal.id},
                                       {"state", name_of(proposal.state)},
                                       {"author", proposal.author},
                                       {"proposed_at", to_rfc3339(proposal.proposed_at)},
                                       {"digest", proposal.digest},
                                       {"before", proposal.before},
                                       {"loosens", to_json(proposal.loosens)},
                                       {"widens", to_json(proposal.widens)},
                                       {"tightens", to_json(proposal.tightens)},
                                       {"set", proposal.set}});
  if (proposal.simulation.is_object()) out.set("simulation", proposal.simulation);
  if (proposal.closed_at) {
    out.set("closed_at", to_rfc3339(*proposal.closed_at));
    out.set("closed_by", proposal.closed_by);
    out.set("note", proposal.note);
  }
  return out;
}

Result<Proposal> proposal_from_json(const text::Json& json) {
  Fields fields(json, "proposal");
  Proposal out;
  out.id = fields.text("id");
  out.state = fields.nested(state_of(fields.text("state")));
  out.author = fields.text("author");
  out.proposed_at = fields.time("proposed_at");
  out.digest = fields.text("digest");
  out.before = fields.text("before");
  out.loosens = fields.texts("loosens");
  out.widens = fields.texts("widens");
  out.tightens = fields.texts("tightens");
  if (const auto* set = fields.value("set")) out.set = *set;
  if (const auto* simulation = fields.value("simulation")) out.simulation = *simulation;
  out.closed_at = fields.optional_time("closed_at");
  out.closed_by = fields.text_or("closed_by", "");
  out.note = fields.text_or("note", "");
  AMBIT_CHECK_OK(fields.finish());
  return out;
}

}  // namespace ambit::domain
