#include "evidence/internal/readme.h"

namespace ambit::evidence {

std::string instructions(const ledger::Checkpoint& checkpoint, const ledger::KeyChain& keys,
                         std::uint64_t entries, bool opened) {
  return "# Evidence of `" + checkpoint.origin + "`\n\n" + std::to_string(entries) +
         " entries of an append-only log, with what proves them to be in it under its checkpoint\n"
         "of " +
         std::to_string(checkpoint.size) +
         " entries. Nothing here needs the server that made it.\n\n"
         "To verify, with either of two programs that share no code:\n\n"
         "    ambit export verify BUNDLE.tar --key KEY\n"
         "    node verify-export.mjs BUNDLE.tar --key KEY\n\n"
         "KEY is a key of the log that you know from elsewhere. This bundle says it is\n\n"
         "    " +
         keys.keys().front().key.to_text() +
         "\n\nand whoever forges a bundle can say so, too: ask its owner by another way. With\n"
         "`--since FILE`, a checkpoint of this log that you kept earlier, both also say whether\n"
         "the log was rewritten or rolled back since. Without one nobody can tell that.\n\n"
         "| file | what it holds |\n|---|---|\n"
         "| `entries.jsonl` | the records, one a line, and beside them values that are encrypted "
         "|\n"
         "| `checkpoint` | the signed statement of the log's size and Merkle root |\n"
         "| `checkpoints` | older ones: those by which keys were handed over, and one you named |\n"
         "| `nodes` | the Merkle hashes that lead from each record to the root |\n"
         "| `keys` | the log's keys, oldest first |\n" +
         (opened ? "| `opened.jsonl` | values of those records that were opened for you, and what "
                   "shows that they are those that the records commit to. Keep it as secret as "
                   "they are: with it guesses at other values of the same tasks can be checked |\n"
                 : "") +
         "| `manifest.json` | what was selected, and the digest of every file |\n"
         "| `manifest.sig` | the log's signature over the manifest |\n\n"
         "Policies and everything else that a decision was made from are records of kind\n"
         "`document` and `situation`. The format is docs/formats/export.md of Ambit.\n";
}

}  // namespace ambit::evidence
