// What somebody can do to a bundle, and what both verifiers say to it.
#include <array>
#include <cstdio>

#include "evidence/evidence_fixture.h"
#include "evidence/internal/bundle_files.h"
#include "evidence/internal/nodes.h"
#include "evidence/tar.h"
#include "evidence/verify_export.h"
#include "ledger_file/proofs.h"

namespace ambit::evidence {
namespace {

using Files = std::map<std::string, std::string>;

Files unpack(const std::string& bundle) {
  Files files;
  const std::vector<TarFile> list = read_tar(bundle).value();
  for (const TarFile& file : list) files.emplace(file.name, file.bytes);
  return files;
}
std::string pack(const Files& files) {
  std::vector<TarFile> list;
  const auto add = [&](bool manifest) {
    for (const auto& [name, bytes] : files) {
      if (name.starts_with("manifest.") == manifest) list.push_back({name, bytes});
    }
  };
  add(false);
  add(true);
  return write_tar(list);
}
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at) + 1;
    out.push_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}
std::string join(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line;
  return out;
}
void replace(std::string& text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  ASSERT_NE(at, std::string::npos) << what;
  text.replace(at, what.size(), by);
}

struct Case {
  std::string name;
  std::string bundle;
  std::string finding;  // that must be named first; empty: nothing is wrong
  std::optional<std::uint64_t> entry = {};
  std::string key = {};
  std::string since = {};
};

class TamperTest : public EvidenceTest {
 protected:
  void SetUp() override {
    EvidenceTest::SetUp();
    fill(30);
    early = seal();
    for (int i = 30; i < 40; ++i) append("filler", text::Json::object({{"n", i}}));
    seal();
    good = bundle({.from = 50, .to = 90});
    first = 50;
  }

  // The line of an entry; the referenced ones stand before the range.
  std::size_t line_of(const std::vector<std::string>& lines, std::uint64_t index) const {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (parse_entry_line(std::string_view(lines[i]).substr(0, lines[i].size() - 1))->index ==
          index) {
        return i;
      }
    }
    return 0;
  }
  // A change of the lines of entries.jsonl.
  std::string with_lines(const std::function<void(std::vector<std::string>&)>& change) const {
    Files files = unpack(good);
    auto lines = lines_of(files[kEntries]);
    change(lines);
    files[kEntries] = join(lines);
    return pack(files);
  }
  // Digests, and with a key also the signature, made anew.
  static std::string relist(const std::string& bundle, char key = '\0') {
    Files files = unpack(bundle);
    text::Json manifest = *text::parse_json(files[kManifest]);
    for (text::Json& item : manifest.find("files")->as_array()) {
      const std::string& bytes = files[item.find("name")->as_string()];
      item.set("bytes", static_cast<std::int64_t>(bytes.size()));
      item.set("sha256", text::to_hex(crypto::sha256(bytes).view()));
    }
    files[kManifest] = text::to_canonical_json(manifest) + "\n";
    if (key != '\0') {
      files[kSignature] = ledger::sign_note(signed_text("example.com/log", files[kManifest]),
                                            test_verifier(key), test_key(key));
    }
    return pack(files);
  }
  static void renumber(std::string& line, std::uint64_t from, std::uint64_t to) {
    replace(line, "\"index\":" + std::to_string(from) + ",",
            "\"index\":" + std::to_string(to) + ",");
  }

  // Both verifiers on every case; ours first.
  void check(const std::vector<Case>& cases) const {
    const auto theirs = ask_the_other(cases);
    ASSERT_EQ(theirs.size(), cases.size());
    for (std::size_t i = 0; i < cases.size(); ++i) {
      const Case& one = cases[i];
      ExportTrust trust;
      if (!one.key.empty()) trust.key = *ledger::NoteVerifier::parse(one.key);
      trust.since = one.since;
      const ExportReport ours = verify_export(one.bundle, trust);
      const std::string named = ours.ok() ? "" : ours.findings.front().finding;
      const std::string what = ours.ok() ? "" : ours.findings.front().what;
      EXPECT_EQ(named, one.finding) << one.name << ": " << what;
      const text::Json& other = theirs[i];
      EXPECT_EQ(other.string_or("finding", ""), one.finding)
          << one.name << ", the other verifier: " << other.string_or("what", "");
      if (!one.entry) continue;
      EXPECT_EQ(ours.findings.front().entry, one.entry) << one.name << ": " << what;
      const text::Json* entry = other.find("entry");
      EXPECT_TRUE(entry && entry->as_int() == static_cast<std::int64_t>(*one.entry))
          << one.name << ", the other verifier: " << other.string_or("what", "");
    }
  }

  // The first finding of the verifier in JavaScript for each case.
  std::vector<text::Json> ask_the_other(const std::vector<Case>& cases) const {
    std::string list;
    for (std::size_t i = 0; i < cases.size(); ++i) {
      const std::string path = folder + "/" + std::to_string(i);
      std::ofstream(path + ".tar", std::ios::binary) << cases[i].bundle;
      if (!cases[i].since.empty()) std::ofstream(path + ".since") << cases[i].since;
      list += path + " " + (cases[i].key.empty() ? "-" : cases[i].key) + "\n";
    }
    std::ofstream(folder + "/list") << list;
    const std::string command = "node verifier/verify_many.mjs " + folder + "/list";
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
    std::string out;
    std::array<char, 4096> buffer{};
    while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) {
      out.append(buffer.data(), got);
    }
    std::vector<text::Json> answers;
    for (const std::string& line : lines_of(out)) answers.push_back(text::parse_json(line).value());
    return answers;
  }

  std::string early;  // a checkpoint of before the newest
  std::string good;   // a bundle of the range [50, 90)
  std::uint64_t first = 0;
};

