#include "app/serve.h"
#include "cli/cli.h"

int main(int argc, char** argv) { return ambit::cli::run(argc, argv, ambit::app::serve); }
