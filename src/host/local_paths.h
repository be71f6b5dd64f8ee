// What a path really names on the local file system.
#pragma once

#include <string>
#include <string_view>

#include "ports/host.h"

namespace ambit::host {

// Implements the contract of ports::Paths by walking the path one name at a time, as the kernel
// would, without opening anything. Thread-safe. The answer is of this moment: whoever may write to
// a folder on the way can change it afterwards.
//
// Beyond what the contract lists, `target.ambiguous` refuses
//   - `..` where following links first and removing names first lead to different places, or after
//     something that is not a folder (programs do one or the other);
//   - links of /proc, which name something else for every process that reads them;
//   - `file:` URIs.
// `target.unresolvable` means that the walk could not be finished: permission denied, more than 40
// links, a name that the file system does not take, a result that is not UTF-8 text.
class LocalPaths final : public ports::Paths {
 public:
  Result<std::string> resolve(std::string_view path, std::string_view base) const override;
};

}  // namespace ambit::host
