// Rewrites expressions of one product's policies into Ambit's terms, as JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "profiles/import.h"
#include "text/json.h"

namespace ambit::profiles {

class Rewriter {
 public:
  Rewriter(Profile profile, const ImportOptions& options) : profile_(profile), options_(options) {}

  // The policy as JSON, in Ambit's terms as far as notes() says nothing that blocks.
  text::Json rewrite(const text::Json& policy);

  const std::vector<ImportNote>& notes() const { return notes_; }
  bool blocked() const;

 private:
  using Json = text::Json;

  Json expression(const Json& expr);
  // The expressions that mean something as a whole; none when only their parts do.
  std::optional<Json> whole(const std::string& op, const Json& operands);
  std::optional<Json> attribute(const std::string& op, const Json& operands);
  std::optional<Json> argument(const std::string& op, const std::string& attribute);
  std::optional<Json> comparison(const Json& operands);
  std::optional<Json> type_test(const Json& operands);
  Json operands_of(const Json& operands);
  Json value(const Json& value);
  Json variable(const Json& name);

  void principal(const Json& scope, text::JsonArray& conditions);
  Json action(const Json& scope);
  Json action_entity(const Json& entity);
  void resource(const Json& scope, Json& action);

  // `context has on_behalf_of && context.on_behalf_of == Ambit::User::"id"`
  static Json on_behalf_of(const std::string& user);

  void note_integers(const std::string& op, const Json& operands);
  void block(std::string code, std::string message);
  void note(std::string code, std::string message);
  bool is_entity(const Json& expr, std::string_view type, std::string& id) const;
  bool is_user_type(std::string_view type) const;

  Profile profile_;
  const ImportOptions& options_;
  bool is_permit_ = false;
  std::vector<ImportNote> notes_;
};

}  // namespace ambit::profiles
