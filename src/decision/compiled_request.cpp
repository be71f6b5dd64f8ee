#include <deque>
#include <span>
#include <vector>

#include "cedar_engine/request_evaluator.h"
#include "decision/internal/compiled_set.h"
#include "decision/internal/opinion.h"
#include "decision/internal/policy_request.h"

namespace ambit::decision {
namespace {

using cedar::Datum;
using cedar::DatumField;
using cedar::EntityId;
using cedar::NameId;
using cedar::RequestEvaluator;
using text::Json;

// Makes the values of the compiled engine. Texts are borrowed from the snapshot and the action.
class DatumMake {
 public:
  using Out = Datum;

  explicit DatumMake(RequestEvaluator& evaluator) : evaluator_(evaluator), arguments_(*this) {}

  static Datum boolean(bool value) { return Datum::boolean(value); }
  static Datum integer(std::int64_t value) { return Datum::integer(value); }
  static Datum decimal(std::int64_t units) { return Datum::decimal(units); }
  static Datum datetime(std::int64_t ms) { return Datum::datetime_ms(ms); }
  static Datum string(std::string_view text) { return Datum::string(text); }
  Datum entity(std::string_view type, std::string_view id) {
    return Datum::entity(evaluator_.entity(type, id));
  }

  Datum set(const auto& list, auto each) {
    const std::size_t begin = elements_.size();
    for (const auto& item : list) {
      const Datum element = each(item);
      elements_.push_back(element);
    }
    const Datum out = evaluator_.set(std::span(elements_).subspan(begin));
    elements_.resize(begin);
    return out;
  }

  Datum record(std::initializer_list<std::pair<std::string_view, Datum>> fields) {
    const std::size_t begin = fields_.size();
    for (const auto& [name, value] : fields) fields_.push_back({evaluator_.name(name), value});
    return finish_record(begin);
  }

  // Most policies look at few arguments; but where some of them are entities, these must be there
  // before any policy is asked.
  Result<> begin(const tool_schema::ArgumentTypes& types, const Json& arguments) {
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

  Datum input(const Json&) {
    return is_mapped_ ? evaluator_.value(mapped_.value) : Datum::lazy(arguments_);
  }

  Datum record(std::span<const DatumField> fields) { return evaluator_.record(fields); }

 private:
  class Arguments final : public cedar::LazyRecord {
   public:
    explicit Arguments(DatumMake& make) : make_(make) {}

    void set(const tool_schema::ArgumentTypes& types, const Json& arguments) {
      types_ = &types;
      arguments_ = &arguments;
    }

    bool find(NameId, std::string_view text, Datum& out) override {
      const Json* member = arguments_->find(text);
      if (member == nullptr) return false;
      // The commonest, which need no memory.
      out = member->is_string() && types_->is_text(text)
                ? Datum::string(member->as_string())
                : make_.keep(types_->map_member(text, *member));
      return true;
    }

    Datum all() override { return make_.keep(types_->map(*arguments_).value); }

   private:
    DatumMake& make_;
    const tool_schema::ArgumentTypes* types_ = nullptr;
    const Json* arguments_ = nullptr;
  };

  // What the engine borrows.
  Datum keep(cedar::Value value) {
    kept_.push_back(std::move(value));
    return evaluator_.value(kept_.back());
  }

  Datum finish_record(std::size_t begin) {
    const Datum out = evaluator_.record(std::span(fields_).subspan(begin));
    fields_.resize(begin);
    return out;
  }

  RequestEvaluator& evaluator_;
  Arguments arguments_;
  std::vector<Datum> elements_;  // of the sets under construction, on a stack
  std::vector<DatumField> fields_;
  std::deque<cedar::Value> kept_;
  tool_schema::MappedArguments mapped_;
  bool is_mapped_ = false;
};

// The context, made field by field as policies ask.
class LazyContext final : public cedar::LazyRecord {
 public:
  LazyContext(DatumMake& make, const ContextParts& parts, const CompiledSet& set)
      : make_(make), parts_(parts), set_(set) {}

  bool find(NameId name, std::string_view, Datum& out) override {
    for (std::size_t i = 0; i < kContextFields; ++i) {
      if (set_.context_names[i] == name) return find(i, out);
    }
    return false;
  }

