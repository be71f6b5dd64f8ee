// Breaks the disk, the clock and the data of a server.
//   node tests/fault/service_disk.mjs [FILTER]
// AMBIT_BIN: the program; beside it, in the same build, fault_shim.so.
import {runAll} from '../e2e/lib/harness.mjs';
import './cases/clock.mjs';
import './cases/damage.mjs';
import './cases/disk.mjs';

process.exitCode = await runAll(process.argv[2] ?? '', 2) ? 0 : 1;
