// `ambit serve`: starts the server, runs it until it is told to stop, stops it in good order.
#pragma once

#include "cli/cli.h"

namespace ambit::app {

// The process's exit status after a stop by signal: 0. Errors: why it could not start.
Result<int> serve(const cli::ServeOptions& options);

}  // namespace ambit::app
