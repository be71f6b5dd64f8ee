#include "cli/internal/tree.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <sstream>

#include "cli/internal/suggest.h"

namespace ambit::cli {
namespace {

constexpr const char* kAbout =
    "Ambit: gives autonomous agents authority for their current task, decides every action,\n"
    "and proves afterwards what was decided and why.";

std::string indented(const std::string& lines) {
  std::string out;
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);) out += "  " + line + "\n";
  return out;
}

// CLI11's applications for a tree, and where they put what they read.
class Parser {
 public:
  explicit Parser(const Tree& tree);

  std::variant<Parsed, Stopped> run(std::vector<std::string> words);
  std::string help(const std::vector<std::string>& path);

 private:
  struct Slot {
    const Verb* verb = nullptr;
    CLI::App* app = nullptr;
    std::map<std::string, std::vector<std::string>> texts;
    std::map<std::string, bool> flags;
  };

  void add(const Verb& verb);
  void add(Slot& slot, const Param& param);
  Parsed collect(const Slot& slot) const;

  CLI::App root_;
  std::map<std::string, CLI::App*> nouns_;
  std::vector<std::unique_ptr<Slot>> slots_;
};

Parser::Parser(const Tree& tree) : root_(kAbout, "ambit") {
  root_.require_subcommand(1);
  root_.set_version_flag("--version", "ambit " + std::string(kVersion), "print the version");
  root_.footer("`ambit NOUN VERB --help` explains each, with an example.");
  for (const Noun& noun : tree.nouns) {
    CLI::App* app = root_.add_subcommand(noun.name, noun.about);
    app->require_subcommand(1);
    nouns_[noun.name] = app;
  }
  for (const Verb& verb : tree.verbs) add(verb);
}

void Parser::add(const Verb& verb) {
  CLI::App* parent = verb.noun.empty() ? &root_ : nouns_.at(verb.noun);
  auto slot = std::make_unique<Slot>();
  slot->verb = &verb;
  // A verb may bear the name of a noun, as `export` beside `export verify` does.
  const auto noun = nouns_.find(verb.name);
  if (verb.noun.empty() && noun != nouns_.end()) {
    slot->app = noun->second;
    slot->app->require_subcommand(0);
  } else {
    slot->app = parent->add_subcommand(verb.name, verb.about);
  }
  for (const Param& param : verb.all_params()) add(*slot, param);
  std::string footer;
  if (!verb.command_about.empty()) footer += "-- COMMAND...  " + verb.command_about + "\n\n";
  slot->app->footer(footer + "Example:\n" + indented(verb.example));
  slots_.push_back(std::move(slot));
}

void Parser::add(Slot& slot, const Param& param) {
  if (param.is_flag()) {
    slot.app->add_flag(param.names, slot.flags[param.key()], param.about);
    return;
  }
  CLI::Option* added = slot.app->add_option(param.names, slot.texts[param.key()], param.about);
  if (!param.is_positional()) {
    added->option_text(param.is_many ? param.value + " ..." : param.value);
  }
  // One value a time; only a repeated positional takes all that follow.
  if (!param.is_many) added->expected(1);
  if (!param.is_many || !param.is_positional()) added->allow_extra_args(false);
  if (param.is_required) added->required();
  if (!param.choices.empty()) added->check(CLI::IsMember(param.choices));
  // What is empty comes of a variable that was not set, and must not stand for "all".
  added->check([](const std::string& value) {
    return value.empty() ? std::string("is empty; leave it out, or give it a value")
                         : std::string();
  });
}

Parsed Parser::collect(const Slot& slot) const {
  Parsed out;
  out.verb = slot.verb;
  for (const auto& [key, values] : slot.texts) {
    if (!values.empty()) out.arguments.set(key, values);
  }
  for (const auto& [key, value] : slot.flags) {
    if (value) out.arguments.set(key, {});
  }
  return out;
}

std::variant<Parsed, Stopped> Parser::run(std::vector<std::string> words) {
  std::reverse(words.begin(), words.end());  // what CLI11 wants
  try {
    root_.parse(words);
  } catch (const CLI::CallForVersion& version) {
    return Stopped{kExitOk, std::string(version.what()) + "\n"};
  } catch (const CLI::CallForHelp&) {
    return Stopped{kExitOk, root_.help()};
  } catch (const CLI::ParseError& error) {
    return Stopped{kExitUsage, std::string("usage.arguments: ") + error.what() + "\n"};
  }
  for (const auto& slot : slots_) {
    if (slot->app->parsed() && slot->app->get_subcommands().empty()) return collect(*slot);
  }
  return Stopped{kExitUsage, root_.help()};
}

std::string Parser::help(const std::vector<std::string>& path) {
  std::vector<std::string> words = path;
  words.emplace_back("--help");
  const auto result = run(std::move(words));
  const auto* stopped = std::get_if<Stopped>(&result);
  return stopped != nullptr ? stopped->text : "";
}

Stopped unknown(const std::string& what, const std::string& word,
                const std::vector<std::string>& known) {
  std::string text = "usage.unknown: there is no " + what + " `" + word + "`";
  const std::string near = nearest(word, known);
  text += near.empty() ? "; there are " + listed(known) : "; did you mean `" + near + "`?";
  return {kExitUsage, text + "\n"};
}

// Names what is wrong with the first words better than a parser of options can.
std::optional<Stopped> check_names(const Tree& tree, const std::vector<std::string>& words) {
  const auto is_option = [&](std::size_t i) { return words[i].starts_with('-'); };
  if (words.empty()) return Stopped{kExitUsage, Parser(tree).help({})};
  if (is_option(0)) return std::nullopt;
  const std::string& first = words[0];
  std::vector<std::string> known;
  if (!tree.has_noun(first)) {
    if (tree.find("", first) != nullptr) return std::nullopt;
    for (const Noun& noun : tree.nouns) known.push_back(noun.name);
    for (const Verb& verb : tree.verbs) {
      if (verb.noun.empty() && !tree.has_noun(verb.name)) known.push_back(verb.name);
    }
    return unknown("verb", first, known);
  }
  if (words.size() < 2) {
    if (tree.find("", first) != nullptr) return std::nullopt;
    return Stopped{kExitUsage, Parser(tree).help({first})};
  }
  if (is_option(1) || tree.find(first, words[1]) != nullptr) return std::nullopt;
  for (const Verb& verb : tree.verbs) {
    if (verb.noun == first) known.push_back(verb.name);
  }
  return unknown("verb of `" + first + "` called", words[1], known);
}

}  // namespace

std::variant<Parsed, Stopped> parse(const Tree& tree, const std::vector<std::string>& words) {
  const auto dashes = std::find(words.begin(), words.end(), "--");
  const std::vector<std::string> own(words.begin(), dashes);
  if (auto stopped = check_names(tree, own)) return *std::move(stopped);
  auto result = Parser(tree).run(own);
  auto* parsed = std::get_if<Parsed>(&result);
  if (parsed == nullptr || dashes == words.end()) return result;
  if (parsed->verb->command_about.empty()) {
    return Stopped{kExitUsage,
                   "usage.arguments: `" + parsed->verb->path() + "` takes nothing after `--`\n"};
  }
  parsed->arguments.command.assign(dashes + 1, words.end());
  return result;
}

std::string help_of(const Tree& tree, const Verb& verb) {
  std::vector<std::string> path{verb.name};
  if (!verb.noun.empty()) path.insert(path.begin(), verb.noun);
  return Parser(tree).help(path);
}

}  // namespace ambit::cli
