// NEON, part of every AArch64 processor: 32 registers of 4 floats; a tile of 8 x 3 sums, 3 columns, 1 left element.

#if defined(__aarch64__)

#include <string.h>

#include "bodies/tables.h"

#define RN_TABLE neon
#define RN_LANES 4
#define RN_FUSED 1
#define RN_MICRO_ROWS 8
#define RN_MICRO_VECTORS 3
#include "bodies/table.h"

#endif
