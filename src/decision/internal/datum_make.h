// The context of a request as values of the compiled engine, made as policies ask for it.
#pragma once

#include <array>
#include <deque>
#include <span>
#include <utility>
#include <vector>

#include "cedar_engine/request_evaluator.h"
#include "decision/internal/compiled_set.h"
#include "tool_schema/argument_types.h"

namespace ambit::decision {

// Makes the values of the compiled engine. Texts are borrowed from the snapshot and the action.
class DatumMake {
 public:
  using Out = cedar::Datum;

  explicit DatumMake(cedar::RequestEvaluator& evaluator)
      : evaluator_(evaluator), arguments_(*this) {}

  static cedar::Datum boolean(bool value) { return cedar::Datum::boolean(value); }
  static cedar::Datum integer(std::int64_t value) { return cedar::Datum::integer(value); }
  static cedar::Datum datetime(std::int64_t ms) { return cedar::Datum::datetime_ms(ms); }
  static cedar::Datum string(std::string_view text) { return cedar::Datum::string(text); }
  cedar::Datum entity(std::string_view type, std::string_view id) {
    return cedar::Datum::entity(evaluator_.entity(type, id));
  }

  cedar::Datum set(const auto& list, auto each) {
    const std::size_t begin = elements_.size();
    for (const auto& item : list) {
      const cedar::Datum element = each(item);
      elements_.push_back(element);
    }
    const cedar::Datum out = evaluator_.set(std::span(elements_).subspan(begin));
    elements_.resize(begin);
    return out;
  }

  cedar::Datum record(std::initializer_list<std::pair<std::string_view, cedar::Datum>> fields) {
    const std::size_t begin = fields_.size();
    for (const auto& [name, value] : fields) fields_.push_back({evaluator_.name(name), value});
    return finish_record(begin);
  }

  // Takes in the arguments of a request. Most policies look at few of them; but where some are
  // entities, these must be there before any policy is asked.
  Result<> begin(const tool_schema::ArgumentTypes& types, const text::Json& arguments) {
    kept_.clear();
    arguments_.set(types, arguments);
    is_mapped_ = types.names_entities();
    if (!is_mapped_) return {};
    mapped_ = types.map(arguments);
    for (const cedar::Entity& entity : mapped_.entities) {
      AMBIT_CHECK_OK(evaluator_.add_entity(evaluator_.entity(entity.uid),
                                           evaluator_.value(entity.attributes), {},
                                           evaluator_.value(entity.tags)));
    }
    return {};
  }

  cedar::Datum input(const text::Json&) {
    return is_mapped_ ? evaluator_.value(mapped_.value) : cedar::Datum::lazy(arguments_);
  }

  cedar::Datum record(std::span<const cedar::DatumField> fields) {
    return evaluator_.record(fields);
  }

 private:
  class Arguments final : public cedar::LazyRecord {
   public:
    explicit Arguments(DatumMake& make) : make_(make) {}

    void set(const tool_schema::ArgumentTypes& types, const text::Json& arguments) {
      types_ = &types;
      arguments_ = &arguments;
    }

    bool find(cedar::NameId, std::string_view text, cedar::Datum& out) override {
      const text::Json* member = arguments_->find(text);
      if (member == nullptr) return false;
      // The commonest, which need no memory.
      out = member->is_string() && types_->is_text(text)
                ? cedar::Datum::string(member->as_string())
                : make_.keep(types_->map_member(text, *member));
      return true;
    }

    cedar::Datum all() override { return make_.keep(types_->map(*arguments_).value); }

   private:
    DatumMake& make_;
    const tool_schema::ArgumentTypes* types_ = nullptr;
    const text::Json* arguments_ = nullptr;
  };

  // What the engine borrows.
  cedar::Datum keep(cedar::Value value) {
    kept_.push_back(std::move(value));
    return evaluator_.value(kept_.back());
  }

  cedar::Datum finish_record(std::size_t begin) {
    const cedar::Datum out = evaluator_.record(std::span(fields_).subspan(begin));
    fields_.resize(begin);
    return out;
  }

  cedar::RequestEvaluator& evaluator_;
  Arguments arguments_;
  std::vector<cedar::Datum> elements_;  // of the sets under construction, on a stack
  std::vector<cedar::DatumField> fields_;
  std::deque<cedar::Value> kept_;
  tool_schema::MappedArguments mapped_;
  bool is_mapped_ = false;
};

// The context, made field by field as policies ask.
class LazyContext final : public cedar::LazyRecord {
 public:
  LazyContext(DatumMake& make, const ContextParts& parts, const CompiledSet& set)
      : make_(make), parts_(parts), set_(set) {}

  bool find(cedar::NameId name, std::string_view, cedar::Datum& out) override {
    for (std::size_t i = 0; i < kContextFields; ++i) {
      if (set_.context_names[i] == name) return find(i, out);
    }
    return false;
  }

  cedar::Datum all() override {
    cedar::DatumField fields[kContextFields];
    std::size_t count = 0;
    for (std::size_t i = 0; i < kContextFields; ++i) {
      cedar::Datum value;
      if (find(i, value)) fields[count++] = {set_.context_names[i], value};
    }
    return make_.record(std::span<const cedar::DatumField>(fields, count));
  }

 private:
  bool find(std::size_t i, cedar::Datum& out) {
    Made& made = made_[i];
    if (!made.is_known) {
      const auto value = context_field(make_, parts_, static_cast<ContextField>(i));
      made = {true, value.has_value(), value.value_or(cedar::Datum())};
    }
    out = made.value;
    return made.exists;
  }

  struct Made {
    bool is_known = false;
    bool exists = false;
    cedar::Datum value;
  };

  DatumMake& make_;
  const ContextParts& parts_;
  const CompiledSet& set_;
  std::array<Made, kContextFields> made_{};
};

}  // namespace ambit::decision