TEST_F(TamperTest, Requirement_H11_ASignedBundleVerifiesOfflineInBothVerifiers) {
  log.reset();
  std::filesystem::rename(folder + "/ledger", folder + "/gone");
  check({{"as made", good, ""},
         {"with the key", good, "", {}, test_verifier('k').to_text()},
         {"read again", pack(unpack(good)), ""}});
}

TEST_F(TamperTest, Requirement_H11_EveryChangeOfTheEntriesIsNamed) {
  const auto edit = [&](auto& lines) {
    replace(lines[line_of(lines, 60)], "\"at\":17", "\"at\":18");
  };
  const auto remove = [&](auto& lines) {
    lines.erase(lines.begin() + static_cast<long>(line_of(lines, 60)));
  };
  const auto insert = [&](auto& lines) {
    std::string forged = lines[line_of(lines, 60)];
    renumber(forged, 60, 40);
    lines.insert(lines.begin() + static_cast<long>(line_of(lines, 50)), forged);
  };
  const auto twice = [&](auto& lines) {
    const std::size_t at = line_of(lines, 60);
    lines.insert(lines.begin() + static_cast<long>(at), std::string(lines[at]));
  };
  const auto reorder = [&](auto& lines) {
    std::swap(lines[line_of(lines, 60)], lines[line_of(lines, 61)]);
  };
  // The records change places, their numbers stay.
  const auto exchange = [&](auto& lines) {
    const std::size_t a = line_of(lines, 60), b = line_of(lines, 65);
    renumber(lines[a], 60, 65);
    renumber(lines[b], 65, 60);
    std::swap(lines[a], lines[b]);
  };
  // One goes and the others move up, so that no number is missing but the last.
  const auto close_gap = [&](auto& lines) {
    lines.erase(lines.begin() + static_cast<long>(line_of(lines, 60)));
    for (std::uint64_t i = 61; i < 90; ++i) renumber(lines[line_of(lines, i)], i, i - 1);
  };
  const auto truncate = [&](auto& lines) { lines.resize(line_of(lines, 80)); };
  const auto cut = [&](auto& lines) { lines.back().resize(lines.back().size() / 2); };
  const std::vector<Case> naive{
      {"edit", with_lines(edit), "entry_edited", 60},
      {"delete", with_lines(remove), "entry_removed", 60},
      {"insert", with_lines(insert), "entry_inserted", 40},
      {"insert twice", with_lines(twice), "entry_inserted", 60},
      {"reorder", with_lines(reorder), "entries_reordered", 60},
      {"truncate", with_lines(truncate), "truncated", 80},
      {"truncate inside", with_lines(cut), "truncated", 89},
  };
  check(naive);
  // The same with the manifest's digests made to fit: the signature and the proofs still tell.
  std::vector<Case> relisted;
  for (const Case& one : naive) {
    relisted.push_back({one.name + ", relisted", relist(one.bundle), one.finding, one.entry});
  }
  check(relisted);
  check({{"exchange", relist(with_lines(exchange)), "entries_reordered", 60},
         {"beside", with_lines([&](auto& lines) {
            replace(lines[line_of(lines, first)], "\"beside\":\"", "\"beside\":\"AAAA");
          }),
          "file"}});
  const ExportReport moved = verify_export(relist(with_lines(close_gap)));
  EXPECT_EQ(moved.findings.front().finding, "truncated");
  EXPECT_TRUE(std::any_of(moved.findings.begin(), moved.findings.end(), [](const auto& one) {
    return one.finding == "entry_removed" && one.entry == 60u;
  }));
}

