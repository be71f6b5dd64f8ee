#include "cli/internal/completion.h"

#include <algorithm>

namespace ambit::cli {
namespace {

// One word in any of the shells.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::vector<std::string> names_of(const Param& param) {
  std::vector<std::string> out;
  if (param.is_positional()) return out;
  for (std::size_t start = 0; start <= param.names.size();) {
    const std::size_t end = std::min(param.names.find(',', start), param.names.size());
    out.push_back(param.names.substr(start, end - start));
    start = end + 1;
  }
  return out;
}

std::string words(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& word : list) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::vector<std::string> top_words(const Tree& tree) {
  std::vector<std::string> out;
  for (const Noun& noun : tree.nouns) out.push_back(noun.name);
  for (const Verb& verb : tree.verbs) {
    if (verb.noun.empty() && !tree.has_noun(verb.name)) out.push_back(verb.name);
  }
  return out;
}

std::vector<std::string> verb_words(const Tree& tree, const std::string& noun) {
  std::vector<std::string> out;
  for (const Verb& verb : tree.verbs) {
    if (verb.noun == noun) out.push_back(verb.name);
  }
  return out;
}

std::vector<std::string> option_words(const Verb& verb) {
  std::vector<std::string> out;
  for (const Param& param : verb.all_params()) {
    for (std::string& name : names_of(param)) out.push_back(std::move(name));
  }
  out.emplace_back("--help");
  return out;
}

std::string key_of(const Verb& verb) {
  return verb.noun.empty() ? verb.name : verb.noun + " " + verb.name;
}

// A case of `$key $previous` for each option that takes one of a few words, and for `completion`.
std::string choice_cases(const Tree& tree) {
  std::string out = "    'completion completion') words='bash zsh fish' ;;\n";
  for (const Verb& verb : tree.verbs) {
    for (const Param& param : verb.all_params()) {
      if (param.choices.empty()) continue;
      for (const std::string& name : names_of(param)) {
        out += "    " + quoted(key_of(verb) + " " + name) +
               ") words=" + quoted(words(param.choices)) + " ;;\n";
      }
    }
  }
  return out;
}

// bash, and zsh through its bashcompinit.
std::string bash_script(const Tree& tree) {
  std::string out =
      "_ambit() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
      "  local noun=${COMP_WORDS[1]} key=${COMP_WORDS[1]} words=''\n"
      "  COMPREPLY=()\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
      "    COMPREPLY=($(compgen -W " +
      quoted(words(top_words(tree)) + " --help --version") +
      " -- \"$word\"))\n"
      "    return\n"
      "  fi\n"
      "  case $noun in\n";
  for (const Noun& noun : tree.nouns) {
    out += "    " + noun.name + ")\n" + "      if [ \"$COMP_CWORD\" -eq 2 ]; then\n" +
           "        COMPREPLY=($(compgen -W " + quoted(words(verb_words(tree, noun.name))) +
           " -- \"$word\"))\n        return\n      fi\n" +
           "      key=\"$noun ${COMP_WORDS[2]}\" ;;\n";
  }
  out += "  esac\n  case \"$key $previous\" in\n" + choice_cases(tree) + "    *) words='' ;;\n";
  out +=
      "  esac\n"
      "  if [ -n \"$words\" ]; then\n"
      "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
      "    return\n"
      "  fi\n"
      "  case $word in\n"
      "    -*) ;;\n"
      "    *) COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n"
      "  esac\n"
      "  case $key in\n";
  for (const Verb& verb : tree.verbs) {
    out += "    " + quoted(key_of(verb)) + ") words=" + quoted(words(option_words(verb))) + " ;;\n";
  }
  out +=
      "  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
      "}\n";
  return out;
}

std::string fish_line(const std::string& condition, const std::string& rest) {
  return "complete -c ambit -n " + quoted(condition) + " " + rest + "\n";
}

std::string fish_verb(const Verb& verb) {
  const std::string seen = verb.noun.empty() ? "__fish_seen_subcommand_from " + verb.name
                                             : "__fish_seen_subcommand_from " + verb.noun +
                                                   "; and __fish_seen_subcommand_from " + verb.name;
  std::string out;
  for (const Param& param : verb.all_params()) {
    for (const std::string& name : names_of(param)) {
      std::string rest = "-l " + name.substr(2) + " -d " + quoted(param.about);
      if (!param.is_flag()) rest += " -r";
      if (!param.choices.empty()) rest += " -f -a " + quoted(words(param.choices));
      out += fish_line(seen, rest);
    }
  }
  return out;
}

std::string fish_script(const Tree& tree) {
  std::string out;
  for (const Noun& noun : tree.nouns) {
    out += fish_line("__fish_use_subcommand", "-f -a " + noun.name + " -d " + quoted(noun.about));
  }
  for (const Verb& verb : tree.verbs) {
    const std::string others = words(verb_words(tree, verb.noun));
    const std::string where = verb.noun.empty()
                                  ? "__fish_use_subcommand"
                                  : "__fish_seen_subcommand_from " + verb.noun +
                                        "; and not __fish_seen_subcommand_from " + others;
    out += fish_line(where, "-f -a " + verb.name + " -d " + quoted(verb.about));
    out += fish_verb(verb);
  }
  return out;
}

}  // namespace

Result<std::string> completion_script(const Tree& tree, std::string_view shell) {
  if (shell == "bash") return bash_script(tree) + "complete -o filenames -F _ambit ambit\n";
  if (shell == "zsh") {
    return "#compdef ambit\nautoload -U +X bashcompinit && bashcompinit\n" + bash_script(tree) +
           "complete -o filenames -F _ambit ambit\n";
  }
  if (shell == "fish") return fish_script(tree);
  return fail(Code::kInvalid, "usage.shell",
              "there is no completion for `" + std::string(shell) +
                  "`; there is for `bash`, `zsh` and `fish`");
}

std::vector<Verb> completion_verbs() {
  Verb verb;
  verb.name = "completion";
  verb.about = "print a completion script for a shell";
  verb.example = "ambit completion bash";
  verb.params = {positional("SHELL", "bash, zsh or fish").required()};
  verb.is_online = false;
  verb.has_json = false;
  verb.run = [](Call& call) -> Result<int> {
    const Tree tree = all_verbs([](const ServeOptions&) { return kExitOk; });
    AMBIT_TRY(const std::string script, completion_script(tree, call.arguments.text("SHELL")));
    call.console.out << script;
    return kExitOk;
  };
  return {std::move(verb)};
}

}  // namespace ambit::cli
