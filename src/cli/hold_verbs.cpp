// `ambit ledger holds`, `hold`, `release`: what may neither be dropped nor erased.
#include "cli/internal/offline.h"
#include "cli/internal/output.h"
#include "cli/internal/visible.h"

namespace ambit::cli {
namespace {

using text::Json;

void print_holds(std::ostream& out, const Paint& paint, const Json& list) {
  Table table({"HOLD", "FROM", "TO"});
  for (const Json& item : items_of(list)) {
    table.row({{visible(scalar_of(item, "name")), Colour::kBold},
               scalar_of(item, "from"),
               scalar_of(item, "to")});
  }
  table.print(out, paint, "nothing is held");
}

void print_hold(std::ostream& out, const Paint& paint, const Json& hold) {
  FieldList fields;
  for (const char* name : {"name", "from", "to", "by", "reason"}) {
    fields.add(name, scalar_of(hold, name));
  }
  fields.add("recorded as", "entry " + scalar_of(hold, "ledger_index"));
  fields.print(out, paint);
}

Result<int> list(Call& call) {
  return print(call, call.api.get(path_of({"ledger", "holds"})), print_holds);
}

Result<int> hold(Call& call) {
  Json body = Json::object(
      {{"name", call.arguments.text("NAME")}, {"reason", call.arguments.text("reason")}});
  for (const char* index : {"from", "to"}) {
    if (!call.arguments.given(index)) continue;
    AMBIT_TRY(const std::uint64_t entry, number_of(call, index, 0));
    body.set(index, json_number(entry));
  }
  return print(call, call.api.post(path_of({"ledger", "holds"}), body), print_hold);
}

Result<int> release(Call& call) {
  return print(call,
               call.api.post(path_of({"ledger", "holds", call.arguments.text("NAME"), "release"}),
                             Json::object({{"reason", call.arguments.text("reason")}})),
               print_hold);
}

}  // namespace

std::vector<Verb> hold_verbs() {
  const Param name = positional("NAME", "what it is called").required();
  const Param reason = option("--reason", "TEXT", "why, for the ledger").required();
  return {
      Verb::of("ledger", "holds", "what is kept from being dropped and erased",
               "ambit ledger holds", {}, list),
      Verb::of("ledger", "hold", "keep entries from being dropped, and their values from erasure",
               "ambit ledger hold case-17 --from 1000 --to 2000 --reason \"court order 17\"",
               {name, option("--from", "N", "first entry (0)"),
                option("--to", "N", "entry to stop before (none)"), reason},
               hold),
      Verb::of("ledger", "release", "end a hold",
               "ambit ledger release case-17 --reason \"case closed\"", {name, reason}, release)};
}

}  // namespace ambit::cli
