#include "cli/internal/proof_view.h"

#include <algorithm>

#include "cli/internal/visible.h"
#include "policies/case.h"
#include "policies/findings.h"

namespace ambit::cli {
namespace {

using cedar::PolicyProof;
using cedar::Proof;
using text::Json;
using Outcome = PolicyProof::Outcome;

constexpr std::size_t kMaxValueBytes = 120;

std::string shortened(const std::string& text) {
  if (text.size() <= kMaxValueBytes) return visible(text);
  return visible(std::string_view(text).substr(0, kMaxValueBytes)) + " ... (" +
         std::to_string(text.size()) + " bytes)";
}

std::string result_of(const Paint& paint, const Proof& proof) {
  if (!proof.error.empty()) return paint(Colour::kRed, "error: " + visible(proof.error));
  if (!proof.value) return paint(Colour::kDim, "not needed");
  const std::string text = shortened(cedar::to_cedar_text(*proof.value));
  if (proof.value->kind() != cedar::Value::Kind::kBool) return text;
  return paint(proof.value->as_bool() ? Colour::kGreen : Colour::kYellow, text);
}

class TreePrinter {
 public:
  TreePrinter(std::ostream& out, const Paint& paint) : out_(out), paint_(paint) {}

  void line(const std::string& indent, bool is_last, const std::string& text) {
    out_ << indent << (is_last ? "`- " : "|- ") << text << "\n";
  }

  void proof(const std::string& indent, bool is_last, const std::string& prefix,
             const Proof& node) {
    line(indent, is_last, prefix + shortened(node.text) + "  =>  " + result_of(paint_, node));
    const std::string deeper = indent + (is_last ? "   " : "|  ");
    for (std::size_t i = 0; i < node.parts.size(); ++i) {
      proof(deeper, i + 1 == node.parts.size(), "", node.parts[i]);
    }
  }

 private:
  std::ostream& out_;
  const Paint& paint_;
};

const char* says(const PolicyProof& proof) {
  const bool permits = proof.policy->effect == cedar::Effect::kPermit;
  switch (proof.outcome) {
    case Outcome::kSatisfied: return permits ? "permits" : "forbids";
    case Outcome::kNotSatisfied: return "says nothing: a condition does not hold";
    case Outcome::kError: return permits ? "fails, and so permits nothing" : "fails, which denies";
    case Outcome::kOutOfScope: return "is not about this";
  }
  return "";
}

Colour colour_of(const PolicyProof& proof) {
  const bool permits = proof.policy->effect == cedar::Effect::kPermit;
  switch (proof.outcome) {
    case Outcome::kSatisfied: return permits ? Colour::kGreen : Colour::kRed;
    case Outcome::kError: return Colour::kRed;
    default: return Colour::kDim;
  }
}

// What decides first, then what failed, then what might have.
int rank(const PolicyProof& proof) {
  const bool forbids = proof.policy->effect == cedar::Effect::kForbid;
  switch (proof.outcome) {
    case Outcome::kSatisfied: return forbids ? 0 : 2;
    case Outcome::kError: return 1;
    case Outcome::kNotSatisfied: return forbids ? 3 : 4;
    case Outcome::kOutOfScope: return 5;
  }
  return 5;
}

void print_one(std::ostream& out, const Paint& paint, const PolicyProof& proof) {
  const cedar::Policy& policy = *proof.policy;
  const std::string label = policies::label_of(policy);
  out << (policy.effect == cedar::Effect::kPermit ? "permit " : "forbid ")
      << paint(Colour::kBold, visible(label));
  if (label != policy.id) out << " (" << visible(policy.id) << ")";
  if (decision::observes(policy)) out << " [observe]";
  out << "  " << paint(colour_of(proof), says(proof)) << "\n";
  TreePrinter tree(out, paint);
  if (proof.conditions.empty()) tree.line("  ", true, "its head fits, and it has no conditions");
  for (std::size_t i = 0; i < proof.conditions.size(); ++i) {
    const auto& condition = proof.conditions[i];
    tree.proof("  ", i + 1 == proof.conditions.size(), condition.is_unless ? "unless " : "when ",
               condition.proof);
  }
}

const char* name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOutOfScope: return "out_of_scope";
    case Outcome::kNotSatisfied: return "not_satisfied";
    case Outcome::kSatisfied: return "satisfied";
    case Outcome::kError: return "error";
  }
  return "";
}

Json json_of(const Proof& proof) {
  Json out = Json::object({{"text", proof.text}});
  if (proof.value) {
    out.set("value", cedar::to_cedar_text(*proof.value));
  } else if (!proof.error.empty()) {
    out.set("error", proof.error);
  } else {
    out.set("needed", false);
  }
  if (proof.parts.empty()) return out;
  Json parts = Json::array();
  for (const auto& part : proof.parts) parts.push_back(json_of(part));
  out.set("parts", std::move(parts));
  return out;
}

}  // namespace

void print_proofs(std::ostream& out, const Paint& paint, const std::vector<PolicyProof>& proofs) {
  std::vector<const PolicyProof*> order;
  std::size_t others = 0;
  for (const auto& proof : proofs) {
    if (proof.outcome == Outcome::kOutOfScope)
      ++others;
    else
      order.push_back(&proof);
  }
  std::stable_sort(order.begin(), order.end(),
                   [](const auto* a, const auto* b) { return rank(*a) < rank(*b); });
  for (const auto* proof : order) print_one(out, paint, *proof);
  if (others > 0) {
    out << paint(Colour::kDim, std::to_string(others) +
                                   (others == 1 ? " policy is" : " policies are") +
                                   " not about this agent, action and target")
        << "\n";
  }
}

Json json_of(const std::vector<PolicyProof>& proofs) {
  Json out = Json::array();
  for (const auto& proof : proofs) {
    Json conditions = Json::array();
    for (const auto& condition : proof.conditions) {
      conditions.push_back(Json::object({{"kind", condition.is_unless ? "unless" : "when"},
                                         {"proof", json_of(condition.proof)}}));
    }
    out.push_back(Json::object(
        {{"policy", proof.policy->id},
         {"name", policies::label_of(*proof.policy)},
         {"effect", proof.policy->effect == cedar::Effect::kPermit ? "permit" : "forbid"},
         {"mode", decision::observes(*proof.policy) ? "observe" : "enforce"},
         {"outcome", name_of(proof.outcome)},
         {"conditions", std::move(conditions)}}));
  }
  return out;
}

}  // namespace ambit::cli
