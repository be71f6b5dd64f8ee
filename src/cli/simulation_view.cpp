#include "cli/internal/simulation_view.h"

#include "cli/internal/offline.h"
#include "cli/internal/output.h"
#include "cli/internal/visible.h"

namespace ambit::cli {
namespace {

using text::Json;

std::string counted(const Paint& paint, const Json& simulation, const char* key, Colour colour,
                    const char* words) {
  const std::string count = scalar_of(simulation, key);
  const std::string text = count + " " + words;
  return count == "0" ? text : paint(colour, text);
}

void print_counts(std::ostream& out, const Paint& paint, const Json& simulation) {
  if (scalar_of(simulation, "decisions") == "0") {
    out << "simulated on no decision: the ledger has none since " << scalar_of(simulation, "since")
        << "\n";
    return;
  }
  const std::string decisions = scalar_of(simulation, "decisions");
  out << "simulated on " << decisions << (decisions == "1" ? " decision" : " decisions") << " from "
      << scalar_of(simulation, "first") << " to " << scalar_of(simulation, "last") << ": "
      << counted(paint, simulation, "newly_allowed", Colour::kRed, "newly allowed") << ", "
      << counted(paint, simulation, "newly_held", Colour::kYellow, "newly held") << ", "
      << counted(paint, simulation, "newly_denied", Colour::kYellow, "newly denied") << ", "
      << scalar_of(simulation, "same") << " as before";
  if (scalar_of(simulation, "undecidable") != "0") {
    out << ", " << scalar_of(simulation, "undecidable") << " that cannot be decided again";
  }
  out << "\n";
}

}  // namespace

void print_simulation(std::ostream& out, const Paint& paint, const Json& answer) {
  const Json* simulation = answer.find("simulation");
  if (simulation == nullptr) return;
  print_counts(out, paint, *simulation);
  const auto& changes = items_of(*simulation, "changes");
  if (changes.empty()) return;
  Table table({"DECISIONS", "AGENT", "TOOL", "NOW", "THEN", "WHY", "EXAMPLE"});
  for (const Json& one : changes) {
    table.row({scalar_of(one, "decisions"), visible(scalar_of(one, "agent")),
               visible(scalar_of(one, "tool")), state_cell(scalar_of(one, "before")),
               state_cell(scalar_of(one, "after")), visible(scalar_of(one, "reason")),
               visible(scalar_of(one, "example"))});
  }
  table.print(out, paint, "");
  const std::string more = scalar_of(*simulation, "more_changes");
  if (!more.empty()) out << "and " << more << " more kinds of change\n";
}

Param expect_denied_param() {
  return option("--expect-denied", "N",
                "how many recent decisions that pass now it is meant to deny, at most");
}

Result<> add_expected(const Call& call, Json& body) {
  if (!call.arguments.given("expect-denied")) return {};
  AMBIT_TRY(const std::uint64_t expected, number_of(call, "expect-denied", 0));
  body.set("expected_newly_denied", json_number(expected));
  return {};
}

}  // namespace ambit::cli