TEST_F(TamperTest, Requirement_H11_EveryChangeOfTheProofsIsNamed) {
  const auto with = [&](const std::function<void(Files&)>& change) {
    Files files = unpack(good);
    change(files);
    return pack(files);
  };
  const auto root_of = [&](char fill) {
    ledger::Hash out;
    out.bytes.fill(static_cast<std::uint8_t>(fill));
    return out;
  };
  const std::string forked =
      ledger::sign_checkpoint(next, root_of('f'), test_verifier('k'), test_key('k'));
  const std::string stranger = test_verifier('x').to_text();
  const auto swap_key = [&](Files& files) { files[kKeys] = stranger + "\n"; };
  const auto forge = [&](Files& files) {
    files[kKeys] = stranger + "\n";
    const auto opened = ledger::open_checkpoint(files[kCheckpoint], test_verifier('k'));
    files[kCheckpoint] =
        ledger::sign_checkpoint(opened->size, opened->root, test_verifier('x'), test_key('x'));
  };
  const auto node = [&](Files& files) {
    auto lines = lines_of(files[kNodes]);
    std::string& line = lines.front();
    const std::size_t at = line.rfind(' ') + 3;
    line[at] = line[at] == 'A' ? 'B' : 'A';
    files[kNodes] = join(lines);
  };
  check({
      {"fork", with([&](Files& files) { files[kCheckpoint] = forked; }), "forked"},
      {"roll back", with([&](Files& files) { files[kCheckpoint] = early; }), "rolled_back"},
      {"swap the key", with(swap_key), "key"},
      {"another key", relist(with(swap_key)), "key"},
      {"signed anew", relist(with(forge), 'x'), ""},
      {"signed anew, key known", relist(with(forge), 'x'), "key", {}, test_verifier('k').to_text()},
      {"a hash", with(node), "proof"},
      // Nobody can tell a changed proof from a changed entry once the digests are made to fit.
      {"a hash, relisted", relist(with(node)), "entry_edited", 1},
      {"no hashes", with([](Files& files) { files[kNodes].clear(); }), "proof"},
      {"a word of the instructions", with([](Files& files) { files[kReadme] += "x"; }), "file"},
      {"the same, relisted", relist(with([](Files& files) { files[kReadme] += "x"; })),
       "signature"},
      {"a file more", with([](Files& files) { files["a"] = ""; }), "archive"},
      {"a file less", with([](Files& files) { files.erase(kKeys); }), "archive"},
      {"cut off", good.substr(0, good.size() - 512), "archive"},
      {"something behind", good + std::string(512, '\0'), "archive"},
  });
}

