// `ambit serve`: starts the server, runs it until it is told to stop, stops it in good order.
#pragma once

#include "cli/cli.h"

namespace ambit::app {

// Returns the process's exit status: 0 after a stop by signal, 1 when it could not start (the
// reason then stands on standard error).
int serve(const cli::ServeOptions& options);

}  // namespace ambit::app