  Datum all() override {
    DatumField fields[kContextFields];
    std::size_t count = 0;
    for (std::size_t i = 0; i < kContextFields; ++i) {
      Datum value;
      if (find(i, value)) fields[count++] = {set_.context_names[i], value};
    }
    return make_.record(std::span<const DatumField>(fields, count));
  }

 private:
  bool find(std::size_t i, Datum& out) {
    Made& made = made_[i];
    if (!made.is_known) {
      const auto value = context_field(make_, parts_, static_cast<ContextField>(i));
      made = {true, value.has_value(), value.value_or(Datum())};
    }
    out = made.value;
    return made.exists;
  }

  struct Made {
    bool is_known = false;
    bool exists = false;
    Datum value;
  };

  DatumMake& make_;
  const ContextParts& parts_;
  const CompiledSet& set_;
  std::array<Made, kContextFields> made_{};
};

// The memory that the requests of one thread use, one after the other.
class CompiledRequest {
 public:
  Result<> ask(const ContextParts& parts, const KnownEntities& known, const domain::Target* target,
               OpinionBuilder& out) {
    const CompiledSet& set = *parts.snapshot.policies->compiled;
    evaluator_.begin(*set.policies, nullptr);
    AMBIT_CHECK_OK(add_known(known));
    AMBIT_CHECK_OK(make_.begin(known.input, parts.action.arguments));
    EntityId resource = server_;
    if (target != nullptr) {
      AMBIT_TRY(resource, add(*target));
    }
    LazyContext context(make_, parts, set);
    const cedar::CompiledOutcome outcome =
        evaluator_.decide(agent_, action_, resource, Datum::lazy(context));
    for (const std::uint32_t policy : outcome.satisfied_permits) out.permit(policy);
    for (const std::uint32_t policy : outcome.satisfied_forbids) out.forbid(policy);
    for (const cedar::CompiledError& error : outcome.errors) {
      out.fault(error.policy, evaluator_.error_message(error));
    }
    out.end_of_target();
    return {};
  }

 private:
  Result<EntityId> add(const cedar::Entity& entity) {
    const EntityId id = evaluator_.entity(entity.uid);
    parents_.clear();
    for (const auto& parent : entity.parents) parents_.push_back(evaluator_.entity(parent));
    AMBIT_CHECK_OK(evaluator_.add_entity(id, evaluator_.value(entity.attributes), parents_));
    return id;
  }

  Result<> add_known(const KnownEntities& known) {
    AMBIT_TRY(agent_, add(known.agent));
    AMBIT_TRY(action_, add(known.action));
    AMBIT_TRY(server_, add(known.server));
    return {};
  }

  Result<EntityId> add(const domain::Target& target) {
    const EntityId id = evaluator_.entity(type_of(target.kind), target.value);
    parents_.assign(1, server_);
    for_each_folder(target, [&](std::string_view folder) {
      parents_.push_back(evaluator_.entity("Ambit::Path", folder));
    });
    AMBIT_CHECK_OK(evaluator_.add_entity(id, Datum::sorted_record(nullptr, 0), parents_));
    return id;
  }

  RequestEvaluator evaluator_;
  DatumMake make_{evaluator_};
  std::vector<EntityId> parents_;
  EntityId agent_{};
  EntityId action_{};
  EntityId server_{};
};

}  // namespace

Result<Opinion> ask_compiled(const ContextParts& parts) {
  // Memory only: nothing of one request is seen by the next.
  thread_local CompiledRequest request;
  auto known = parts.snapshot.known;
  if (!known) {
    AMBIT_TRY(known, known_entities(*parts.snapshot.agent, *parts.snapshot.server,
                                    *parts.snapshot.tool, parts.action.effect.action_class));
  }
  OpinionBuilder out(parts.snapshot.policies->set);
  if (parts.action.targets.empty()) {
    AMBIT_CHECK_OK(request.ask(parts, *known, nullptr, out));
  }
  for (const auto& target : parts.action.targets) {
    AMBIT_CHECK_OK(request.ask(parts, *known, &target, out));
  }
  return out.take();
}

}  // namespace ambit::decision