// What only somebody who kept a checkpoint can see.
TEST_F(TamperTest, Requirement_H11_ARewrittenLogIsFoundAgainstACheckpointKeptElsewhere) {
  const std::string latest = *ledger_file::published_checkpoint(folder + "/ledger");
  const std::string continued = bundle({.from = 50, .to = 90}, early);
  const std::string middle = seal();
  append("filler", text::Json::object());
  const std::string newest = seal();
  log.reset();
  // The holder of the key grows another history.
  std::filesystem::rename(folder + "/ledger", folder + "/first");
  next = durable = 0;
  open('k');
  fill(29);
  for (int i = 0; i < 30; ++i) append("other", text::Json::object({{"n", i}}));
  seal();
  const std::string fork = bundle({.from = 0});
  ExportOptions honest;
  check({{"a fork, nothing kept", fork, ""},
         {"a fork", fork, "forked", {}, "", early},
         {"continued", continued, "", {}, "", early},
         {"the same", continued, "", {}, "", latest},
         {"not told of it", good, "not_comparable", {}, "", early},
         {"rolled back", good, "rolled_back", {}, "", newest},
         {"kept of another log",
          good,
          "key",
          {},
          "",
          ledger::sign_checkpoint(3, ledger::Hash(), test_verifier('x'), test_key('x'))}});
}

// One flipped bit anywhere; primes for steps, so that every column of every file has its turn.
TEST_F(TamperTest, Requirement_H11_NoByteCanBeChanged) {
  const std::string small = bundle({.task = "tsk_1", .from = 0, .to = 40});
  ASSERT_TRUE(verify_export(small).ok());
  std::string changed = small;
  for (std::size_t i = 0; i < small.size(); i += 5) {
    changed[i] = static_cast<char>(changed[i] ^ (1 << (i % 7)));
    ASSERT_FALSE(verify_export(changed).ok()) << "byte " << i;
    changed[i] = small[i];
  }
  const std::string path = folder + "/small.tar";
  std::ofstream(path, std::ios::binary) << small;
  const std::string command = "node verifier/verify_many.mjs --flip 23 " + path;
  EXPECT_EQ(std::system(command.c_str()), 0);
}

// A bundle of a stranger's own log that claims more entries than any memory holds.
TEST_F(TamperTest, AListWithoutEndIsNotWrittenOut) {
  constexpr std::uint64_t kSize = std::uint64_t{1} << 45;
  Files files = unpack(good);
  ledger::Hash root;
  root.bytes.fill(7);
  files[kKeys] = test_verifier('x').to_text() + "\n";
  files[kCheckpoint] = ledger::sign_checkpoint(kSize, root, test_verifier('x'), test_key('x'));
  files[kCheckpoints].clear();
  files[kNodes] = encode_nodes({{NodeId{45, 0}, root}});
  text::Json manifest = *text::parse_json(files[kManifest]);
  manifest.find("checkpoint")->set("size", static_cast<std::int64_t>(kSize));
  manifest.find("checkpoint")->set("root", text::to_base64(root.view()));
  text::Json& entries = *manifest.find("entries");
  entries.set("count", static_cast<std::int64_t>(kSize));
  entries.set("ranges",
              text::Json::array({text::Json::array({0, static_cast<std::int64_t>(kSize)})}));
  files[kManifest] = text::to_canonical_json(manifest) + "\n";
  check({{"no end", relist(pack(files), 'x'), "truncated"}});
}

TEST_F(TamperTest, FindsWhatADecisionRefersToAndIsNotThere) {
  const std::string alone = begin_task("tsk_9", "writer");
  decide("dec_lost", "tsk_9", "no-such-situation");
  seal();
  const ExportReport report = verify_export(bundle({.from = next - 2}));
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.findings.front().finding, "reference");
  EXPECT_EQ(report.findings.front().entry, next - 2);
  check({{"lost", bundle({.from = next - 2}), "reference", next - 2}});
}

}  // namespace
}  // namespace ambit::evidence
